"""Answers that are kept: the same as when they are made anew, and never those of another index."""

import os
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from corpus.types import Span
from index.indexing.updater import update
from index.types import Filter
from qa.answering.assistant import Assistant
from qa.answering.cache import AnswerCache, Key
from qa.cancellation import Stop, Stopped
from qa.reader.confidence.calibrated import Confidence, ScoreConfidence
from qa.reader.sentence_reader import SentenceReader
from qa.types import Answer, Citation, Question
from tests.support.fakes import FakeEncoder, write

RIVER, HURT = "How many metres did the river rise?", "Who was hurt?"


class CountingReader:
    """The sentence reader; knows what it was asked, and can be kept from going on."""

    name, sha256 = "counting", "c" * 64
    confidence: Confidence = ScoreConfidence()

    def __init__(self, encoder: FakeEncoder) -> None:
        self._reader = SentenceReader(encoder)
        self.asked: list[str] = []
        self.begun, self.free = threading.Event(), threading.Event()
        self.free.set()

    def read(
        self, question: Question, passages: Sequence[Span], *, stop: Stop | None = None
    ) -> list[Citation]:
        self.asked.append(question.text)
        self.begun.set()
        while not self.free.wait(0.01):
            if stop is not None:
                stop.check()
        return self._reader.read(question, passages)


@pytest.fixture
def reader(encoder: FakeEncoder) -> CountingReader:
    return CountingReader(encoder)


@pytest.fixture
def assistant(folder: Path, encoder: FakeEncoder, reader: CountingReader) -> Iterator[Assistant]:
    with Assistant.open(folder, encoder=encoder, reader=reader) as found:
        yield found


def anew(assistant: Assistant) -> Assistant:
    """The same, that keeps nothing."""
    return replace(assistant, answers=AnswerCache(answers=0))


def test_a_question_that_is_asked_again_is_not_read_again(
    assistant: Assistant, reader: CountingReader
) -> None:
    first = assistant.ask(RIVER, min_confidence=0)
    assert first.text == "The river rose by two metres."
    assert assistant.ask(f"  {RIVER}\n", min_confidence=0) is first
    assert assistant.ask_many([HURT, RIVER, HURT, RIVER], min_confidence=0)[1::2] == [first] * 2
    assert sorted(reader.asked) == sorted([RIVER, HURT])
    assert assistant.known(RIVER, min_confidence=0) is first
    assert anew(assistant).ask(RIVER, min_confidence=0) == first
    assert anew(assistant).ask(RIVER, min_confidence=0).to_dict() == first.to_dict()


def test_what_else_is_asked_for_is_another_question(
    assistant: Assistant, reader: CountingReader
) -> None:
    ways = [
        {"min_confidence": 0.0},
        {"min_confidence": 0.1},
        {"k": 1},
        {"filter": Filter(publishers=("valley times",))},
        {"filter": Filter(documents=("rain.txt",))},
        {"filter": Filter(after=date(2016, 1, 1))},
    ]
    plain = anew(assistant)
    for _ in range(2):
        for way in ways:
            assert assistant.ask(RIVER, **way) == plain.ask(RIVER, **way)  # type: ignore[arg-type]
    assert assistant.ask(RIVER.lower(), min_confidence=0).question.text == RIVER.lower()
    assert len(reader.asked) == len(ways) + 2 * len(ways) + 1


def test_a_changed_index_empties_it(
    assistant: Assistant, reader: CountingReader, folder: Path, encoder: FakeEncoder
) -> None:
    old = assistant.ask(RIVER, min_confidence=0)
    assistant.ask(HURT, min_confidence=0)
    assert len(assistant.answers) == 2
    write(folder, rain="Rain again\n\nThe river rose by nine metres. All fled.")
    os.utime(folder / "rain.txt", (1, 1))
    update(folder, folder / ".qa", encoder)
    assert assistant.known(RIVER, min_confidence=0) is None
    assert len(assistant.answers) == 0
    new = assistant.ask(RIVER, min_confidence=0)
    assert (old.text, new.text) == (
        "The river rose by two metres.",
        "The river rose by nine metres.",
    )
    assert assistant.ask(RIVER, min_confidence=0) is new


def test_an_index_that_changes_between_search_and_reading_leaves_no_old_answer(
    assistant: Assistant, folder: Path, encoder: FakeEncoder
) -> None:
    found = assistant.find(RIVER, min_confidence=0)
    (folder / "rain.txt").unlink()
    update(folder, folder / ".qa", encoder)
    # What was found is read as it was then ...
    assert assistant.read(found).citations[0].document.id == "rain.txt"
    # ... but nobody who asks now is told so.
    now = assistant.ask(RIVER, min_confidence=0)
    assert "rain.txt" not in {hit.passage.document.id for hit in now.hits}
    assert assistant.ask(RIVER, min_confidence=0) is now


def test_two_who_ask_the_same_at_once_are_read_for_once(
    assistant: Assistant, reader: CountingReader
) -> None:
    reader.free.clear()
    answers: list[Answer] = []
    threads = [
        threading.Thread(target=lambda: answers.append(assistant.ask(RIVER, min_confidence=0)))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    assert reader.begun.wait(10)
    reader.free.set()
    for thread in threads:
        thread.join()
    assert reader.asked == [RIVER]
    assert [one is answers[0] for one in answers] == [True] * 4


def test_who_waits_for_one_that_is_stopped_makes_it_himself(
    assistant: Assistant, reader: CountingReader
) -> None:
    reader.free.clear()
    found = assistant.find(RIVER, min_confidence=0)
    first, impatient = Stop(), Stop()
    told: dict[str, object] = {}

    def ask(name: str, stop: Stop | None) -> None:
        try:
            told[name] = assistant.read(found, stop=stop).text
        except Stopped:
            told[name] = "stopped"

    threads = {
        name: threading.Thread(target=ask, args=(name, stop))
        for name, stop in (("first", first), ("impatient", impatient), ("patient", None))
    }
    threads["first"].start()
    assert reader.begun.wait(10)
    threads["impatient"].start()
    threads["patient"].start()
    impatient.set()
    threads["impatient"].join()
    assert reader.asked == [RIVER]
    first.set()
    threads["first"].join()
    reader.free.set()
    threads["patient"].join()
    assert told == {
        "first": "stopped",
        "impatient": "stopped",
        "patient": "The river rose by two metres.",
    }
    assert reader.asked == [RIVER, RIVER]


def keys(answer: Answer, count: int, generation: str = "one") -> list[Key]:
    return [Key(generation, f"{answer.question} {n}", 8, 0.0, Filter()) for n in range(count)]


def test_it_keeps_those_that_were_asked_for_last(assistant: Assistant) -> None:
    answer = assistant.ask(RIVER, min_confidence=0)
    cache = AnswerCache(answers=2)
    one, two, three = keys(answer, 3)
    for key in (one, two):
        cache.answer(key, lambda: answer)
    assert cache.get(one) is answer
    cache.answer(three, lambda: answer)
    assert [cache.get(key) is not None for key in (one, two, three)] == [True, False, True]


def test_it_is_bounded_in_bytes_with_the_texts_that_it_holds(assistant: Assistant) -> None:
    answer = assistant.ask(RIVER, min_confidence=0)
    documents = {hit.passage.document.id: hit.passage.document for hit in answer.hits}
    texts = sum(len(document.text) for document in documents.values())
    rest = 500 * (1 + len(answer.citations) + len(answer.closest) + len(answer.hits))
    weight = texts + len(RIVER) + rest
    for size, kept in ((3 * weight, 3), (3 * weight - 1, 2), (weight, 1), (weight - 1, 0)):
        cache = AnswerCache(size=size)
        for key in keys(answer, 5):
            assert cache.answer(key, lambda: answer) is answer
        assert len(cache) == kept
    # What is forgotten is no longer counted.
    cache = AnswerCache(size=3 * weight)
    for generation in ("one", "two"):
        for key in keys(answer, 3, generation):
            cache.answer(key, lambda: answer)
        assert len(cache) == 3


def test_what_fails_is_not_kept_and_keeps_nobody_waiting(assistant: Assistant) -> None:
    answer = assistant.ask(RIVER, min_confidence=0)
    cache, [key] = AnswerCache(), keys(answer, 1)

    def fail() -> Answer:
        raise OSError("no")

    for _ in range(2):
        with pytest.raises(OSError, match="no"):
            cache.answer(key, fail)
    assert cache.answer(key, lambda: answer) is answer
