"""Word's .docx, by python-docx; of its older .doc files only what is really something else."""

import io
import re
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from corpus.errors import DocumentError
from corpus.formats.base import Raw, office_zip, refuse_entities, told_as_damage
from corpus.formats.office import properties
from corpus.formats.text_encoding import decode
from corpus.provenance import Clue

if TYPE_CHECKING:
    from docx.document import Document

SUFFIXES = frozenset({".docx", ".docm", ".dotx"})
OLD_SUFFIXES = frozenset({".doc"})

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_NOTES = re.compile(r".*/relationships/(footnotes|endnotes)")
# When the template was made that documents without a day of their own come from.
_TEMPLATE = datetime(2013, 12, 23, 23, 15)
DEEPEST_TABLE = 20


def read(data: bytes) -> Raw:
    """Paragraphs, lists and tables in order, footnotes after them, and the core properties.

    Raises:
        DocumentError: if it is damaged, or unpacks to too much.
    """
    from docx import Document

    with told_as_damage(), office_zip(io.BytesIO(data)) as archive:
        for info in archive.infolist():
            if info.filename == "word/document.xml":
                refuse_entities(archive.read(info)[:100_000])
    with told_as_damage():
        document = Document(io.BytesIO(data))
    blocks = list(_blocks(document.element.body, 0))
    notes = _footnotes(document)
    text = "".join(blocks).strip("\n")
    return Raw("\n\n".join([text, *notes]), _clues(document))


def read_old(data: bytes) -> Raw:
    """The text of a file that is only named so.

    Raises:
        DocumentError: if it really is in that format.
    """
    if data.startswith(_OLE):
        raise DocumentError(
            "it is in Word's format of before 2007, or locked with a password; save it as .docx"
        )
    return Raw(decode(data))


def _blocks(parent: Any, depth: int) -> Iterator[str]:
    """Each block with the line breaks before it: two for a paragraph, one within a list or table."""
    before = ""
    for element in parent:
        kind = element.tag.removeprefix(_W) if isinstance(element.tag, str) else ""
        if kind == "p":
            words = _words(element)
            item = "- " if words and _is_item(element) else ""
            yield ("\n" if item and before == "item" else "\n\n") + item + words
            before = "item" if item else "p"
        elif kind == "tbl" and depth < DEEPEST_TABLE:
            yield "\n" + "".join(_rows(element, depth))
            before = "tbl"
        elif kind in ("sdt", "sdtContent", "ins", "customXml", "smartTag"):
            yield from _blocks(element, depth)


def _rows(table: Any, depth: int) -> Iterator[str]:
    for row in table.iter(f"{_W}tr"):
        if _owner(row, "tbl") is not table:
            continue
        cells = [cell for cell in row.iter(f"{_W}tc") if _owner(cell, "tr") is row]
        texts = [" ".join("".join(_blocks(cell, depth + 1)).split()) for cell in cells]
        if any(texts):
            yield "\n" + " | ".join(texts)


def _owner(element: Any, kind: str) -> Any:
    return next(element.iterancestors(f"{_W}{kind}"), None)


def _is_item(paragraph: Any) -> bool:
    properties = paragraph.find(f"{_W}pPr")
    if properties is None:
        return False
    style = properties.find(f"{_W}pStyle")
    named = style is not None and style.get(f"{_W}val", "").startswith("List")
    return named or properties.find(f"{_W}numPr") is not None


def _words(paragraph: Any) -> str:
    """The words of a paragraph as they stand now: what is marked as deleted is none of them."""
    found: list[str] = []
    for element in paragraph.iter():
        tag = element.tag if isinstance(element.tag, str) else ""
        kind = tag.removeprefix(_W)
        if kind == "t" and element.text:
            found.append(element.text)
        elif kind == "tab" and element.getparent().tag == f"{_W}r":
            found.append("\t")
        elif kind in ("br", "cr"):
            found.append("\n")
        elif kind == "noBreakHyphen":
            found.append("-")
        elif kind in ("footnoteReference", "endnoteReference"):
            found.append(f"[{element.get(f'{_W}id')}]")
    return "".join(found).strip()


def _footnotes(document: "Document") -> Iterator[str]:
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    for relation in document.part.rels.values():
        if relation.is_external or not _NOTES.fullmatch(relation.reltype):
            continue
        for note in etree.fromstring(relation.target_part.blob, parser):
            # The first two are the lines that part the notes from the text.
            if isinstance(note.tag, str) and note.get(f"{_W}type", "normal") == "normal":
                words = " ".join(_words(note).split())
                if words:
                    yield f"[{note.get(f'{_W}id')}] {words}"


def _clues(document: "Document") -> tuple[Clue, ...]:
    core = document.core_properties
    created, changed = (
        None if day is None or day.replace(tzinfo=None) == _TEMPLATE else day
        for day in (core.created, core.modified)
    )
    origin = "document properties"
    clues = properties.title(core.title, origin) + properties.author(core.author, origin)
    return clues + properties.file_made(created, changed, origin)
