"""EPUB: all chapters of a book, in order, as one document."""

import io
import posixpath
import zipfile
from typing import Any
from urllib.parse import unquote

from corpus.errors import DocumentError
from corpus.formats.base import (
    DAMAGE,
    LARGEST_FILE,
    Raw,
    office_zip,
    refuse_entities,
    told_as_damage,
    why_unreadable,
)
from corpus.formats.text_encoding import decode
from corpus.formats.web import declared_encoding, text_of_markup
from corpus.provenance import Clue, Field

SUFFIXES = frozenset({".epub"})

MOST_CHAPTERS = 5_000
_CONTAINER = "META-INF/container.xml"
_OPF = "{http://www.idpf.org/2007/opf}"
_FIELDS = (
    (Field.TITLE, "title"),
    (Field.AUTHOR, "creator"),
    (Field.PUBLISHER, "publisher"),
    (Field.PUBLISHED, "date"),
    (Field.LANGUAGE, "language"),
)
_DC = "{http://purl.org/dc/elements/1.1/}"


def read(data: bytes) -> Raw:
    """The text of all chapters, and the book's metadata.

    Raises:
        DocumentError: if the book is damaged or locked, or lists no chapters.
    """
    with office_zip(io.BytesIO(data)) as archive:
        locked = "META-INF/rights.xml" in archive.namelist()
        with told_as_damage():
            path = _package_path(archive)
            package = _parsed(archive.read(path))
        chapters, notes = [], []
        size = 0
        for name in _spine(package, path):
            try:
                markup = archive.read(name)
                size += len(markup)
                if size > LARGEST_FILE:
                    notes.append(f"only its first {LARGEST_FILE >> 20} MB were read")
                    break
                text = text_of_markup(decode(markup, declared=declared_encoding(markup)))
            except (DocumentError, KeyError, ValueError, RuntimeError, *DAMAGE) as error:
                notes.append(f"its chapter {name} is missing: {_reason(error)}")
                continue
            chapters.append(text)
    if not any(chapters):
        because = "it is locked by its seller" if locked else "; ".join(notes[:3])
        raise DocumentError(because or "there is no text in its chapters")
    return Raw("\n\n".join(filter(None, chapters)), _clues(package), notes=tuple(notes[:20]))


def _reason(error: Exception) -> str:
    if isinstance(error, KeyError):
        return "there is no such file in it"
    return why_unreadable("EPUB", error)


def _package_path(archive: zipfile.ZipFile) -> str:
    """The path of the file that lists the chapters."""
    if _CONTAINER in archive.namelist():
        root = _parsed(archive.read(_CONTAINER)).find(".//{*}rootfile")
        path = root.get("full-path", "") if root is not None else ""
        if path in archive.namelist():
            return str(path)
    found = next((name for name in archive.namelist() if name.endswith(".opf")), None)
    if found is None:
        raise DocumentError("it is not an EPUB book: the list of its chapters is missing")
    return found


def _parsed(markup: bytes) -> Any:
    from lxml import etree

    refuse_entities(markup)
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False, recover=True)
    root = etree.fromstring(markup, parser)
    if root is None:
        raise DocumentError("it is damaged: the list of its chapters cannot be read")
    return root


def _spine(package: Any, path: str) -> list[str]:
    """The paths of the chapters in the archive, in reading order."""
    folder = posixpath.dirname(path)
    items = {
        item.get("id"): posixpath.normpath(posixpath.join(folder, unquote(item.get("href", ""))))
        for item in package.iter(f"{_OPF}item")
        if "html" in item.get("media-type", "html")
    }
    order = [item.get("idref") for item in package.iter(f"{_OPF}itemref")]
    names = [items[idref] for idref in order if idref in items] or list(items.values())
    return list(dict.fromkeys(names))[:MOST_CHAPTERS]


def _clues(package: Any) -> tuple[Clue, ...]:
    clues: list[Clue] = []
    for field, name in _FIELDS:
        values = [
            " ".join("".join(e.itertext()).split())
            for e in package.iter(f"{_DC}{name}")
            if e.get(f"{_OPF}event") != "modification"
        ]
        # A widely used program writes this year if it knows none.
        values = [value for value in values if not value.startswith("0101-")]
        most = 20 if field is Field.AUTHOR else 1
        clues += [Clue(field, v, "the book's own record") for v in values if v][:most]
    return tuple(clues)
