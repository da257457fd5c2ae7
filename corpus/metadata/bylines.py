"""Find the title and the authors in the lines of a text.

Text saved from the web has no other clues than its lines. Each rule here gives a value with its characters
in the text, or nothing: a wrong author is worse than none.
"""

import re

from corpus.metadata.datelines import is_labelled_date
from corpus.metadata.dates import find_date
from corpus.metadata.lines import FOOT, HEAD, LONGEST_TITLE, Line, lines
from corpus.metadata.names import NAME, NAMES, byline
from corpus.types import Sourced

_NOTE = re.compile(
    rf"(?:(?:Dr|Prof|Professor|Mr|Mrs|Ms|Sir)\b\.? )?(?P<name>{NAME}),? is (?:an?|the)\b"
    r".{0,120}?\b(?:at|of|for|with|in|from|and)\b"
)
# How a standfirst describes the author. News describes other people so, but not under the title.
_ARGUES = (
    r"(?:\s+and\s+[^\n]{0,40}?)?\s+(?:says?|argues?|writes?|explains?|asks?|believes?|considers?"
    r"|examines?|explores?|looks?|suggests?|thinks?|warns?|wonders?|contends?|sees?|reports?|on)\b"
)
# Who filed a wire story without a byline.
_CREDIT = re.compile(rf"^\((?:Reporting|Writing) by (?P<names>{NAMES})(?= ?[;)]|\.)", re.M)
# "Ann Lee in Paris", where a page names its author; next to it must be a date or a handle.
_NAMED = re.compile(rf"(?P<names>{NAME})(?: in [^\Wa-z][\w .'’-]{{1,30}})?$")
_HANDLE = re.compile(r"@\w{2,20}$|.{0,40}\bmin(?:ute)?s? read$")
# Lines above the title of a press release, which are not titles.
_RELEASE = re.compile(
    r"(?:for immediate release|(?:press|news|media) (?:release|statement)|communiqu[eé] de presse"
    r"|pressemitteilung|nota de prensa|comunicato stampa|embargo)\b|contacts?\s*:",
    re.I,
)
_LONGEST_DETAIL = 2_000
"""In characters, since a whole article may be on one line of any length."""
_ADDRESS = re.compile(r"https?://\S+$")


def find_title(text: str) -> Sourced | None:
    """The first line apart from bylines and dates, if it stands alone and is not a sentence."""
    found = list(_first_lines(text))
    kept = [match for match in found if not _is_detail(text, match)]
    if len(kept) > 1 and _is_letterhead(kept[0][0], found):
        kept = kept[1:]
    match = kept[0] if kept else None
    if match is None or match.start() > HEAD // 5 or not text[match.end() :].strip():
        return None
    line = match[0]
    # subtle: a headline may end in "U.S." or "...".
    if line[-1] in ",;:" or (line[-1] == "." and not re.search(r"(?:\b[^\W\d_]|\.)\.$", line)):
        return None
    return Sourced(line, "first line", *match.span()) if len(line) <= LONGEST_TITLE else None


def _first_lines(text: str) -> list[re.Match[str]]:
    """The lines that may contain the title, and the line after them."""
    found = []
    for match in re.finditer(r"\S[^\n]*", text):
        found.append(match)
        if match.start() > HEAD // 5:
            break
    return found


def _is_letterhead(line: str, found: list[re.Match[str]]) -> bool:
    """Whether the first line only says who released the text below."""
    return line == found[0][0] and line.isupper() and bool(_RELEASE.match(found[1][0]))


def _is_detail(text: str, match: re.Match[str]) -> bool:
    """Whether a line is a byline, a date or an address, which may precede the title."""
    if match.end() - match.start() > _LONGEST_DETAIL:
        return False
    line = match[0]
    day = find_date(line, day_first=True)
    return bool(
        byline(text, Line(*match.span(), in_head=True), is_first=not text[: match.start()].strip())
        or (day and day.end - day.start > len(line) // 2)
        or (day and is_labelled_date(line))
        or (_RELEASE.match(line) and len(line) < 100)
        or _ADDRESS.match(line)
    )


def find_authors(text: str) -> tuple[Sourced, ...]:
    """The names in the byline, or else in the credit or in the note about the author at the end."""
    near = list(lines(text))
    for number, line in enumerate(near):
        if match := byline(text, line, is_first=number == 0):
            return _named(match, "byline")
    return _from_named_line(text, near) or _from_credit(text) or _from_note(text)


def _named(match: re.Match[str], origin: str) -> tuple[Sourced, ...]:
    offset = match.start("names")
    names = re.finditer(rf"{NAME}|[\u3400-\u9fff·]{{2,}}", match["names"])
    return tuple(Sourced(m[0], origin, offset + m.start(), offset + m.end()) for m in names)


def _from_named_line(text: str, near: list[Line]) -> tuple[Sourced, ...]:
    """The name on a line of its own under the title, next to the date or a handle."""
    for before, line, after in zip(near, near[1:], near[2:], strict=False):
        match = _NAMED.match(text, line.start, line.end)
        if not (line.in_head and match):
            continue
        in_place = match.end("names") < line.end
        beside = [text[one.start : one.end] for one in (before, after)]
        is_dated = any(_opens_on_date(one) for one in beside)
        if _HANDLE.match(beside[1]) or (in_place and is_dated):
            return _named(match, "byline")
    return _beside_date(text, near)


def _opens_on_date(line: str) -> bool:
    day = find_date(line, day_first=True)
    return day is not None and day.start == 0


def _beside_date(text: str, near: list[Line]) -> tuple[Sourced, ...]:
    """The name after the date and a mark, with nothing else on the line: "Jan 5, 2017 • Ann Lee"."""
    for line in near:
        day = find_date(text, line.start, line.end) if line.in_head else None
        if day and day.start == line.start:
            after = re.compile(rf"\s*[|•·–—-]\s*(?:by\s+)?(?P<names>{NAME})$")
            if match := after.match(text, day.end, line.end):
                return _named(match, "byline")
    return ()


def _from_credit(text: str) -> tuple[Sourced, ...]:
    match = _CREDIT.search(text, max(len(text) - FOOT, 0))
    return _named(match, "reporting credit") if match else ()


def _from_note(text: str) -> tuple[Sourced, ...]:
    for block in re.finditer(r"(?<=\n\n)[^\n]+", text[max(len(text) - FOOT, 0) :]):
        start = max(len(text) - FOOT, 0) + block.start()
        note = _NOTE.match(text, start)
        # subtle: an article may end with any "Dr. X is a ..."; only if X is named under the title
        # before ("X argues that"), X is the author.
        standfirst = text.find("\n") + 1
        argues = note and re.compile(re.escape(note["name"]) + _ARGUES)
        if note and argues and argues.search(text, standfirst, min(HEAD, start)):
            name, end = note.start("name"), note.end("name")
            return (Sourced(note["name"], "author's note", name, end),)
    return ()
