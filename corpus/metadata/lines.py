"""The lines of a text that may contain metadata: short ones at its head or foot."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

# Bylines and dates are at the head of an article, sometimes at its foot.
HEAD = 1_500
FOOT = 600
LONGEST_TITLE = 200

_PARAGRAPH_END = '.!?”"»。』」'


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the head or the foot, too short for a paragraph."""

    start: int
    end: int
    in_head: bool


def lines(text: str) -> Iterator[Line]:
    """The lines that may contain metadata, in order."""
    head = _start_of_paragraph(text, 2)
    for match in re.finditer(r"[^\n]+", text):
        near = match.start() < HEAD or match.end() > len(text) - FOOT
        if near and len(match[0]) <= LONGEST_TITLE:
            yield Line(match.start(), match.end(), match.start() < head)


def end_of_head(text: str) -> int:
    """The start of the first paragraph: a long line, or lines that fill the width of the page."""
    return _start_of_paragraph(text, 1)


def _start_of_paragraph(text: str, count: int) -> int:
    """Where the paragraph of that number begins, HEAD if that is later."""
    wide = 0
    for match in re.finditer(r"[^\n]*\n?", text[:HEAD]):
        line = match[0].rstrip()
        is_long = len(line) > LONGEST_TITLE or _is_wide_script(line)
        if is_long and (line[-1] in _PARAGRAPH_END or match.end() == HEAD):
            count -= 1
            wide = 0
        else:
            wide = wide + 1 if len(line) > 50 else 0
            count -= wide == 3
        if count == 0:
            return match.start()
    return HEAD


def _is_wide_script(line: str) -> bool:
    """Whether it is a paragraph in a script in which one character can be a word."""
    return len(line) > 40 and sum(char > "\u2e80" for char in line) * 2 > len(line)
