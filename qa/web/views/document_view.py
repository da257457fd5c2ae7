"""A document to read next to the chat: its text, split where quotes begin and end, and the facts about it.

A browser counts characters differently from Python (an emoji is two), so it never gets offsets to split
at, only the pieces.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from corpus.provenance import Field, Sure
from corpus.types import Dated, Document, Dropped, Sourced, written_day
from qa.render import one_line, visible, web_address

# Characters to send on either side of the current quote; the rest is sent on demand.
WINDOW = 40_000
MOST_MARKS = 200
# The most left-out pieces to show for each reason, and characters of a piece.
MOST_PIECES, LONGEST_PIECE = 100, 2_000
# The facts shown next to the text, with the names of their labels in the page's texts.
_NAMES = {
    Field.AUTHOR: "authors",
    Field.PUBLISHER: "publisher",
    Field.PUBLISHED: "published",
    Field.UPDATED: "updated",
    Field.FILE_MADE: "file_made",
}
# Line breaks and tabs are layout; all other control characters are escaped.
_LAYOUT = re.compile(r"([\n\t]+)")


@dataclass(frozen=True, slots=True)
class Stretch:
    """Characters of a text, half-open."""

    start: int
    end: int


def source_view(
    document: Document,
    *,
    focus: Stretch,
    marks: Sequence[Stretch] = (),
    part: Stretch | None = None,
    page: int | None = None,
) -> dict[str, Any]:
    """The text around `focus`, or a `part` of it, or the text around the start of a `page`, with marks.

    A mark that overlaps the focus or an earlier mark is not shown: each character is marked only once.

    Raises:
        ValueError: if a stretch is outside the text, or there is no such page.
    """
    length = len(document.text)
    if page is not None:
        if not 1 <= page <= len(document.pages):
            raise ValueError(f"{document.id!r} has {len(document.pages)} pages, not {page}")
        start = min(document.pages[page - 1], length)
        part = Stretch(max(0, start - WINDOW), min(length, start + WINDOW))
    for stretch in (focus, *marks, *([part] if part else [])):
        if not 0 <= stretch.start <= stretch.end <= length:
            raise ValueError(f"{stretch} is outside {document.id!r} of {length} characters")
    if part is None:
        part = Stretch(max(0, focus.start - WINDOW), min(length, focus.end + WINDOW))
    part = Stretch(part.start, min(part.end, part.start + 3 * WINDOW))
    return {
        **facts(document),
        "start": part.start,
        "end": part.end,
        "pages": len(document.pages) if len(document.pages) > 1 else 0,
        "pieces": _pieces(document, part, _apart(focus, marks), focus),
    }


def facts(document: Document) -> dict[str, Any]:
    """The known facts about a document, each with its origin."""
    found = [
        (_NAMES[field], value) for field, value in document.metadata.values() if field in _NAMES
    ]
    return {
        "id": document.id,
        "document": visible(document.id),
        "sha256": document.sha256,
        "title": visible(document.title),
        "facts": [
            {"name": name, "value": visible(_shown(value)), "origin": visible(_origin(value))}
            for name, value in found
        ],
        "address": web_address(document),
        "characters": len(document.text),
    }


def left_out_view(dropped: Sequence[Dropped]) -> list[dict[str, Any]]:
    """The pieces left out of a document, by reason: their `count`, and the first of them as `pieces`.

    >>> left_out_view([Dropped("1", "page number"), Dropped("2", "page number")])
    [{'reason': 'page number', 'count': 2, 'pieces': ['1', '2']}]
    """
    by_reason: dict[str, list[str]] = {}
    for piece in dropped:
        by_reason.setdefault(piece.reason, []).append(piece.text)
    return [
        {
            "reason": one_line(reason),
            "count": len(pieces),
            "pieces": [shown(piece[:LONGEST_PIECE]) for piece in pieces[:MOST_PIECES]],
        }
        for reason, pieces in by_reason.items()
    ]


def shown(text: str) -> str:
    r"""The text with its lines and tabs; other characters that could change how it reads are escaped.

    >>> shown("one\n\ttwo\u202e")
    'one\n\ttwo\\u202e'
    """
    parts = _LAYOUT.split(text)
    return "".join(part if i % 2 else visible(part) for i, part in enumerate(parts))


def _shown(value: Sourced | Dated) -> str:
    return written_day(value.day) if isinstance(value, Dated) else value.value


def _origin(value: Sourced | Dated) -> str:
    return f"inferred: {value.origin}" if value.sure is Sure.INFERRED else value.origin


def _apart(focus: Stretch, marks: Sequence[Stretch]) -> list[Stretch]:
    """The focus and the marks that overlap neither it nor each other, in text order."""
    kept = [focus] if focus.start < focus.end else []
    for mark in marks[:MOST_MARKS]:
        if mark.start < mark.end and all(mark.end <= k.start or k.end <= mark.start for k in kept):
            kept.append(mark)
    return sorted(kept, key=lambda stretch: stretch.start)


def _pieces(
    document: Document, part: Stretch, marks: Sequence[Stretch], focus: Stretch
) -> list[dict[str, Any]]:
    """The part split where marks begin and end, and where pages begin (with the page number)."""
    stretches: list[tuple[Stretch, Stretch | None]] = []
    at = part.start
    for marked in marks:
        start, end = max(marked.start, part.start), min(marked.end, part.end)
        if start < end:
            stretches += [(Stretch(at, start), None), (Stretch(start, end), marked)]
            at = end
    stretches.append((Stretch(at, part.end), None))
    pages = _beginnings(document, part)
    pieces = []
    for stretch, mark in stretches:
        cuts = [stretch.start, *(p for p in pages if stretch.start < p < stretch.end), stretch.end]
        for start, end in pairwise(cuts):
            piece: dict[str, Any] = {"start": start, "text": shown(document.text[start:end])}
            if mark:
                piece |= {"mark": mark.start, "focus": mark == focus}
            if start in pages:
                # A paragraph that continues on the next page is not split.
                within = start > 0 and document.text[start - 1] != "\n"
                piece |= {"page": pages[start], "within": within}
            pieces.append(piece)
    return [piece for piece in pieces if piece["text"]]


def _beginnings(document: Document, part: Stretch) -> dict[int, int]:
    """The starts of the pages in a part, with page numbers; of empty pages in a row, the last counts."""
    if len(document.pages) < 2:
        return {}
    pages = enumerate(document.pages, start=1)
    return {start: number for number, start in pages if part.start <= start < part.end}
