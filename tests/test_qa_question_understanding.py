"""The question is understood once: what it holds, what it follows, and where it is looked for."""

from pathlib import Path

import pytest

from corpus.errors import QuestionError
from index.types import Filter
from qa import Assistant
from qa.question import parse, search_scopes, understand
from qa.types import AnswerType, EntityKind, Turn
from tests.support.fakes import FakeEncoder
from tests.support.pages import KnowingReader

TUNNEL = Turn("When did the tunnel open?", "1 June 2016", ("trains.txt",))


def test_a_question_is_taken_apart_once() -> None:
    found = parse("How many trains crossed to Oldford in 2016?")
    assert (found.kind, found.answer_type) == ("how many", AnswerType.COUNT)
    assert [(one.kind, one.text) for one in found.entities] == [
        (EntityKind.NAME, "Oldford"),
        (EntityKind.YEAR, "2016"),
    ]
    assert found.terms == {"mani", "train", "cross", "oldford", "2016"}
    assert (found.points_back, found.is_rewritten, found.within) == (False, False, ())
    assert str(found) == "How many trains crossed to Oldford in 2016?"


def test_one_that_was_understood_is_taken_as_it_is() -> None:
    found = understand("And where?", after=TUNNEL)
    assert understand(found, after=Turn("Who left?", "Kim", ("a.txt",))) is found


@pytest.mark.parametrize(
    ("question", "before", "text", "within"),
    [
        ("And where?", TUNNEL, "Where did the tunnel open?", ("trains.txt",)),
        ("How long is it?", TUNNEL, "How long is the tunnel?", ("trains.txt",)),
        ("Where is it?", TUNNEL, "Where is the tunnel?", ("trains.txt",)),
        ("How much is it?", TUNNEL, "How much is the tunnel?", ("trains.txt",)),
        # What lasted: the tunnel, its opening? Asked as typed, where the answer was found.
        ("How long was that?", TUNNEL, "How long was that?", ("trains.txt",)),
        ("Why did they agree?", TUNNEL, "Why did the tunnel agree?", ("trains.txt",)),
        ("Who won the cup?", TUNNEL, "Who won the cup?", ()),
        ("Did Kim say he would leave?", TUNNEL, "Did Kim say he would leave?", ()),
        ("And where?", None, "And where?", ()),
    ],
)
def test_what_follows_up_is_written_out(
    question: str, before: Turn | None, text: str, within: tuple[str, ...]
) -> None:
    found = understand(f" {question} ", after=before)
    assert (found.text, found.asked, found.within) == (text, question, within)


@pytest.mark.parametrize(
    ("question", "before", "text"),
    [
        ("Who is he?", Turn("Who closed the mill?", "Olaf Berg"), "Who is Olaf Berg?"),
        ("Who is he?", Turn("Did Olaf Berg meet Per Lund?", "yes"), "Who is Per Lund?"),
        (
            "Who was she?",
            Turn("Who came?", "the mayor, Ada Marsh, and later Eva Holm"),
            "Who was Eva Holm?",
        ),
        ("Who is he?", Turn("Where did Per Lund live?", "Oldford"), "Who is Per Lund?"),
        (
            "Why did she resign?",
            Turn("Which minister lied about the dam?", "Eva Holm"),
            "Why did Eva Holm resign?",
        ),
        (
            "When did he leave?",
            Turn("Which country did Per Lund visit?", "Peru"),
            "When did Per Lund leave?",
        ),
        (
            "How much is it paying for the mill?",
            Turn("Which brewery buys the Oldford mill?", "Selm Beer"),
            "How much is Selm Beer paying for the mill?",
        ),
        (
            "How tall is it?",
            Turn("Who built the tower at Selm?", "Kim"),
            "How tall is the tower?",
        ),
        (
            "How long is it?",
            Turn("When was the article on the Selm bridge published?", "3 May 2016"),
            "How long is the Selm bridge?",
        ),
        ("Is it usual for bees to sting?", Turn("Who built the tower?", "Kim"), None),
    ],
)
def test_who_and_what_is_meant(question: str, before: Turn, text: str | None) -> None:
    assert understand(question, after=before).text == (text or question)


def test_where_a_question_is_looked_for() -> None:
    everywhere, chosen = Filter(publishers=("Times",)), Filter(documents=("a/",))
    narrowed = Filter(publishers=("Times",), documents=("trains.txt",))
    follow = understand("And where?", after=TUNNEL)
    assert search_scopes(follow, everywhere) == [narrowed, everywhere]
    assert search_scopes(follow, chosen) == [chosen]
    assert search_scopes(understand("How long was that?", after=TUNNEL), everywhere) == [narrowed]
    assert search_scopes(understand("Who left?", after=TUNNEL), everywhere) == [everywhere]


def test_what_cannot_be_asked_cannot_follow_either() -> None:
    with pytest.raises(QuestionError, match="empty"):
        understand(" ?! ", after=TUNNEL)


def test_an_answer_can_be_followed_up(folder: Path, encoder: FakeEncoder) -> None:
    with Assistant.open(folder, encoder=encoder, reader=KnowingReader()) as assistant:
        first = assistant.ask("How far did the river rise?")
        assert first.text == "two metres"
        second = assistant.ask("And when?", after=first)
        assert second.question.asked == "And when?"
        assert second.question.text == "When did the river rise?"
        assert second.question.within == ("rain.txt",)
        # The same question by itself has the same answer, under its own words.
        alone = assistant.ask("When did the river rise?")
        assert (alone.question.asked, alone.question.within) == ("When did the river rise?", ())
        assert alone.text == second.text
        talk = assistant.ask_in_turn(["How far did the river rise?", "And when?"])
        assert [answer.question.text for answer in talk] == [
            "How far did the river rise?",
            "When did the river rise?",
        ]
        assert first.to_dict().get("asked") is None
        assert second.to_dict()["asked"] == "And when?"
