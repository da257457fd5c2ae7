"""How well whole answers are: every question asked against all the documents of a collection."""

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
    """A question as it was asked of a collection, and its answer with no bound on the confidence.

    `document` is the id of the document that holds the right answer, `there` whether it was in the
    collection; `exact`, `f1` and `right` are those of the best quote (0 where the document was not there),
    `from_right` whether it stands in that document, `read_right` whether one of the passages read does;
    `quotes` and `true_quotes` count citations, and those that stand when their files are read again.
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
    """What a word of confidence is worth: how many answers were given with it, and the share that is right."""

    word: Sureness
    count: int
    right: float


@dataclass(frozen=True, slots=True)
class AnsweringReport:
    """End to end, in shares (0..1) of the questions that have their document in the collection.

    `exact`, `f1`: of the best quote, whatever its confidence; `right_document`: it is from the right
    document; `retrieved`: a passage of that document was read. `true_quotes`: citations that stand, word
    for word in their place, when their files are read again. `answered`, `right_of_answered`: with the bound on the confidence.
    `false_answers`: the share of questions without their document that were answered all the same;
    `false_near` that of near misses, and `high_near` that of near misses with a high confidence;
    `words`: what each word of confidence is worth, over all answers that are given.
    `calibration_error` and `risk`: over all of them together; near misses count in neither. Seconds a question: median and 95th
    percentile.
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
    """Each question with its answer; `ids` are the documents of the contexts, `progress` is told how many were asked."""
    answers, seconds = [], []
    for number, example in enumerate(examples, start=1):
        begun = time.perf_counter()
        answers.append(assistant.ask(example.question, k=k, min_confidence=0.0))
        seconds.append(time.perf_counter() - begun)
        progress(number)
    # The files are read again, as `qa verify` does it: the assistant's own word would prove nothing.
    verdicts = verify_all([to_receipt(answer) for answer in answers], assistant.root)
    return [
        _asked(example, ids[example.context], answer, [v.state for v in states], there, took)
        for example, answer, states, took in zip(examples, answers, verdicts, seconds, strict=True)
    ]


def to_receipt(answer: Answer) -> dict[str, Any]:
    """The receipt of an answer as it would be read from a file."""
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
    """The figures of what was asked, with its document and without, and of near misses."""
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
