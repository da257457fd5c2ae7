"""What a question asks for, as far as a sentence shows it on its face: a number or a day."""

import re

from corpus.metadata import MONTH_NAMES

_ASKS_DAY = re.compile(
    r"\b(?:when|since when|until when|(?:what|which) (?:year|day|date|month|time|century|decade))\b",
    re.IGNORECASE,
)
_ASKS_NUMBER = re.compile(
    r"\bhow (?:many|much|long|far|old|large|big|tall|high|deep|often|fast|wide|heavy|hot|cold)\b"
    r"|\b(?:what|which) (?:percentage|share|number|amount|price|age|size|distance|height|length)\b",
    re.IGNORECASE,
)
_MONTH = "|".join(MONTH_NAMES)
_DAY = re.compile(
    rf"\b(?:1\d{{3}}|20\d{{2}})s?\b|\b(?:{_MONTH}|(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day)\b"
    r"|\b(?:yesterday|today|tomorrow|centur(?:y|ies)|decades?|years? (?:ago|later|before|after))\b"
)
# A day is no answer to "How many?".
_DATE = re.compile(
    rf"\b(?:\d{{1,2}}(?:st|nd|rd|th)? )?(?:{_MONTH})(?: \d{{1,2}}(?:st|nd|rd|th)?\b)?(?:,? \d{{4}}\b)?"
)
_COUNTS = re.compile(r"\bhow (?:many|much)\b", re.IGNORECASE)
_NUMBER = re.compile(
    r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozens?|hundreds?"
    r"|thousands?|millions?|billions?|half|third|quarter|twice|once|none|several)\b",
    re.IGNORECASE,
)


def answer_type_match(question: str, sentence: str) -> int:
    """1 if the sentence holds a thing of the kind asked for, -1 if it lacks it, 0 if none is asked.

    >>> answer_type_match("When did it open?", "It opened on 1 June 2016."), answer_type_match("When?", "It opened.")
    (1, -1)
    >>> answer_type_match("How long is it?", "It is 57 km long."), answer_type_match("Who opened it?", "The queen did.")
    (1, 0)
    >>> answer_type_match("How many passed it?", "It opened on 11 December 2016.")
    -1
    """
    if _ASKS_DAY.search(question):
        return 1 if _DAY.search(sentence) else -1
    if _ASKS_NUMBER.search(question):
        sentence = _DATE.sub("", sentence) if _COUNTS.search(question) else sentence
        return 1 if _NUMBER.search(sentence) else -1
    return 0
