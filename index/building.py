"""Folder to store to index: incremental, with progress, and safe to kill at any moment."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from corpus.chunking import Chunking, split_passages
from corpus.errors import CollectionError, IndexCorrupt, IndexMismatch, IndexMissing
from corpus.loading import Loaded, Skipped, SourceFile, read, walk
from corpus.types import Document, Span
from index.checking import check_manifest, check_root, manifest_for, recorded_root
from index.contexts import encoded_text, fitted
from index.dense import Vectors
from index.encoding import Encoder
from index.locking import writing
from index.records import Entry, Record
from index.sources import file_of, is_closed_folder, is_ours, record_of
from index.sqlite import ForeignFile, discard
from index.store import FILE_NAME, Store
from index.types import Step

# Passages that are encoded at once, a second or two of work; progress is told after each. What is
# encoded is committed when there are as many, in whole documents: so a kill can lose the work on a few
# short documents, or on a long one all that was done of it.
BATCH = 64
# Files that are kept for one commit where few or none of them have passages.
MOST_PENDING = 512

Progress = Callable[[Step], None]


@dataclass(frozen=True, slots=True)
class Changes:
    """What an indexing run did, in files; `skipped` are those that could not be read."""

    added: int = 0
    changed: int = 0
    removed: int = 0
    unchanged: int = 0
    skipped: int = 0


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
    the hash. A few documents at a time are one transaction; killed at any moment, the next run goes
    on from there. The budget of `chunking` is limited to what the encoder reads.

    Raises:
        CollectionError: if there is no document that can be read.
        IndexMismatch: if the index is of another folder or was made otherwise, and `rebuild` is not
            set.
        IndexLocked, StorageError: if it cannot be written.
    """
    # A folder that is not there is said before the index of another one is refused or thrown away.
    next(walk(root), None)
    chunking = fitted(chunking, encoder.most_tokens)
    with writing(directory, wait_s=wait_s, on_wait=on_wait):
        store = _opened(root, directory, encoder, chunking, rebuild=rebuild)
        try:
            return _Run(store, encoder, chunking, progress).go(root, directory)
        finally:
            store.close()


def _opened(
    root: Path, directory: Path, encoder: Encoder, chunking: Chunking, *, rebuild: bool
) -> Store:
    """The store in `directory`, made if need be, which may be brought up to date with this folder."""
    path = directory / FILE_NAME
    manifest, note = manifest_for(encoder, chunking), recorded_root(root, directory)
    try:
        store = Store.open(path, writable=True)
    except IndexMissing:
        return Store.create(path, manifest, root=note)
    except (IndexCorrupt, IndexMismatch) as error:
        if not rebuild or isinstance(error, ForeignFile):
            raise
        discard(path)
        return Store.create(path, manifest, root=note)
    try:
        if rebuild:
            store.reset(manifest, root=note)
        else:
            check_root(store, root)
            check_manifest(store.manifest(), manifest)
            if store.root() != note:
                store.claim(note)
    except BaseException as error:
        store.close()
        if rebuild and isinstance(error, IndexCorrupt):
            discard(path)
            return Store.create(path, manifest, root=note)
        raise
    return store


@dataclass(slots=True)
class _Run:
    """One indexing run: the state that its steps share."""

    store: Store
    encoder: Encoder
    chunking: Chunking
    progress: Progress
    done: int = 0
    total: int = 0
    passages: int = 0
    skipped: int = 0
    pending: list[tuple[Record, Document | None, list[Span]]] = field(default_factory=list)
    waiting: int = 0  # passages in `pending`
    touched: list[SourceFile] = field(default_factory=list)

    def go(self, root: Path, directory: Path) -> Changes:
        known = self.store.ledger()
        # By id: two names that are no text could be written alike, and a document has one file.
        found = {file_of(item).id: item for item in walk(root) if not is_ours(item, directory)}
        if not found:
            # subtle: a disk that is not mounted looks like this, too; its index is worth keeping.
            raise CollectionError(
                f"The folder {str(root)!r} holds no files. Put documents into it first."
            )
        self.total = len(found)
        hidden = tuple(f"{id}/" for id, item in found.items() if is_closed_folder(item))
        gone = [id for id in known if id not in found and not id.startswith(hidden)]
        added = changed = 0
        for self.done, (id, item) in enumerate(found.items()):
            self._tell()
            if self._take(item, known.get(id)):
                added, changed = added + (id not in known), changed + (id in known)
            if self.waiting >= BATCH or len(self.pending) >= MOST_PENDING:
                self._commit()
        self.done = self.total
        self._commit(gone)
        if self.touched:
            self.store.touch(*self.touched)
        self._tell()
        self._require_documents(root)
        unchanged = len(found) - added - changed
        return Changes(added, changed, len(gone), unchanged, self.skipped)

    def _tell(self) -> None:
        self.progress(Step(self.done, self.total, self.passages))

    def _take(self, item: SourceFile | Skipped, known: Record | None) -> bool:
        """Read one file if need be; whether anything about it is new."""
        file = file_of(item)
        same_stat = known is not None and (known.size, known.mtime_ns) == (file.size, file.mtime_ns)
        # subtle: a file that could not even be opened has no hash; whether it can be now does not
        # show in its size and time.
        if known and same_stat and known.sha256 and isinstance(item, SourceFile):
            self.skipped += bool(known.reason)
            return False
        outcome = read(item) if isinstance(item, SourceFile) else item
        record = record_of(outcome)
        self.skipped += bool(record.reason)
        if known and (known.sha256, known.reason) == (record.sha256, record.reason):
            if not same_stat:
                self.touched.append(file)
            return False
        self._put_off(record, outcome.document if isinstance(outcome, Loaded) else None)
        return True

    def _put_off(self, record: Record, document: Document | None) -> None:
        """Keep what was read until there is enough of it for one commit."""
        passages = self._passages(document) if document else []
        if len(passages) >= BATCH:
            self._commit()  # or a kill in the middle of a long document would lose the others, too
        self.pending.append((record, document, passages))
        self.waiting += len(passages)

    def _passages(self, document: Document) -> list[Span]:
        return split_passages(
            document, token_starts=self.encoder.token_starts, chunking=self.chunking
        )

    def _commit(self, gone: Sequence[str] = ()) -> None:
        if not self.pending and not gone:
            return
        vectors = self._encoded([p for _, _, passages in self.pending for p in passages])
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
        self.waiting = 0

    def _encoded(self, passages: Sequence[Span]) -> Vectors:
        vectors = np.empty((len(passages), self.encoder.dimension), np.float32)
        for start in range(0, len(passages), BATCH):
            texts = [encoded_text(passage) for passage in passages[start : start + BATCH]]
            vectors[start : start + len(texts)] = self.encoder.encode_passages(texts)
            self.passages += len(texts)
            self._tell()
        return vectors

    def _require_documents(self, root: Path) -> None:
        if next(iter(self.store.documents()), None) is None:
            reasons = {record.reason for record in self.store.ledger().values()}
            raise CollectionError(
                f"None of the {self.total} files in {str(root)!r} could be read: "
                + "; ".join(sorted(reasons)[:3])
                + "."
            )
