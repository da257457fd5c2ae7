"""Convert rows of the store to values and back."""

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
    """A line of the ledger. `reason` says why the file was not read; it is "" if it was.

    `rules` identifies the rules by which it was read, `seconds` is the time this took, and `problems` are
    the parts that could not be read.
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
    """A document to be stored, with the offsets of its passages and their vectors.

    Each vector has shape (d,). If it is None, or no vectors are given, `Store.put_vectors` adds it later.
    """

    parsed: Parsed
    offsets: Sequence[tuple[int, int]] = ()
    vectors: Sequence[NDArray[np.float32] | None] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """A file to be stored, or a slice of it: its line of the ledger, and its new documents.

    Documents of the file that are already stored stay, except those whose keys are in `gone`. Those in
    `renewed` are unchanged in another version of the file. `more` means that further slices will come, so
    `spare` is set aside for them: the vectors of removed passages, by the text that was encoded.
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

    Four arrays of shape (n,), int64, sorted by the ids of their documents and then by their place in
    the text; row i is passage i of the indexes. So the rows, and the order of hits with equal scores, depend
    on the content of the store and not on when it was added.
    """

    keys: NDArray[np.int64]
    documents: NDArray[np.int64]
    first: NDArray[np.int64]
    last: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Copies:
    """The clusters of two or more documents, by the documents' keys.

    `leads` maps each document in a cluster to its lead, and a lead to itself. `members` maps a lead to the
    documents of its cluster, itself first. `relations` has the relation of each other document to its lead.
    """

    leads: dict[int, int] = field(default_factory=dict)
    members: dict[int, list[int]] = field(default_factory=dict)
    relations: dict[int, Relation] = field(default_factory=dict)


def document_from_row(row: Sequence[str]) -> Document:
    """A document from its file, id, hash, text, metadata and pages as stored."""
    file, id, sha256, text, metadata, pages = row
    own = "" if file == id else file
    return Document(id, sha256, text, metadata_from_json(metadata), own, tuple(json.loads(pages)))


def description_from_row(row: Sequence[Any]) -> Description:
    """A description from a document's file, id, hash, metadata and length as stored."""
    file, id, sha256, metadata, length = row
    own = "" if file == id else file
    return Description(id, sha256, metadata_from_json(metadata), own, length)


def document_to_row(document: Document) -> tuple[str, str, str, str, str, str]:
    """A document as a row for `document_from_row`."""
    metadata, pages = metadata_to_json(document.metadata), json.dumps(document.pages)
    return document.source, document.id, document.sha256, document.text, metadata, pages


def dropped_to_json(dropped: tuple[Dropped, ...]) -> str:
    """The text dropped by cleaning, as one line of JSON."""
    return json.dumps(dropped_to_lists(dropped), ensure_ascii=False)


def dropped_from_json(line: str) -> tuple[Dropped, ...]:
    """The inverse of `dropped_to_json`."""
    return dropped_from_lists(json.loads(line))


def record_from_row(row: Sequence[Any]) -> Record:
    """A line of the ledger from its row in the store."""
    id, size, mtime_ns, sha256, state, rules, reason, seconds, problems = row
    found = problems_from_json(problems)
    return Record(id, size, mtime_ns, sha256, State(state), rules, reason, seconds, found)


def record_to_row(record: Record) -> tuple[str | int | float, ...]:
    """A line of the ledger as a row for `record_from_row`."""
    known = (record.id, record.size, record.mtime_ns, record.sha256, record.state.value)
    problems = problems_to_json(record.problems)
    return (*known, record.rules, record.reason, record.seconds, problems)


def problems_to_json(problems: Sequence[Problem]) -> str:
    """The parts of a file that could not be read, as one line of JSON."""
    return json.dumps([[p.id, p.reason] for p in problems], ensure_ascii=False)


def problems_from_json(line: str) -> tuple[Problem, ...]:
    """The inverse of `problems_to_json`."""
    return tuple(Problem(id, reason) for id, reason in json.loads(line))
