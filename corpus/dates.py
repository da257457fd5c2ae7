"""Find and read a date in a line of text."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    r"(?P<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_WEEKDAY = r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\.?,?\s+)?"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
# subtle: without the centuries "0017" would be a year, and "3 May 2016" hide in "3 May 20161".
_YEAR = r"(?P<year>(?:1[4-9]|2[01])\d\d)"
_CLOCK = (
    r"(?:(?:,?\s+(?:at\s+)?|T)\d{1,2}[:.]\d{2}(?:[:.]\d{2}(?:\.\d+)?)?(?:\s*[ap]\.?m\b\.?)?"
    r"(?:Z|[+-]\d{2}:?\d{2}|\s?(?:GMT|UTC|BST|CES?T|[ECMP][DS]T|HKT|JST|KST|MSK|IST)\b)?)?"
)
_FORMS = tuple(
    re.compile(rf"(?<![\w/.-]){_WEEKDAY}{form}{_CLOCK}(?!\w|[-/.]\d)", re.IGNORECASE)
    for form in (
        rf"{_DAY}(?:\s+of)?[\s-]+{_MONTH},?[\s-]+{_YEAR}",
        rf"{_MONTH}\s+{_DAY},?\s+{_YEAR}",
        rf"{_YEAR}(?P<mark>[-/.])(?P<month>\d{{1,2}})(?P=mark)(?P<day>\d{{1,2}})",
        rf"{_YEAR}\s?年\s?(?P<month>\d{{1,2}})\s?月\s?(?P<day>\d{{1,2}})\s?日",
        rf"(?P<one>\d{{1,2}})(?P<mark>[-/.])(?P<two>\d{{1,2}})(?P=mark){_YEAR}",
    )
)


@dataclass(frozen=True, slots=True)
class FoundDate:
    """A day, and the characters that say it (half-open), its time of day included."""

    day: date
    start: int
    end: int


def find_date(text: str, start: int = 0, end: int | None = None) -> FoundDate | None:
    """The first date between two offsets that can mean only one day, or None.

    >>> text = "PUBLISHED : Monday, 30 October, 2017, 4:24pm"
    >>> found = find_date(text)
    >>> found.day.isoformat(), text[found.start:found.end]
    ('2017-10-30', 'Monday, 30 October, 2017, 4:24pm')
    >>> find_date("04/05/2017") is None  # the fifth of April or the fourth of May
    True
    """
    found = _dates(text, start, len(text) if end is None else end)
    return min(found, key=lambda one: one.start, default=None)


def _dates(text: str, start: int, end: int) -> Iterator[FoundDate]:
    for form in _FORMS:
        for match in form.finditer(text, start, end):
            try:
                day = _day(match.groupdict())
            except ValueError:  # the 31st of February
                continue
            if day:
                yield FoundDate(day, match.start(), match.end())
                break


def _day(parts: dict[str, str]) -> date | None:
    """The day that the named parts of a date mean; None where they may mean two."""
    year = int(parts["year"])
    if "one" not in parts:
        month = parts["month"].lower()
        number = int(month) if month.isdecimal() else _MONTHS.index(month[:3]) + 1
        return date(year, number, int(parts["day"]))
    one, two = int(parts["one"]), int(parts["two"])
    if one != two and max(one, two) <= 12:
        return None
    return date(year, min(one, two), max(one, two))
