"""What may be asked: the words of a question, and how many passages are read for it."""

from corpus.errors import QuestionError
from qa.defaults import LONGEST_QUESTION


def validate(question: str) -> str:
    r"""The question without white space around it, and as text that can be encoded.

    >>> validate(" Who left? "), validate("Wh\udcff?")
    ('Who left?', 'Wh??')

    Raises:
        QuestionError: if the question is empty or too long.
    """
    # subtle: bytes of the command line that are no text arrive as lone surrogates, which no
    # tokeniser takes.
    words = question.encode("utf-8", "replace").decode("utf-8").strip()
    if not any(char.isalnum() for char in words):
        raise QuestionError("The question is empty. Ask something in a few words.")
    if len(words) > LONGEST_QUESTION:
        raise QuestionError(
            f"The question has {len(words):,} characters; at most {LONGEST_QUESTION:,} are taken. "
            "Ask one thing at a time."
        )
    return words


def at_least_one(k: int) -> int:
    """The number of passages to read.

    Raises:
        ValueError: if it is below 1.
    """
    if k < 1:
        raise ValueError(f"k is {k}: at least one passage must be read")
    return k
