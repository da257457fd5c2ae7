"""Update an index from a folder: incrementally, with progress reports, and safe to kill at any time."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from corpus.errors import CollectionError
from corpus.metadata import Overrides, read_overrides
from corpus.passages import Chunking, split_passages
from corpus.reading import (
    Limits,
    Loaded,
    Skipped,
    SourceFile,
    limits_set,
    read_all,
    rules_for,
    walk,
)
from corpus.types import Cause, Document, Problem, Span
from index.encoders import encoder_for
from index.indexing.ingest import FileIngest
from index.indexing.near_duplicates import cluster
from index.indexing.recurring_lines import as_indexed, known_lines, recount, settle
from index.indexing.scan import file_of, is_closed_folder, is_ours
from index.passage_text import encoder_text, fitted
from index.search import prepare
from index.storage import FILE_NAME, Entry, Record, Store, open_store, writing
from index.types import Changes, CountCallback, Encoder, OnProgress, Phase, Progress

# Passages encoded and committed at once: a second or two of work, which is the most that a kill loses.
BATCH = 64
# Documents (or files without one) and characters that are read before they are committed.
MOST_READ = 512
MOST_CHARACTERS = 2_000_000


def update(
    root: Path,
    directory: Path,
    encoder: Encoder,
    *,
    chunking: Chunking = Chunking(),
    limits: Limits | None = None,
    rebuild: bool = False,
    trust: bool = False,
    wait_s: float | None = None,
    progress: OnProgress = lambda step: None,
    on_wait: Callable[[str], None] | None = None,
) -> Changes:
    """Bring the index in `directory` up to date with the documents under `root`.

    Only files that are new or changed are read and encoded: size and time are compared first, then
    the hash; of a changed file only the passages are encoded that it did not hold before. A few
    documents at a time are one transaction, also of a file that holds many; killed at any moment, the
    next run goes on from there. An index that was not made by this user is rebuilt, and `on_wait` is told;
    with `trust` it is taken over as it is. The budget of `chunking` is limited to what the encoder reads.
    The default `limits` are those that the user has set.

    Raises:
        CollectionError: if there is no document that can be read.
        IndexMismatch: if the index is of another folder or was made otherwise, and `rebuild` is not
            set.
        SidecarError: if the folder's `metadata.csv` cannot be understood.
        IndexLocked, StorageError: if it cannot be written.
    """
    # A folder that is not there is said before the index of another one is refused or thrown away.
    next(walk(root), None)
    limits = limits or limits_set()
    chunking = fitted(chunking, encoder.most_tokens)
    with writing(directory, wait_s=wait_s, on_wait=on_wait):
        store = open_store(
            root, directory, encoder, chunking, rebuild=rebuild, trust=trust, tell=on_wait
        )
        try:
            run = _Run(store, encoder, chunking, progress, limits)
            changes = run.go(root, directory)
        finally:
            store.close()
        prepare(directory / FILE_NAME, encoder, run.telling(Phase.SEARCH))
        return changes


@dataclass(slots=True)
class _Run:
    """One indexing run, with the state that its steps share.

    First all texts are read into the store, where they can be searched by words. Files with lines that
    are found to recur are read again. Then passages get their vectors, one batch at a time.
    """

    store: Store
    encoder: Encoder
    chunking: Chunking
    progress: OnProgress
    limits: Limits = field(default_factory=Limits)
    sidecar: Overrides = field(default_factory=Overrides)
    lines: frozenset[bytes] = frozenset()
    known: dict[str, Record] = field(default_factory=dict)
    done: int = 0
    total: int = 0
    documents: int = 0
    passages: int = 0
    waiting: int = 0
    added: int = 0
    changed: int = 0
    skipped: int = 0
    fresh: int = 0  # passages that are new
    searchable: bool = False
    intakes: dict[str, FileIngest] = field(default_factory=dict)  # the files being read
    entries: list[Entry] = field(default_factory=list)
    held: int = 0  # documents in `entries`, or files without one
    size: int = 0  # their characters
    touched: list[Record] = field(default_factory=list)
    taken: set[str] = field(default_factory=set)

    def go(self, root: Path, directory: Path) -> Changes:
        self.lines, self.sidecar = known_lines(self.store), read_overrides(root)
        self.known = self.store.ledger()
        # By id: two names that are not valid text may get the same id, and a document has one file.
        found = {file_of(item).id: item for item in walk(root) if not is_ours(item, directory)}
        if not found:
            # subtle: a disk that is not mounted looks like this too, and its index is worth keeping.
            raise CollectionError(
                f"The folder {str(root)!r} holds no files. Put documents into it first."
            )
        self.total = len(found)
        self.waiting = self.store.count_pending()
        hidden = tuple(f"{id}/" for id, item in found.items() if is_closed_folder(item))
        gone = [id for id in self.known if id not in found and not id.startswith(hidden)]
        self._read([item for item in found.values() if self._is_new(item)], gone)
        self._require_documents(root)
        self._read_again(found)
        self.searchable, self.waiting = True, self.store.count_pending()
        self._tell()
        # For many new documents this takes minutes, but they can already be searched meanwhile.
        cluster(self.store, self.telling(Phase.COPIES))
        self._encode()
        unchanged = self.total - self.added - self.changed
        return Changes(self.added, self.changed, len(gone), unchanged, self.skipped)

    def _read(self, new: Sequence[SourceFile | Skipped], gone: Sequence[str] = ()) -> None:
        """Read these files into the store, and remove those that are gone."""
        self.done = self.total - len(new)
        self._tell()
        for item in new:
            if isinstance(item, Skipped):
                self._take(item)
        files = [item for item in new if isinstance(item, SourceFile)]
        for outcome in read_all(files, limits=self.limits, halt=self._halt):
            self._take(outcome)
        self._commit(gone)
        if self.touched:
            self.store.touch(*self.touched)
            self.touched = []

    def _read_again(self, found: Mapping[str, SourceFile | Skipped]) -> None:
        """Read files again if lines in them have been found to recur, or no longer do."""
        if stale := recount(self.store, self.telling(Phase.LINES)):
            self.lines, self.known = known_lines(self.store), self.store.ledger()
            self._read([found[id] for id in stale if id in found])
            settle(self.store)

    def _tell(self) -> None:
        self.progress(self._step())

    def _step(self) -> Progress:
        return Progress(
            self.done,
            self.total,
            self.passages,
            self.waiting,
            self.searchable,
            documents=self.documents,
        )

    def telling(self, stage: Phase) -> CountCallback:
        """A callback that reports the progress of a stage."""
        return lambda done, total: self.progress(
            replace(self._step(), stage=stage, part=(done, total))
        )

    def _is_new(self, item: SourceFile | Skipped) -> bool:
        """Whether the file must be read, because it or the way it is read may have changed."""
        file = file_of(item)
        known = self.known.get(file.id)
        # subtle: a file that could not even be opened has no hash, and its size and time do not show
        # whether it can be opened now.
        if (
            known is None
            or not known.sha256
            or isinstance(item, Skipped)
            or (known.size, known.mtime_ns) != (file.size, file.mtime_ns)
            or not self._is_by(known, rules_for(file, self.sidecar))
        ):
            return True
        self.skipped += bool(known.reason)
        return False

    def _is_by(self, known: Record, rules: str) -> bool:
        """Whether a file was read by these rules; and within these limits, if they cut it."""
        return known.rules in (rules, f"{rules} {self.limits.mark}")

    def _halt(self, file: str) -> Problem | None:
        """Why no more of a file is wanted in this run. Asked by the threads that read."""
        most = self.limits.run_passages
        if self.fresh >= most:
            why = f"{most:,} new passages are as many as one run takes; the next run goes on"
            return Problem(file, why, Cause.TURN)
        intake = self.intakes.get(file)
        return intake.full() if intake else None

    def _take(self, outcome: Loaded | Skipped) -> None:
        """Set aside the outcome of reading a file for the next commit, if anything in it is new."""
        outcome = as_indexed(outcome, self.sidecar, self.lines)
        file, known = outcome.file.id, self.known.get(outcome.file.id)
        more = isinstance(outcome, Loaded) and outcome.more
        # Slices of several files may be interleaved.
        intake = self.intakes.pop(file, None) or FileIngest(
            self.store, self._cut, self.sidecar, known, self.limits
        )
        entry = intake.take(outcome)
        self.documents += len(outcome.parsed) if isinstance(outcome, Loaded) else 0
        if isinstance(outcome, Loaded) and outcome.restart:
            self._restart(file, intake.restarted(outcome), entry)
            self.documents -= intake.documents
            return
        if more:
            self.intakes[file] = intake
        else:
            self.done += 1
            self.skipped += bool(isinstance(outcome, Skipped) and outcome.reason)
        if entry:
            self._put_aside(entry)
        elif known and intake.record and replace(known, seconds=intake.seconds) != intake.record:
            self.touched.append(intake.record)
        self._tell()

    def _restart(self, file: str, record: Record, entry: Entry | None) -> None:
        """Keep what was read of a file that is now read from its start again."""
        if entry:
            self._put_aside(entry)
        if file in self.taken:
            self._commit()
            self.known[file] = record

    def _cut(self, document: Document) -> list[Span]:
        return split_passages(
            document, token_starts=self.encoder.token_starts, chunking=self.chunking
        )

    def _put_aside(self, entry: Entry) -> None:
        id = entry.record.id
        if id not in self.taken:
            known = id in self.known
            self.added, self.changed = self.added + (not known), self.changed + known
        self.taken.add(id)
        self.entries.append(entry)
        self.held += max(1, len(entry.filed) + len(entry.renewed))
        self.size += sum(len(one.parsed.document.text) for one in entry.filed)
        self.fresh += sum(len(one.offsets) for one in entry.filed)
        self.waiting += sum(vector is None for one in entry.filed for vector in one.vectors)
        if self.held >= MOST_READ or self.size >= MOST_CHARACTERS:
            self._commit()

    def _commit(self, gone: Sequence[str] = ()) -> None:
        if self.entries or gone:
            self.store.put(self.entries, gone)
            self.entries, self.held, self.size = [], 0, 0

    def _encode(self) -> None:
        """Compute a vector for each passage that has none."""
        encoder = encoder_for(self.encoder, self.waiting)
        while pending := self.store.pending(BATCH):
            documents = {key: self.store.document(key) for key in {p.document for p in pending}}
            spans = [Span(documents[p.document], p.first, p.last) for p in pending]
            vectors = encoder.encode_passages([encoder_text(span) for span in spans])
            self.store.put_vectors([p.key for p in pending], vectors)
            self.passages += len(pending)
            self.waiting -= len(pending)
            self._tell()

    def _require_documents(self, root: Path) -> None:
        if not len(self.store.document_keys()):
            reasons = {record.reason for record in self.store.ledger().values()}
            raise CollectionError(
                f"None of the {self.total} files in {str(root)!r} could be read: "
                + "; ".join(sorted(reasons)[:3])
                + "."
            )
