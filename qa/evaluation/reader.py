"""How well a reader reads: each question with its own passage, retrieval left out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from corpus.types import Document, Metadata, Sourced
from qa.evaluation.datasets import Example
from qa.evaluation.metrics import auroc, best_threshold_f1, exact_match, token_f1
from qa.question import parse, question_kind
from qa.reader import Reader

# Passages in groups by their words; the last group has no upper end.
LENGTHS = (50, 100, 200, 400)


@dataclass(frozen=True, slots=True)
class Read:
    """What a reader said to one question: its best quote ("" if none), its score, and how right it is."""

    example: Example
    answer: str
    score: float
    exact: float
    f1: float


@dataclass(frozen=True, slots=True)
class Group:
    """Questions of one kind: how many, and the mean of exact match and F1 (0..1)."""

    name: str
    count: int
    exact: float
    f1: float


@dataclass(frozen=True, slots=True)
class ReadingReport:
    """How well a reader reads: exact match and F1 over the questions that have an answer (0..1).

    Where some have none: `threshold_f1` is the best mean F1 over all that any bound on the score gives,
    and `answerability` the AUROC of the score; else both are None.
    """

    questions: int
    exact: float
    f1: float
    by_question: tuple[Group, ...]
    by_length: tuple[Group, ...]
    unanswerable: int
    threshold_f1: float | None
    threshold: float | None
    answerability: float | None


def read_gold(
    reader: Reader, examples: Sequence[Example], progress: Callable[[int], None] = lambda _: None
) -> list[Read]:
    """What the reader says to each question about its own context; `progress` is told how many are done."""
    found = []
    for number, example in enumerate(examples, start=1):
        document = Document(example.id, "", example.context, _NAMELESS)
        citations = reader.read(parse(example.question), [document.span(0, len(document.text))])
        answer, score = (
            (citations[0].quote.text, citations[0].score) if citations else ("", -np.inf)
        )
        texts = example.texts
        found.append(
            Read(example, answer, score, exact_match(answer, texts), token_f1(answer, texts))
        )
        progress(number)
    return found


_NAMELESS = Metadata(Sourced("", "no title"))


def reader_report(read: Sequence[Read]) -> ReadingReport:
    """The figures of what was read.

    Raises:
        ValueError: if there is no question that has an answer.
    """
    answerable = [one for one in read if one.example.answers]
    if not answerable:
        raise ValueError("no question here has an answer in its context")
    bound = None
    if len(answerable) < len(read):
        has_answer = [bool(one.example.answers) for one in read]
        scores = [one.score for one in read]
        f1 = [one.f1 if one.example.answers else 0.0 for one in read]
        bound = best_threshold_f1(scores, f1, has_answer)
    return ReadingReport(
        questions=len(read),
        exact=_mean([one.exact for one in answerable]),
        f1=_mean([one.f1 for one in answerable]),
        by_question=_groups(answerable, lambda one: question_kind(one.example.question)),
        by_length=_groups(answerable, lambda one: _length(one.example.context)),
        unanswerable=len(read) - len(answerable),
        threshold_f1=bound.value if bound else None,
        # Where silence is best, no bound is.
        threshold=bound.bound if bound and np.isfinite(bound.bound) else None,
        answerability=auroc(scores, has_answer) if bound else None,
    )


def _length(context: str) -> str:
    words = len(context.split())
    above = next((i for i, most in enumerate(LENGTHS) if words < most), len(LENGTHS))
    low = LENGTHS[above - 1] if above else 0
    return f"{low}–{LENGTHS[above] - 1} words" if above < len(LENGTHS) else f"from {low} words"


def _groups(read: Sequence[Read], kind: Callable[[Read], str]) -> tuple[Group, ...]:
    kinds: dict[str, list[Read]] = {}
    for one in read:
        kinds.setdefault(kind(one), []).append(one)
    return tuple(
        Group(name, len(here), _mean([r.exact for r in here]), _mean([r.f1 for r in here]))
        for name, here in sorted(kinds.items(), key=lambda item: -len(item[1]))
    )


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values))
