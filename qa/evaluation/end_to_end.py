"""Measure whole answers: every question is asked of all the documents of a collection."""

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from qa.answering import Assistant
from qa.audit import State, verify_all
from qa.defaults import MIN_CONFIDENCE, PASSAGES_READ
from qa.evaluation.datasets import Example
from qa.evaluation.metrics import (
    Bin,
    RiskCoverage,
    calibration_error,
    exact_match,
    is_right,
    reliability,
    risk_coverage,
    token_f1,
)
from qa.render import to_json
from qa.types import Answer, Sureness


@dataclass(frozen=True, slots=True)
class Asked:
    """A question asked of a collection, and its answer with no bound on the confidence.

    `document` is the id of the document that holds the right answer, and `there` says whether it was in
    the collection. `exact`, `f1` and `right` rate the best quote (0 if the document was not there).
    `from_right` says whether the best quote is from that document, `read_right` whether a passage of it
    was read. `quotes` counts the citations, `true_quotes` those that stand when their files are read again.
    """

    example: Example
    document: str
    there: bool
    answer: Answer
    exact: float
    f1: float
    right: bool
    from_right: bool
    read_right: bool
    quotes: int
    true_quotes: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Said:
    """How reliable a word for confidence is: the number of answers given with it, and the share right."""

    word: Sureness
    count: int
    right: float


@dataclass(frozen=True, slots=True)
class AnsweringReport:
    """End-to-end results, as shares (0..1) of the questions whose document is in the collection.

    `exact`, `f1`: of the best quote, whatever its confidence. `right_document`: the best quote is from the
    right document. `retrieved`: a passage of that document was read. `true_quotes`: citations that stand,
    word for word in their place, when their files are read again. `answered`, `right_of_answered`: with
    the bound on the confidence. `false_answers`: the share of questions without their document that were
    answered all the same; `false_near`: that share of near misses; `high_near`: the share of near misses
    answered with high confidence. `words`: how reliable each word for confidence is, over all answers
    given. `calibration_error` and `risk`: over all questions with and without their document; near misses
    do not count. `median_s`, `slow_s`: seconds per question, median and 95th percentile.
    """

    questions: int
    documents: int
    exact: float
    f1: float
    right_document: float
    retrieved: float
    citations: int
    true_quotes: float
    min_confidence: float
    answered: float
    right_of_answered: float
    absent: int
    false_answers: float
    near: int
    false_near: float
    high_near: float
    words: tuple[Said, ...]
    calibration_error: float
    reliability: tuple[Bin, ...]
    risk: RiskCoverage
    median_s: float
    slow_s: float


def ask_all(
    assistant: Assistant,
    ids: Mapping[str, str],
    examples: Sequence[Example],
    *,
    there: bool = True,
    k: int = PASSAGES_READ,
    progress: Callable[[int], None] = lambda _: None,
) -> list[Asked]:
    """Ask each question and rate the answer.

    `ids` maps each context to its document; `progress` gets the number of questions asked so far.
    """
    answers, seconds = [], []
    for number, example in enumerate(examples, start=1):
        begun = time.perf_counter()
        answers.append(assistant.ask(example.question, k=k, min_confidence=0.0))
        seconds.append(time.perf_counter() - begun)
        progress(number)
    # The files are read again, as `qa verify` does: the assistant cannot vouch for itself.
    verdicts = verify_all([to_receipt(answer) for answer in answers], assistant.root)
    return [
        _asked(example, ids[example.context], answer, [v.state for v in states], there, took)
        for example, answer, states, took in zip(examples, answers, verdicts, seconds, strict=True)
    ]


def to_receipt(answer: Answer) -> dict[str, Any]:
    """The receipt of an answer, as if it had been read from a file."""
    found: dict[str, Any] = json.loads(to_json(answer))
    return found


def _asked(
    example: Example,
    document: str,
    answer: Answer,
    states: Sequence[State],
    there: bool,
    seconds: float,
) -> Asked:
    texts = example.texts if there else ()
    return Asked(
        example,
        document,
        there,
        answer,
        exact_match(answer.text, texts) if texts else 0.0,
        token_f1(answer.text, texts) if texts else 0.0,
        bool(texts) and is_right(answer.text, texts),
        bool(answer.citations) and answer.citations[0].document.id == document,
        any(hit.passage.document.id == document for hit in answer.hits),
        len(states),
        states.count(State.STANDS),
        seconds,
    )


def end_to_end_report(
    asked: Sequence[Asked],
    *,
    documents: int,
    min_confidence: float = MIN_CONFIDENCE,
    near: Sequence[Asked] = (),
) -> AnsweringReport:
    """The figures for questions asked with their document and without, and for near misses."""
    there = [one for one in asked if one.there]
    absent = [one for one in asked if not one.there]
    sure = [one for one in there if one.answer.confidence >= min_confidence]
    confidences = [one.answer.confidence for one in asked]
    right = [one.right for one in asked]
    quotes = sum(one.quotes for one in asked)
    seconds = [one.seconds for one in asked]
    return AnsweringReport(
        questions=len(there),
        documents=documents,
        exact=_share([one.exact for one in there]),
        f1=_share([one.f1 for one in there]),
        right_document=_share([one.from_right for one in there]),
        retrieved=_share([one.read_right for one in there]),
        citations=quotes,
        true_quotes=sum(one.true_quotes for one in asked) / quotes if quotes else 1.0,
        min_confidence=min_confidence,
        answered=len(sure) / len(there) if there else 0.0,
        right_of_answered=_share([one.right for one in sure]),
        absent=len(absent),
        false_answers=_share([one.answer.confidence >= min_confidence for one in absent]),
        near=len(near),
        false_near=_share([one.answer.confidence >= min_confidence for one in near]),
        high_near=_share([_is_high(one.answer, min_confidence) for one in near]),
        words=tuple(_words([one for one in asked if one.answer.confidence >= min_confidence])),
        calibration_error=calibration_error(confidences, right),
        reliability=tuple(reliability(confidences, right)),
        risk=risk_coverage(confidences, right),
        median_s=float(np.median(seconds)),
        slow_s=float(np.percentile(seconds, 95)),
    )


def _is_high(answer: Answer, min_confidence: float) -> bool:
    return answer.confidence >= min_confidence and answer.sureness is Sureness.HIGH


def _words(given: Sequence[Asked]) -> Iterator[Said]:
    for word in Sureness:
        right = [one.right for one in given if one.answer.sureness is word]
        if right:
            yield Said(word, len(right), _share(right))


def _share(values: Sequence[float]) -> float:
    return float(np.mean(values)) if values else 0.0
