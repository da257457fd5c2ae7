"""What people say of answers is kept whole, and is read again by measuring and by training."""

import json
import threading
from pathlib import Path

import pytest

from corpus.errors import ExampleError, StorageError
from corpus.types import Span
from qa.answering.feedback import EVERY, EXAMPLES, QUESTIONS, Judgement, keep
from qa.evaluation.datasets import read_examples
from qa.evaluation.own_questions import Question, read_questions
from tests.support.made import document

RAIN = document("Rain fell.\nIt was Kim who left. 😀 Then it rained.")


def quote(words: str) -> Span:
    start = RAIN.text.index(words)
    return RAIN.span(start, start + len(words))


KIM, PASSAGE = quote("Kim"), quote("It was Kim who left.")


def rows(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_a_right_answer_is_a_question_and_an_example(tmp_path: Path) -> None:
    keep(tmp_path, Judgement("Who left?", True, KIM, PASSAGE))
    assert read_questions(tmp_path / QUESTIONS) == [Question("Who left?", ("Kim",))]
    [example] = read_examples([tmp_path / EXAMPLES])
    assert (example.question, example.context) == ("Who left?", "It was Kim who left.")
    assert example.texts == ("Kim",)
    [said] = rows(tmp_path / EVERY)
    assert said.pop("at")
    assert said == {
        "question": "Who left?", "helpful": True, "document": "a.txt", "sha256": "0" * 64,
        "start": KIM.start, "end": KIM.end, "quote": "Kim",
    }  # fmt: skip


def test_rightly_no_answer_is_both_too(tmp_path: Path) -> None:
    keep(tmp_path, Judgement("Who won?", True, None, PASSAGE))
    assert read_questions(tmp_path / QUESTIONS) == [Question("Who won?", ())]
    [example] = read_examples([tmp_path / EXAMPLES])
    assert example.answers == ()


def test_a_wrong_answer_with_the_right_one_is_a_question_only(tmp_path: Path) -> None:
    keep(tmp_path, Judgement("Who left?", False, KIM, PASSAGE, "Ann\nLee"))
    assert read_questions(tmp_path / QUESTIONS) == [Question("Who left?", ("Ann\nLee",))]
    assert not (tmp_path / EXAMPLES).exists()
    assert rows(tmp_path / EVERY)[0]["right"] == "Ann\nLee"


def test_a_wrong_answer_alone_is_neither(tmp_path: Path) -> None:
    keep(tmp_path, Judgement("Who left?", False, KIM, PASSAGE))
    assert not (tmp_path / QUESTIONS).exists()
    with pytest.raises(ExampleError):
        read_examples([tmp_path / EXAMPLES])
    assert rows(tmp_path / EVERY)[0]["helpful"] is False


def test_many_at_once_write_whole_lines(tmp_path: Path) -> None:
    def say(n: int) -> None:
        for _ in range(5):
            keep(tmp_path, Judgement(f"Who left {n}? {'x' * 3000}", True, KIM, PASSAGE))

    threads = [threading.Thread(target=say, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for name in (EVERY, QUESTIONS, EXAMPLES):
        assert len(rows(tmp_path / name)) == 30


def test_where_nothing_can_be_written_it_is_said(tmp_path: Path) -> None:
    (tmp_path / EVERY).mkdir()
    with pytest.raises(StorageError, match="cannot be saved"):
        keep(tmp_path, Judgement("Who left?", True, KIM, PASSAGE))


def test_a_right_answer_at_its_place_is_a_question_and_an_example(tmp_path: Path) -> None:
    before = "It was quiet before. " * 40
    long = document(f"{before}It was Ann Lee who left. 😀 Then it rained. {before}")
    start = long.text.index("Ann Lee")
    right = long.span(start, start + 7)
    keep(tmp_path, Judgement("Who left?", False, KIM, PASSAGE, right_at=right))
    assert read_questions(tmp_path / QUESTIONS) == [Question("Who left?", ("Ann Lee",))]
    [example] = read_examples([tmp_path / EXAMPLES])
    assert example.texts == ("Ann Lee",)
    assert "It was Ann Lee who left. 😀 Then it rained." in example.context
    assert example.context.startswith("It was quiet before.") and len(example.context) < 1_000
    place = {"document": "a.txt", "sha256": "0" * 64, "start": start, "end": start + 7}
    [said] = rows(tmp_path / EVERY)
    assert (said["right"], said["right_at"]) == ("Ann Lee", place)
    [question] = rows(tmp_path / QUESTIONS)
    assert question == {"question": "Who left?", "answer": "Ann Lee", **place}


def test_what_is_known_of_a_document_is_a_right_answer_without_a_quote() -> None:
    said = Judgement("Who wrote the piece on rain?", True, right="Ada Marsh")
    assert said.question_row() == {
        "question": "Who wrote the piece on rain?",
        "answer": "Ada Marsh",
    }
    assert said.example_row() is None
    assert Judgement("Who left?", True).question_row() == {"question": "Who left?", "answer": None}
