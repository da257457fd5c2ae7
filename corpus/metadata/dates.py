"""Find and read a date in a line of text."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from corpus.words import MONTHS

# January to December: "jan", "january" and so on.
_ENGLISH_NAMES = tuple(
    f"{name[:3]} {'sept ' if name == 'September' else ''}{name}".lower() for name in MONTHS
)
# The same in German, French, Spanish, Italian, Portuguese, Dutch and (in the genitive) Russian.
_OTHER_NAMES = (
    "januar jänner janvier janv enero ene gennaio janeiro januari января янв",
    "februar février fevrier févr fév febrero febbraio fevereiro februari февраля фев",
    "märz mär mrz mars marzo março maart марта мар",
    "avril avr abril abr aprile апреля апр",
    "mai mayo maggio maio mei мая",
    "juni juin junio giugno junho июня июн",
    "juli juillet juil julio luglio julho июля июл",
    "août aout agosto ago augustus августа авг",
    "septembre septiembre setiembre settembre setembro сентября сен",
    "okt oktober octobre octubre ottobre outubro октября окт",
    "novembre noviembre novembro ноября ноя",
    "dez dezember déc décembre decembre dic diciembre dicembre dezembro декабря дек",
)


def _numbered(lines: tuple[str, ...]) -> dict[str, int]:
    return {name: number for number, line in enumerate(lines, 1) for name in line.split()}


_ENGLISH = _numbered(_ENGLISH_NAMES)


_MONTHS = _ENGLISH | _numbered(_OTHER_NAMES)


def _one_of(names: dict[str, int]) -> str:
    return rf"(?P<month>{'|'.join(sorted(names, key=len, reverse=True))})\b\.?"


MONTH = _one_of(_ENGLISH).replace("(?P<month>", "(?:")


_WEEKDAY = (
    r"(?:(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?"
    r"|montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonnabend|sonntag"
    r"|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche"
    r"|lunes|martes|miércoles|jueves|viernes|sábado|domingo)\.?,?\s+)?"
)


_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th|er|º|\.)?"


# subtle: without the centuries "0017" would be a year, and "3 May 2016" would be found in "3 May 20161".
_YEAR = r"(?P<year>(?:1[4-9]|2[01])\d\d)"


_ZONE = r"(?:GMT|UTC|BST|CES?T|[ECMP][DS]T|HKT|JST|KST|MSK|IST|AE[DS]T|SAST|ET|PT)"


_HALF = r"(?:\s*[ap]\.?m\b\.?)?"


# "10:30 GMT, 3 May 2016" and "1405 GMT (2205 HKT) May 3, 2016"
_CLOCK_BEFORE = (
    rf"(?:(?:\d{{1,2}}[:.]\d{{2}}{_HALF}(?:\s?{_ZONE}\b)?|\d{{4}}\s?{_ZONE}\b)"
    rf"(?:\s*\(\d{{4}}\s{_ZONE}\))?,?\s+)?"
)


_CLOCK = (
    r"(?:(?:,?\s+(?:at\s+|à\s+|um\s+|a\s+las\s+|в\s+)?|T)\d{1,2}"
    rf"(?:[:.]\d{{2}}(?:[:.]\d{{2}}(?:\.\d+)?)?{_HALF}(?:\s+Uhr\b)?|h\d{{0,2}}|時\d{{1,2}}分)"
    rf"(?:Z|[+-]\d{{2}}:?\d{{2}}|\s?{_ZONE}\b)?)?"
)


_FORMS = tuple(
    re.compile(
        rf"(?<![\w/.:-]){_CLOCK_BEFORE}{_WEEKDAY}{form}{_CLOCK}(?!\w|[-/.]\d)", re.IGNORECASE
    )
    for form in (
        rf"{_DAY}(?:\s+(?:of|de))?[\s-]+{_one_of(_MONTHS)},?(?:\s+del?)?[\s-]+{_YEAR}",
        rf"{_one_of(_ENGLISH)}\s+{_DAY},?\s+{_YEAR}",
        rf"{_YEAR}(?P<mark>[-/.])(?P<month>\d{{1,2}})(?P=mark)(?P<day>\d{{1,2}})",
        rf"{_YEAR}\s?[年년]\s?(?P<month>\d{{1,2}})\s?[月월]\s?(?P<day>\d{{1,2}})\s?[日일]",
        rf"(?P<one>\d{{1,2}})(?P<mark>[-/.])(?P<two>\d{{1,2}})(?P=mark){_YEAR}",
    )
)


@dataclass(frozen=True, slots=True)
class FoundDate:
    """A day and its characters in the text (half-open), including its time of day.

    `ordered` is True if it is unambiguous only because of the given order of day and month.
    """

    day: date
    start: int
    end: int
    ordered: bool = False


def find_date(
    text: str, start: int = 0, end: int | None = None, *, day_first: bool | None = None
) -> FoundDate | None:
    """The first date between two offsets that can mean only one day, or None.

    `day_first` is the order of day and month in numeric dates, if it is known.

    >>> text = "PUBLISHED : Monday, 30 October, 2017, 4:24pm"
    >>> found = find_date(text)
    >>> found.day.isoformat(), text[found.start:found.end]
    ('2017-10-30', 'Monday, 30 October, 2017, 4:24pm')
    >>> find_date("04/05/2017") is None  # the fifth of April or the fourth of May
    True
    >>> find_date("04/05/2017", day_first=True).day.isoformat()
    '2017-05-04'
    """
    found = _dates(text, start, len(text) if end is None else end, day_first)
    return min(found, key=lambda one: one.start, default=None)


def _dates(text: str, start: int, end: int, day_first: bool | None) -> Iterator[FoundDate]:
    for form in _FORMS:
        for match in form.finditer(text, start, end):
            parts = match.groupdict()
            ordered = "one" in parts and _is_ambiguous(parts)
            if ordered and day_first is None:
                continue
            try:
                day = _day(parts, day_first)
            except ValueError:  # the 31st of February
                continue
            yield FoundDate(day, match.start(), match.end(), ordered)
            break


def _is_ambiguous(parts: dict[str, str]) -> bool:
    return parts["one"] != parts["two"] and max(int(parts["one"]), int(parts["two"])) <= 12


def _day(parts: dict[str, str], day_first: bool | None) -> date:
    """The day that the named parts of a date mean."""
    year = int(parts["year"])
    if "one" not in parts:
        month = parts["month"].lower()
        number = int(month) if month.isdecimal() else _MONTHS[month]
        return date(year, number, int(parts["day"]))
    one, two = int(parts["one"]), int(parts["two"])
    if _is_ambiguous(parts):
        return date(year, two, one) if day_first else date(year, one, two)
    return date(year, min(one, two), max(one, two))


# Numeric dates that can be read in only one way show how to read the others.
_NUMBERS = re.compile(r"(?<![\w/.-])(\d{1,2})([-/.])(\d{1,2})\2(?:1[4-9]|2[01])\d\d(?![\w/-])")


# The time zone of one country after such a date.
_ZONED = re.compile(
    r"(?<![\w/.-])\d{1,2}([-/.])\d{1,2}\1\d{4}[ ,]{1,3}(?:at )?\d{1,2}:\d{2}(?::\d{2})?"
    r"(?: ?[ap]\.?m\.?)? ?(?:(?P<month_first>[ECMP][DS]T|ET|PT)|(?P<day_first>BST|CES?T|IST|AE[DS]T|SAST))\b",
    re.I,
)


_DAY_FIRST_LANGUAGES = (  # noqa: SIM905 - forty quoted codes are harder to read
    "de fr es it pt ru uk pl cs sk nl da nb nn no fi et lv ro bg el tr id vi ca gl hr sr sl mk be ka "
    "he ar fa hi"
).split()


# The order of day and month in each region, for languages declared with one ("en-US").
_MONTH_FIRST_REGIONS = frozenset({"US"})


_DAY_FIRST_REGIONS = frozenset({"GB", "UK", "AU", "NZ", "IE", "IN", "ZA", "SG", "NG", "KE", "PK"})


_YEAR_FIRST_REGIONS = frozenset({"CA"})


_HOST = re.compile(r"https?://[^/?#\s]*?\.([a-z]{2,4})(?=[/:?#]|$)", re.I)


_DAY_FIRST_HOSTS = (  # noqa: SIM905 - forty quoted codes are harder to read
    "uk au nz ie in za de fr es it pt ru ua pl cz sk nl dk no fi ro bg gr tr id br ar cl co at ch be "
    "il eg"
).split()


_MONTH_FIRST_HOSTS = frozenset({"gov", "mil", "us"})


def day_first(text: str, *, language: str = "", url: str = "") -> bool | None:
    """Whether the day precedes the month; None if there are no clues, or they disagree.

    >>> day_first("Published: 04/05/2017. Next report: 25/05/2017")
    True
    >>> day_first("Published: 04/05/2017") is None
    True
    """
    for votes in (_by_numbers(text), _by_clock(text), _by_language(language), _by_host(url)):
        if votes:
            return votes.pop() if len(votes) == 1 else None
    return None


def _by_numbers(text: str) -> set[bool]:
    pairs = ((int(m[1]), int(m[3])) for m in _NUMBERS.finditer(text))
    return {one > 12 for one, two in pairs if 12 < max(one, two) <= 31 and 1 <= min(one, two) <= 12}


def _by_clock(text: str) -> set[bool]:
    return {match["day_first"] is not None for match in _ZONED.finditer(text)}


def _by_language(language: str) -> set[bool]:
    code, _, region = language.partition("-")
    if region in _YEAR_FIRST_REGIONS:
        return set()
    if region in _MONTH_FIRST_REGIONS:
        return {False}
    return {True} if region in _DAY_FIRST_REGIONS or code in _DAY_FIRST_LANGUAGES else set()


def _by_host(url: str) -> set[bool]:
    match = _HOST.match(url)
    host = match[1].lower() if match else ""
    if host in _MONTH_FIRST_HOSTS:
        return {False}
    return {True} if host in _DAY_FIRST_HOSTS else set()
