"""What the lines of a text say of it: its title, who wrote and published it, and when.

Text that was saved from the web has only its lines to go by. Each rule here gives a value with its
characters in the text, or nothing: a wrong date is worse than none.
"""

import re
from collections.abc import Iterator

from corpus.dates import find_date
from corpus.types import Dated, Sourced

# Bylines and dates stand at the head of an article, sometimes at its foot.
HEAD = 1_500
FOOT = 600
LONGEST_TITLE = 200

# subtle: "By Chen Xu Source:Global Times": a word with a colon behind it is the next label.
_NAME = (
    r"[^\W\d_][\w.'’-]*(?:\s+(?:(?:de|da|di|van|von|der|den|al|bin|el|la|le)\s+)*"
    r"(?!\w+\s*:)[^\W\d_a-z][\w.'’-]*){1,3}"
)
_PUBLISHED = re.compile(
    r"\b(?:(?:first\s+)?published|posted|publication date|date)\b\s*(?:on|at)?\s*:?\s*", re.I
)
_UPDATED = re.compile(r"\b(?:last\s+)?(?:updated|modified)\b\s*(?:on|at)?\s*:?\s*", re.I)
_BYLINE = re.compile(
    rf"^(?:By|BY|Written by|Author\s*:)\s+(?P<names>{_NAME}(?:(?:,\s+|\s+and\s+){_NAME})*)", re.M
)
_SOURCE = re.compile(
    r"(?:^|\s)(?:source|publisher)\s*:\s*(?P<name>[^\n:|]{2,60}?)"
    r"(?=\s*(?:$|\||\n|\b(?:published|updated|posted|date)\b))",
    re.I | re.M,
)
_NOTE = re.compile(
    rf"(?P<name>{_NAME}),? is (?:an?|the)\b.{{0,120}}?\b(?:at|of|for|with|in|from|and)\b", re.S
)
# "PUBLISHED : Monday, 30 October, 2017, 4:24pm", with the space before the colon and the weekday
# in front, heads the South China Morning Post's pages of those years; no other paper is known to.
_POST_STYLE = re.compile(
    r"^PUBLISHED : [A-Z][a-z]+day, \d{1,2} [A-Z][a-z]+, \d{4}, \d{1,2}:\d{2}[ap]m$", re.M
)


def find_title(text: str) -> Sourced | None:
    """The first line, where it stands alone and is no sentence, byline or date."""
    first, _, rest = text.partition("\n")
    line = first.strip()
    if not line or len(line) > LONGEST_TITLE or not rest.strip():
        return None
    if line[-1] in ".,;:" or _BYLINE.match(line) or _PUBLISHED.match(line):
        return None
    if (day := find_date(line)) and day.end - day.start > len(line) // 2:
        return None
    start = text.index(line)
    return Sourced(line, "first line", start, start + len(line))


def find_dates(text: str) -> tuple[Dated | None, Dated | None]:
    """When it was published and updated, from lines that say so or hold nothing but a date."""
    published = updated = None
    for start, end in _lines(text):
        for label, kind in ((_PUBLISHED, "published"), (_UPDATED, "updated")):
            match = label.search(text, start, end)
            day = find_date(text, match.end(), end) if match else None
            # subtle: "published a report in 2015 ..., on 3 May 2016" has the word and a date, too.
            if match is None or day is None or day.start != match.end():
                continue
            dated = Dated(day.day, f"{kind} line", day.start, day.end)
            if kind == "published":
                published = published or dated
            else:
                updated = updated or dated
    return published or _date_line(text), updated


def _date_line(text: str) -> Dated | None:
    for start, end in _lines(text[:HEAD]):
        day = find_date(text, start, end)
        if day and not text[start : day.start].strip() and not text[day.end : end].strip():
            return Dated(day.day, "date line", day.start, day.end)
    return None


def _lines(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of each line of the head and the foot, short enough to be no prose."""
    for match in re.finditer(r"[^\n]+", text):
        near = match.start() < HEAD or match.end() > len(text) - FOOT
        if near and len(match[0]) <= LONGEST_TITLE:
            yield match.start(), match.end()


def find_authors(text: str) -> tuple[Sourced, ...]:
    """The names of the byline, or the one of the note about the author at the end."""
    if match := _BYLINE.search(text, 0, HEAD):
        names = re.finditer(_NAME, text[match.start("names") : match.end("names")])
        offset = match.start("names")
        return tuple(Sourced(n[0], "byline", offset + n.start(), offset + n.end()) for n in names)
    start = text.rstrip().rfind("\n\n") + 2
    note = _NOTE.match(text, start) if start >= 2 else None
    # subtle: an article may end on any "Dr. X is a ..."; its author is named before that, at its
    # head (a standfirst says "X argues that"), or the note would introduce a stranger.
    if note and note["name"] in text[:HEAD] and len(text) - start < FOOT:
        return (Sourced(note["name"], "author's note", note.start("name"), note.end("name")),)
    return ()


def find_publisher(text: str) -> Sourced | None:
    """The publisher that a line names, or that the form of the date line gives away."""
    for start, end in _lines(text):
        if match := _SOURCE.search(text, start, end):
            return Sourced(
                match["name"].strip(), "source line", match.start("name"), match.end("name")
            )
    if _POST_STYLE.search(text, 0, HEAD):
        return Sourced("South China Morning Post", "inferred from the form of the date line")
    return None
