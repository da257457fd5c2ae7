"""What `qa eval` prints, and its diagrams."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from qa.evaluation import end_to_end, reports
from qa.evaluation.end_to_end import AnsweringReport, Said
from qa.evaluation.metrics import Bin, risk_coverage
from qa.evaluation.own_questions import Judged, Outcome, Question
from qa.evaluation.plots import draw
from qa.evaluation.reader import Group, ReadingReport
from qa.evaluation.retrieval import METRICS, RetrievalReport
from qa.reader.sentence_reader import SentenceReader
from qa.render.text import plain_json
from qa.types import Sureness
from tests.support.fakes import FakeEncoder
from tests.support.made import answer, asked_as

ANSWERING = AnsweringReport(
    questions=1234,
    documents=5678,
    exact=0.111,
    f1=0.222,
    right_document=0.333,
    retrieved=0.444,
    citations=2345,
    true_quotes=1.0,
    min_confidence=0.4,
    answered=0.555,
    right_of_answered=0.666,
    absent=617,
    false_answers=0.0777,
    near=98,
    false_near=0.123,
    high_near=0.045,
    words=(Said(Sureness.HIGH, 321, 0.95), Said(Sureness.LOW, 7, 0.5)),
    calibration_error=0.0888,
    reliability=(Bin(1000, 0.25, 0.21), Bin(851, 0.85, 0.91)),
    risk=risk_coverage([0.9, 0.8, 0.1], [True, False, True]),
    median_s=0.0123,
    slow_s=0.4567,
)


def squeezed(lines: Sequence[str]) -> list[str]:
    """Without the spaces of the columns."""
    return [" ".join(line.split()) for line in lines]


def test_lines_of_answering() -> None:
    lines = reports.answering_lines(ANSWERING)
    assert squeezed(lines) == [
        "1,234 questions to 5,678 documents",
        "EM of the best quote 11.1",
        "F1 of the best quote 22.2",
        "right document among those read 44.4%",
        "best quote from the right document 33.3%",
        "citations equal to their slice 100.0% of 2,345",
        "answered at a confidence of 0.4 or more 55.5%",
        "of these right 66.6%",
        "false answers to 617 questions without their document 7.8%",
        "false answers to 98 near misses 12.3%",
        "with high confidence 4.5%",
        "calibration error (ECE, 10 bins) 0.089",
        # The risks are 0, 1/2 and 1/3.
        "area under risk and coverage 0.278",
        "time per question, median 12 ms",
        "time per question, 95th percentile 457 ms",
        "",
        "confidence answers right",
        "0.25 1,000 0.21",
        "0.85 851 0.91",
        "",
        "shown as answers right",
        "high 321 0.95",
        "low 7 0.50",
    ]
    assert {len(line) for line in lines[1:15]} == {72}, "the figures stand in one column"


def test_near_misses_that_were_not_asked_are_not_named() -> None:
    lines = reports.answering_lines(replace(ANSWERING, near=0))
    assert not [line for line in lines if "near misses" in line]


def test_values_of_answering_are_json() -> None:
    values = json.loads(plain_json(reports.answering_values(ANSWERING)))
    assert set(values) == set(AnsweringReport.__slots__)
    assert values["exact"] == 0.111
    assert values["reliability"] == [
        {"count": 1000, "confidence": 0.25, "accuracy": 0.21},
        {"count": 851, "confidence": 0.85, "accuracy": 0.91},
    ]
    assert values["words"] == [
        {"word": "high", "count": 321, "right": 0.95},
        {"word": "low", "count": 7, "right": 0.5},
    ]
    assert values["risk"] == {
        "coverage": pytest.approx([1 / 3, 2 / 3, 1]),
        "risk": pytest.approx([0, 1 / 2, 1 / 3]),
        "area": pytest.approx(5 / 18),
    }


READING = ReadingReport(
    questions=1300,
    exact=0.612,
    f1=0.734,
    by_question=(Group("who", 1000, 0.7, 0.8), Group("how many", 200, 0.1, 0.25)),
    by_length=(Group("0–49 words", 1200, 0.612, 0.734),),
    unanswerable=100,
    threshold_f1=0.7055,
    threshold=-1.25,
    answerability=0.9014,
)


def test_lines_of_reading() -> None:
    lines = reports.reading_lines(READING)
    assert squeezed(lines) == [
        "questions EM F1",
        "all 1,200 61.2 73.4",
        "",
        "by question word questions EM F1",
        "who 1,000 70.0 80.0",
        "how many 200 10.0 25.0",
        "",
        "by length of the passage questions EM F1",
        "0–49 words 1,200 61.2 73.4",
        "",
        "100 questions have no answer: best-threshold F1 70.5 (at a score of -1.25), AUROC 0.901",
    ]
    all_answered = replace(
        READING, unanswerable=0, threshold_f1=None, threshold=None, answerability=None
    )
    assert squeezed(reports.reading_lines(all_answered))[:2] == [
        "questions EM F1",
        "all 1,300 61.2 73.4",
    ]
    assert reports.reading_lines(all_answered)[-1].startswith("0–49 words")


def test_lines_of_retrieval() -> None:
    def report(name: str, first: float, second: float) -> RetrievalReport:
        ways = {
            way: {metric: value + i / 100 for i, metric in enumerate(METRICS)}
            for way, value in (("BM25", first), ("reciprocal rank", second))
        }
        return RetrievalReport(name, 1400, 2100, 225, ways)

    lines = reports.retrieval_lines([report("cranfield", 0.4, 0.6), report("a\x1b-set", 0.1, 0)])
    assert squeezed(lines) == [
        "nDCG@10 cranfield a\\x1b-set mean",
        "BM25 0.400 0.100 0.250",
        "reciprocal rank 0.600 0.000 0.300",
        "",
        "cranfield: 1,400 documents, 2,100 passages, 225 queries",
        "nDCG@10 R@10 R@100 RR@10 AP",
        "BM25 0.400 0.410 0.420 0.430 0.440",
        "reciprocal rank 0.600 0.610 0.620 0.630 0.640",
        "",
        "a\\x1b-set: 1,400 documents, 2,100 passages, 225 queries",
        "nDCG@10 R@10 R@100 RR@10 AP",
        "BM25 0.100 0.110 0.120 0.130 0.140",
        "reciprocal rank 0.000 0.010 0.020 0.030 0.040",
    ]


def judged() -> list[Judged]:
    rows = [
        (Question("Who left?", ("Kim",)), answer("Kim"), Outcome.RIGHT),
        (
            Question("Who\nleft?", ("Kim", "Ann")),
            answer("Lee\nRoe", confidence=0.612),
            Outcome.WRONG,
        ),
        (Question("When?", ("1998",)), answer(confidence=0.1), Outcome.MISSED),
        (Question("Why?", ()), answer("Rain"), Outcome.FALSE),
        (Question("Where?", ()), answer(confidence=0.05), Outcome.RIGHTLY_SILENT),
        (Question("Who came?", ("Roe",)), answer("Roe"), Outcome.RIGHT),
    ]
    return [Judged(*row) for row in rows]


def test_lines_of_own_questions() -> None:
    assert reports.own_lines(judged()) == [
        "3 of 6 right (50%)",
        "  right: 2",
        "  rightly no answer: 1",
        "  wrong: 1",
        "  no answer, though there is one: 1",
        "  an answer, though there is none: 1",
        "",
        "wrong: Who left?",
        "    answered “Lee Roe” (0.61); right: Kim | Ann",
        "",
        "no answer, though there is one: When?",
        "    no answer (0.10); right: 1998",
        "",
        "an answer, though there is none: Why?",
        "    answered “Rain” (0.80); right: not in the documents",
    ]


def test_values_of_own_questions() -> None:
    assert json.loads(plain_json(reports.own_values(judged())))[1:3] == [
        {
            "question": "Who\nleft?",
            "answers": ["Kim", "Ann"],
            "said": "Lee\nRoe",
            "confidence": 0.612,
            "outcome": "wrong",
        },
        {
            "question": "When?",
            "answers": ["1998"],
            "said": "",
            "confidence": 0.1,
            "outcome": "no answer, though there is one",
        },
    ]


def test_what_a_number_was_made_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "q.csv"
    file.write_bytes(b"question,answer\n")
    digest = hashlib.sha256(b"question,answer\n").hexdigest()
    monkeypatch.setattr("sys.argv", ["/bin/qa", "eval", "own", "my articles", "q.csv"])
    encoder = FakeEncoder()
    reader = SentenceReader(encoder)
    made = reports.made_by([file, tmp_path, tmp_path / "missing"], encoder, reader)
    assert made == {
        "command": "qa eval own 'my articles' q.csv",
        "version": made["version"],
        "files": {str(file): digest},
        "encoder": {"name": "fake-ffff", "sha256": "f" * 64},
        "reader": {"name": "sentences", "sha256": reader.sha256},
    }
    assert reports.made_by_lines(made) == [
        "made by: qa eval own 'my articles' q.csv",
        f"with corpus-qa {made['version']}, encoder fake-ffff ({'f' * 12}), "
        f"reader sentences ({reader.sha256[:12]}), {file} ({digest[:12]})",
    ]
    assert set(reports.made_by([])) == {"command", "version", "files"}


def test_reports_are_plain_values() -> None:
    assert json.loads(plain_json(asdict(READING)))["by_question"][1] == {
        "name": "how many",
        "count": 200,
        "exact": 0.1,
        "f1": 0.25,
    }


# Diagrams.


def test_diagrams(tmp_path: Path) -> None:
    folder = tmp_path / "plots" / "new"
    drawn = draw(ANSWERING, folder)
    assert drawn == [folder / "reliability.svg", folder / "risk-coverage.svg"]
    assert sorted(folder.iterdir()) == sorted(drawn)
    titles = ["Reliability (ECE 0.089)", "Risk and coverage (area 0.278)"]
    for path, title in zip(drawn, titles, strict=True):
        text = path.read_text("utf-8")
        assert ElementTree.fromstring(text).tag == "{http://www.w3.org/2000/svg}svg"
        assert title in text


def test_the_same_figures_make_the_same_diagrams(tmp_path: Path) -> None:
    for one, other in zip(
        draw(ANSWERING, tmp_path / "one"), draw(ANSWERING, tmp_path / "other"), strict=True
    ):
        assert one.read_bytes() == other.read_bytes()


def test_diagrams_of_a_single_answer(tmp_path: Path) -> None:
    found = end_to_end.end_to_end_report([asked_as(0.9, f1=1.0)], documents=1)
    for path in draw(found, tmp_path):
        ElementTree.fromstring(path.read_text("utf-8"))
