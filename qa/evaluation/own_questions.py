"""Somebody's own questions with their right answers, asked of their own documents."""

import csv
import io
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from corpus.errors import ExampleError, QuestionError
from qa.answering import Assistant
from qa.defaults import MIN_CONFIDENCE, PASSAGES_READ
from qa.evaluation.metrics import is_right, negates, normalised
from qa.question import validate
from qa.types import Answer

# What a file that is not as it should be leads to.
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
    """A question and its right answers, in the documents' words; none where they do not say."""

    text: str
    answers: tuple[str, ...]


class Outcome(StrEnum):
    """What came of a question; all but the first two are mistakes."""

    RIGHT = "right"
    RIGHTLY_SILENT = "rightly no answer"
    WRONG = "wrong"
    MISSED = "no answer, though there is one"
    FALSE = "an answer, though there is none"


@dataclass(frozen=True, slots=True)
class Judged:
    """A question, what was said to it, and what came of it."""

    question: Question
    answer: Answer
    outcome: Outcome


def read_questions(path: Path) -> list[Question]:
    r"""The questions of a CSV file or of JSON lines.

    CSV has the columns `question` and `answer`; several right answers stand in one cell, divided by
    "|", and an empty cell says that the documents do not answer. A line of JSON has `question` and
    either `answer` (a text or null) or `answers` (texts).

    Raises:
        ExampleError: if the file cannot be read, or holds no questions.
    """
    try:
        text = path.read_text("utf-8-sig")
        rows = _json_rows(text) if text.lstrip().startswith("{") else _csv_rows(text)
        found = [Question(validate(asked), answers) for asked, answers in rows]
    except _UNREADABLE as error:
        raise ExampleError(
            f"The questions in {str(path)!r} cannot be read ({error}). Expected is CSV with the columns "
            'question and answer, or JSON lines {"question": …, "answer": …}.'
        ) from error
    if not found:
        raise ExampleError(f"{str(path)!r} holds no questions.")
    return found


def _json_rows(text: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    for line in text.split("\n"):
        if line.strip():
            row = json.loads(line)
            yield row["question"], _texts(row["answers"] if "answers" in row else row["answer"])


def _csv_rows(text: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    rows = csv.DictReader(io.StringIO(text))
    for row in rows:
        # subtle: a question with a comma and without quotation marks would go on in the next column.
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
    """What came of a question: right is a quote that gives a right answer, or holds one word for word.

    So a whole sentence counts, as people would count it, though not one that says "not" besides.
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
    """Each question with its answer and what came of it; `progress` is told how many were asked."""
    found = []
    for number, question in enumerate(questions, start=1):
        answer = assistant.ask(question.text, k=k, min_confidence=min_confidence)
        found.append(Judged(question, answer, judge(question, answer)))
        progress(number)
    return found
