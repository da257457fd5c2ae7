"""Whether a document writes its days before its months, where "04/05/2017" may be either."""

import re

# Dates in numbers that can be read one way only tell how the others are to be read.
_NUMBERS = re.compile(r"(?<![\w/.-])(\d{1,2})([-/.])(\d{1,2})\2(?:1[4-9]|2[01])\d\d(?![\w/-])")
# A clock of one country behind such a date.
_ZONED = re.compile(
    r"(?<![\w/.-])\d{1,2}([-/.])\d{1,2}\1\d{4}[ ,]{1,3}(?:at )?\d{1,2}:\d{2}(?::\d{2})?"
    r"(?: ?[ap]\.?m\.?)? ?(?:(?P<month_first>[ECMP][DS]T|ET|PT)|(?P<day_first>BST|CES?T|IST|AE[DS]T|SAST))\b",
    re.I,
)
_DAY_FIRST_LANGUAGES = (  # noqa: SIM905 - forty quoted codes are harder to read
    "de fr es it pt ru uk pl cs sk nl da nb nn no fi et lv ro bg el tr id vi ca gl hr sr sl mk be ka "
    "he ar fa hi"
).split()
# Where English or another language stands for a country: how that writes.
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
    """Whether days stand first; None where nothing tells, or not everything says the same.

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
