import pytest

from qa.question.answer_type import answer_type_match, expected_answer_type


@pytest.mark.parametrize(
    ("question", "sentence", "expected"),
    [
        ("When did it open?", "It opened on 1 June 2016.", 1),
        ("when did it open", "It opened on a Wednesday.", 1),
        ("In which year did it open?", "It opened in the 1990s.", 1),
        ("When did it open?", "It opened with a ceremony for 57 guests.", -1),
        ("Which century was it?", "It was built in the 19th century.", 1),
        ("How long is it?", "It is 57 km long.", 1),
        ("How many came?", "Hundreds came.", 1),
        ("How many came?", "Nobody knows who came.", -1),
        ("What share of them came?", "A third of them did.", 1),
        ("How did it open?", "It opened.", 0),
        ("Who opened it in 2016?", "The president did.", 0),
        ("", "2016", 0),
    ],
)
def test_a_sentence_shows_what_is_asked_for(question: str, sentence: str, expected: int) -> None:
    assert answer_type_match(expected_answer_type(question), sentence) == expected
