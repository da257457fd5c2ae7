"""A question of the page step by step, without a browser."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from index.dense import Vectors
from qa import Assistant
from qa.web.asking import steps
from qa.web.collection import Collection
from tests.fakes import FakeEncoder
from tests.pages import KnowingReader, written


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
    filtered = {"question": "And where?", "before": before, "filter": {"documents": ["rain.txt"]}}
    assert states(list(steps(collection, filtered))) == ["searching", "reading", "answered"]


def test_what_cannot_be_asked_is_the_last_step(collection: Collection) -> None:
    [told] = steps(collection, {"question": "?!"})
    assert told["state"] == "failed" and told["message"].startswith("The question is empty.")
