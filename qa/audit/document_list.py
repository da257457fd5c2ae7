"""The documents of an index with everything known about each, for `qa docs`."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from corpus.errors import CollectionError
from corpus.metadata import Overrides
from corpus.types import Dated, Document, Dropped, Sourced, plain_value
from index.storage import check_root, existing_directory, reading_store
from index.types import Filter
from qa.audit.differences import to_text
from qa.render import one_line, source_line, visible

LONGEST_PIECE = 120


@dataclass(frozen=True, slots=True)
class Listed:
    """A document of an index, and the pieces that cleaning dropped from it."""

    document: Document
    dropped: tuple[Dropped, ...] = ()


def list_documents(
    folder: Path, index_dir: Path | None = None, *, filter: Filter = Filter()
) -> list[Listed]:
    """The documents of a folder's index that the filter accepts, in the order of their ids.

    Raises:
        UserError: if the folder does not exist or has no usable index.
    """
    with reading_store(existing_directory(folder, index_dir)) as store:
        check_root(store, folder)
        with store.snapshot():
            dropped = dict(store.dropped())
            return [
                Listed(document, dropped.get(document.id, ()))
                for _, document in store.documents()
                if filter.accepts(document)
            ]


def difference(folder: Path, one: str, other: str, *, index_dir: Path | None = None) -> str:
    """The difference between two documents of a folder, as text for a person.

    Raises:
        UserError: if there is no index, or it has no such document.
    """
    known = {listed.document.id: listed.document for listed in list_documents(folder, index_dir)}
    for id in (one, other):
        if id not in known:
            raise CollectionError(f"There is no document {id!r}. qa docs {folder} lists them all.")
    return to_text(known[one], known[other])


def unmatched(sidecar: Overrides, listed: Sequence[Listed]) -> list[str]:
    """A message for each row of a `metadata.csv` that matches none of these documents."""
    known = {name for one in listed for name in (one.document.id, one.document.source)}
    return [
        f"metadata.csv, line {row.line}: there is no document {visible(name)}."
        for name, row in sidecar.rows.items()
        if name not in known
    ]


def document_lines(listed: Sequence[Listed]) -> str:
    """Two lines for each document: its id, and the known facts about it."""
    lines = []
    for one in listed:
        lines += [visible(one.document.id), f"    {_known(one.document)}"]
    return "\n".join(lines)


def _known(document: Document) -> str:
    language = document.metadata.language
    parts = [source_line(document), language.value if language else ""]
    return " · ".join([part for part in parts if part] + [f"{len(document.text):,} characters"])


def dropped_lines(listed: Sequence[Listed]) -> str:
    """The pieces dropped from each document, with the reasons."""
    lines = []
    for one in listed:
        if one.dropped:
            lines.append(visible(one.document.id))
        for piece in one.dropped:
            words = one_line(piece.text)
            cut = words if len(words) <= LONGEST_PIECE else words[: LONGEST_PIECE - 2] + " …"
            lines.append(f"    {piece.reason}: {cut}")
    return "\n".join(lines)


def document_to_dict(one: Listed) -> dict[str, Any]:
    """Everything known about a document, as plain values for JSON."""
    document, metadata = one.document, one.document.metadata
    return {
        "id": document.id,
        "file": document.source,
        "sha256": document.sha256,
        "characters": len(document.text),
        "pages": len(document.pages),
        "title": _value(metadata.title),
        "authors": [_value(author) for author in metadata.authors],
        "publisher": _value(metadata.publisher),
        "published": _value(metadata.published),
        "updated": _value(metadata.updated),
        "file_made": _value(metadata.file_made),
        "url": _value(metadata.url),
        "section": _value(metadata.section),
        "language": _value(metadata.language),
        "dropped": [{"text": piece.text, "reason": piece.reason} for piece in one.dropped],
    }


def _value(found: Sourced | Dated | None) -> dict[str, Any] | None:
    """A value with its origin, how sure it is, and its characters in the text."""
    if found is None:
        return None
    place = {"start": found.start, "end": found.end}
    return {"value": plain_value(found), "origin": found.origin, "sure": found.sure.value, **place}
