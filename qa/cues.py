"""What kind of thing a question asks for, and whether a sentence holds such a thing."""

import re
from enum import StrEnum


class Kind(StrEnum):
    """The kinds that a sentence shows on its face."""

    DATE = "date"
    NUMBER = "number"
    NAME = "name"
    REASON = "reason"
    ANY = "any"


_ASKS = (
    (Kind.DATE, r"\b(?:when|what (?:year|day|date|month|time)|(?:on |in )?which (?:year|day|date|month))\b"),
    (Kind.NUMBER, r"\b(?:how (?:many|much|long|far|old|large|big|tall|high|deep|often|fast|wide)|what (?:percentage|share|number|amount|price))\b"),
    (Kind.NAME, r"\b(?:who|whom|whose|where|(?:what|which) (?:country|city|company|person|organi[sz]ation|state|place))\b"),
    (Kind.REASON, r"\b(?:why|for what reason)\b"),
)  # fmt: skip
_HOLDS = {
    Kind.DATE: re.compile(
        r"\b(?:\d{4}|\d{1,2}(?:st|nd|rd|th)?)\b|\b(?:January|February|March|April|May|June|July|August"
        r"|September|October|November|December|(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
        r"|yesterday|today|tomorrow|century|decade)\b"
    ),
    Kind.NUMBER: re.compile(
        r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozen|hundred"
        r"|thousand|million|billion|trillion|half|third|quarter|twice|once|no|none|several)\b",
        re.IGNORECASE,
    ),
    Kind.NAME: re.compile(r"(?<=[\w,;:’'\"”)] )[\"“‘(]?[A-Z]\w+"),
    Kind.REASON: re.compile(
        r"\b(?:because|since|due to|owing to|as a result|so that|in order to|caused?|reasons?|led to)\b",
        re.IGNORECASE,
    ),
}


def asked_kind(question: str) -> Kind:
    """The kind of thing that a question asks for.

    >>> asked_kind("When did the test take place?").value, asked_kind("Is it so?").value
    ('date', 'any')
    """
    found = ((m.start(), kind) for kind, p in _ASKS if (m := re.search(p, question, re.IGNORECASE)))
    return min(found, default=(0, Kind.ANY))[1]


def answers_in_kind(question: str, sentence: str) -> bool:
    """Whether the sentence holds a thing of the kind that is asked for; False where any kind will do.

    >>> answers_in_kind("When was it?", "It was on 3 September."), answers_in_kind("When?", "It was.")
    (True, False)
    """
    kind = asked_kind(question)
    return kind is not Kind.ANY and bool(_HOLDS[kind].search(sentence))
