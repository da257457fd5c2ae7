"""What a question asks for, as far as a sentence shows it on its face: a number or a day."""

import re

from corpus.words import CARDINALS, MONTHS, WEEKDAYS
from qa.types import AnswerType

_ASKS_DAY = re.compile(
    r"\b(?:when|since when|until when|(?:what|which) (?:year|day|date|month|time|century|decade))\b",
    re.IGNORECASE,
)
_ASKS_NUMBER = re.compile(
    r"\bhow (?:many|much|long|far|old|large|big|tall|high|deep|often|fast|wide|heavy|hot|cold)\b"
    r"|\b(?:what|which) (?:percentage|share|number|amount|price|age|size|distance|height|length)\b",
    re.IGNORECASE,
)
_MONTH = "|".join(MONTHS)
_DAY = re.compile(
    rf"\b(?:1\d{{3}}|20\d{{2}})s?\b|\b(?:{_MONTH}|{'|'.join(WEEKDAYS)})\b"
    r"|\b(?:yesterday|today|tomorrow|centur(?:y|ies)|decades?|years? (?:ago|later|before|after))\b"
)
# A day is no answer to "How many?".
_DATE = re.compile(
    rf"\b(?:\d{{1,2}}(?:st|nd|rd|th)? )?(?:{_MONTH})(?: \d{{1,2}}(?:st|nd|rd|th)?\b)?(?:,? \d{{4}}\b)?"
)
_COUNTS = re.compile(r"\bhow (?:many|much)\b", re.IGNORECASE)
_NUMBER = re.compile(
    rf"\d|\b(?:{'|'.join(CARDINALS[1:13])}|dozens?|hundreds?"
    r"|thousands?|millions?|billions?|half|third|quarter|twice|once|none|several)\b",
    re.IGNORECASE,
)


def expected_answer_type(question: str) -> AnswerType:
    """What a question asks for.

    >>> [expected_answer_type(q).value for q in ("When did it open?", "How long is it?", "Who opened it?")]
    ['day', 'number', 'other']
    >>> expected_answer_type("How many passed it?").value
    'count'
    """
    if _ASKS_DAY.search(question):
        return AnswerType.DAY
    if _COUNTS.search(question):
        return AnswerType.COUNT
    return AnswerType.NUMBER if _ASKS_NUMBER.search(question) else AnswerType.OTHER


def answer_type_match(expected: AnswerType, sentence: str) -> int:
    """1 if the sentence holds a thing of the kind asked for, -1 if it lacks it, 0 if none is asked.

    >>> day, number, count = AnswerType.DAY, AnswerType.NUMBER, AnswerType.COUNT
    >>> answer_type_match(day, "It opened on 1 June 2016."), answer_type_match(day, "It opened.")
    (1, -1)
    >>> answer_type_match(number, "It is 57 km long."), answer_type_match(AnswerType.OTHER, "The queen did.")
    (1, 0)
    >>> answer_type_match(count, "It opened on 11 December 2016.")
    -1
    """
    if expected is AnswerType.OTHER:
        return 0
    if expected is AnswerType.COUNT:
        sentence = _DATE.sub("", sentence)
    pattern = _DAY if expected is AnswerType.DAY else _NUMBER
    return 1 if pattern.search(sentence) else -1
