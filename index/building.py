"""Folder to store to index: incremental, with progress, and safe to kill at any moment."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from corpus.chunking import Chunking, split_passages
from corpus.errors import CollectionError, IndexCorrupt, IndexMismatch, IndexMissing
from corpus.loading import Loaded, Skipped, SourceFile, read, walk
from corpus.types import Document, Span
from index.encoding import Encoder
from index.locking import writing
from index.records import Entry, Record
from index.sqlite import ForeignFile, discard
from index.store import FILE_NAME, FORMAT, Store
from index.types import Manifest, Step

# Passages that are encoded and committed together: what a kill can lose, and a second or two of work.
BATCH = 64

Progress = Callable[[Step], None]


@dataclass(frozen=True, slots=True)
class Changes:
    """What an indexing run did, in files; `skipped` are those that could not be read."""

    added: int = 0
    changed: int = 0
    removed: int = 0
    unchanged: int = 0
    skipped: int = 0

    @property
    def any(self) -> bool:
        """Whether the index is another one than before."""
        return bool(self.added or self.changed or self.removed)


def context(document: Document) -> str:
    """What a passage is indexed under beside its own words: title and day of its document.

    It goes to the encoder and to BM25, and never into what is quoted.
    """
    day = document.published
    return f"{document.title} ({day:%d %B %Y})" if day else document.title


def encoded_text(passage: Span) -> str:
    """The text of a passage as the encoder gets it."""
    return f"{context(passage.document)}\n{passage.text}"


def counted_text(passage: Span) -> str:
    """The text of a passage as BM25 gets it: with authors and publisher, who may be asked for.

    The encoder does not get these: to it, the same names over all passages of a paper are noise.
    """
    document = passage.document
    return " ".join([*document.authors, document.publisher, encoded_text(passage)])


def manifest_for(encoder: Encoder, chunking: Chunking) -> Manifest:
    """The manifest of an index that is made with these."""
    return Manifest(
        FORMAT,
        encoder.name,
        encoder.sha256,
        encoder.dimension,
        chunking.budget,
        chunking.overlap,
    )


def update(
    root: Path,
    directory: Path,
    encoder: Encoder,
    *,
    chunking: Chunking = Chunking(),
    rebuild: bool = False,
    wait_s: float | None = None,
    progress: Progress = lambda step: None,
    on_wait: Callable[[str], None] | None = None,
) -> Changes:
    """Bring the index in `directory` up to date with the documents under `root`.

    Only files that are new or changed are read and encoded: size and time are compared first, then
    the hash. Each batch is one transaction; killed at any moment, the next run goes on from there.

    Raises:
        CollectionError: if there is no document that can be read.
        IndexMismatch: if the index was made otherwise, and `rebuild` is not set.
        IndexLocked, StorageError: if it cannot be written.
    """
    with writing(directory, wait_s=wait_s, on_wait=on_wait):
        store = _store(directory / FILE_NAME, manifest_for(encoder, chunking), rebuild=rebuild)
        try:
            return _Run(store, encoder, chunking, progress).go(root, directory)
        finally:
            store.close()


def _store(path: Path, manifest: Manifest, *, rebuild: bool) -> Store:
    try:
        store = Store.open(path, writable=True)
    except IndexMissing:
        return Store.create(path, manifest)
    except (IndexCorrupt, IndexMismatch) as error:
        if not rebuild or isinstance(error, ForeignFile):
            raise
        discard(path)
        return Store.create(path, manifest)
    try:
        if rebuild:
            store.reset(manifest)
        else:
            check_manifest(store.manifest(), manifest)
    except BaseException as error:
        store.close()
        if rebuild and isinstance(error, IndexCorrupt):
            discard(path)
            return Store.create(path, manifest)
        raise
    return store


def check_manifest(found: Manifest, wanted: Manifest) -> None:
    """Nothing, if an index made so may be used with what is wanted.

    Raises:
        IndexMismatch: if not, with what differs.
    """
    if found.encoder_sha256 != wanted.encoder_sha256:
        raise IndexMismatch(
            f"The index was made with the encoder {found.encoder} ({found.encoder_sha256[:12]}…), not with "
            f"{wanted.encoder} ({wanted.encoder_sha256[:12]}…). Name that encoder with --encoder, or make "
            "the index anew with --rebuild."
        )
    if (found.budget, found.overlap) != (wanted.budget, wanted.overlap):
        raise IndexMismatch(
            f"The index has passages of {found.budget} tokens overlapping by {found.overlap}, not of "
            f"{wanted.budget} by {wanted.overlap}. Make it anew with --rebuild."
        )


@dataclass(slots=True)
class _Run:
    """One indexing run: the state that its steps share."""

    store: Store
    encoder: Encoder
    chunking: Chunking
    progress: Progress
    passages: int = 0
    skipped: int = 0
    pending: list[tuple[Record, Document | None, list[Span]]] = field(default_factory=list)
    touched: list[SourceFile] = field(default_factory=list)

    def go(self, root: Path, directory: Path) -> Changes:
        known = self.store.ledger()
        # By id: two names that are no text could be written alike, and a document has one file.
        found = {_file(item).id: item for item in walk(root) if not _is_ours(item, directory)}
        if not found:
            # subtle: a disk that is not mounted looks like this, too; its index is worth keeping.
            raise CollectionError(
                f"The folder {str(root)!r} holds no files. Put documents into it first."
            )
        gone = [id for id in known if id not in found]
        added = changed = 0
        for done, (id, item) in enumerate(found.items()):
            self.progress(Step(done, len(found), self.passages))
            if self._take(item, known.get(id)):
                added, changed = added + (id not in known), changed + (id in known)
            if sum(len(passages) for _, _, passages in self.pending) >= BATCH:
                self._commit()
        self._commit(gone)
        if self.touched:
            self.store.touch(*self.touched)
        self.progress(Step(len(found), len(found), self.passages))
        self._require_documents(root, len(found))
        unchanged = len(found) - added - changed
        return Changes(added, changed, len(gone), unchanged, self.skipped)

    def _take(self, item: SourceFile | Skipped, known: Record | None) -> bool:
        """Read one file if need be; whether anything about it is new."""
        file = _file(item)
        same_stat = known is not None and (known.size, known.mtime_ns) == (file.size, file.mtime_ns)
        # subtle: a file that could not even be opened has no hash; whether it can be now does not
        # show in its size and time.
        if known and same_stat and known.sha256 and isinstance(item, SourceFile):
            self.skipped += bool(known.reason)
            return False
        outcome = read(item) if isinstance(item, SourceFile) else item
        record = _record(outcome)
        self.skipped += bool(record.reason)
        if known and (known.sha256, known.reason) == (record.sha256, record.reason):
            if not same_stat:
                self.touched.append(file)
            return False
        document = outcome.document if isinstance(outcome, Loaded) else None
        passages = self._passages(document) if document else []
        self.passages += len(passages)
        self.pending.append((record, document, passages))
        return True

    def _passages(self, document: Document) -> list[Span]:
        return split_passages(
            document, token_starts=self.encoder.token_starts, chunking=self.chunking
        )

    def _commit(self, gone: Sequence[str] = ()) -> None:
        if not self.pending and not gone:
            return
        texts = [encoded_text(p) for _, _, passages in self.pending for p in passages]
        vectors = self.encoder.encode_passages(texts)
        rows = np.cumsum([len(passages) for _, _, passages in self.pending])[:-1]
        parts = np.split(vectors, rows) if self.pending else []
        self.store.put(
            [
                Entry(record, document, [(p.start, p.end) for p in passages], part)
                for (record, document, passages), part in zip(self.pending, parts, strict=True)
            ],
            gone,
        )
        self.pending.clear()

    def _require_documents(self, root: Path, files: int) -> None:
        if next(iter(self.store.documents()), None) is None:
            reasons = {record.reason for record in self.store.ledger().values()}
            raise CollectionError(
                f"None of the {files} files in {str(root)!r} could be read: "
                + "; ".join(sorted(reasons)[:3])
                + "."
            )


def _is_ours(item: SourceFile | Skipped, directory: Path) -> bool:
    """Whether a file is part of the index, which may lie in the folder of documents."""
    path = _file(item).path
    ours = path.name.startswith((FILE_NAME, "lexical-", "vectors-", "writer."))
    return ours and path.parent.resolve() == directory.resolve()


def _file(item: SourceFile | Skipped) -> SourceFile:
    return item.file if isinstance(item, Skipped) else item


def _record(outcome: Loaded | Skipped) -> Record:
    file = outcome.file
    if isinstance(outcome, Loaded):
        return Record(
            file.id, file.size, file.mtime_ns, outcome.document.sha256, "", outcome.dropped
        )
    return Record(file.id, file.size, file.mtime_ns, outcome.sha256, outcome.reason)
