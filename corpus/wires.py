"""What the first words of a wire story say: "LONDON, May 3, 2017 (Reuters) - …"."""

import re
from dataclasses import dataclass

from corpus.dates import MONTH, FoundDate, find_date
from corpus.lines import HEAD
from corpus.origins import ORDER_INFERRED
from corpus.types import Dated

# Agencies that name themselves in a form that other names have as well.
AGENCIES = (  # noqa: SIM905 - forty quoted names are harder to read
    "Reuters|AP|Associated Press|The Associated Press|AFP|Agence France-Presse|dpa|DPA|Xinhua|TASS"
    "|Itar-Tass|Interfax|RIA Novosti|Sputnik|Kyodo|Kyodo News|Jiji|Yonhap|EFE|ANSA|PTI|IANS|ANI|UPI"
    "|Bloomberg|CNA|PA|Press Association|Anadolu|AA|IRNA|MENA|SPA|Bernama|Antara|CP|Canadian Press"
    "|AAP|Belga|ANP|APA|SDA|Keystone-SDA|NTB|TT|Ritzau|STT|PAP|CTK|MTI|Agerpres|Lusa|新华社"
).split("|")
LONGEST_DATELINE = 110

_IN_BRACKETS = re.compile(r"\((?P<agency>[^\W\d_][\w .&/-]{1,40})\)\s*(?:--?|[–—]|\.\s?-)\s?")
_IN_SLASHES = re.compile(r"[.,]\s*/(?P<agency>[A-Z]{3,10})/\.?\s")
_BARE = re.compile(r",\s*(?P<agency>[^\W\d_][\w ]{1,20})\s*(?:--?|[–—])(?=\s|$)")
_DASH = re.compile(r"\s(?:--?|[–—])(?=\s|$)")
_CHINESE = re.compile(r"(?P<agency>新华社|中新社)[\u3400-\u9fff]{1,8}(?=\d{1,2}月\d{1,2}日)")
_CAPITALS = re.compile(r"[^\Wa-z\d_]{2}[^\Wa-z\d_ .,'’/-]*(?:[ .,'’/-]+[^\Wa-z\d_]+)*[ .,/]*")
_TITLED = re.compile(r"[^\Wa-z\d_][\w.'’-]*(?: [^\Wa-z\d_][\w.'’-]*){0,3}\s*,\s*")
_DAY = re.compile(rf"(?:{MONTH}\s+\d{{1,2}}|\d{{1,2}}\.?\s+[^\W\d_]{{3,10}}\.?)[\s,.]*", re.I)


@dataclass(frozen=True, slots=True)
class Dateline:
    """The dateline of a wire story: its agency and its day, as far as it says."""

    agency: str = ""
    start: int = 0
    day: FoundDate | None = None


def find_wire(text: str, day_first: bool | None = None) -> Dateline | None:
    """The dateline at the beginning of a paragraph near the top; None if there is none."""
    for block in re.finditer(r"(?:^|\n)(?=[^\W\d_]|\()", text[:HEAD]):
        end = text.find("\n", block.end(), block.end() + LONGEST_DATELINE)
        end = end if end >= 0 else min(block.end() + LONGEST_DATELINE, len(text))
        if found := _read(text, block.end(), end, day_first):
            return found
    return None


def _read(text: str, start: int, end: int, day_first: bool | None) -> Dateline | None:
    if match := _CHINESE.match(text, start, end):
        return Dateline(match["agency"], start)
    for pattern in (_IN_BRACKETS, _IN_SLASHES, _BARE):
        match = pattern.search(text, start, end)
        if match and _is_place_and_day(text, start, match.start(), match["agency"], day_first):
            day = find_date(text, start, match.start(), day_first=day_first)
            return Dateline(match["agency"].strip(), match.start("agency"), day)
    dash = _DASH.search(text, start, end)
    day = find_date(text, start, dash.start(), day_first=day_first) if dash else None
    if dash and day and day.end == dash.start() and _CAPITALS.fullmatch(text, start, day.start):
        return Dateline(day=day)
    return None


def _is_place_and_day(text: str, start: int, end: int, agency: str, day_first: bool | None) -> bool:
    """Whether what stands before an agency is a place, a day or both, and enough of a dateline."""
    known = agency.strip() in AGENCIES
    day = find_date(text, start, end, day_first=day_first)
    before = text[start : day.start if day else end]
    rest = "" if day is None else text[day.end : end].strip(" ,.")
    if day is None and (short := _last_day(before)):
        before, day_said = before[: short.start()], True
    else:
        day_said = day is not None
    if rest:
        return False
    in_capitals = bool(_CAPITALS.fullmatch(before))
    titled = bool(
        _TITLED.fullmatch(before if before.rstrip().endswith(",") else before.rstrip() + ",")
    )
    if in_capitals:
        return known or (day_said and agency[:1].isupper())
    return known and (titled or not before.strip())


def _last_day(before: str) -> re.Match[str] | None:
    """A day without its year at the end of the words before an agency."""
    found = [match for match in _DAY.finditer(before) if match.end() == len(before)]
    return found[-1] if found else None


def find_dateline(text: str, day_first: bool | None) -> Dated | None:
    """The day of the dateline, where it names its year."""
    wire = find_wire(text, day_first)
    if wire is None or wire.day is None:
        return None
    day = wire.day
    return Dated(day.day, "dateline" + ORDER_INFERRED * day.ordered, day.start, day.end)
