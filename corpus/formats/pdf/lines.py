"""The lines of the pages of a PDF file, and where they stand."""

import re
from dataclasses import dataclass
from typing import Any

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
_BULLET = re.compile(r"\s*[^\w\s\"'“‘(\[]")
LONGEST_PAGE = 1_000_000
"""Characters of a page; more than are printed on any."""
MOST_LINES_PLACED = 5_000


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
        text = words.get_text_range()
        # subtle: places are asked for by the number of a character, which counts other characters
        # than the text has where a font is broken, or a sign takes two halves.
        placed = len(text.encode("utf-16-le", "surrogatepass")) // 2 == len(text)
        placed = placed and len(text) == words.count_chars()
        found: list[Line] = []
        for match in _LINE.finditer(text[:LONGEST_PAGE]):
            if match[1].strip():
                known = placed and len(found) < MOST_LINES_PLACED
                found.append(_placed(words, match) if known else Line(_mended(match[1])))
        return found
    finally:
        words.close()


def _mended(line: str) -> str:
    return line.translate(_LIGATURES).strip()


def _placed(words: Any, match: re.Match[str]) -> Line:
    source = match[1]
    first = match.start() + len(source) - len(source.lstrip())
    last = max(first, match.start() + len(source.rstrip().rstrip(HYPHEN)) - 1)
    left, bottom, _, top = words.get_charbox(first, loose=True)
    _, low, right, high = words.get_charbox(last, loose=True)
    if _BULLET.match(source):  # it is of another font than the words
        bottom, top = low, high
    if top - bottom <= 0 or right < left:  # turned, or a sign that was never drawn
        return Line(_mended(source))
    return Line(_mended(source), left, right, bottom, top - bottom)
