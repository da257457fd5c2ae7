"""Parse and check the values sent by a page or a program; none of them is trusted."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from corpus.errors import FilterError, QuestionError
from index.types import Filter
from qa.defaults import LONGEST_QUESTION
from qa.types import Turn

# The most names in a filter, and characters in a name.
MOST_NAMES, LONGEST_NAME = 200, 1_000


def filter_of(given: Any) -> Filter:
    """The filter with the given `publishers`, `after`, `before` and `documents`.

    >>> filter_of({"publishers": ["Valley Times"], "after": "2016-05-03", "before": ""}).after
    datetime.date(2016, 5, 3)

    Raises:
        FilterError: if it cannot be understood.
    """
    if not isinstance(given, Mapping):
        raise FilterError("filter must be an object with publishers, after, before and documents.")
    return Filter(
        publishers=names("publishers", given.get("publishers")),
        after=_day("after", given.get("after")),
        before=_day("before", given.get("before")),
        documents=names("documents", given.get("documents")),
    )


def names(field: str, given: Any) -> tuple[str, ...]:
    """A list of names; () for None.

    Raises:
        FilterError: if it is not a list of names, or too long.
    """
    if given is None:
        return ()
    right = isinstance(given, Sequence) and not isinstance(given, str) and len(given) <= MOST_NAMES
    if not right or not all(
        isinstance(n, str) and len(n) <= LONGEST_NAME and _is_text(n) for n in given
    ):
        raise FilterError(f"{field} takes a list of at most {MOST_NAMES} names.")
    return tuple(given)


def turn_of(given: Any) -> Turn | None:
    """The previous question with its answer and its documents; None if there was none.

    Raises:
        QuestionError, FilterError: if it cannot be understood.
    """
    if not given:
        return None
    if not isinstance(given, Mapping):
        raise QuestionError("before must be an object with question, answer and documents.")
    return Turn(
        text("question", given.get("question"), LONGEST_QUESTION),
        text("answer", given.get("answer") or "", LONGEST_QUESTION),
        names("documents", given.get("documents")),
    )


def text(field: str, given: Any, longest: int) -> str:
    """A text of at most `longest` characters.

    Raises:
        QuestionError: if it is not a text, or longer.
    """
    if not isinstance(given, str):
        raise QuestionError(f"{field} must be a string.")
    if not _is_text(given):
        raise QuestionError(f"{field} contains half of a surrogate pair.")
    if len(given) > longest:
        raise QuestionError(f"{field} has {len(given):,} characters; the limit is {longest:,}.")
    return given


def _is_text(given: str) -> bool:
    """Whether the text can be encoded: JSON may contain lone surrogates."""
    try:
        given.encode()
    except UnicodeEncodeError:
        return False
    return True


def number(given: Any, *, least: int, most: int, default: int) -> int:
    """A whole number, limited to `least`..`most`; `default` if it is not a number.

    >>> number("7", least=1, most=5, default=3), number("x", least=1, most=5, default=3)
    (5, 3)
    """
    try:
        return min(max(int(given), least), most)
    except (TypeError, ValueError, OverflowError):
        return default


def yes(given: Any) -> bool:
    """Whether a value means true, in JSON or in a URL.

    >>> yes(True), yes("true"), yes("1"), yes("false"), yes(None)
    (True, True, True, False, False)
    """
    return given is True or (isinstance(given, str) and given.lower() in ("true", "1", "yes"))


def _day(field: str, given: Any) -> date | None:
    if not given:
        return None
    try:
        return date.fromisoformat(given)
    except (TypeError, ValueError) as error:
        raise FilterError(f"{field} takes a day as YYYY-MM-DD, not {str(given)[:40]!r}.") from error
