"""What the lines of a text say of it: its title, who wrote and published it, and when.

Text that was saved from the web has only its lines to go by. Each rule here gives a value with its
characters in the text, or nothing: a wrong date is worse than none.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from corpus.dates import find_date
from corpus.types import Dated, Sourced

# Bylines and dates stand at the head of an article, sometimes at its foot.
HEAD = 1_500
FOOT = 600
LONGEST_TITLE = 200
LONGEST_BYLINE = 120

# subtle: a word with a colon behind it is the next label ("By Chen Xu Source:Global Times"), and
# "And" in capitals joins two names.
_WORD = r"(?<!\w)(?!\w+\s*:|AND\b|Published\b|Updated\b|Posted\b)[^\W\d_a-z][\w.'’-]*(?<!['’][sS])"
_NAME = rf"{_WORD}(?:[^\S\n]+(?:(?:de|da|di|du|van|von|der|den|al|bin|el|la|le)[^\S\n]+)*{_WORD}){{1,3}}"
# subtle: of "By Ann Lee, Coastal Wire" the second is no author; a list of two or more ends on "and".
_NAMES = (
    rf"{_NAME}(?(list)(?:(?:,?\s+(?:and|AND)\s+|\s*[,;&]\s*){_NAME})*"
    rf"|(?:(?:\s*,\s*{_NAME})*,?\s+(?:and|AND|&)\s+{_NAME})?)"
)
_BYLINE = re.compile(
    r"(?P<label>(?:Written |WRITTEN |Posted |Reported )?(?:by|By|BY)\s+|Author\s*:\s*|(?P<list>Authors)\s*:\s*)"
    rf"(?P<names>{_NAMES})"
    # What may follow names: a place or paper, another label, a date. Prose may not.
    r"(?=\s*(?:$|[|/•·(–—-]|,\s*[^\Wa-z]|(?:for|in|on|at)\s+[^\Wa-z]|\w+\s*:"
    r"|(?i:published|updated|posted)\b))"
)
_NO_NAME = re.compile(
    r"(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|january|february|march|april|june|july|august"
    r"|september|october|november|december|this|these|that|our|all|your)\b",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"(?:[^\W\d_]{2}|\d)[.!?]$")

_ON = r"\b[^\S\n]*(?:on|at)?[^\S\n]*:?[^\S\n]*"
_PUBLISHED = re.compile(
    r"(?:(?:first |originally )?published|posted|publication date|date)" + _ON, re.I
)
_UPDATED = re.compile(r"(?:last\s+)?(?:updated|modified)" + _ON, re.I)
_THIS = re.compile(r"this (?:article|story|post|page|report|piece) (?:was|has been) $", re.I)
_SOURCE = re.compile(
    r"(?P<before>.*?)\b(?:source|publisher)\s*:\s*(?P<name>[^\n:|,;]{2,60}?)"
    r"(?=\s*(?:$|\||\b(?:published|updated|posted|date|editor|author)\b))",
    re.I,
)
_NOTE = re.compile(
    rf"(?:(?:Dr|Prof|Professor|Mr|Mrs|Ms|Sir)\b\.? )?(?P<name>{_NAME}),? is (?:an?|the)\b"
    r".{0,120}?\b(?:at|of|for|with|in|from|and)\b"
)
# What a standfirst says of its article's author; news says it of others, but not under the title.
_ARGUES = (
    r"(?:\s+and\s+[^\n]{0,40}?)?\s+(?:says?|argues?|writes?|explains?|asks?|believes?|considers?"
    r"|examines?|explores?|looks?|suggests?|thinks?|warns?|wonders?|contends?|sees?|reports?|on)\b"
)
# "PUBLISHED : Monday, 30 October, 2017, 4:24pm", with the space before the colon and the weekday
# in front, heads the South China Morning Post's pages of those years; no other paper is known to.
_POST_STYLE = re.compile(
    r"^PUBLISHED : [A-Z][a-z]+day, \d{1,2} [A-Z][a-z]+, \d{4}, \d{1,2}:\d{2}[ap]m$", re.M
)


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of the head or the foot, short enough to be no paragraph."""

    start: int
    end: int
    in_head: bool


def find_title(text: str) -> Sourced | None:
    """The first line but bylines and dates, where it stands alone and is no sentence."""
    lines = (match for match in re.finditer(r"\S[^\n]*", text) if not _is_detail(text, match))
    match = next(lines, None)
    if match is None or match.start() > HEAD // 5 or not text[match.end() :].strip():
        return None
    line = match[0]
    # subtle: a headline may end on "U.S." or "...".
    if line[-1] in ",;:" or (line[-1] == "." and not re.search(r"(?:\b[^\W\d_]|\.)\.$", line)):
        return None
    return Sourced(line, "first line", *match.span()) if len(line) <= LONGEST_TITLE else None


def _is_detail(text: str, match: re.Match[str]) -> bool:
    """Whether a line is a byline, a date or an address: what may stand above a title."""
    line = match[0]
    day = find_date(line)
    return bool(
        _byline(text, _Line(*match.span(), in_head=True))
        or (day and day.end - day.start > len(line) // 2)
        or (day and (_PUBLISHED.match(line) or _UPDATED.match(line)))
        or re.match(r"https?://\S+$", line)
    )


def find_dates(text: str) -> tuple[Dated | None, Dated | None]:
    """When it was published and updated, from lines that say so or hold nothing but a date."""
    published = updated = None
    for line in _lines(text):
        published = published or _labelled(text, line, _PUBLISHED, "published line")
        updated = updated or _labelled(text, line, _UPDATED, "updated line")
    return published or _unlabelled(text), updated


def _labelled(text: str, line: _Line, label: re.Pattern[str], origin: str) -> Dated | None:
    """The date right behind a label, where the label is no word of a sentence.

    "The report, published on 3 May 2016, ..." has such a word and a date, too.
    """
    for match in label.finditer(text, line.start, line.end):
        day = find_date(text, match.end(), line.end)
        if day is None or day.start != match.end():
            continue
        before, after = text[line.start : match.start()], text[day.end : line.end]
        is_prose = len(after) > 1 and _SENTENCE_END.search(after)
        if _THIS.search(before) or (not is_prose and _stands_out(before, match[0], line.in_head)):
            return Dated(day.day, origin, day.start, day.end)
    return None


def _stands_out(before: str, label: str, in_head: bool) -> bool:
    """Whether a label opens its line, follows a mark, or has a colon."""
    opens = not before.strip(" |•·–—-*") and label[0].isupper()
    if label.lower().startswith(("posted", "date")):
        # A reader's comment under the article has been posted, too; a release has a date.
        return opens and in_head
    return opens or ":" in label or bool(re.search(r"[|•·–—/-]\s*$", before))


def _unlabelled(text: str) -> Dated | None:
    """The date of a line that holds nothing else, or of the byline."""
    for line in _lines(text):
        day = find_date(text, line.start, line.end) if line.in_head else None
        if day is None:
            continue
        byline = _byline(text, line)
        start = byline.end("names") if byline else line.start
        before, after = text[start : day.start], text[day.end : line.end]
        if not before.strip() and not after.strip():
            return Dated(day.day, "date line", day.start, day.end)
        if byline and before and not _UPDATED.search(before):
            return Dated(day.day, "byline", day.start, day.end)
    return None


def _lines(text: str) -> Iterator[_Line]:
    for match in re.finditer(r"[^\n]+", text):
        in_head = match.start() < HEAD
        near = in_head or match.end() > len(text) - FOOT
        if near and len(match[0]) <= LONGEST_TITLE:
            yield _Line(match.start(), match.end(), in_head)


def _byline(text: str, line: _Line) -> re.Match[str] | None:
    """The names of the line, where it is a byline and no sentence that begins with "By"."""
    match = _BYLINE.match(text, line.start, line.end)
    if match is None or line.end - line.start > LONGEST_BYLINE:
        return None
    # subtle: in hard-wrapped prose "by Ann Lee" may fill a line; a byline stands on its own.
    if match["label"].strip() == "by" and text[max(line.start - 2, 0) : line.start].strip("\n"):
        return None
    if _NO_NAME.match(match["names"]) or _SENTENCE_END.search(text, line.start, line.end):
        return None
    return match


def find_authors(text: str) -> tuple[Sourced, ...]:
    """The names of the byline, or the one of the note about the author at the end."""
    for line in _lines(text):
        if line.in_head and (match := _byline(text, line)):
            offset = match.start("names")
            return tuple(
                Sourced(name[0], "byline", offset + name.start(), offset + name.end())
                for name in re.finditer(_NAME, match["names"])
            )
    for block in re.finditer(r"(?<=\n\n)[^\n]+", text[max(len(text) - FOOT, 0) :]):
        start = max(len(text) - FOOT, 0) + block.start()
        note = _NOTE.match(text, start)
        # subtle: an article may end on any "Dr. X is a ..."; the author is named under the title
        # before that ("X argues that"), or the note would introduce a stranger.
        standfirst = text.find("\n") + 1
        argues = note and re.compile(re.escape(note["name"]) + _ARGUES)
        if note and argues and argues.search(text, standfirst, min(HEAD, start)):
            name, end = note.start("name"), note.end("name")
            return (Sourced(note["name"], "author's note", name, end),)
    return ()


def find_publisher(text: str) -> Sourced | None:
    """The publisher that a line names, or that the form of the date line gives away."""
    end_of_head = _end_of_head(text)
    for line in _lines(text):
        match = _SOURCE.match(text, line.start, line.end)
        if match is None or line.start >= end_of_head:
            continue
        # "Photo: Ann Lee. Source: Reuters" credits a picture, and a chart has its source as well.
        if not match["before"].strip() or _byline(text, line) or _PUBLISHED.match(match["before"]):
            name = match["name"].strip()
            return Sourced(
                name, "source line", match.start("name"), match.start("name") + len(name)
            )
    if _POST_STYLE.search(text, 0, HEAD):
        return Sourced("South China Morning Post", "inferred from the form of the date line")
    return None


def _end_of_head(text: str) -> int:
    """Where the first paragraph begins: a long line, or lines that fill the page's width."""
    wide = 0
    for match in re.finditer(r"[^\n]*\n?", text[:HEAD]):
        line = match[0].rstrip()
        if len(line) > LONGEST_TITLE and line[-1] in '.!?”"':
            return match.start()
        wide = wide + 1 if len(line) > 50 else 0
        if wide == 3:
            return match.start()
    return HEAD
