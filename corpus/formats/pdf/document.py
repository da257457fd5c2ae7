"""PDF, by PDFium: its text page by page, paragraphs put together again, and its information."""

import re
from contextlib import suppress
from datetime import date
from typing import Any

from corpus.errors import DocumentError
from corpus.formats.base import Raw
from corpus.formats.office import properties
from corpus.formats.pdf import ocr
from corpus.formats.pdf.lines import Line, lines_of
from corpus.formats.pdf.page_paragraphs import paragraphs
from corpus.formats.pdf.running_heads import without_furniture
from corpus.provenance import Clue

SUFFIXES = frozenset({".pdf"})

MOST_PAGES = 10_000
LONGEST_TEXT = 50_000_000
_DATE = re.compile(r"(?:D:)?(\d{4})-?(\d\d)-?(\d\d)")
_PICTURE, _FORM = 3, 5  # kinds of objects on a page, by PDFium's own numbers
_LOOKED_AT = 50


def read(data: bytes) -> Raw:
    """The text, PAGE_MARK where each page begins; headers and footers apart.

    Raises:
        DocumentError: if it is locked or damaged, or there is no text on any page.
    """
    pdf = _opened(data)
    try:
        return _read(pdf)
    finally:
        pdf.close()


def helpers() -> str:
    """What on this machine decides whether pages that are pictures are read."""
    return "tesseract" if ocr.program() else ""


def _opened(data: bytes) -> Any:
    import pypdfium2

    try:
        return pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            raise DocumentError("it is locked with a password") from error
        if "security" in str(error).lower():
            raise DocumentError("it is locked in a way that cannot be opened") from error
        raise DocumentError("it is damaged or cut off: no page of it can be found") from error


def _read(pdf: Any) -> Raw:
    notes: list[str] = []
    count = len(pdf)
    if count > MOST_PAGES:
        notes.append(f"only the first {MOST_PAGES:,} of its {count:,} pages were read")
    pages, pictures, broken = _pages(pdf, min(count, MOST_PAGES), notes)
    if broken:
        notes.append(f"its {_numbers(broken)} cannot be read")
    read_now = ocr.read_pages(pdf, pictures)
    for number, text in read_now.items():
        pages[number] = [Line(line.strip()) for line in text.split("\n") if line.strip()]
    kept, dropped = without_furniture(pages)
    if not any(kept):
        raise DocumentError(_why_empty(count, pictures, broken))
    if done := [number for number in pictures if number in read_now]:
        notes.append(f"its {_numbers(done)} are pictures, read by tesseract, which makes mistakes")
    if left := [number for number in pictures if number not in read_now]:
        notes.append(f"needs OCR: no text on its {_numbers(left)}, of {count}")
    return Raw(paragraphs(kept), _clues(pdf), paged=True, dropped=dropped, notes=tuple(notes))


def _pages(pdf: Any, count: int, notes: list[str]) -> tuple[list[list[Line]], list[int], list[int]]:
    """The lines of each page; the numbers of those that are pictures, and of those that are broken."""
    import pypdfium2

    pages: list[list[Line]] = []
    pictures, broken = [], []
    size = 0
    for number in range(count):
        lines: list[Line] = []
        try:
            page = pdf[number]
            try:
                lines = lines_of(page)
                if not lines and _is_picture(page):
                    pictures.append(number)
            finally:
                page.close()
        except pypdfium2.PdfiumError:
            broken.append(number)
        pages.append(lines)
        size += sum(len(line.text) for line in lines)
        if size > LONGEST_TEXT:
            notes.append(f"only the first {number + 1:,} of its {count:,} pages were read")
            break
    return pages, pictures, broken


def _is_picture(page: Any) -> bool:
    for seen, thing in enumerate(page.get_objects(max_depth=1)):
        if thing.type in (_PICTURE, _FORM):
            return True
        if seen >= _LOOKED_AT:  # letters may be drawn as lines, too
            return True
    return False


def _why_empty(count: int, pictures: list[int], broken: list[int]) -> str:
    if pictures:
        return f"needs OCR: no text on any of its {count} pages"
    if broken:
        return f"it is damaged: none of its {count} pages can be read"
    return f"there is nothing on any of its {count} pages" if count else "it has no pages"


def _numbers(pages: list[int]) -> str:
    """Page numbers as a person writes them.

    >>> _numbers([0, 1, 2, 4]), _numbers([6])
    ('pages 1–3, 5', 'page 7')
    """
    runs: list[list[int]] = []
    for page in pages:
        if runs and runs[-1][1] == page - 1:
            runs[-1][1] = page
        else:
            runs.append([page, page])
    said = [str(a + 1) if a == b else f"{a + 1}–{b + 1}" for a, b in runs]
    more = "" if len(said) <= 10 else f" and {len(said) - 10} more runs of pages"
    return ("pages " if len(pages) > 1 else "page ") + ", ".join(said[:10]) + more


def _clues(pdf: Any) -> tuple[Clue, ...]:
    said: dict[str, str] = {}
    with suppress(Exception):  # a broken dictionary takes nothing from the text
        said = pdf.get_metadata_dict()
    origin = "PDF information"
    clues = properties.title(said.get("Title"), origin) + properties.author(
        said.get("Author"), origin
    )
    created, changed = _day(said.get("CreationDate")), _day(said.get("ModDate"))
    return clues + properties.file_made(created, changed, origin)


def _day(value: str | None) -> date | None:
    if match := _DATE.match(value or ""):
        with suppress(ValueError):
            return date(int(match[1]), int(match[2]), int(match[3]))
    return None
