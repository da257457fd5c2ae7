"""The lines of the pages of a PDF file, where they stand, and which of them stand on most pages."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from corpus.cleaning import Dropped

HYPHEN = "\ufffe"
"""What PDFium puts for a hyphen at the end of a line, together with the line end."""

_LINE = re.compile(rf"([^\r\n{HYPHEN}]*{HYPHEN}?)(?:\r\n|[\r\n])?")
# Ligatures are drawn as one sign and meant as two or three letters.
_LIGATURES = str.maketrans(
    {
        "\ufb00": "ff",
        "\ufb01": "fi",
        "\ufb02": "fl",
        "\ufb03": "ffi",
        "\ufb04": "ffl",
        "\ufb05": "st",
        "\ufb06": "st",
        "\x02": HYPHEN,
    }
)
_DIGITS = re.compile(r"\d+|\b[ivxl]{1,6}\b", re.IGNORECASE)
_PAGE_NUMBER = re.compile(
    r"(?:page|p\.|seite|s\.|página|pagina)?\s*[-–—|]?\s*#\s*[-–—|]?\s*(?:(?:of|/|von|de|di|sur)\s*#)?",
    re.IGNORECASE,
)
LONGEST_PAGE = 1_000_000
"""Characters of a page; more than are printed on any."""
MOST_LINES_PLACED = 5_000
_LONGEST_FURNITURE = 200
_AT_EDGE = 3
LONGEST_DROPPED = 2_000


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a page; its place in points from the lower left corner, where that is known.

    `height` is that of its letters, 0.0 where nothing is known of its place.
    """

    text: str
    left: float = 0.0
    right: float = 0.0
    bottom: float = 0.0
    height: float = 0.0


def lines_of(page: Any) -> list[Line]:
    """The lines of a page of pypdfium2's, in the order in which they were written."""
    words = page.get_textpage()
    try:
        text = words.get_text_range()[:LONGEST_PAGE].translate(_LIGATURES)
        # subtle: places are asked for by the number of a character, which counts other characters
        # than the text has where a font is broken.
        source = words.get_text_range()
        placed = len(source.encode("utf-16-le")) // 2 == len(source) == words.count_chars()
        found: list[Line] = []
        at = 0
        for match in _LINE.finditer(source[:LONGEST_PAGE]):
            line = match[1].translate(_LIGATURES)
            if line.strip():
                known = placed and len(found) < MOST_LINES_PLACED
                found.append(_placed(words, line, at, match[1]) if known else Line(line.strip()))
            at = match.end()
        return found if text.strip() else []
    finally:
        words.close()


def _placed(words: Any, line: str, at: int, source: str) -> Line:
    first = at + len(source) - len(source.lstrip())
    last = at + len(source.rstrip().rstrip(HYPHEN)) - 1
    left, bottom, _, top = words.get_charbox(first, loose=True)
    _, _, right, _ = words.get_charbox(max(first, last), loose=True)
    if top - bottom <= 0 or right < left:  # turned, or a sign that was never drawn
        return Line(line.strip())
    return Line(line.strip(), left, right, bottom, top - bottom)


def without_furniture(pages: Sequence[list[Line]]) -> tuple[list[list[Line]], tuple[Dropped, ...]]:
    """The pages without the lines that stand at the edge of most of them, and these lines.

    Digits do not count, so that page numbers are alike; a page number alone may go from two pages on.
    """
    counts: Counter[str] = Counter()
    edges = [set(_edge(lines)) for lines in pages]
    for lines, edge in zip(pages, edges, strict=True):
        counts.update({_alike(lines[i].text) for i in edge})
    inked = sum(bool(lines) for lines in pages)
    # Left and right pages may have headers of their own.
    least = max(3, round(inked * 0.4))
    gone = {
        text
        for text, count in counts.items()
        if count >= least or (count >= 2 and count > inked / 2 and _PAGE_NUMBER.fullmatch(text))
    }
    kept: list[list[Line]] = []
    texts: dict[str, list[str]] = defaultdict(list)
    for lines, edge in zip(pages, edges, strict=True):
        taken = {i for i in edge if _alike(lines[i].text) in gone}
        if len(taken) == len(lines) and inked < 2 * len(pages):
            taken = {i for i in taken if _PAGE_NUMBER.fullmatch(_alike(lines[i].text))}
        for i in sorted(taken):
            texts[_alike(lines[i].text)].append(lines[i].text)
        kept.append([line for i, line in enumerate(lines) if i not in taken])
    return kept, tuple(_dropped(each) for each in texts.values())


def _edge(lines: list[Line]) -> Iterator[int]:
    """The lines nearest to the upper and the lower edge, by their place or else their order."""
    order = range(len(lines))
    if lines and all(line.height for line in lines):
        order = sorted(order, key=lambda i: -lines[i].bottom)  # type: ignore[assignment]
    for i in {*order[:_AT_EDGE], *order[-_AT_EDGE:]}:
        if len(lines[i].text) <= _LONGEST_FURNITURE:
            yield i


def _alike(text: str) -> str:
    return " ".join(_DIGITS.sub("#", text).casefold().split())


def _dropped(texts: list[str]) -> Dropped:
    said = "\n".join(dict.fromkeys(texts))[:LONGEST_DROPPED]
    return Dropped(said, f"at the top or bottom of {len(texts)} pages")
