"""A trained reader as int8 ONNX, and back."""

import json
import random
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from corpus.errors import ModelError
from corpus.types import Document, Metadata, Sourced
from qa.question import parse
from qa.reader.load import load_extractive_reader
from qa.reader.span_model.base import SpanModel
from qa.reader.span_model.onnx_model import OnnxModel
from qa.reader.span_model.span_decoding import Scores
from qa.reader.span_model.torch_model import load_model
from qa.reader.span_model.windows import Window
from qa.training.config import Recipe, Shares
from qa.training.onnx_export import export
from qa.training.onnx_import import import_weights
from qa.training.trainer import Training, TrainingProgress
from tests.support.made import synthetic
from tests.support.tiny_models import NUMBERED, save_bert_reader, save_distinct_bert, spread
from tests.support.tiny_models import save_roberta_reader as save_roberta

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("one_thread")]


@pytest.fixture(scope="module")
def distinct(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = save_distinct_bert(tmp_path_factory.mktemp("distinct"))
    (folder / "training.json").write_text('{"steps": 1}', "utf-8")
    return folder


@pytest.fixture(scope="module")
def float32(distinct: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return export(distinct, tmp_path_factory.mktemp("float32") / "new", int8=False).parent


@pytest.fixture(scope="module")
def int8(distinct: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return export(distinct, tmp_path_factory.mktemp("int8")).parent


@pytest.fixture(scope="module")
def imported(int8: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("imported")
    import_weights(int8, folder)
    return folder


def windows(model: SpanModel) -> list[Window]:
    """Seven windows from 6 to 64 tokens long."""
    chance = random.Random(3)
    pairs = [
        ("w3 w14", " ".join(chance.choice(NUMBERED) for _ in range(n))) for n in (1, 7, 80, 40, 50)
    ]
    return model.windowing(stride=16).windows(pairs)


def differences(one: SpanModel, other: SpanModel, given: Sequence[Window]) -> NDArray[np.float32]:
    """By how much the scores of the windows' tokens differ, padding left out."""
    real = np.arange(max(len(w.ids) for w in given)) < np.array([[len(w.ids)] for w in given])

    def of_tokens(scores: tuple[Scores, Scores]) -> Scores:
        return np.concatenate([scores[0][real], scores[1][real]])

    found: NDArray[np.float32] = of_tokens(one.scores(given)) - of_tokens(other.scores(given))
    return np.abs(found)


@pytest.mark.parametrize("rows", [slice(0, 1), slice(3, 4), slice(0, 2), slice(0, None)])
def test_float32_onnx_scores_as_torch_does(distinct: Path, float32: Path, rows: slice) -> None:
    model = load_model("torch", distinct)
    given = windows(model)[rows]
    assert differences(model, OnnxModel("onnx", float32), given).max() < 1e-4


def test_a_roberta_can_be_exported_too(tmp_path: Path) -> None:
    model = load_model("torch", save_roberta(tmp_path / "m"))
    export(tmp_path / "m", tmp_path / "out", int8=False)
    exported = OnnxModel("onnx", tmp_path / "out")
    given = windows(model)
    assert [w.ids for w in given] == [w.ids for w in windows(exported)]
    for rows in (given[:1], given):
        assert differences(model, exported, rows).max() < 1e-4


def test_int8_onnx_scores_nearly_as_torch_does(distinct: Path, float32: Path, int8: Path) -> None:
    model = load_model("torch", distinct)
    given = windows(model)
    assert float(np.std(model.scores(given[-1:])[0])) > 0.3
    assert differences(model, OnnxModel("onnx", int8), given).max() < 0.15
    sizes = [(folder / "model.onnx").stat().st_size for folder in (int8, float32)]
    assert sizes[0] < 0.6 * sizes[1]


@pytest.mark.parametrize("kind", ["float32", "int8"])
def test_what_is_needed_lies_beside(
    distinct: Path, kind: str, request: pytest.FixtureRequest
) -> None:
    out: Path = request.getfixturevalue(kind)
    assert {path.name for path in out.iterdir()} == {
        "model.onnx",
        "config.json",
        "tokenizer.json",
        "tokenizer_config.json",
        "training.json",
    }
    for name in ("config.json", "training.json"):
        assert (out / name).read_bytes() == (distinct / name).read_bytes()


def test_an_exported_reader_reads_as_the_other_did(distinct: Path, float32: Path) -> None:
    # Its tokeniser says nothing of the 64 tokens that the model takes.
    assert json.loads((distinct / "tokenizer_config.json").read_text())["model_max_length"] > 1e6
    chance = random.Random(5)
    text = Document(
        "a",
        "",
        " ".join(chance.choice(NUMBERED) for _ in range(300)),
        Metadata(Sourced("A title elsewhere", "file name")),
    )
    passages = [text.span(0, len(text.text)), text.span(0, text.text.index(" "))]
    one, other = (
        load_extractive_reader("tiny", folder).read(parse("w3 w14"), passages)
        for folder in (distinct, float32)
    )
    assert [c.quote for c in other] == [c.quote for c in one]
    assert [c.score for c in other] == pytest.approx([c.score for c in one], abs=1e-4)
    assert one


def test_what_cannot_be_exported_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot be loaded"):
        export(tmp_path, tmp_path / "out")


def test_int8_onnx_can_be_turned_back(distinct: Path, int8: Path, imported: Path) -> None:
    model, back = load_model("torch", distinct), load_model("back", imported)
    given = windows(model)
    assert [w.ids for w in given] == [w.ids for w in windows(back)]
    assert differences(back, OnnxModel("onnx", int8), given).max() < 0.15
    # Each weight is what it was to within half a step of its eight bits.
    before, after = model.model.state_dict(), back.model.state_dict()
    assert before.keys() == after.keys()
    for name, values in before.items():
        half_a_step = float(values.abs().max()) / 127 / 2
        assert float((values - after[name]).abs().max()) <= 1.01 * half_a_step, name


def test_what_was_turned_back_can_be_trained_on(imported: Path, tmp_path: Path) -> None:
    recipe = Recipe(epochs=8, learning_rate=5e-3, shares=Shares(negatives=0, typed=0))
    run = Training(imported, synthetic(), recipe, checkpoint=tmp_path / "checkpoint.safetensors")
    moments: list[TrainingProgress] = []
    assert run.run(progress=moments.append)
    assert moments[-1].loss < moments[0].loss


def roberta(folder: Path) -> None:
    model = load_model("roberta", save_roberta(folder / "m")).model
    spread(model)
    model.save_pretrained(folder / "m")
    export(folder / "m", folder)


def unfused(folder: Path) -> None:
    """A BERT of which the exporter keeps the equal tensors once, so that their names are gone."""
    save_bert_reader(folder / "m")
    export(folder / "m", folder)


def damaged(folder: Path) -> None:
    (folder / "config.json").write_text('{"num_hidden_layers": 1}', "utf-8")
    (folder / "model.onnx").write_bytes(b"nothing of the kind")


def nothing(folder: Path) -> None:
    (folder / "config.json").write_text('{"num_hidden_layers": 1}', "utf-8")


@pytest.mark.parametrize("made", [roberta, unfused, damaged, nothing])
def test_another_onnx_cannot_be_turned_back(made: Callable[[Path], None], tmp_path: Path) -> None:
    folder, out = tmp_path / "foreign", tmp_path / "out"
    folder.mkdir()
    out.mkdir()
    made(folder)
    with pytest.raises(ModelError) as caught:
        import_weights(folder, out)
    assert str(caught.value) == (
        f"The reader in {str(folder)!r} cannot be trained on: its ONNX is not of the form that "
        "qa export writes for BERT. Name a folder with safetensors."
    )
    assert list(out.iterdir()) == []
