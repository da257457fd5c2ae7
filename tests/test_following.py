"""Follow-ups are written out with words of the questions and the answer before, or left alone."""

import pytest

from qa.following import Turn, understood

CASSINI = Turn("When did the Cassini mission end?", "15 September 2017")
TALKS = Turn("Who said the talks are over?", "Rex Tillerson")
CHINA = Turn("When did China sign the contract with Gazprom?", "21 May 2014")
WHERE = Turn("Where was the treaty signed?", "Geneva")


@pytest.mark.parametrize(
    ("question", "before", "meant"),
    [
        ("And where?", CASSINI, "Where did the Cassini mission end?"),
        ("Where was that?", CASSINI, "Where did the Cassini mission end?"),
        ("And when was that?", TALKS, "When was it that Rex Tillerson said the talks are over?"),
        ("why?", WHERE, "Why was the treaty signed?"),
        ("What about Russia?", CHINA, "When did Russia sign the contract with Gazprom?"),
        ("How about the Juno mission?", CASSINI, "When did the Juno mission end?"),
        ("What about in 2015?", CHINA, "When did China sign the contract with Gazprom in 2015?"),
        ("What about 2016?", Turn("What did the bank lend in 2015?"), "What did the bank lend in 2016?"),
        ("Who led it?", CASSINI, "Who led Cassini?"),
        ("What did he say?", TALKS, "What did Rex Tillerson say?"),
        ("Where was his speech?", TALKS, "Where was Rex Tillerson’s speech?"),
        ("Who was there?", WHERE, "Who was in Geneva?"),
        ("And who won the World Cup in Russia?", CASSINI, "Who won the World Cup in Russia?"),
    ],
)  # fmt: skip
def test_a_follow_up_is_written_out(question: str, before: Turn, meant: str) -> None:
    assert understood(question, before) == meant


@pytest.mark.parametrize(
    ("question", "before"),
    [
        ("And where?", None),
        ("Who won the World Cup?", CASSINI),
        ("When was it that the Berlin Wall fell?", CASSINI),
        ("How many people live in the valley?", CASSINI),
        ("Is there a bridge?", CASSINI),
        ("What did he say?", Turn("how far is the moon?", "384,400 km")),
        ("word " * 30 + "it?", CASSINI),
        ("?", CASSINI),
        ("", CASSINI),
    ],
)
def test_a_question_that_stands_on_its_own_is_left_alone(
    question: str, before: Turn | None
) -> None:
    assert understood(question, before) is None
