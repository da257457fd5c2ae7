"""Ask a collection the user's own questions and compare the answers with the right ones."""

import csv
import io
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from corpus.errors import ExampleError, QuestionError, why_unread
from qa.answering import Assistant
from qa.defaults import MIN_CONFIDENCE, PASSAGES_READ
from qa.evaluation.metrics import is_right, negates, normalised
from qa.question import validate
from qa.types import Answer

# The errors that a malformed file may raise.
_UNREADABLE = (
    OSError,
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    RecursionError,
    csv.Error,
    QuestionError,
)


@dataclass(frozen=True, slots=True)
class Question:
    """A question and its right answers in the documents' words; empty if the documents do not say."""

    text: str
    answers: tuple[str, ...]


class Outcome(StrEnum):
    """The outcome of a question; all but the first two are mistakes."""

    RIGHT = "right"
    RIGHTLY_SILENT = "rightly no answer"
    WRONG = "wrong"
    MISSED = "no answer, though there is one"
    FALSE = "an answer, though there is none"


@dataclass(frozen=True, slots=True)
class Judged:
    """A question, the answer it got, and the outcome."""

    question: Question
    answer: Answer
    outcome: Outcome


def read_questions(path: Path) -> list[Question]:
    r"""The questions in a CSV file or in JSON lines.

    CSV has the columns `question` and `answer`. Several right answers go in one cell, separated by "|";
    an empty cell says that the documents do not answer. A JSON line has `question` and either `answer`
    (a string or null) or `answers` (strings).

    Raises:
        ExampleError: if the file cannot be read, or contains no questions.
    """
    try:
        text = path.read_text("utf-8-sig")
        rows = _json_rows(text) if text.lstrip().startswith("{") else _csv_rows(text)
        found = [Question(validate(asked), answers) for asked, answers in rows]
    except _UNREADABLE as error:
        raise ExampleError(
            f"The questions in {str(path)!r} cannot be read ({why_unread(error)}). Use CSV with the columns "
            'question and answer, or JSON lines {"question": …, "answer": …}.'
        ) from error
    if not found:
        raise ExampleError(f"{str(path)!r} contains no questions.")
    return found


def _json_rows(text: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    for line in text.split("\n"):
        if line.strip():
            row = json.loads(line)
            yield row["question"], _texts(row["answers"] if "answers" in row else row["answer"])


def _csv_rows(text: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    rows = csv.DictReader(io.StringIO(text))
    for row in rows:
        # subtle: a question with a comma but without quotation marks would spill into the next column.
        if None in row:
            raise ValueError(f"line {rows.line_num} has too many cells: put a comma in quotes")
        yield row["question"], _texts((row["answer"] or "").split("|"))


def _texts(given: Any) -> tuple[str, ...]:
    if given is None:
        return ()
    several = [given] if isinstance(given, str | dict) else given
    texts = [one["text"] if isinstance(one, dict) else one for one in several]
    return tuple(text.strip() for text in texts if text and text.strip())


def judge(question: Question, answer: Answer) -> Outcome:
    """The outcome of a question: right is a quote that matches a right answer, or holds one word for word.

    So a whole sentence counts as right, as people would judge it, unless it adds a "not".
    """
    if not answer.found:
        return Outcome.MISSED if question.answers else Outcome.RIGHTLY_SILENT
    if not question.answers:
        return Outcome.FALSE
    said = normalised(answer.text)
    holds = any(
        f" {normalised(text)} " in f" {said} " and not negates(answer.text, text)
        for text in question.answers
    )
    right = holds or is_right(answer.text, question.answers)
    return Outcome.RIGHT if right else Outcome.WRONG


def ask_own(
    assistant: Assistant,
    questions: Sequence[Question],
    *,
    k: int = PASSAGES_READ,
    min_confidence: float = MIN_CONFIDENCE,
    progress: Callable[[int], None] = lambda _: None,
) -> list[Judged]:
    """Ask each question and judge its answer; `progress` gets the number of questions asked so far."""
    found = []
    for number, question in enumerate(questions, start=1):
        answer = assistant.ask(question.text, k=k, min_confidence=min_confidence)
        found.append(Judged(question, answer, judge(question, answer)))
        progress(number)
    return found
