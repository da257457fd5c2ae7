"""`qa train`, `export`, `calibrate` and `eval`, one after the other, as a person would run them."""

import json
import os
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from qa.evaluation.datasets import Example, read_examples
from qa.reader.confidence.calibrated import FILE_NAME
from qa.training.trainer import Training, computes_in_bf16
from tests.support.made import synthetic
from tests.support.terminals import Qa
from tests.support.tiny_models import save_distinct_bert, save_encoder

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("one_thread")]


@dataclass(frozen=True)
class Made:
    """Tiny models, and a file of questions."""

    start: Path
    encoder: Path
    questions: Path


def line(example: Example) -> str:
    answers = [
        {"text": text, "start": start}
        for text, (start, _) in zip(example.texts, example.answers, strict=True)
    ]
    return json.dumps(
        {
            "id": example.id,
            "question": example.question,
            "context": example.context,
            "answers": answers,
        }
    )


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    folder = tmp_path_factory.mktemp("made")
    questions = folder / "questions.jsonl"
    questions.write_text("\n".join(map(line, synthetic(80))) + "\n", "utf-8")
    start = save_distinct_bert(folder / "start")
    return Made(start, save_encoder(folder / "encoder"), questions)


def test_from_questions_to_a_measured_reader(qa: Qa, made: Made, tmp_path: Path) -> None:
    trained, small = tmp_path / "trained", tmp_path / "small"
    ran = qa(
        *("train", made.questions, "--out", trained, "--start", made.start, "--negatives", 0),
        *(
            "--epochs",
            12,
            "--learning-rate",
            0.01,
            "--batch-tokens",
            512,
            "--held-out",
            0.2,
            "--typed",
            0,
        ),
    )
    assert ran.code == 0, ran.err
    # It knows which share was held out.
    assert ran.out == f"The reader is in {trained}. Next: qa calibrate {trained} {made.questions}\n"
    said = ran.err.splitlines()
    record = json.loads((trained / "training.json").read_text("utf-8"))
    kept = record["examples"]
    # Half precision only where the machine computes in it.
    assert record["recipe"]["bf16"] == computes_in_bf16()
    assert said[0] == f"{kept} questions to train on, {80 - kept} held out, on cpu"
    # Measured while it learns, and once more at the end.
    assert sum(one.startswith("Held out: EM ") for one in said) >= 5
    assert not (trained / "checkpoint.safetensors").exists()

    ran = qa("export", trained, small)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith(f"Written: {small / 'model.onnx'} (")

    ran = qa(*("calibrate", small, made.questions, "--encoder", made.encoder, "-k", 4))
    assert ran.code == 0, ran.err
    assert "questions with their document" in ran.out
    assert json.loads((small / FILE_NAME).read_text("utf-8"))["k"] == 4

    # What an older version wrote is refused by all but this command.
    (small / FILE_NAME).write_text('{"bias": 0, "weights": {}}', "utf-8")
    again = qa(*("calibrate", small, made.questions, "--encoder", made.encoder, "-k", 4))
    assert (again.code, again.out) == (0, ran.out), again.err

    exact = {}
    for reader in (trained, small):
        ran = qa("eval", "reader", made.questions, "--reader", reader, "--json")
        assert ran.code == 0, ran.err
        found = json.loads(ran.out)
        exact[reader] = found["reader"]["exact"]
        assert found["made_by"]["reader"]["name"] == str(reader)
        assert found["reader"]["questions"] == 80
    # It learned, and eight bits hold what it learned.
    before = json.loads(qa("eval", "reader", made.questions, "--reader", made.start, "--json").out)
    assert exact[trained] > before["reader"]["exact"] + 0.2
    assert exact[small] == pytest.approx(exact[trained], abs=0.1)

    plots = tmp_path / "plots"
    ran = qa(
        *("eval", "answers", made.questions, "--encoder", made.encoder, "--reader", small),
        *("--plots", plots, "-k", 4),
    )
    assert ran.code == 0, ran.err
    assert "made by: qa eval answers " in ran.out
    drawn = sorted(plots.iterdir())
    assert [path.suffix for path in drawn] == [".svg", ".svg"]
    assert ran.err.splitlines() == [f"Drawn: {path}" for path in drawn]


def test_absent_questions_are_made(qa: Qa, made: Made) -> None:
    counts = []
    for flags in ([], ["--absent"]):
        ran = qa("eval", "reader", made.questions, "--reader", made.start, "--json", *flags)
        counts.append(json.loads(ran.out)["reader"])
    plain, absent = counts
    asked = [example for example in read_examples([made.questions]) if example.answers]
    # Each of these once more; the others have no answer to look out for.
    assert absent["questions"] == plain["questions"] + len(asked)
    assert (plain["unanswerable"], absent["unanswerable"]) == (20, 20 + len(asked))
    assert plain["exact"] == absent["exact"]


def test_own_questions(qa: Qa, made: Made, folder: Path, tmp_path: Path) -> None:
    questions = tmp_path / "own.csv"
    questions.write_text(
        "question,answer\nBy how many metres did the river rise?,two metres\nWho won?,\n", "utf-8"
    )
    ran = qa(
        *("eval", "own", folder, questions, "--encoder", made.encoder, "--reader", "sentences"),
        *("--min-confidence", 1.0),
    )
    assert ran.code == 0, ran.err
    assert "Who won?" not in ran.out, "rightly without an answer, so no mistake"
    assert "By how many metres did the river rise?" in ran.out
    assert "made by: qa eval own " in ran.out


def test_mistakes_are_one_line(qa: Qa, made: Made, tmp_path: Path) -> None:
    empty = tmp_path / "empty.jsonl"
    empty.write_text("", "utf-8")
    silent = tmp_path / "silent.jsonl"
    silent.write_text(line(Example("", "Who left?", "Kim left.", ())) + "\n", "utf-8")
    small = tmp_path / "small.jsonl"
    small.write_text(line(synthetic(2)[1]) + "\n", "utf-8")
    for words, says in (
        (["train", tmp_path / "no.jsonl", "--out", tmp_path / "o"], "cannot be read"),
        (["train", empty, "--out", tmp_path / "o"], "contains no questions"),
        (["train", made.questions, "--out", tmp_path / "o", "--start", empty], "empty.jsonl"),
        (["export", tmp_path / "no", tmp_path / "o"], "There is no folder"),
        (["export", made.start, made.start], "cannot be exported to itself"),
        (["calibrate", tmp_path / "no", made.questions], "is not a folder"),
        (["calibrate", made.start, small], "too few contexts"),
        (["eval", "reader", silent], "none of these questions has an answer"),
        (["eval", "answers", silent], "none of these questions has an answer"),
        (["eval", "retrieval", tmp_path, "--encoder", made.encoder], "BEIR"),
        (["eval", "own", tmp_path, tmp_path / "no.csv"], "no.csv"),
    ):
        ran = qa(*words)
        assert (ran.code, ran.out) == (2, ""), words
        assert ran.err.startswith("qa: "), words
        assert says in ran.err, words
        assert ran.err.count("\n") == 1, words


def test_a_stopped_run_goes_on(
    qa: Qa, made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("train", made.questions, "--out", tmp_path / "o", "--start", made.start, "--epochs", 2)
    step, steps = Training._step, []

    def interrupted(self: Training, *given: Any) -> float:
        steps.append(1)
        if len(steps) == 2:
            os.kill(os.getpid(), signal.SIGINT)
        return step(self, *given)

    before = signal.getsignal(signal.SIGINT)
    with monkeypatch.context() as patch:
        patch.setattr(Training, "_step", interrupted)
        ran = qa(*words, "--batch-tokens", 256)
    assert signal.getsignal(signal.SIGINT) == before
    assert (ran.code, ran.out, len(steps)) == (130, "", 2)
    assert ran.err.splitlines()[1:] == [
        "Stopping after this step …",
        "qa: Stopped. Run the same command to continue from the last checkpoint.",
    ]
    ran = qa(*words)
    assert (ran.code, ran.out) == (2, "")
    assert "other examples, settings or weights" in ran.err
    ran = qa(*words, "--batch-tokens", 256)
    assert ran.code == 0, ran.err
    assert json.loads((tmp_path / "o" / "training.json").read_text("utf-8"))["steps"] > 2


def test_a_new_reader_has_no_old_confidence(qa: Qa, made: Made, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / FILE_NAME).write_text("{}", "utf-8")
    ran = qa("export", made.start, out)
    assert ran.code == 0, ran.err
    assert ran.out.endswith(f"Next: qa calibrate {out} FILES\n")
    assert not (out / FILE_NAME).exists()


def test_an_unfitted_confidence_is_said(qa: Qa, made: Made, folder: Path) -> None:
    ran = qa("ask", folder, "Who?", "--encoder", made.encoder, "--reader", made.start)
    assert f"The confidence of {made.start} has not been calibrated" in ran.err


def test_where_nothing_can_be_written_is_said_at_once(qa: Qa, made: Made, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    ran = qa("train", made.questions, "--out", tmp_path / "file" / "o", "--start", made.start)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.splitlines()[-1].startswith(f"qa: {str(tmp_path / 'file' / 'o')!r}: ")
