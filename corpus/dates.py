"""Find and read a date in a line of text."""

import re
from dataclasses import dataclass
from datetime import date

_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_WEEKDAY = r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\.?,?\s+)?"
_DAY = r"\d{1,2}(?:st|nd|rd|th)?"
_CLOCK = r"(?:(?:,?\s+(?:at\s+)?|T)\d{1,2}[:.]\d{2}(?:[:.]\d{2}(?:\.\d+)?)?\s*(?:[ap]\.?m\b\.?)?(?:Z|[+-]\d{2}:?\d{2})?)?"
_DATE = re.compile(
    rf"(?<!\w)(?P<day>{_WEEKDAY}(?:{_DAY}(?:\s+of)?[\s-]+{_MONTH},?[\s-]+\d{{4}}"
    rf"|{_MONTH}\s+{_DAY},?\s+\d{{4}}|\d{{4}}[-/.]\d{{1,2}}[-/.]\d{{1,2}}"
    rf"|\d{{1,2}}[-/.]\d{{1,2}}[-/.]\d{{4}})(?:年|月|日)?){_CLOCK}(?!\w)",
    re.IGNORECASE,
)
_NUMBERS = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.]\d{4}")


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
    from dateutil import parser

    for match in _DATE.finditer(text, start, len(text) if end is None else end):
        words = match["day"]
        numbers = _NUMBERS.fullmatch(words)
        if numbers and numbers[1] != numbers[2] and max(map(int, numbers.groups())) <= 12:
            continue
        try:
            day = parser.parse(words, dayfirst=bool(numbers and int(numbers[1]) > 12), fuzzy=True)
        except (ValueError, OverflowError):
            continue
        return FoundDate(day.date(), match.start(), match.end())
    return None
