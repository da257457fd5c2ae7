"""What a question names, what a passage lacks of it, and near misses made of that."""

import pytest

from corpus.types import Document, Metadata, Sourced
from qa.evaluation.datasets import Example
from qa.evaluation.unanswerable import near_misses
from qa.question import parse
from qa.question.entities import named_entities
from qa.reader.confidence.mismatch import unsupported
from qa.types import Citation

TEXT = (
    "Egypt joined the New Development Bank on 20 February 2023. The United Nations welcomed the first "
    "eleven Chinese members of the 1990s. Swazi exports were the largest, 1,200 tonnes."
)


def lacks(question: str, *, text: str = TEXT, title: str = "The bank of Shanghai") -> list[float]:
    document = Document("a", "", text, Metadata(Sourced(title, "file name")))
    passage = document.span(0, len(text))
    [row] = unsupported(parse(question), [Citation(passage, passage, passage, 1.0)])
    return [float(value) for value in row]


@pytest.mark.parametrize(
    ("question", "names", "figures", "opposite"),
    [
        ("When did Egypt join the New Development Bank?", 0, 0, 0),
        ("When did Turkey join the New Development Bank?", 1, 0, 0),
        ("When did Turkey leave Kenya and Peru?", 2, 0, 0),
        # Other forms, initials, and what stands in the title.
        ("How many of China's members joined?", 0, 0, 0),
        ("Whose exports to Swaziland grew?", 0, 0, 0),
        ("What did the UN welcome?", 0, 0, 0),
        ("Where in Shanghai is it?", 0, 0, 0),
        # Of a country is often said in other words.
        ("Which Turkish bank joined?", 0, 0, 0),
        ("Who joined in 2023?", 0, 0, 0),
        ("Who joined in 2021?", 0, 1, 0),
        ("Who joined in 1994?", 0, 0, 0),
        ("Which 11 members joined?", 0, 0, 0),
        ("Who exported 1200 tonnes?", 0, 0, 0),
        ("Who was the 2nd member?", 0, 1, 0),
        ("Which exports were the smallest?", 0, 0, 1),
        ("Who was welcomed last?", 0, 0, 1),
        ("Who was welcomed first?", 0, 0, 0),
        ("What is the last name of the member?", 0, 0, 0),
        # The passage has neither the word nor its opposite.
        ("What is the highest tower?", 0, 0, 0),
        ("when did turkey join?", 0, 0, 0),
    ],
)
def test_what_a_passage_lacks(question: str, names: int, figures: int, opposite: int) -> None:
    assert lacks(question) == [names, figures, opposite]


def test_what_a_document_begins_with_counts_and_the_rest_does_not() -> None:
    text = f"On Kenya. {'It rained. ' * 200}Peru left."
    document = Document("a", "", text, Metadata(Sourced("A", "file name")))
    passage = document.span(1500, 1520)
    for question, names in (("Did it rain in Kenya?", 0), ("Did it rain in Peru?", 1)):
        assert (
            unsupported(parse(question), [Citation(passage, passage, passage, 1.0)])[0, 0] == names
        )


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("Who led Barack Obama's visit to the Sea of Okhotsk?", ["Barack Obama", "Sea of Okhotsk"]),
        ("Egypt joined when?", []),
        ("Who Won The Cup?", []),
        ("Did NASA or the ESA build it?", ["NASA", "ESA"]),
    ],
)
def test_names(question: str, names: list[str]) -> None:
    assert [one.text for one in named_entities(question)] == names


@pytest.mark.parametrize(
    "question", ["Why?", "Where is he from?", "How much did it cost?", "Who was there?"]
)
def test_questions_that_only_point(question: str) -> None:
    assert parse(question).points_back


@pytest.mark.parametrize("question", ["Who led THAAD?", "Who cost it 5 points?", "Who was hurt?"])
def test_questions_that_say_what_they_are_about(question: str) -> None:
    assert not parse(question).points_back


def test_near_misses_change_one_thing_for_another_of_its_kind() -> None:
    asked = [
        Example("1", "When did Egypt join the bank?", "Egypt joined in 2023.", ((16, 20),)),
        Example("2", "When did Turkey leave the bank?", "Turkey left in 2021.", ((15, 19),)),
        Example("3", "Who was the first president?", "Kamath was the first president.", ((0, 6),)),
        Example("4", "who left?", "Kim left.", ((0, 3),)),
    ]
    found = near_misses(asked, asked, seed=0)
    assert [(one.id, one.question) for one in found] == [
        ("1 near miss", "When did Turkey join the bank?"),
        ("2 near miss", "When did Egypt leave the bank?"),
        ("3 near miss", "Who was the last president?"),
    ]
    assert [(one.context, one.answers) for one in found] == [(one.context, ()) for one in asked[:3]]
    assert near_misses(asked, asked, seed=0) == found


def test_what_the_context_has_is_no_near_miss() -> None:
    text = "Egypt joined in 2023, Turkey never. The first president came last."
    asked = [
        Example("1", "When did Egypt join?", text, ((16, 20),)),
        Example("2", "When did Turkey leave?", "Turkey left in 2021.", ((15, 19),)),
        Example("3", "Who was the first president?", text, ((0, 5),)),
    ]
    assert [one.id for one in near_misses(asked, asked, seed=0)] == ["2 near miss"]
