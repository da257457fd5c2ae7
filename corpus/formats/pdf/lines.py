"""The lines on the pages of a PDF file, and their positions."""

import re
from dataclasses import dataclass
from typing import Any

HYPHEN = "\ufffe"
"""The character with which PDFium replaces a hyphen at the end of a line and the line break."""

_LINE = re.compile(rf"([^\r\n{HYPHEN}]*{HYPHEN}?)(?:\r\n|[\r\n])?")
# A ligature is drawn as one sign but stands for two or three letters.
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
"""Characters of a page that are read; no printed page has as many."""
MOST_LINES_PLACED = 5_000


@dataclass(frozen=True, slots=True)
class Line:
    """A line on a page, with its position in points from the lower left corner, if known.

    `height` is the height of its letters, or 0.0 if the position is not known.
    """

    text: str
    left: float = 0.0
    right: float = 0.0
    bottom: float = 0.0
    height: float = 0.0


def lines_of(page: Any) -> list[Line]:
    """The lines of a pypdfium2 page, in the order in which the file has them."""
    words = page.get_textpage()
    try:
        text = words.get_text_range()
        # subtle: PDFium finds a position by the index of a character. That index differs from the one in
        # the text if a font is broken or a character is a surrogate pair.
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
    if _BULLET.match(source):  # the bullet may be in another font than the words
        bottom, top = low, high
    if top - bottom <= 0 or right < left:  # rotated text, or a character that was never drawn
        return Line(_mended(source))
    return Line(_mended(source), left, right, bottom, top - bottom)
