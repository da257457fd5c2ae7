"""Examples, documents and answers that several test files make."""

import random

from corpus.types import Document, Metadata, Sourced
from index.types import Filter, Manifest
from qa.evaluation.datasets import Example
from qa.evaluation.end_to_end import Asked
from qa.evaluation.metrics import RIGHT
from qa.question import parse
from qa.types import Answer, Citation, Provenance
from tests.support.tiny_models import NUMBERED

MADE_BY = Provenance(
    "/articles", Manifest(1, "fake", "f" * 64, 32, 200, 1), "sentences", "e" * 64, 8, 0.5, Filter()
)


def document(text: str, id: str = "a.txt") -> Document:
    return Document(id, "0" * 64, text, Metadata(Sourced("A", "file name")))


def answer(*quotes: str, confidence: float = 0.8, question: str = "Who left?") -> Answer:
    """One that quotes these words."""
    wholes = [document(quote, f"{i}.txt") for i, quote in enumerate(quotes)]
    spans = [whole.span(0, len(whole.text)) for whole in wholes]
    return Answer(
        parse(question),
        tuple(Citation(span, span, span, 1.0) for span in spans),
        (),
        (),
        confidence,
        MADE_BY,
    )


def example(question: str, context: str, *answers: str, id: str = "", source: str = "") -> Example:
    """Each answer stands where its words stand first."""
    starts = [context.index(answer) for answer in answers]
    spans = zip(starts, answers, strict=True)
    return Example(
        id, question, context, tuple((at, at + len(words)) for at, words in spans), source
    )


def asked_as(
    confidence: float, *, there: bool = True, f1: float = 0.0, exact: float = 0.0, quotes: int = 1
) -> Asked:
    given = answer(*["Kim"] * quotes, confidence=confidence)
    from_right = f1 > 0
    return Asked(
        example("Who left?", "Kim left.", "Kim"),
        "a.txt",
        there,
        given,
        exact,
        f1,
        f1 >= RIGHT,
        from_right,
        there,
        quotes,
        quotes,
        0.1,
    )


def synthetic(count: int = 40) -> list[Example]:
    """The answer is the one word from w90 on; a quarter of the contexts has none."""
    chance = random.Random(7)
    found = []
    for number in range(count):
        words = [chance.choice(NUMBERED[:80]) for _ in range(chance.randint(8, 30))]
        asked = " ".join(chance.sample(words, 2))
        if number % 4 == 0:
            found.append(Example(str(number), asked, " ".join(words), ()))
            continue
        answer = chance.choice(NUMBERED[90:])
        words.insert(chance.randrange(len(words)), answer)
        found.append(example(asked, " ".join(words), answer, id=str(number)))
    return found
