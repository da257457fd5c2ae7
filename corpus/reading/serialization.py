"""Convert values of this layer to JSON and back: for the store, and for the processes that read files."""

import json
from dataclasses import asdict
from datetime import date
from typing import Any

from corpus.types import Dated, Document, Dropped, Metadata, Sourced


def document_to_dict(document: Document) -> dict[str, Any]:
    """A document as plain values, its metadata as one line of JSON."""
    return {
        "id": document.id,
        "sha256": document.sha256,
        "text": document.text,
        "metadata": metadata_to_json(document.metadata),
        "file": document.file,
        "pages": list(document.pages),
    }


def document_from_dict(values: dict[str, Any]) -> Document:
    """The document that `document_to_dict` wrote."""
    metadata, pages = metadata_from_json(values["metadata"]), tuple(values["pages"])
    return Document(**{**values, "metadata": metadata, "pages": pages})


def dropped_to_lists(dropped: tuple[Dropped, ...]) -> list[list[str]]:
    """The pieces that cleaning dropped, as plain values."""
    return [[piece.text, piece.reason] for piece in dropped]


def dropped_from_lists(pieces: list[list[str]]) -> tuple[Dropped, ...]:
    """The pieces from the output of `dropped_to_lists`."""
    return tuple(Dropped(text, reason) for text, reason in pieces)


def metadata_to_json(metadata: Metadata) -> str:
    """The metadata as one line of JSON; days as ISO 8601."""
    return json.dumps(asdict(metadata), ensure_ascii=False, default=date.isoformat)


def metadata_from_json(line: str) -> Metadata:
    """The metadata from the output of `metadata_to_json`."""
    data = json.loads(line)
    return Metadata(
        title=Sourced(**data["title"]),
        authors=tuple(Sourced(**author) for author in data["authors"]),
        publisher=_sourced(data["publisher"]),
        published=_dated(data["published"]),
        updated=_dated(data["updated"]),
        url=_sourced(data["url"]),
        section=_sourced(data["section"]),
        language=_sourced(data["language"]),
        file_made=_dated(data["file_made"]),
    )


def _sourced(data: dict[str, Any] | None) -> Sourced | None:
    return Sourced(**data) if data else None


def _dated(data: dict[str, Any] | None) -> Dated | None:
    return Dated(**{**data, "day": date.fromisoformat(data["day"])}) if data else None
