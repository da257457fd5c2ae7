"""Find the publication and update dates in the lines of a text. A wrong date is worse than none."""

import re
from dataclasses import dataclass

from corpus.metadata.dates import MONTH, FoundDate, find_date
from corpus.metadata.lines import HEAD, Line, lines
from corpus.metadata.names import SENTENCE_END, byline
from corpus.provenance import ORDER_INFERRED
from corpus.types import Dated

_ON = r"\b[^\S\n]*(?:on|at|am|le|el|il|em|op|den)?[^\S\n]*[:：]?[^\S\n]*"


_PUBLISHED = re.compile(
    r"(?:(?:(?:first |originally )?published|posted|publication date|date|fecha|datum|erstellt"
    r"|veröffentlicht|erschienen|publié|publicado|pubblicato|gepubliceerd|опубликовано)"
    + _ON
    + r"|"
    r"(?:发布时间|发布日期|发表时间|時間|公開日|掲載日)\s*[:：]?\s*)",
    re.I,
)


_UPDATED = re.compile(
    r"(?:(?:(?:last\s+)?(?:updated|modified)|stand|aktualisiert|mis à jour|actualizado|aggiornato"
    r"|atualizado|bijgewerkt|обновлено)" + _ON + r"|(?:更新时间|更新日|最終更新)\s*[:：]?\s*)",
    re.I,
)


# Words that introduce a date, but also occur in sentences and under comments.
_ONLY_IN_HEAD = ("posted", "date", "datum", "fecha", "erstellt", "stand")


_THIS = re.compile(r"this (?:article|story|post|page|report|piece) (?:was|has been) $", re.I)


_MARK = re.compile(r"[|•·–—/-]\s*$")


_PLACE = re.compile(
    r"(?!(?i:by|von|par|por)\s)[^\Wa-z][\w.'’-]*(?:[ -][^\Wa-z][\w.'’-]*){0,3}\s?,\s*$"
)


_BEHIND = re.compile(r"\s*(?:[|•·]|\s[–—]\s|\s来源)")


# The number and day of a release, above its title.
_NUMBERED = re.compile(
    r"(?:pressemitteilung|press release|communiqué de presse|nota de prensa)\b[^\n]{0,60}?"
    r"(?:vom|of|du|del?)\s+$",
    re.I,
)


def is_labelled_date(line: str) -> bool:
    """Whether the line starts with a label for its date."""
    return bool(_PUBLISHED.match(line) or _UPDATED.match(line))


def find_dates(text: str, *, day_first: bool | None = None) -> tuple[Dated | None, Dated | None]:
    """The publication and update dates, from lines that state them or contain only a date."""
    published = updated = None
    near = list(lines(text))
    for line in near:
        published = published or _labelled(text, line, _PUBLISHED, "published line", day_first)
        updated = updated or _labelled(text, line, _UPDATED, "updated line", day_first)
    return published or _unlabelled(text, near, day_first) or find_dateline(
        text, day_first
    ), updated


def _labelled(
    text: str, line: Line, label: re.Pattern[str], origin: str, day_first: bool | None
) -> Dated | None:
    """The date right after a label, if the label is not part of a sentence.

    "The report, published on 3 May 2016, ..." also has such a word and a date.
    """
    for match in label.finditer(text, line.start, line.end):
        day = find_date(text, match.end(), line.end, day_first=day_first)
        if day is None or day.start != match.end():
            continue
        before, after = text[line.start : match.start()], text[day.end : line.end]
        is_prose = len(after) > 1 and SENTENCE_END.search(after)
        if _THIS.search(before) or (not is_prose and _stands_out(before, match[0], line.in_head)):
            return dated(day, origin)
    return None


def dated(day: FoundDate, origin: str) -> Dated:
    """The day as metadata."""
    return Dated(day.day, origin + ORDER_INFERRED * day.ordered, day.start, day.end)


def _stands_out(before: str, label: str, in_head: bool) -> bool:
    """Whether a label starts its line, follows a mark or another label's date, or has a colon."""
    opens = not before.strip(" |•·–—-*") and not label[0].islower()
    if label.lower().startswith(_ONLY_IN_HEAD):
        # "Posted" is also above a reader's comment under the article; "date" belongs to a release.
        return opens and in_head
    if opens or ":" in label or "：" in label or _MARK.search(before):
        return True
    return is_labelled_date(before) and before.rstrip()[-1] in ",.;"


def _unlabelled(text: str, near: list[Line], day_first: bool | None) -> Dated | None:
    """The date on a line with nothing else, or in the byline."""
    for line in near:
        day = find_date(text, line.start, line.end, day_first=day_first) if line.in_head else None
        if day is None:
            continue
        match = byline(text, line)
        start = match.end("names") if match else line.start
        before, after = text[start : day.start], text[day.end : line.end]
        if match and before and not _UPDATED.search(before):
            return dated(day, "byline")
        alone = not before.strip() or _PLACE.match(before) or _NUMBERED.match(before)
        if alone and (not after.strip() or (not before and _BEHIND.match(after))):
            return dated(day, "date line")
        if _is_source_line(before):
            return dated(day, "date line")
    return None


def _is_source_line(before: str) -> bool:
    """Whether a date follows the name of a source: "Source: Xinhua 2017-01-05"."""
    return bool(re.match(r"(?:Source|来源|來源)\s*[:：]\s*[^\n:|,;]{2,40}$", before))


# Agencies that sign in a form that other names have as well.
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
    """The dateline of a wire story: its agency and its day, as far as they are stated."""

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
    """Whether the words before an agency are a place, a day or both, and enough for a dateline."""
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
    """The day of the dateline, if its year is stated."""
    wire = find_wire(text, day_first)
    if wire is None or wire.day is None:
        return None
    day = wire.day
    return Dated(day.day, "dateline" + ORDER_INFERRED * day.ordered, day.start, day.end)
