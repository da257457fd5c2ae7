"""Remove headers, footers and page numbers: lines that recur at the edges of a PDF file's pages."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from corpus.formats.pdf.lines import Line
from corpus.types import Dropped

LONGEST_DROPPED = 2_000
_LONGEST = 200
_LONGEST_NUMBERED = 100
_AT_EDGE = 3
_DIGITS = re.compile(r"\d+|\b[ivxl]{1,6}\b", re.IGNORECASE)
_NUMBER_AT_END = re.compile(r"^\D{0,12}(\d{1,5})\b|\b(\d{1,5})\D{0,3}$")


def without_furniture(pages: Sequence[list[Line]]) -> tuple[list[list[Line]], tuple[Dropped, ...]]:
    """The pages without the lines that recur at the edges of many of them, and the lines removed.

    Digits are ignored, so page numbers count as the same line. A line that also occurs within the text
    is kept, and so are all lines of a page that would otherwise be empty.
    """
    edges = [set(_edge(lines)) for lines in pages]
    counts: Counter[str] = Counter()
    inside: Counter[str] = Counter()
    for lines, edge in zip(pages, edges, strict=True):
        counts.update({_alike(lines[i].text) for i in edge})
        inside.update(_alike(line.text) for i, line in enumerate(lines) if i not in edge)
    # Left and right pages may have different headers.
    least = max(3, round(sum(map(bool, pages)) * 0.4))
    gone = {text for text, count in counts.items() if count >= least and inside[text] <= 1}
    offset = _offset(pages)
    kept: list[list[Line]] = []
    texts: dict[str, list[str]] = defaultdict(list)
    for number, (lines, edge) in enumerate(zip(pages, edges, strict=True)):
        taken = {
            i
            for i in edge
            if _alike(lines[i].text) in gone or _is_numbered(lines, i, number, offset)
        }
        if len(taken) == len(lines):
            taken = set()
        for i in sorted(taken):
            texts[_alike(lines[i].text)].append(lines[i].text)
        kept.append([line for i, line in enumerate(lines) if i not in taken])
    return kept, tuple(_dropped(each) for each in texts.values())


def _order(lines: list[Line]) -> list[int]:
    """The indices of the lines from top to bottom, by position if known, else in the file's order."""
    order = list(range(len(lines)))
    if all(line.height for line in lines):
        order.sort(key=lambda i: -lines[i].bottom)
    return order


def _edge(lines: list[Line]) -> Iterator[int]:
    order = _order(lines)
    for i in {*order[:_AT_EDGE], *order[-_AT_EDGE:]}:
        if len(lines[i].text) <= _LONGEST:
            yield i


def _outermost(lines: list[Line]) -> set[int]:
    order = _order(lines)
    return {order[0], order[-1]} if order else set()


def _numbers(text: str) -> set[int]:
    if len(text) > _LONGEST_NUMBERED:
        return set()
    return {int(found) for m in _NUMBER_AT_END.finditer(text) for found in m.groups() if found}


def _offset(pages: Sequence[list[Line]]) -> int | None:
    """The difference between printed page numbers and page indices; None if none are printed."""
    counts: Counter[int] = Counter()
    for number, lines in enumerate(pages):
        found = {n - number for i in _outermost(lines) for n in _numbers(lines[i].text)}
        counts.update(found)
    offset, count = max(counts.items(), key=lambda item: item[1], default=(0, 0))
    return offset if count >= 2 and count > len(pages) / 2 else None


def _is_numbered(lines: list[Line], i: int, number: int, offset: int | None) -> bool:
    return (
        offset is not None and i in _outermost(lines) and number + offset in _numbers(lines[i].text)
    )


def _alike(text: str) -> str:
    return " ".join(_DIGITS.sub("#", text).casefold().split())


def _dropped(texts: list[str]) -> Dropped:
    said = "\n".join(dict.fromkeys(texts))[:LONGEST_DROPPED]
    times = f"{len(texts)} pages" if len(texts) > 1 else "a page"
    return Dropped(said, f"at the top or bottom of {times}")
