"""A document to be read beside the chat: its text cut where quotes begin and end, and what is known of it.

A browser counts characters otherwise than Python does (an emoji is two), so it is never told
offsets to cut at, only the pieces.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from corpus.provenance import Field, Sure
from corpus.types import Dated, Document, Dropped, Sourced, written_day
from qa.render import one_line, visible, web_address

# Characters that are sent on either side of the quote that is looked at; the rest on demand.
WINDOW = 40_000
MOST_MARKS = 200
# What is shown of what was left out: pieces for each reason, and characters of a piece.
MOST_PIECES, LONGEST_PIECE = 100, 2_000
# What is shown beside the text, by the names of the page's texts.
_NAMES = {
    Field.AUTHOR: "authors",
    Field.PUBLISHER: "publisher",
    Field.PUBLISHED: "published",
    Field.UPDATED: "updated",
    Field.FILE_MADE: "file_made",
}
# Line ends and tabs lay a text out; all else that a terminal or a line of text obeys is spelt out.
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
    """The document around `focus` with it and the `marks` set apart; or a `part` of it, or a `page` on.

    A mark that overlaps the focus, or one before it, is not shown: a character is marked once.

    Raises:
        ValueError: if a stretch does not lie in the text, or there is no such page.
    """
    length = len(document.text)
    if page is not None:
        if not 1 <= page <= len(document.pages):
            raise ValueError(f"{document.id!r} has {len(document.pages)} pages, not {page}")
        start = min(document.pages[page - 1], length)
        part = Stretch(max(0, start - WINDOW), min(length, start + WINDOW))
    for stretch in (focus, *marks, *([part] if part else [])):
        if not 0 <= stretch.start <= stretch.end <= length:
            raise ValueError(f"{stretch} does not lie in {document.id!r} of {length} characters")
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
    """What is known of a document, each value with where it was found."""
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
    """What was left out of a document, by the reason: `count` pieces, the first of them as `pieces`.

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
    r"""The text with its lines, and with nothing else in it that could change how it reads.

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
    """The focus and the marks that overlap neither it nor each other, in their order."""
    kept = [focus] if focus.start < focus.end else []
    for mark in marks[:MOST_MARKS]:
        if mark.start < mark.end and all(mark.end <= k.start or k.end <= mark.start for k in kept):
            kept.append(mark)
    return sorted(kept, key=lambda stretch: stretch.start)


def _pieces(
    document: Document, part: Stretch, marks: Sequence[Stretch], focus: Stretch
) -> list[dict[str, Any]]:
    """The part cut where marks begin and end, and where pages begin; the latter say which page."""
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
                # A paragraph that goes on over the page's end is not torn apart.
                within = start > 0 and document.text[start - 1] != "\n"
                piece |= {"page": pages[start], "within": within}
            pieces.append(piece)
    return [piece for piece in pieces if piece["text"]]


def _beginnings(document: Document, part: Stretch) -> dict[int, int]:
    """Where pages begin in a part, with their numbers; of pages without text the last counts."""
    if len(document.pages) < 2:
        return {}
    pages = enumerate(document.pages, start=1)
    return {start: number for number, start in pages if part.start <= start < part.end}
