"""Restore the paragraphs of a PDF file from its lines: join, break, or start a new paragraph."""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median

from corpus.cleaning import PAGE_MARK
from corpus.formats.pdf.lines import HYPHEN, Line

_ENDED = re.compile(r"[.!?…:;][\"'”’»)\]]*(?:\d{1,3}|\[\d{1,3}\])?$")
_ITEM = re.compile(r"[•◦▪●○■□‣⁃–—-]\s|[•◦▪●‣]|\(?(?:\d{1,3}|[a-zA-Z])[.)]\s")
_WORD = re.compile(r"[^\W\d_]+(?:[-’'][^\W\d_]+)*")
_LAST = re.compile(r"[^\W_]+(?:-[^\W_]+)*$")
_FIRST = re.compile(r"[^\W_]+")
# "long-term" may be split after its own hyphen, with nothing else in the text to show it.
_PREFIXES = "anti cross half high long low multi non self semi short two three four well vice"
MORE_THAN_A_LINE = 1.3
"""A distance of more than this many times the usual one between lines separates paragraphs."""


@dataclass(slots=True)
class _Page:
    """The usual distance between the lines of a page, and the usual right end in each column."""

    lines: list[Line]
    pitch: float = 0.0
    ends: dict[int, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        steps = [
            a.bottom - b.bottom
            for a, b in zip(self.lines, self.lines[1:], strict=False)
            if a.height and b.height and 0.5 * a.height < a.bottom - b.bottom < 3 * a.height
        ]
        self.pitch = median(steps) if steps else 0.0
        rights: dict[int, list[float]] = defaultdict(list)
        for line in self.lines:
            for column in range(_column(line) - 1, _column(line) + 2):
                rights[column].append(line.right)
        # The widest line may be a title across all columns.
        self.ends = {c: sorted(r)[int(len(r) * 0.8)] for c, r in rights.items()}

    def fullness(self, line: Line) -> float:
        """The share of its column's width that a line fills, from 0 to about 1."""
        width = self.ends.get(_column(line), line.right) - line.left
        return (line.right - line.left) / width if width > 0 else 1.0


def _column(line: Line) -> int:
    return int(line.left // 24)


def paragraphs(pages: Sequence[list[Line]]) -> str:
    """The text of the pages, with a PAGE_MARK before each and an empty line between paragraphs."""
    hyphens = _Hyphens(pages)
    out: list[str] = []
    before: Line | None = None
    marks = ""
    for lines in pages:
        page = _Page(lines)
        marks += PAGE_MARK
        for i, line in enumerate(lines):
            if before is None:
                out += [marks, line.text]
            elif marks:
                # A paragraph may continue on the next page.
                goes_on = not _ENDED.search(before.text) and line.text[:1].islower()
                hyphens.join(out, line.text, marks, " " if goes_on else "\n\n")
            else:
                hyphens.join(out, line.text, "", _between(page, lines[i - 1], line))
            marks = ""
            before = line
    return "".join(out).replace(HYPHEN, "-") + marks


def _between(page: _Page, a: Line, b: Line) -> str:
    """The separator between two successive lines: a space, a line break or an empty line."""
    ended = bool(_ENDED.search(a.text))
    if a.text.endswith(HYPHEN):
        return " "
    if not a.height or not b.height:
        if _ITEM.match(b.text):
            return "\n"
        return "\n\n" if ended and len(a.text) < 50 and not b.text[:1].islower() else " "
    step = a.bottom - b.bottom
    if abs(step) < 0.4 * max(a.height, b.height):  # side by side
        return " "
    goes_on = not ended and b.text[:1].islower()
    if abs(a.height - b.height) > 0.15 * max(a.height, b.height) and not goes_on:
        return "\n\n"
    if step < 0:  # the next column
        return " " if goes_on else "\n\n"
    apart = page.pitch and step > MORE_THAN_A_LINE * page.pitch
    if _ITEM.match(b.text):
        return "\n\n" if apart and not _ITEM.match(a.text) else "\n"
    if apart:
        return "\n\n"
    full = page.fullness(a)
    indented = b.left - a.left > 0.7 * b.height and not _ITEM.match(a.text)
    if ended and (full < 0.85 or indented):
        return "\n\n"
    return "\n" if full < 0.6 else " "


class _Hyphens:
    """Removes hyphens at line ends, except from words that have one elsewhere in the text."""

    def __init__(self, pages: Sequence[list[Line]]) -> None:
        self._words = {
            word.casefold()
            for lines in pages
            for line in lines
            for word in _WORD.findall(line.text)
        }

    def join(self, out: list[str], text: str, marks: str, between: str) -> None:
        """Append a line to the text so far."""
        last = out[-1]
        cut = len(last) > 1 and last.endswith((HYPHEN, "-", "\xad")) and text[:1].isalnum()
        # A hyphen that PDFium did not mark as a line end may be a dash, or be between two years.
        if cut and last[-1] == "-":
            cut = text[0].islower() and between != "\n\n"
            cut = cut or (text[0].isdigit() and last[-2].isdigit())
        if cut:
            out[-1] = last[:-1] + ("-" if self._is_kept(last[:-1], text) else "")
            out += [marks, text]
        else:
            out += [between, marks, text]

    def _is_kept(self, last: str, text: str) -> bool:
        """Whether the hyphen belongs to the word, not only to the line end.

        If a capital letter follows, it is a double name like "Anglo-Saxon".
        """
        begin, end = _LAST.search(last), _FIRST.match(text)
        if begin is None or end is None or not text[0].islower() or begin[0][-1].isdigit():
            return True
        if f"{begin[0]}-{end[0]}".casefold() in self._words:
            return True
        if f"{begin[0]}{end[0]}".casefold() in self._words:
            return False
        return "-" in begin[0] or begin[0].casefold() in _PREFIXES.split()
