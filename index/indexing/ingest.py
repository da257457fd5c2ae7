"""Take a file into the store slice by slice, and write only the parts that are not stored yet."""

from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from corpus.metadata import Overrides
from corpus.reading import Limits, Loaded, Skipped, State, cut
from corpus.types import Cause, Document, Parsed, Problem, Span
from index.indexing.scan import record_of
from index.passage_text import encoder_text
from index.storage import Entry, Filed, Record, Store, digest_of

UNFINISHED = "unfinished"
"""Marks a file in the ledger (as its rules) of which only some slices are stored: it is read again.

It is read from its start: few formats tell which bytes a slice came from, and reading is fast compared
with encoding. Documents already stored are recognised, and neither written nor encoded again.
"""


NOT_READ_ON = "it has not been read to its end yet; the next run will continue with it"


AGAIN = "again"
"""The rules of a file in the ledger that something from outside kept from being read: it is read again.

Behind it stands in how many runs it was tried.
"""


MOST_TRIES = 3
"""Runs that try a file, of one content, which is never read to its end; then it waits for a change."""


Cut = Callable[[Document], Sequence[Span]]
"""A function that returns the passages of a document."""


def is_same(known: Record, record: Record) -> bool:
    """Whether a file is unchanged: its bytes, and the reasons why it or parts of it cannot be read."""
    return (known.sha256, known.reason, known.problems) == (
        record.sha256,
        record.reason,
        record.problems,
    )


def is_same_document(known: Parsed, parsed: Parsed) -> bool:
    """Whether reading gave the same document as before, including the place of each word."""
    return (_content(known.document), known.dropped) == (_content(parsed.document), parsed.dropped)


def _content(document: Document) -> tuple[object, ...]:
    return document.id, document.text, document.metadata, document.pages


@dataclass(frozen=True, slots=True, eq=False)
class KnownVectors:
    """The vectors that a store has for the passages of a file, found by their text.

    For each passage only a digest of its text and its key are held, 16 bytes: `digests`, ascending, and
    `keys`, both of shape (n,). So it does not matter which document a passage is in now, or whether that
    document has been overwritten since.
    """

    store: Store
    digests: NDArray[np.uint64]
    keys: NDArray[np.int64]

    @classmethod
    def of(cls, store: Store, file: str) -> "KnownVectors":
        """The vectors of a file that are in the store now."""
        digests, keys = list[int](), list[int]()
        document, at = None, 0
        for owner, key, first, last in store.encoded(file):
            if document is None or owner != at:
                document, at = store.document(owner), owner
            digests.append(_number(encoder_text(Span(document, first, last))))
            keys.append(key)
        found = np.asarray(digests, np.uint64)
        order = np.argsort(found, kind="stable")
        return cls(store, found[order], np.asarray(keys, np.int64)[order])

    def get(self, text: str) -> NDArray[np.float32] | None:
        """The vector of a text, shape (d,), or None if there is none."""
        number = np.uint64(_number(text))
        place = int(np.searchsorted(self.digests, number))
        there = place < len(self.digests) and self.digests[place] == number
        return self.store.vector(int(self.keys[place]) if there else 0, text)


def _number(text: str) -> int:
    return int.from_bytes(digest_of(text), "big")


@dataclass(slots=True)
class FileIngest:
    """One file while it is being read, from its first slice to its last.

    `known` is its earlier record in the ledger. `kept` has the keys of the documents read so far that are
    unchanged in the store; nothing else is held of them. `record` is its new record, set after the last
    slice.
    """

    store: Store
    cut: Cut
    sidecar: Overrides
    known: Record | None
    limits: Limits = field(default_factory=Limits)
    record: Record | None = None
    problems: list[Problem] = field(default_factory=list)
    seconds: float = 0.0
    differs: bool = False
    before: NDArray[np.int64] | None = None
    kept: "array[int]" = field(default_factory=lambda: array("q"))
    vectors: KnownVectors | None = None
    file: str = ""
    documents: int = 0
    passages: int = 0

    def take(self, outcome: Loaded | Skipped) -> Entry | None:
        """The entry to write for this slice, or None if the store already has all of it."""
        file = self.file = outcome.file.id
        if self.before is None:
            self.before = self.store.keys_of(file) if self.known else np.zeros(0, np.int64)
        # What came after the limit was reached has been on its way already.
        wanted = isinstance(outcome, Loaded) and self.passages < self.limits.passages
        parsed = outcome.parsed if isinstance(outcome, Loaded) and wanted else ()
        self.documents += len(parsed)
        new, old, renewed = self._compared(file, parsed)
        filed = [self._filed(file, one) for one in new]
        self.differs = self.differs or bool(new or renewed)
        if isinstance(outcome, Loaded):
            self.problems += outcome.problems
            self.seconds += outcome.seconds
            if outcome.more:
                if not (new or renewed):
                    return None
                spare = {text: vector for one in old.values() for text, vector in _encoded(one)}
                return Entry(self._unfinished(outcome), filed, [*old], renewed, spare, more=True)
            outcome = replace(outcome, problems=tuple(self.problems), seconds=self.seconds)
        self.record = self._finished(outcome)
        if outcome.state is State.LATER:
            # What was there stays: the file may hold it further on.
            gone = [*old] if self.record.state is State.LATER else self._outdated(outcome.sha256)
            return Entry(self.record, filed, gone, renewed)
        # Only now is it known which documents the file no longer contains.
        gone = np.setdiff1d(self.before, np.frombuffer(self.kept, np.int64)).tolist()
        if self.known and is_same(self.known, self.record) and not (self.differs or gone):
            return None
        return Entry(self.record, filed, gone, renewed)

    def _compared(
        self, file: str, parsed: Sequence[Parsed]
    ) -> tuple[list[Parsed], dict[int, Filed], list[int]]:
        """The new documents, the old ones they replace (by key), and the keys of renewed documents.

        A renewed document is unchanged, but now belongs to another version of the file.
        """
        there = self.store.filed(file, [one.document.id for one in parsed]) if self.known else {}
        keys = {one.parsed.document.id: key for key, one in there.items()}
        new, old, renewed = list[Parsed](), dict[int, Filed](), list[int]()
        for one in parsed:
            key = keys.get(one.document.id)
            if key is None:
                new.append(one)
            elif not is_same_document(there[key].parsed, one):
                new.append(one)
                old[key] = there[key]
            else:
                self.kept.append(key)
                self.passages += len(there[key].offsets)
                if there[key].parsed.document.sha256 != one.document.sha256:
                    renewed.append(key)
        return new, old, renewed

    def full(self) -> Problem | None:
        """Why no more of the file is to be read, if it has reached a limit."""
        if self.passages < self.limits.passages:
            return None
        return cut(
            self.file, f"the first {self.documents:,} records, with {self.passages:,} passages"
        )

    def _finished(self, outcome: Loaded | Skipped) -> Record:
        """The record for the ledger: the rules by which the file was read, or the number of tries."""
        record = record_of(outcome, self.sidecar)
        if any(problem.cause is Cause.LIMIT for problem in self.problems):
            record = replace(record, rules=f"{record.rules} {self.limits.mark}")
        if outcome.state is not State.LATER:
            return record
        counted = bool(outcome.sha256) and all(p.cause is not Cause.TURN for p in self.problems)
        tries = tries_of(self.known, outcome.sha256) + counted
        if tries >= MOST_TRIES:
            state = State.PARTLY if isinstance(outcome, Loaded) else State.FAILED
            more = f"tried in {tries} runs; the next try is when the file changes"
            return _said(replace(record, state=state), more)
        more = f"the next run tries again ({tries} of {MOST_TRIES} tries)" if counted else ""
        return _said(replace(record, rules=f"{AGAIN} {tries}"), more)

    def _outdated(self, sha256: str) -> list[int]:
        """The keys of the documents that another version of the file held."""
        line = "SELECT key FROM documents WHERE file = ? AND sha256 != ?"
        kept = set(self.kept)
        with self.store.reading() as db:
            return [key for (key,) in db.execute(line, (self.file, sha256)) if key not in kept]

    def _filed(self, file: str, parsed: Parsed) -> Filed:
        passages = self.cut(parsed.document)
        self.passages += len(passages)
        vectors: list[NDArray[np.float32] | None] = [None] * len(passages)
        if self.known:
            self.vectors = self.vectors or KnownVectors.of(self.store, file)
            vectors = [self.vectors.get(encoder_text(passage)) for passage in passages]
        return Filed(parsed, [(p.start, p.end) for p in passages], vectors)

    def restarted(self, outcome: Loaded) -> Record:
        """The record for the ledger of a file that is now read from its start again."""
        tries = tries_of(self.known, outcome.sha256)
        record = self._unfinished(outcome)
        return replace(record, rules=f"{AGAIN} {tries}") if tries else record

    def _unfinished(self, outcome: Loaded) -> Record:
        """The record for the ledger until the last slice has been read."""
        record = record_of(replace(outcome, seconds=self.seconds), self.sidecar)
        why = (Problem(record.id, NOT_READ_ON),)
        return replace(record, state=State.PARTLY, rules=UNFINISHED, problems=why)


def tries_of(known: Record | None, sha256: str) -> int:
    """The number of runs in which a file with this content was tried without success.

    >>> record = Record("a.txt", 1, 1, "c0ffee", State.LATER, rules="again 2")
    >>> tries_of(record, "c0ffee"), tries_of(record, "another"), tries_of(None, "c0ffee")
    (2, 0, 0)
    """
    word, _, number = known.rules.partition(" ") if known else ("", "", "")
    same = known is not None and known.sha256 == sha256
    return int(number) if same and word == AGAIN and number.isdecimal() else 0


def _said(record: Record, more: str) -> Record:
    """The record with `more` added to its reasons that came from outside."""
    more = f"; {more}" if more else ""
    problems = (
        replace(p, reason=p.reason + more) if p.cause is Cause.OUTSIDE else p
        for p in record.problems
    )
    return replace(record, reason=record.reason and record.reason + more, problems=tuple(problems))


def _encoded(filed: Filed) -> Iterator[tuple[str, NDArray[np.float32]]]:
    """The text and the vector of each passage that has a vector."""
    for (first, last), vector in zip(filed.offsets, filed.vectors, strict=True):
        if vector is not None:
            yield encoder_text(Span(filed.parsed.document, first, last)), vector
