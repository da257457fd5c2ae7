"""A question of the page step by step, without a browser."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Thread, Timer
from typing import Any

import pytest

from corpus.types import Span
from index.types import Vectors
from qa import Assistant
from qa.cancellation import Stop, Stopped
from qa.types import Citation, Question
from qa.web.api.ask import steps
from qa.web.collection.collection import Collection
from qa.web.collection.turn_queue import MOST_EARLY, Running, Turns
from tests.support.fakes import FakeEncoder
from tests.support.pages import KnowingReader, all_turns, written


class Counting(FakeEncoder):
    """Knows how often it was asked for a question."""

    asked = 0

    def encode_questions(self, texts: Sequence[str]) -> Vectors:
        self.asked += 1
        return super().encode_questions(texts)


@pytest.fixture
def counting() -> Counting:
    return Counting()


@pytest.fixture
def collection(tmp_path: Path, counting: Counting) -> Collection:
    root = written(tmp_path / "news")
    return Collection.of(Assistant.open(root, encoder=counting, reader=KnowingReader()))


def states(told: list[dict[str, Any]]) -> list[str]:
    return [step["state"] for step in told]


def test_a_question_is_searched_for_once(collection: Collection, counting: Counting) -> None:
    told = list(steps(collection, {"question": "How far did the river rise?"}))
    assert states(told) == ["searching", "reading", "answered"]
    assert told[-1]["groups"][0]["short"] == "two metres"
    assert counting.asked == 1
    assert told[-1]["receipt"] == (
        collection.assistant().ask("How far did the river rise?").to_dict()
    )


def test_a_follow_up_is_looked_for_where_the_answer_before_stands_and_then_everywhere(
    collection: Collection,
) -> None:
    before = {"question": "When was the river bridge closed?", "documents": ["sun.txt"]}
    told = list(steps(collection, {"question": "And where?", "before": before}))
    assert states(told) == ["searching", "reading", "searching", "reading", "answered"]
    assert told[-1]["meant"] == "Where was the river bridge closed?"
    assert told[-1]["within"] == 0 and told[-1]["groups"][0]["short"] == "two metres"
    before["documents"] = ["rain.txt"]
    told = list(steps(collection, {"question": "And where?", "before": before}))
    assert states(told) == ["searching", "reading", "answered"]
    assert told[-1]["within"] == 1
    assert set(told[-1]["turn"]) == {"question", "answer", "documents"}
    filtered = {"question": "And where?", "before": before, "filter": {"documents": ["rain.txt"]}}
    assert states(list(steps(collection, filtered))) == ["searching", "reading", "answered"]


def test_what_cannot_be_asked_is_the_last_step(collection: Collection) -> None:
    [told] = steps(collection, {"question": "?!"})
    assert told["state"] == "failed" and told["message"].startswith("The question is empty.")


class Endless(KnowingReader):
    """Reads until it is stopped."""

    def read(
        self, question: Question, passages: Sequence[Span], *, stop: Stop | None = None
    ) -> list[Citation]:
        assert stop is not None
        for _ in range(3_000):
            stop.check()
            time.sleep(0.01)
        return []


def test_a_question_is_stopped_while_it_is_read(tmp_path: Path) -> None:
    root = written(tmp_path / "news")
    collection = Collection.of(Assistant.open(root, encoder=FakeEncoder(), reader=Endless()))
    told = steps(collection, {"question": "How far did the river rise?", "name": "mine"})
    assert states([next(told), next(told)]) == ["searching", "reading"]
    collection.running.stop("somebody-else-s")
    Timer(0.1, collection.running.stop, ["mine"]).start()
    assert list(told) == [{"state": "stopped"}]
    # Its turn is free again for those who wait.
    all_turns(collection).close()


def test_a_question_is_stopped_while_it_waits_for_its_turn_or_has_not_begun(
    collection: Collection,
) -> None:
    held = all_turns(collection)
    given = {"question": "How far did the river rise?", "name": "mine"}
    Timer(0.1, collection.running.stop, ["mine"]).start()
    assert states(list(steps(collection, given))) == ["searching", "reading", "stopped"]
    collection.running.stop("mine")
    assert states(list(steps(collection, given))) == ["searching", "reading", "stopped"]
    held.close()
    assert collection.turns.waiting() == 0


def test_who_asks_much_waits_longer_than_who_asks_little(collection: Collection) -> None:
    turns, served = Turns(2), list[str]()
    held = [turns.turn("first", Stop()), turns.turn("first", Stop())]
    for one in held:
        one.__enter__()

    def ask(asker: str) -> None:
        with turns.turn(asker, Stop()):
            served.append(asker)

    threads = []
    for asker in ["many"] * 4 + ["one", "other", "one"]:
        threads.append(Thread(target=ask, args=(asker,)))
        threads[-1].start()
        wait_until(lambda: turns.waiting() == len(threads))
    # One turn, so that the order shows.
    held[0].__exit__(None, None, None)
    for thread in threads:
        thread.join(10)
    assert served == ["many", "one", "other", "many", "one", "many", "many"]
    held[1].__exit__(None, None, None)
    assert turns.waiting() == 0


def wait_until(so: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not so():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_question_is_stopped_while_the_collection_is_opened(tmp_path: Path) -> None:
    collection = Collection(written(tmp_path / "news"))
    told = steps(collection, {"question": "How far did the river rise?", "name": "mine"})
    assert next(told)["state"] == "opening"
    collection.running.stop("mine")
    assert states(list(told)) == ["stopped"]


def test_names_that_were_stopped_early_are_kept_in_bounds() -> None:
    running = Running()
    for number in range(MOST_EARLY + 1):
        running.stop(str(number))
    running.stop("")
    stopped = []
    for name in ("0", "1", "1", ""):
        with running.asking(name) as stop:
            try:
                stop.check()
            except Stopped:
                stopped.append(name)
    assert stopped == ["1"]
