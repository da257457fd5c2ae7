"""The rows of the store as values."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corpus.duplicates import Relation
from corpus.reading import (
    State,
    dropped_from_lists,
    dropped_to_lists,
    metadata_from_json,
    metadata_to_json,
)
from corpus.types import Description, Document, Dropped, Parsed, Problem


@dataclass(frozen=True, slots=True)
class Record:
    """A line of the ledger. `reason` says why the file was not read; it is "" where it was.

    `rules` are those by which it was read, `seconds` the time that it took, `problems` what of it could
    not be read.
    """

    id: str
    size: int
    mtime_ns: int
    sha256: str
    state: State
    rules: str = ""
    reason: str = ""
    seconds: float = 0.0
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Filed:
    """A document as it goes into the store: with its passages' offsets and their vectors.

    Each vector has shape (d,); where it is None, or none are given, `Store.put_vectors` brings it later.
    """

    parsed: Parsed
    offsets: Sequence[tuple[int, int]] = ()
    vectors: Sequence[NDArray[np.float32] | None] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """A file as it goes into the store, or a slice of it: its line of the ledger, and documents that come.

    What the store has of it stays, but for the documents with the keys in `gone`; those in `renewed` are
    the same in another version of the file. With `more` there are slices to come, so `spare` is put by
    for them: vectors of what goes, by the text that was encoded.
    """

    record: Record
    filed: Sequence[Filed] = ()
    gone: Sequence[int] = ()
    renewed: Sequence[int] = ()
    spare: Mapping[str, NDArray[np.float32]] = field(default_factory=dict)
    more: bool = False


@dataclass(frozen=True, slots=True)
class Pending:
    """A passage without a vector: its key, its document's key, and its offsets."""

    key: int
    document: int
    first: int
    last: int


@dataclass(frozen=True, slots=True, eq=False)
class PassageTable:
    """All passages of one generation, row by row: keys, their documents' keys and their offsets.

    Four arrays of shape (n,), int64, sorted by their documents' ids and then as they stand in the
    text; row i is passage i of the indexes. So the rows, and with them the order of hits that score
    alike, depend on what is in the store and not on when it came in.
    """

    keys: NDArray[np.int64]
    documents: NDArray[np.int64]
    first: NDArray[np.int64]
    last: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Copies:
    """The clusters of two documents and more, by the documents' keys.

    `leads` has the lead of each document in a cluster, its own where it leads; `members` the documents
    of a cluster by its lead, which is the first of them; `relations` what each of the others is to it.
    """

    leads: dict[int, int] = field(default_factory=dict)
    members: dict[int, list[int]] = field(default_factory=dict)
    relations: dict[int, Relation] = field(default_factory=dict)


def document_from_row(row: Sequence[str]) -> Document:
    """A document from its file, id, hash, text, metadata and pages as they stand in the store."""
    file, id, sha256, text, metadata, pages = row
    own = "" if file == id else file
    return Document(id, sha256, text, metadata_from_json(metadata), own, tuple(json.loads(pages)))


def description_from_row(row: Sequence[Any]) -> Description:
    """A description from a document's file, id, hash, metadata and length as they stand in the store."""
    file, id, sha256, metadata, length = row
    own = "" if file == id else file
    return Description(id, sha256, metadata_from_json(metadata), own, length)


def document_to_row(document: Document) -> tuple[str, str, str, str, str, str]:
    """What `document_from_row` takes."""
    metadata, pages = metadata_to_json(document.metadata), json.dumps(document.pages)
    return document.source, document.id, document.sha256, document.text, metadata, pages


def dropped_to_json(dropped: tuple[Dropped, ...]) -> str:
    """What cleaning dropped, as one line of JSON."""
    return json.dumps(dropped_to_lists(dropped), ensure_ascii=False)


def dropped_from_json(line: str) -> tuple[Dropped, ...]:
    """What `dropped_to_json` wrote."""
    return dropped_from_lists(json.loads(line))


def record_from_row(row: Sequence[Any]) -> Record:
    """A line of the ledger as it stands in the store."""
    id, size, mtime_ns, sha256, state, rules, reason, seconds, problems = row
    found = problems_from_json(problems)
    return Record(id, size, mtime_ns, sha256, State(state), rules, reason, seconds, found)


def record_to_row(record: Record) -> tuple[str | int | float, ...]:
    """What `record_from_row` takes."""
    known = (record.id, record.size, record.mtime_ns, record.sha256, record.state.value)
    problems = problems_to_json(record.problems)
    return (*known, record.rules, record.reason, record.seconds, problems)


def problems_to_json(problems: Sequence[Problem]) -> str:
    """What could not be read of a file, as one line of JSON."""
    return json.dumps([[p.id, p.reason] for p in problems], ensure_ascii=False)


def problems_from_json(line: str) -> tuple[Problem, ...]:
    """What `problems_to_json` wrote."""
    return tuple(Problem(id, reason) for id, reason in json.loads(line))
