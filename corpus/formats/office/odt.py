"""OpenDocument text (.odt, .fodt), unpacked by odfdo."""

import io
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from typing import Any

from corpus.errors import DocumentError
from corpus.formats.base import Raw, office_zip, refuse_entities, told_as_damage
from corpus.formats.office import properties
from corpus.provenance import Clue

SUFFIXES = frozenset({".odt", ".ott", ".fodt"})

_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_META = "{urn:oasis:names:tc:opendocument:xmlns:meta:1.0}"
_DC = "{http://purl.org/dc/elements/1.1/}"
# Notes of reviewers, what was deleted, and the file's own lists of what it holds.
_UNSEEN = frozenset({f"{_OFFICE}annotation", f"{_TEXT}tracked-changes", f"{_OFFICE}forms"})
MOST_SPACES = 200


def read(data: bytes) -> Raw:
    """Headings, paragraphs, lists and tables in order, footnotes after them, and the properties.

    Raises:
        DocumentError: if it is damaged, locked, or unpacks to too much.
    """
    from odfdo import Container

    if data.startswith(b"PK"):
        with told_as_damage(), office_zip(io.BytesIO(data)) as archive:
            names = archive.namelist()
            if "META-INF/manifest.xml" in names:
                manifest = archive.read("META-INF/manifest.xml")
                if b"encryption-data" in manifest:
                    raise DocumentError("it is locked with a password")
    else:
        refuse_entities(data)
    container = Container()
    with told_as_damage():
        container.open(io.BytesIO(data))
        markup = container.get_part("content.xml")
    content = _parsed(markup)
    body = content.find(f".//{_OFFICE}text")
    if body is None:
        raise DocumentError("it is a table, slides or a drawing, not text")
    notes: list[str] = []
    text = "".join(_blocks(body, notes)).strip("\n")
    return Raw("\n\n".join([text, *notes]), _clues(container))


def _parsed(markup: object) -> Any:
    from lxml import etree

    if not isinstance(markup, bytes):
        raise DocumentError("it is damaged: its text is missing")
    refuse_entities(markup)
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    return etree.fromstring(markup, parser)


def _blocks(parent: Any, notes: list[str]) -> Iterator[str]:
    """Each block with the line breaks before it: two for a paragraph, one within a list or table."""
    for element in parent:
        if element.tag in (f"{_TEXT}p", f"{_TEXT}h"):
            yield "\n\n" + _words(element, notes)
        elif element.tag == f"{_TEXT}list":
            yield "\n"
            for item in element.iter(f"{_TEXT}p", f"{_TEXT}h"):
                if words := _words(item, notes):
                    yield "\n- " + words
        elif element.tag == f"{_TABLE}table":
            yield "\n"
            for row in element.iter(f"{_TABLE}table-row"):
                cells = [_cell(cell, notes) for cell in row.iterchildren(f"{_TABLE}table-cell")]
                if any(cells):
                    yield "\n" + " | ".join(cells)
        elif isinstance(element.tag, str) and element.tag not in _UNSEEN:
            yield from _blocks(element, notes)


def _cell(cell: Any, notes: list[str]) -> str:
    return " ".join(" ".join(_words(line, notes) for line in cell.iter(f"{_TEXT}p")).split())


def _words(element: Any, notes: list[str]) -> str:
    """The words of a paragraph; its footnotes are put among the notes, their signs stay."""
    found: list[str] = []
    stack = [(element, False)]
    while stack:
        node, ended = stack.pop()
        if ended:
            found.append(node.tail or "")
            continue
        if node is not element:
            stack.append((node, True))
        if node.tag == f"{_TEXT}note":
            citation = "".join(node.itertext(f"{_TEXT}note-citation")).strip()
            words = " ".join(" ".join(p.itertext()) for p in node.iter(f"{_TEXT}p"))
            notes.append(f"[{citation}] {' '.join(words.split())}")
            found.append(f"[{citation}]")
        elif node.tag == f"{_TEXT}s":
            count = node.get(f"{_TEXT}c", "1")
            found.append(" " * min(int(count) if count.isdecimal() else 1, MOST_SPACES))
        elif node.tag == f"{_TEXT}tab":
            found.append("\t")
        elif node.tag == f"{_TEXT}line-break":
            found.append("\n")
        elif isinstance(node.tag, str) and node.tag not in _UNSEEN:
            found.append(node.text or "")
            stack += [(child, False) for child in reversed(node)]
    return "".join(found).strip()


def _clues(container: Any) -> tuple[Clue, ...]:
    """What the properties say; a file without any is none the worse."""
    meta = None
    with suppress(Exception):
        meta = _parsed(container.get_part("meta.xml"))
    if meta is None:
        return ()

    def said(name: str) -> str | None:
        found: str | None = meta.findtext(f".//{name}")
        return found

    origin = "document properties"
    creator = said(f"{_META}initial-creator") or said(f"{_DC}creator")
    clues = properties.title(said(f"{_DC}title"), origin) + properties.author(creator, origin)
    created, changed = _day(said(f"{_META}creation-date")), _day(said(f"{_DC}date"))
    return clues + properties.file_made(created, changed, origin)


def _day(value: str | None) -> datetime | None:
    with suppress(ValueError):
        return datetime.strptime((value or "")[:10], "%Y-%m-%d")
    return None
