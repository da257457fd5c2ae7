"""Check a question and the number of passages to read for it."""

from corpus.errors import QuestionError
from qa.defaults import LONGEST_QUESTION


def validate(question: str) -> str:
    r"""The question without surrounding white space, and without characters that cannot be encoded.

    >>> validate(" Who left? "), validate("Wh\udcff?")
    ('Who left?', 'Wh??')

    Raises:
        QuestionError: if the question is empty or too long.
    """
    # subtle: bytes on the command line that are not valid text arrive as lone surrogates, which no
    # tokeniser accepts.
    words = question.encode("utf-8", "replace").decode("utf-8").strip()
    if not any(char.isalnum() for char in words):
        raise QuestionError("The question is empty. Ask something in a few words.")
    if len(words) > LONGEST_QUESTION:
        raise QuestionError(
            f"The question has {len(words):,} characters; at most {LONGEST_QUESTION:,} are allowed. "
            "Ask one thing at a time."
        )
    return words


def at_least_one(k: int) -> int:
    """Return `k`, the number of passages to read.

    Raises:
        ValueError: if `k` is below 1.
    """
    if k < 1:
        raise ValueError(f"k is {k}: at least one passage must be read")
    return k
