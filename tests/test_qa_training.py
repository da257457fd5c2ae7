"""Training: that a run learns, stops and goes on."""

import hashlib
import json
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch

from corpus.errors import TrainingError
from corpus.types import Document, Metadata, Sourced
from qa.evaluation.datasets import Example
from qa.evaluation.metrics import exact_match
from qa.question import parse
from qa.reader.load import load_extractive_reader
from qa.training import trainer
from qa.training.checkpoint import Place
from qa.training.config import Recipe, Shares
from qa.training.model_io import finish
from qa.training.trainer import Training, TrainingProgress, _loss, _slope
from tests.support.made import synthetic
from tests.support.tiny_models import (
    NUMBERED,
    SIZE,
    save_bert_reader,
    save_bert_tokenizer,
    save_distinct_bert,
)

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("one_thread")]


@pytest.fixture(scope="module")
def bert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_bert_reader(tmp_path_factory.mktemp("bert"))


# The loss, and the learning rate.


def test_the_loss_is_that_of_the_right_tokens_together_among_the_possible() -> None:
    logits = np.array([[1.0, 2.0, -1.0, 0.5], [3.0, 0.0, 9.0, 9.0]], np.float32)
    right = [np.array([False, True, False, True]), np.array([True, False])]
    possible = [np.array([True, True, False, True]), np.array([True, True])]
    e = np.exp(logits.astype(float))
    first = -math.log((e[0, 1] + e[0, 3]) / (e[0, 0] + e[0, 1] + e[0, 3]))
    second = -math.log(e[1, 0] / (e[1, 0] + e[1, 1]))
    given = torch.tensor(logits, requires_grad=True)
    loss = _loss(given, right, possible)
    assert float(loss.detach()) == pytest.approx((first + second) / 2, abs=1e-6)
    loss.backward()
    # What may not be chosen, and what is padding, is pushed nowhere.
    gradient = given.grad.numpy()
    assert gradient[0, 2] == gradient[1, 2] == gradient[1, 3] == 0
    chosen = (
        e[0] * possible[0] / (e[0] * possible[0]).sum() - e[0] * right[0] / (e[0] * right[0]).sum()
    )
    assert gradient[0] == pytest.approx(chosen / 2, abs=1e-6)


@pytest.mark.parametrize(
    ("gone", "warm_up", "expected"),
    [
        (0.0, 0.1, 0.0),
        (0.05, 0.1, 0.5),
        (0.1, 0.1, 1.0),
        (0.55, 0.1, 0.5),
        (1.0, 0.1, 0.0),
        (0.0, 0.0, 1.0),
        (0.25, 0.0, 0.75),
    ],
)
def test_the_learning_rate_rises_and_falls(gone: float, warm_up: float, expected: float) -> None:
    assert _slope(gone, warm_up) == pytest.approx(expected)


# A run.


PLAIN = Shares(negatives=0, typed=0)
SHORT = Recipe(
    epochs=2,
    batch_tokens=256,
    learning_rate=1e-3,
    freeze_words=False,
    shares=Shares(0.3, (0.5, 0.5), 0.3),
)


def training(
    folder: Path, place: Path, recipe: Recipe = SHORT, examples: Sequence[Example] = ()
) -> Training:
    chosen = examples or synthetic()
    return Training(folder, chosen, recipe, checkpoint=place / "checkpoint.safetensors")


def weights(run: Training) -> dict[str, bytes]:
    return {name: w.numpy().tobytes() for name, w in run.model.model.state_dict().items()}


def right(run: Training, examples: Sequence[Example]) -> float:
    """The share of exact matches; a quote that scores below "no answer" is none."""
    reader = run.reader()
    total = 0.0
    for one in examples:
        text = Document(
            one.id, "", one.context, Metadata(Sourced("A title elsewhere", "file name"))
        )
        best = reader.read(parse(one.question), [text.span(0, len(one.context))])[:1]
        total += exact_match(best[0].quote.text if best and best[0].score > 0 else "", one.texts)
    return total / len(examples)


def test_a_run_learns_to_answer_and_to_be_silent(bert: Path, tmp_path: Path) -> None:
    recipe = Recipe(epochs=25, batch_tokens=512, learning_rate=2e-2, shares=PLAIN)
    run = training(bert, tmp_path, recipe)
    before = right(run, synthetic())
    moments: list[TrainingProgress] = []
    assert run.run(progress=moments.append)
    after = right(run, synthetic())
    assert before < 0.3
    assert after > 0.9
    losses = [moment.loss for moment in moments]
    assert losses[-1] < 0.2 * losses[0]
    assert [moment.step for moment in moments] == list(range(1, len(moments) + 1))
    gone = [moment.gone for moment in moments]
    assert gone == sorted(gone)
    assert (gone[0], run.place.block, run.place.step) == (0.0, 25, len(moments))


@pytest.mark.parametrize("steps", [1, 4, 9])
def test_a_run_that_was_killed_goes_on_exactly(
    bert: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, steps: int
) -> None:
    monkeypatch.setattr(trainer, "BLOCK", 16)
    whole = training(bert, tmp_path / "whole")
    assert whole.run(seconds_a_checkpoint=0)
    assert whole.place.step > 11

    killed = training(bert, tmp_path / "killed")
    assert not killed.run(stop=lambda: killed.place.step == steps)
    assert killed.place.step == steps

    def kill(moment: TrainingProgress) -> None:
        if moment.step == steps + 2:
            raise KeyboardInterrupt

    # What was done after the last checkpoint is lost, and done again.
    with pytest.raises(KeyboardInterrupt):
        killed.run(progress=kill)
    assert killed.place.step == steps + 2

    resumed = training(bert, tmp_path / "killed")
    moments: list[TrainingProgress] = []
    assert resumed.run(progress=moments.append)
    assert [m.step for m in moments] == list(range(steps + 1, whole.place.step + 1))
    assert weights(resumed) == weights(whole)
    assert weights(resumed) != weights(killed)
    assert replaced(resumed.place) == replaced(whole.place)


def replaced(place: Place) -> tuple[int, int, int]:
    return place.block, place.batch, place.step


def test_another_seed_trains_otherwise(bert: Path, tmp_path: Path) -> None:
    runs = []
    for number, seed in enumerate((0, 0, 1)):
        recipe = Recipe(epochs=1, batch_tokens=256, shares=SHORT.shares, seed=seed)
        runs.append(training(bert, tmp_path / str(number), recipe))
        runs[-1].run()
    assert weights(runs[0]) == weights(runs[1]) != weights(runs[2])


def stopped(folder: Path, place: Path) -> Training:
    run = training(folder, place)
    assert not run.run(stop=lambda: True)
    return run


def test_a_checkpoint_holds_tensors_and_words_and_no_code(bert: Path, tmp_path: Path) -> None:
    from safetensors import safe_open

    run = stopped(bert, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint.safetensors"]
    with safe_open(run.checkpoint, framework="np") as file:
        names = set(file.keys())
        held = {name[6:]: file.get_tensor(name) for name in names if name.startswith("model.")}
        place = json.loads(file.metadata()["place"])
    assert {name: array.tobytes() for name, array in held.items()} == weights(run)
    assert (place["block"], place["batch"], place["step"]) == (0, 1, 1)
    count = len(list(run.model.model.parameters()))
    assert names - {f"model.{name}" for name in held} == {
        f"optimiser.{number}.{name}"
        for number in range(count)
        for name in ("step", "exp_avg", "exp_avg_sq")
    }


def test_the_checkpoint_of_another_run_is_refused(bert: Path, tmp_path: Path) -> None:
    stopped(bert, tmp_path)
    larger = save_distinct_bert(tmp_path / "larger")
    # The same form, other weights.
    other_weights = training(bert, tmp_path / "elsewhere")
    other_weights.run()
    finish(other_weights, tmp_path / "trained", files=[], start=None, held_out=0, scores={})
    for other in (
        training(tmp_path / "trained", tmp_path),
        training(bert, tmp_path, Recipe(epochs=3)),
        training(bert, tmp_path, examples=synthetic(39)),
        training(larger, tmp_path),
    ):
        with pytest.raises(TrainingError) as caught:
            other.run()
        assert str(caught.value) == (
            f"{str(tmp_path / 'checkpoint.safetensors')!r} is the checkpoint of a run with other "
            "examples, settings or weights. Name another --out, or delete it to begin anew."
        )


@pytest.mark.parametrize("kept", [0, 100, -1])
def test_a_damaged_checkpoint_is_refused(bert: Path, tmp_path: Path, kept: int) -> None:
    path = stopped(bert, tmp_path).checkpoint
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(TrainingError) as caught:
        training(bert, tmp_path).run()
    assert str(caught.value) == f"The checkpoint {str(path)!r} cannot be read; delete it."


@pytest.mark.parametrize("freeze", [True, False])
def test_frozen_words_stay_as_they_are(bert: Path, tmp_path: Path, freeze: bool) -> None:
    # Several steps, since the first one of the warm-up has a rate of 0.
    recipe = Recipe(epochs=1, batch_tokens=256, freeze_words=freeze, shares=PLAIN)
    run = training(bert, tmp_path, recipe)
    before = weights(run)
    assert run.run()
    after = {name: data for name, data in weights(run).items() if name.endswith("weight")}
    same = {name for name, data in after.items() if data == before[name]}
    assert same == ({"bert.embeddings.word_embeddings.weight"} if freeze else set())


@pytest.mark.parametrize(
    ("block", "epochs", "seen"),
    # Parts of a round as well where it has several blocks; one block at least.
    [(1024, 1.0, 40), (1024, 3.0, 120), (1024, 0.3, 40), (8, 0.4, 16), (8, 1.6, 64), (16, 1.0, 40)],
)
def test_a_run_makes_so_many_rounds(
    bert: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    block: int,
    epochs: float,
    seen: int,
) -> None:
    monkeypatch.setattr(trainer, "BLOCK", block)
    run = training(bert, tmp_path, Recipe(epochs=epochs, shares=PLAIN))
    windows: list[int] = []
    run.model.model.register_forward_pre_hook(
        lambda module, args, kwargs: windows.append(len(kwargs["input_ids"])), with_kwargs=True
    )
    assert run.run()
    assert sum(windows) == seen


def test_the_rate_follows_its_slope(bert: Path, tmp_path: Path) -> None:
    run = training(
        bert, tmp_path, Recipe(learning_rate=0.01, warmup_ratio=0.5, epochs=3, shares=PLAIN)
    )
    rates: list[tuple[float, float]] = []
    run.run(
        progress=lambda moment: rates.append((moment.gone, run._optimiser.param_groups[0]["lr"]))
    )
    assert [rate for _, rate in rates] == pytest.approx(
        [0.01 * (gone / 0.5 if gone < 0.5 else (1 - gone) / 0.5) for gone, _ in rates]
    )
    assert {gone < 0.5 for gone, _ in rates} == {True, False}


def test_a_run_needs_examples_and_a_model(bert: Path, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="There are no examples to train on"):
        Training(bert, [], SHORT, checkpoint=tmp_path / "c")
    with pytest.raises(TrainingError) as caught:
        training(tmp_path, tmp_path)
    assert str(caught.value).startswith(f"{str(tmp_path)!r} holds no model to start from: ")
    assert "\n" not in str(caught.value)


def test_a_run_can_start_from_a_model_that_answers_nothing_yet(tmp_path: Path) -> None:
    from transformers import BertConfig, BertModel

    size = save_bert_tokenizer(tmp_path / "m", NUMBERED, says_length=64)
    torch.manual_seed(0)
    model = BertModel(BertConfig(vocab_size=size, max_position_embeddings=64, **SIZE))
    model.save_pretrained(tmp_path / "m")
    one, same = training(tmp_path / "m", tmp_path), training(tmp_path / "m", tmp_path)
    assert weights(one) == weights(same)
    words = model.embeddings.word_embeddings.weight.detach().numpy().tobytes()
    assert weights(one)["bert.embeddings.word_embeddings.weight"] == words


def test_what_is_finished_is_a_reader_with_a_record(bert: Path, tmp_path: Path) -> None:
    out, data = tmp_path / "out", tmp_path / "data.jsonl"
    data.write_text("{}", "utf-8")
    run = training(bert, out)
    run.run()
    # Another reader's, which would be read instead.
    for name in ("model.onnx", "confidence.json"):
        (out / name).write_bytes(b"old")
    finish(run, out, files=[data], start="tiny", held_out=0.1, scores={"f1": 0.5})
    assert not run.checkpoint.exists()
    record = json.loads((out / "training.json").read_text("utf-8"))
    assert record["recipe"]["shares"] == {"negatives": 0.3, "cropped": [0.5, 0.5], "typed": 0.3}
    assert record["recipe"]["learning_rate"] == 1e-3
    assert sorted(path.name for path in out.iterdir() if path.suffix in (".onnx", ".json")) == [
        "config.json",
        "tokenizer.json",
        "tokenizer_config.json",
        "training.json",
    ]
    same = training(bert, tmp_path / "same")
    assert record["start_sha256"] == same.start_sha256 != training(out, tmp_path).start_sha256
    assert record["held_out"] == {"share": 0.1, "f1": 0.5}
    assert record["files"] == {"data.jsonl": hashlib.sha256(b"{}").hexdigest()}
    assert (record["start"], record["examples"], record["steps"]) == ("tiny", 40, run.place.step)
    asked = synthetic()[1]
    text = Document("a", "", asked.context, Metadata(Sourced("A title elsewhere", "file name")))
    passages = [text.span(0, len(text.text))]
    found = load_extractive_reader("finished", out).read(parse(asked.question), passages)
    assert found == run.reader().read(parse(asked.question), passages)
    assert found
