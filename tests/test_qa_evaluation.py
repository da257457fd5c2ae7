"""Reading and answering are measured rightly: by hand, and end to end with a fake encoder."""

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from corpus.errors import ExampleError
from qa.answering.assistant import Assistant
from qa.evaluation import benchmark_index, end_to_end
from qa.evaluation import reader as evaluate_reader
from qa.evaluation.benchmark_index import Collection, collection, half
from qa.evaluation.datasets import Example
from qa.evaluation.end_to_end import AnsweringReport, Asked, Said, ask_all
from qa.evaluation.metrics import Bin, RiskCoverage
from qa.evaluation.own_questions import Outcome, Question, ask_own, judge, read_questions
from qa.evaluation.reader import Group, Read, ReadingReport
from qa.question import parse, question_kind
from qa.reader.sentence_reader import SentenceReader
from qa.types import Sureness
from tests.support.fakes import FakeEncoder
from tests.support.made import answer, asked_as, document, example

# How well a reader reads.


@pytest.mark.parametrize(
    ("question", "word"),
    [
        ("Who left?", "who"),
        ("Whose hat is it?", "whose"),
        ("To whom did Kim write?", "whom"),
        ("In what year did it open?", "what"),
        ("How many left?", "how many"),
        ("HOW  MUCH was it?", "how much"),
        ("How did it open?", "how"),
        ("How manly is he?", "how"),
        ("When it opened, who came?", "when"),
        ("Name the year.", "other"),
        ("The whole show?", "other"),
        ("", "other"),
    ],
)
def test_the_word_that_a_question_asks_with(question: str, word: str) -> None:
    assert question_kind(question) == word


def read_as(question: str, words: int, exact: float, f1: float, score: float = 0.0) -> Read:
    """What a reader said about a context of so many words that has an answer."""
    return Read(example(question, " ".join(["w"] * words), "w"), "w", score, exact, f1)


def test_report_of_reading() -> None:
    found = evaluate_reader.reader_report(
        [
            read_as("Who left?", 10, 1.0, 1.0),
            read_as("Who came?", 49, 0.0, 0.5),
            read_as("When was it?", 50, 1.0, 1.0),
            read_as("Who saw it?", 399, 0.0, 0.0),
            read_as("Why?", 400, 0.0, 0.25),
        ]
    )
    assert found == ReadingReport(
        questions=5,
        exact=0.4,
        f1=0.55,
        by_question=(
            Group("who", 3, 1 / 3, 0.5),
            Group("when", 1, 1.0, 1.0),
            Group("why", 1, 0.0, 0.25),
        ),
        by_length=(
            Group("0–49 words", 2, 0.5, 0.75),
            Group("50–99 words", 1, 1.0, 1.0),
            Group("200–399 words", 1, 0.0, 0.0),
            Group("from 400 words", 1, 0.0, 0.25),
        ),
        unanswerable=0,
        threshold_f1=None,
        threshold=None,
        answerability=None,
    )


def test_report_of_reading_where_some_have_no_answer() -> None:
    none = Read(example("Why?", "w w"), "w", 1.5, 0.0, 0.0)
    found = evaluate_reader.reader_report(
        [
            read_as("Who left?", 10, 0.0, 0.75, score=3.0),
            none,
            read_as("Who came?", 10, 0.0, 0.5, score=1.0),
            # Nothing was quoted, which is right here and stays right below any bound but the lowest.
            Read(example("Where?", "w w"), "", -math.inf, 1.0, 1.0),
        ]
    )
    assert (found.questions, found.unanswerable) == (4, 2)
    # Over those that have an answer alone.
    assert (found.exact, found.f1) == (0.0, 0.625)
    assert [group.name for group in found.by_question] == ["who"]
    # From 3 on: 0.75 for the first, 0 for the third, 1 for each of the others.
    assert (found.threshold, found.threshold_f1) == (3.0, 2.75 / 4)
    # Of the four pairs only (third, second) is the wrong way round.
    assert found.answerability == 0.75


def test_a_report_needs_an_answer() -> None:
    with pytest.raises(ValueError, match="no question here has an answer"):
        evaluate_reader.reader_report([Read(example("Why?", "w"), "", 0.0, 1.0, 1.0)])


def test_read_all_scores_each_best_quote() -> None:
    rain = "Heavy rain fell on Tuesday. The river rose by two metres. Nobody was hurt."
    asked = [
        example("How many metres did the river rise?", rain, "The river rose by two metres."),
        example("How many metres did the river rise?", rain, "two metres"),
        example("How many metres did the river rise?", rain),
        example("Who left?", ""),
    ]
    told: list[int] = []
    reader = SentenceReader(FakeEncoder())
    found = evaluate_reader.read_gold(reader, asked, told.append)
    assert told == [1, 2, 3, 4]
    assert [(one.answer, one.exact, one.f1) for one in found] == [
        ("The river rose by two metres.", 1.0, 1.0),
        # Of five words without the article two are right, and both of the right ones are there.
        ("The river rose by two metres.", 0.0, pytest.approx(4 / 7)),
        ("The river rose by two metres.", 0.0, 0.0),
        ("", 1.0, 1.0),
    ]
    text = document(rain)
    [best, *_] = reader.read(parse(asked[0].question), [text.span(0, len(rain))])
    assert [one.score for one in found] == [best.score] * 3 + [-math.inf]
    assert [one.example for one in found] == asked


# Somebody's own questions.


def questions(path: Path, text: str | bytes) -> list[Question]:
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_questions(path)


def test_questions_from_csv(tmp_path: Path) -> None:
    text = (
        "question,answer,note\n"
        "Who left?,Kim,sure\n"
        " When? , May 1998 |1998| ,\n"
        '"Who, if any, ""stayed""?","Lee, Ann",\n'
        "Why?,,\n"
        "\n"
        "Where?, | ,\n"
        'What?,"two\nlines",\n'
    )
    expected = [
        Question("Who left?", ("Kim",)),
        Question("When?", ("May 1998", "1998")),
        Question('Who, if any, "stayed"?', ("Lee, Ann",)),
        Question("Why?", ()),
        Question("Where?", ()),
        Question("What?", ("two\nlines",)),
    ]
    assert questions(tmp_path / "q.csv", text) == expected
    # As a spreadsheet writes it.
    dressed = b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode()
    assert questions(tmp_path / "q.csv", dressed) == expected


def test_the_columns_may_stand_in_any_order(tmp_path: Path) -> None:
    found = questions(tmp_path / "q.csv", "id,answer,question\n1,Kim,Who left?\n2,,Why?\n")
    assert found == [Question("Who left?", ("Kim",)), Question("Why?", ())]


def test_questions_from_json_lines(tmp_path: Path) -> None:
    rows = [
        ({"question": " Who left? ", "answer": " Kim "}, Question("Who left?", ("Kim",))),
        # A text in JSON is one answer, whatever it holds.
        ({"question": "Which?", "answer": "a | b"}, Question("Which?", ("a | b",))),
        ({"question": "Why?", "answer": None}, Question("Why?", ())),
        ({"question": "Why?", "answer": ""}, Question("Why?", ())),
        ({"question": "When?", "answers": ["1998", "", "May"]}, Question("When?", ("1998", "May"))),
        ({"question": "Where?", "answers": []}, Question("Where?", ())),
        (
            {"question": "Who?", "context": "Kim", "answers": [{"text": "Kim", "start": 0}]},
            Question("Who?", ("Kim",)),
        ),
        ({"question": "Who?", "answer": {"text": "Kim"}}, Question("Who?", ("Kim",))),
    ]
    text = "\n" + "\r\n\n".join(json.dumps(row) for row, _ in rows) + "\n"
    expected = [question for _, question in rows]
    assert questions(tmp_path / "q.jsonl", text) == expected
    assert questions(tmp_path / "q.csv", "\ufeff" + text) == expected


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("Who left?,Kim\nWhen?,1998\n", "'question'"),
        ("question,answers\nWho left?,Kim\n", "'answer'"),
        ("question;answer\nWho left?;Kim\n", "'question'"),
        ("question,answer\n,Kim\n", "The question is empty"),
        ("question,answer\nWho?,Kim\nWho, if any?,Kim\n", "line 3 has too many cells"),
        ('{"question": "Who?"}', "'answer'"),
        ('{"answer": "Kim"}', "'question'"),
        ('{"question": "Who?", "answer": "Kim"}\n{"question"', "Expecting ':'"),
        ('{"question": 5, "answer": "Kim"}', "'int' object"),
        ('{"question": "Who?", "answer": 5}', "'int' object"),
        ('{"question": "Who?", "answers": [5]}', "'int' object"),
        # As data sets have it: two lists, not the names of two answers.
        (
            '{"question": "Who?", "answers": {"text": ["Kim"], "answer_start": [0]}}',
            "'list' object",
        ),
        ('{"question": "???", "answer": null}', "The question is empty"),
        ('{"question": "Who?", "answer": "Kim"}\n[]', "list indices"),
        ("é,".encode("utf-16"), "it is not UTF-8 text"),
    ],
)
def test_questions_that_cannot_be_read(tmp_path: Path, text: str | bytes, says: str) -> None:
    path = tmp_path / "q.csv"
    with pytest.raises(ExampleError) as caught:
        questions(path, text)
    message = str(caught.value)
    assert message.startswith(f"The questions in {str(path)!r} cannot be read (")
    assert message.endswith(
        'Use CSV with the columns question and answer, or JSON lines {"question": …, "answer": …}.'
    )
    assert says in message
    assert "\n" not in message


@pytest.mark.parametrize("text", ["", "\n", "question,answer\n"])
def test_a_file_without_questions_is_an_error(tmp_path: Path, text: str) -> None:
    with pytest.raises(ExampleError) as caught:
        questions(tmp_path / "q.csv", text)
    assert str(caught.value) == f"{str(tmp_path / 'q.csv')!r} contains no questions."


def test_a_missing_file_of_questions_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ExampleError, match=r"missing\.csv. cannot be read \(no such file"):
        read_questions(tmp_path / "missing.csv")


@pytest.mark.parametrize(
    ("right", "said", "outcome"),
    [
        (["Kim"], "Kim", Outcome.RIGHT),
        (["Lee", "Kim"], "the KIM.", Outcome.RIGHT),
        # A whole sentence that gives it.
        (["two metres"], "On Tuesday the river rose by two metres.", Outcome.RIGHT),
        # Half of the words are shared.
        (["President Kim Lee"], "Kim Lee of Rome", Outcome.RIGHT),
        (["President Kim Lee"], "Kim of Rome", Outcome.WRONG),
        (["man"], "many mandates", Outcome.WRONG),
        (["Kim"], "Lee", Outcome.WRONG),
        # What normalises to nothing is in nothing.
        (["the"], "the Lee", Outcome.WRONG),
        # What says the contrary is no right answer.
        (["red"], "not red", Outcome.WRONG),
        (["1998"], "not in 1998 but in 2001", Outcome.WRONG),
        (["not red"], "not red", Outcome.RIGHT),
        (["Kim"], "", Outcome.MISSED),
        ([], "Kim", Outcome.FALSE),
        ([], "", Outcome.RIGHTLY_SILENT),
    ],
)
def test_what_came_of_a_question(right: list[str], said: str, outcome: Outcome) -> None:
    given = answer(said) if said else answer()
    assert judge(Question("Who?", tuple(right)), given) is outcome


def test_only_the_best_quote_is_judged() -> None:
    asked = Question("Who?", ("Kim",))
    assert judge(asked, answer("Lee", "Kim")) is Outcome.WRONG
    assert judge(asked, answer("Kim", "Lee")) is Outcome.RIGHT


def test_own_questions_are_asked_of_own_documents(folder: Path, encoder: FakeEncoder) -> None:
    asked = [
        Question("How many metres did the river rise?", ("two metres", "2 m")),
        Question("When did the tunnel open?", ("on Thursday",)),
        Question("What is the price of bread?", ()),
        Question("Who was hurt?", ("nobody",)),
    ]
    told: list[int] = []
    reader = SentenceReader(encoder)
    with Assistant.open(folder, encoder=encoder, reader=reader) as assistant:
        free = ask_own(assistant, asked, min_confidence=0, progress=told.append)
        sure = ask_own(assistant, asked, min_confidence=1)
        one_read = ask_own(assistant, asked, k=1)
    assert told == [1, 2, 3, 4]
    assert [one.question for one in free] == asked
    assert [one.outcome for one in free] == [
        Outcome.RIGHT,
        Outcome.WRONG,
        Outcome.FALSE,
        Outcome.RIGHT,
    ]
    assert [one.answer.text for one in free][:2] == [
        "The river rose by two metres.",
        "The tunnel opened on Wednesday.",
    ]
    assert [one.outcome for one in sure] == [
        Outcome.MISSED,
        Outcome.MISSED,
        Outcome.RIGHTLY_SILENT,
        Outcome.MISSED,
    ]
    assert [len(one.answer.hits) for one in one_read] == [1] * 4


# Whole answers, with their documents and without.

CONTEXTS = [
    "Heavy rain fell on the valley on Tuesday. The river rose by two metres. Nobody was hurt.",
    "The sun shone on the coast all week. Beaches were full. Ice cream sold out by noon.",
    "The tunnel opened on Wednesday. Trains cross the mountain in twenty minutes now.",
    "A cat named Tom climbed the town hall. Firemen fetched it with a ladder.",
    "The baker raised the price of bread to four coins. Customers complained loudly.",
    "Astronomers photographed the moon from a balloon. Their camera weighed nine grams.",
]
OTHER = "An essay on nothing at all."
ASKED = [
    ("How many metres did the river rise?", "The river rose by two metres."),
    ("What sold out by noon on the coast?", "Ice cream sold out by noon."),
    ("When did the tunnel open?", "The tunnel opened on Wednesday."),
    ("Who fetched the cat with a ladder?", "Firemen fetched it with a ladder."),
    # Half of what the sentence says, so its F1 is no 1.
    ("What price of bread did the baker raise?", "price of bread to four coins"),
    ("What weighed nine grams?", "Their camera weighed nine grams."),
]
EXAMPLES = [
    example(question, context, right)
    for (question, right), context in zip(ASKED, CONTEXTS, strict=True)
]


def test_a_collection_is_its_texts_and_goes_away() -> None:
    encoder = FakeEncoder()
    odd = "# No heading\r\n\n<b>No tag</b>, *no* emphasis. Ünïcode 東京."
    with collection([*CONTEXTS, odd, CONTEXTS[0]], encoder, SentenceReader(encoder)) as made:
        root = made.assistant.root
        assert made.ids == {text: f"{i:06}.txt" for i, text in enumerate([*CONTEXTS, odd])}
        assert all((root / made.ids[text]).read_bytes().decode() == text for text in made.ids)
        texts = {one.id: one.text for one in made.assistant.documents()}
        assert texts == {
            **{made.ids[text]: text for text in CONTEXTS},
            made.ids[odd]: odd.replace("\r\n", "\n"),
        }
    assert not root.exists()


def test_what_is_removed_is_gone() -> None:
    encoder = FakeEncoder()
    with collection(CONTEXTS, encoder, SentenceReader(encoder)) as made:
        before = [made.assistant.ask(one.question, min_confidence=0) for one in EXAMPLES]
        assert [one.citations[0].document.text for one in before] == CONTEXTS
        gone, left = CONTEXTS[::2], CONTEXTS[1::2]
        made.remove(gone)
        assert [one.text for one in made.assistant.documents()] == left
        assert [(made.assistant.root / made.ids[text]).exists() for text in CONTEXTS] == [
            False,
            True,
        ] * 3
        for one in EXAMPLES:
            found = made.assistant.ask(one.question, k=50, min_confidence=0)
            read = {hit.passage.document.text for hit in found.hits}
            quoted = {citation.document.text for citation in (*found.citations, *found.closest)}
            assert read == set(left)
            assert quoted <= set(left)
        made.remove(left[:2])
        assert [one.text for one in made.assistant.documents()] == left[2:]


def test_half_of_the_contexts() -> None:
    twice = [*EXAMPLES, *EXAMPLES]
    found = half(twice, seed=3)
    assert found == half(EXAMPLES, seed=3)
    assert (len(found), len(set(found))) == (3, 3)
    assert set(found) < set(CONTEXTS)
    assert len({frozenset(half(EXAMPLES, seed=seed)) for seed in range(20)}) > 1
    assert len(half(EXAMPLES[:5], seed=0)) == 2
    assert half(EXAMPLES[:1], seed=0) == []


def ask_both(k: int = 8, seed: int = 0) -> tuple[list[Asked], int]:
    encoder = FakeEncoder()
    # One of the others is a context, too, and counts once.
    others = [OTHER, CONTEXTS[2]]

    def ask(
        made: Collection, some: Sequence[Example], there: bool, tell: Callable[[int], None]
    ) -> list[Asked]:
        return ask_all(made.assistant, made.ids, some, there=there, k=k, progress=tell)

    both = benchmark_index.ask_both(
        EXAMPLES, others, encoder, SentenceReader(encoder), ask, seed=seed
    )
    return [*both.there, *both.absent], both.documents


def test_end_to_end(capfd: pytest.CaptureFixture[str]) -> None:
    asked, documents = ask_both()
    assert capfd.readouterr() == ("", "")
    assert documents == 7
    there, absent = asked[:6], asked[6:]

    assert [one.example for one in there] == EXAMPLES
    assert [one.there for one in asked] == [True] * 6 + [False] * 3
    assert [one.document for one in there] == [f"{i:06}.txt" for i in range(6)]
    assert [one.exact for one in there] == [1, 1, 1, 1, 0, 1]
    # The sentence has eight words without the article, of which six are the right ones.
    assert [one.f1 for one in there] == [1, 1, 1, 1, pytest.approx(2 * 6 / (8 + 6)), 1]
    assert [one.right for one in there] == [True] * 6
    assert all(one.from_right and one.read_right for one in there)

    gone = half(EXAMPLES, seed=0)
    assert [one.example for one in absent] == [one for one in EXAMPLES if one.context in gone]
    for one in absent:
        # Of all that is read and quoted nothing is of a document that was taken out.
        assert not {hit.passage.document.text for hit in one.answer.hits} & set(gone)
        assert (one.exact, one.f1, one.right) == (0, 0, False)
        assert (one.from_right, one.read_right) == (False, False)
        assert one.answer.text not in one.example.texts
    assert all(one.quotes == one.true_quotes == len(one.answer.citations) > 0 for one in asked)
    assert all(one.seconds > 0 for one in asked)


def test_the_report_of_end_to_end() -> None:
    asked, documents = ask_both()
    found = end_to_end.end_to_end_report(asked, documents=documents, min_confidence=0.5)
    there = [one.answer.confidence for one in asked[:6]]
    absent = [one.answer.confidence for one in asked[6:]]
    assert (found.questions, found.documents, found.absent) == (6, 7, 3)
    assert found.true_quotes == 1.0
    assert found.citations == sum(one.quotes for one in asked)
    assert found.exact == pytest.approx(5 / 6)
    assert found.f1 == pytest.approx((5 + 12 / 14) / 6)
    assert (found.right_document, found.retrieved) == (1.0, 1.0)
    assert found.answered == sum(one >= 0.5 for one in there) / 6
    assert found.right_of_answered == 1.0
    assert found.false_answers == sum(one >= 0.5 for one in absent) / 3 == 0.0
    # With no bound each question without its document is answered, which is false.
    free = end_to_end.end_to_end_report(asked, documents=documents, min_confidence=0.0)
    assert (free.answered, free.right_of_answered, free.false_answers) == (1.0, 1.0, 1.0)
    # The six right ones are the surest, so all of the risk comes at the end.
    assert min(there) > max(absent)
    assert found.risk.risk.tolist() == pytest.approx([0] * 6 + [1 / 7, 2 / 8, 3 / 9])
    assert sum(one.count for one in found.reliability) == 9


def test_only_what_is_read_can_answer() -> None:
    asked, _ = ask_both(k=1)
    assert [len(one.answer.hits) for one in asked] == [1] * 9
    for one in asked:
        assert one.read_right == (one.answer.hits[0].passage.document.id == one.document)
        assert one.from_right <= one.read_right


def test_the_same_seed_asks_the_same() -> None:
    def plain(asked: list[Asked]) -> list[tuple[str, bool, str, float]]:
        return [(a.example.question, a.there, a.answer.text, a.answer.confidence) for a in asked]

    assert plain(ask_both(seed=1)[0]) == plain(ask_both(seed=1)[0])
    assert {one.example.question for one in ask_both(seed=1)[0][6:]} == {
        one.question for one in EXAMPLES if one.context in half(EXAMPLES, seed=1)
    }


def test_a_question_without_its_document_has_no_right_answer() -> None:
    encoder = FakeEncoder()
    # The same words in another document would be right if they were asked for.
    with collection(CONTEXTS, encoder, SentenceReader(encoder)) as made:
        [found] = ask_all(made.assistant, made.ids, EXAMPLES[:1], there=False)
    assert found.answer.text == ASKED[0][1]
    assert (found.there, found.exact, found.f1, found.right) == (False, 0.0, 0.0, False)


def test_ask_all_tells_how_many_are_done() -> None:
    encoder = FakeEncoder()
    told: list[int] = []
    with collection(CONTEXTS[:2], encoder, SentenceReader(encoder)) as made:
        found = ask_all(made.assistant, made.ids, EXAMPLES[:2], progress=told.append)
    assert told == [1, 2]
    assert [one.answer.text for one in found] == [right for _, right in ASKED[:2]]


NO_RISK = RiskCoverage(np.zeros(0), np.zeros(0), 0.0)


def test_report_of_answering_by_hand() -> None:
    asked = [
        asked_as(0.9, f1=1.0, exact=1.0, quotes=2),
        asked_as(0.6, f1=0.5),
        asked_as(0.5, f1=0.4),
        asked_as(0.1),
        asked_as(0.5, there=False),
        asked_as(0.2, there=False, quotes=0),
    ]
    asked[3] = replace(asked[3], true_quotes=0, read_right=False, seconds=2.0)
    near = [asked_as(confidence, there=False) for confidence in (0.8, 0.6, 0.4)]
    found = end_to_end.end_to_end_report(asked, documents=11, min_confidence=0.5, near=near)
    assert replace(found, reliability=(), risk=NO_RISK) == AnsweringReport(
        questions=4,
        documents=11,
        exact=0.25,
        f1=pytest.approx(1.9 / 4),  # type: ignore[arg-type]
        right_document=0.75,
        retrieved=0.75,
        citations=6,
        true_quotes=5 / 6,
        min_confidence=0.5,
        answered=0.75,
        # From an F1 of 0.5 on it counts as right.
        right_of_answered=2 / 3,
        absent=2,
        false_answers=0.5,
        near=3,
        false_near=2 / 3,
        high_near=1 / 3,
        words=(Said(Sureness.HIGH, 1, 1.0), Said(Sureness.MEDIUM, 3, 1 / 3)),
        # Each in a bin of its own, but for the two of 0.5.
        calibration_error=pytest.approx((0.1 + 0.4 + 2 * 0.5 + 0.1 + 0.2) / 6),  # type: ignore[arg-type]
        reliability=(),
        risk=NO_RISK,
        median_s=0.1,
        slow_s=pytest.approx(0.1 + 0.75 * 1.9),  # type: ignore[arg-type]
    )
    assert found.reliability == (
        Bin(1, 0.1, 0.0),
        Bin(1, 0.2, 0.0),
        Bin(2, 0.5, 0.0),
        Bin(1, 0.6, 1.0),
        Bin(1, 0.9, 1.0),
    )
    # The surest first: two right ones, then only wrong ones.
    assert found.risk.risk.tolist() == pytest.approx([0, 0, 1 / 3, 2 / 4, 3 / 5, 4 / 6])


def test_near_misses_are_asked_while_their_documents_are_there() -> None:
    encoder = FakeEncoder()
    there: list[bool] = []

    def ask(
        made: Collection, some: Sequence[Example], is_there: bool, tell: Callable[[int], None]
    ) -> list[str]:
        there.append((made.assistant.root / made.ids[some[0].context]).exists())
        return [one.question for one in some]

    reader = SentenceReader(encoder)
    both = benchmark_index.ask_both(
        EXAMPLES[:2], [], encoder, reader, ask, seed=0, near=EXAMPLES[1:2]
    )
    assert both.near == [EXAMPLES[1].question]
    assert there == [True, True, False]


def test_a_report_of_one_kind_only() -> None:
    found = end_to_end.end_to_end_report([asked_as(0.9, there=False, quotes=0)], documents=1)
    assert (found.questions, found.exact, found.answered, found.right_of_answered) == (0, 0, 0, 0)
    assert (found.citations, found.true_quotes, found.false_answers) == (0, 1.0, 1.0)
    found = end_to_end.end_to_end_report([asked_as(0.9, f1=1.0)], documents=1)
    assert (found.absent, found.false_answers, found.answered) == (0, 0.0, 1.0)
