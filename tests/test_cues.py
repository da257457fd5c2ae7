"""What kind of thing a question asks for."""

import pytest

from qa.cues import Kind, answers_in_kind, asked_kind


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("When did the test take place?", Kind.DATE),
        ("In which year was it signed?", Kind.DATE),
        ("How many ships came?", Kind.NUMBER),
        ("How long is the tunnel?", Kind.NUMBER),
        ("What percentage of trains was late?", Kind.NUMBER),
        ("Who spoke?", Kind.NAME),
        ("Which city was hit?", Kind.NAME),
        ("WHERE WAS IT?", Kind.NAME),
        ("Why did they leave?", Kind.REASON),
        ("Is it true?", Kind.ANY),
        ("", Kind.ANY),
        ("Whenever it rains, what happens?", Kind.ANY),
        ("Who said when it began?", Kind.NAME),
        ("When was it said who began?", Kind.DATE),
    ],
)
def test_asked_kind(question: str, kind: Kind) -> None:
    assert asked_kind(question) is kind


@pytest.mark.parametrize(
    ("question", "sentence", "holds"),
    [
        ("When was it?", "It was in May.", True),
        ("When was it?", "It was late.", False),
        ("How many?", "About seventeen or a dozen.", True),
        ("How many?", "A great number of them.", False),
        ("Who left?", "In the end Kim left.", True),
        ("Who left?", "The minister left.", False),
        ("Why?", "It closed because of the ash.", True),
        ("Why?", "It closed.", False),
        ("Is it so?", "It is so, says Kim in 2017.", False),
    ],
)
def test_answers_in_kind(question: str, sentence: str, holds: bool) -> None:
    assert answers_in_kind(question, sentence) is holds
