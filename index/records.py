"""The rows of the store as values, and metadata as JSON (in receipts, too)."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corpus.cleaning import Dropped
from corpus.types import Dated, Document, Metadata, Sourced
from index.dense import Vectors


@dataclass(frozen=True, slots=True)
class Record:
    """A line of the ledger. `reason` says why the file was not read; it is "" where it was."""

    id: str
    size: int
    mtime_ns: int
    sha256: str
    reason: str
    dropped: tuple[Dropped, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """A document as it goes into the store: with its passages' offsets and their vectors, (n, d)."""

    record: Record
    document: Document | None
    offsets: Sequence[tuple[int, int]] = ()
    vectors: Vectors | None = None


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


def document_from_row(row: Sequence[str]) -> Document:
    """A document from its id, hash, text and metadata as they stand in the store."""
    return Document(row[0], row[1], row[2], metadata_from_json(row[3]))


def document_to_row(document: Document) -> tuple[str, str, str, str]:
    """What `document_from_row` takes."""
    return document.id, document.sha256, document.text, metadata_to_json(document.metadata)


def dropped_to_json(dropped: Sequence[Dropped]) -> str:
    """What cleaning dropped, as one line of JSON."""
    return json.dumps([[d.text, d.reason] for d in dropped], ensure_ascii=False)


def dropped_from_json(line: str) -> tuple[Dropped, ...]:
    """What `dropped_to_json` wrote."""
    return tuple(Dropped(text, reason) for text, reason in json.loads(line))


def metadata_to_json(metadata: Metadata) -> str:
    """The metadata as one line of JSON; days as ISO 8601."""
    return json.dumps(asdict(metadata), ensure_ascii=False, default=date.isoformat)


def metadata_from_json(line: str) -> Metadata:
    """What `metadata_to_json` wrote."""
    data = json.loads(line)
    return Metadata(
        title=Sourced(**data["title"]),
        authors=tuple(Sourced(**author) for author in data["authors"]),
        publisher=_sourced(data["publisher"]),
        published=_dated(data["published"]),
        updated=_dated(data["updated"]),
        url=_sourced(data["url"]),
    )


def _sourced(data: dict[str, Any] | None) -> Sourced | None:
    return Sourced(**data) if data else None


def _dated(data: dict[str, Any] | None) -> Dated | None:
    return Dated(**{**data, "day": date.fromisoformat(data["day"])}) if data else None
