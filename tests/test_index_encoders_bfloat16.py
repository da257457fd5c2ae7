import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from corpus.errors import ModelError
from index.encoders import bfloat16_encoder, load
from index.encoders.bfloat16_encoder import (
    LEAST_COSINE,
    PACK_TOKENS,
    Bfloat16Encoder,
    _packs,
    quicker,
)
from index.encoders.load import MANY_PASSAGES, encoder_folder, encoder_for, load_encoder
from index.encoders.onnx_encoder import OnnxEncoder
from index.indexing import updater
from index.types import Encoder
from tests.support.fakes import write

pytestmark = pytest.mark.slow

TEXTS = [
    "Heavy rain fell on the valley on Tuesday.",
    "",
    "rain",
    "雨 und Sonne — “quoted” 😀",
    "The central bank raised its rate by a quarter of a point. " * 8,
    "long " * 600,
    "a\0b \ud83d".encode("utf-8", "replace").decode(),
]


@pytest.fixture(scope="module")
def exact(default_encoder: Encoder) -> OnnxEncoder:
    assert isinstance(default_encoder, OnnxEncoder)
    return default_encoder


@pytest.fixture(scope="module")
def rounded(exact: OnnxEncoder) -> Bfloat16Encoder:
    return Bfloat16Encoder(exact, encoder_folder())


def cosines(a: Any, b: Any) -> Any:
    return (a * b).sum(1)


def test_its_vectors_are_those_in_float32(exact: OnnxEncoder, rounded: Bfloat16Encoder) -> None:
    found = rounded.encode_passages(TEXTS)
    assert found.dtype == np.float32
    assert found.shape == (len(TEXTS), exact.dimension)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, atol=1e-5)
    assert cosines(found, exact.encode_passages(TEXTS)).min() >= LEAST_COSINE
    assert rounded.encode_passages([]).shape == (0, exact.dimension)
    # It says of itself that it is the same model: an index made with one is gone on with by the other.
    for name in ("name", "sha256", "config_sha256", "dimension", "most_tokens"):
        assert getattr(rounded, name) == getattr(exact, name)
    question = ["Who raised the rate?"]
    assert np.array_equal(rounded.encode_questions(question), exact.encode_questions(question))
    assert rounded.token_starts(TEXTS[0]) == exact.token_starts(TEXTS[0])


def test_a_vector_does_not_depend_on_its_company(rounded: Bfloat16Encoder) -> None:
    texts = TEXTS * 7
    found = rounded.encode_passages(texts)
    for text, row in zip(texts, found, strict=True):
        alone = rounded.encode_passages([text])
        assert cosines(alone, row[None]).min() >= LEAST_COSINE


def test_it_needs_no_operators_of_its_own(
    exact: OnnxEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    def gone(*_: object) -> None:
        raise AttributeError("no such operator")

    monkeypatch.setattr(torch.ops.mkldnn, "_reorder_linear_weight", gone, raising=False)
    plain = Bfloat16Encoder(exact, encoder_folder())
    found = plain.encode_passages(TEXTS)
    assert cosines(found, exact.encode_passages(TEXTS)).min() >= LEAST_COSINE


def test_large_products_do_not_overflow(rounded: Bfloat16Encoder) -> None:
    import torch

    parts = torch.full((300, 3 * 384), 30.0, dtype=torch.bfloat16)
    attended = rounded._model._layers[0]._attended(parts)
    assert torch.allclose(attended.float(), torch.tensor(30.0), rtol=0.02)


def test_texts_are_packed_with_nothing_lost() -> None:
    sizes = [3, 250, 7, 256, 256, 2, 600, 90] * 5
    tokens = [[1] * size for size in sizes]
    packs = list(_packs(tokens))
    assert sorted(i for pack in packs for i in pack) == list(range(len(sizes)))
    assert all(len(pack) == 1 or sum(sizes[i] for i in pack) <= PACK_TOKENS for pack in packs)
    assert len(packs) < len(sizes)
    assert list(_packs([])) == []


def test_other_weights_are_not_loaded(exact: OnnxEncoder, tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"other")
    with pytest.raises(ModelError, match="not the recorded ones"):
        Bfloat16Encoder(exact, tmp_path)
    assert quicker(exact, tmp_path) is None


def quick(rows: Callable[[Any], Any]) -> Callable[[Any], tuple[float, Any]]:
    """A trial in which bfloat16 takes no time, and the rows come out as `rows` makes them."""

    def tried(encode: Any) -> tuple[float, Any]:
        of_rounded = isinstance(encode.__self__, Bfloat16Encoder)
        found = encode(TEXTS[:3])
        return (0.0, rows(found)) if of_rounded else (1.0, found)

    return tried


def test_it_is_chosen_if_it_is_quicker(exact: OnnxEncoder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bfloat16_encoder, "_tried", quick(lambda rows: rows))
    assert isinstance(quicker(exact, encoder_folder()), Bfloat16Encoder)
    # Not if its vectors are others, or no numbers.
    for wrong in (lambda rows: -rows, lambda rows: rows * np.nan):
        monkeypatch.setattr(bfloat16_encoder, "_tried", quick(wrong))
        assert quicker(exact, encoder_folder()) is None
    monkeypatch.setattr(
        bfloat16_encoder, "_tried", lambda encode: (1.0, encode(TEXTS[:3]))
    )  # a draw
    assert quicker(exact, encoder_folder()) is None


def test_it_is_chosen_for_many_passages_only(
    exact: OnnxEncoder, rounded: Bfloat16Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(load, "quicker", lambda *_: rounded)
    assert encoder_for(exact, MANY_PASSAGES - 1) is exact
    assert encoder_for(exact, MANY_PASSAGES) is rounded
    monkeypatch.setattr(load, "quicker", lambda *_: None)
    assert encoder_for(exact, MANY_PASSAGES) is exact


def test_who_wants_float32_gets_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load, "quicker", lambda *_: pytest.fail("tried"))
    plain = load_encoder(precision="float32")
    assert encoder_for(plain, 10**6) is plain
    with pytest.raises(ModelError, match="Use auto or float32"):
        load_encoder(precision="bfloat16")


def test_indexing_takes_it_for_passages_and_the_index_is_one(
    exact: OnnxEncoder,
    rounded: Bfloat16Encoder,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    asked = []

    def chosen(encoder: Encoder, passages: int) -> Encoder:
        asked.append(passages)
        return rounded

    root = tmp_path / "docs"
    write(root, a=TEXTS[0], b=TEXTS[4])
    monkeypatch.setattr(updater, "encoder_for", chosen)
    assert updater.update(root, tmp_path / "index", exact).added == 2
    assert asked == [2]
    monkeypatch.undo()
    # Unchanged for the other: nothing is encoded again.
    changes = updater.update(root, tmp_path / "index", exact)
    assert (changes.added, changes.changed) == (0, 0)
    assert asked == [2]


def test_few_passages_are_encoded_without_torch(tmp_path: Path) -> None:
    load_encoder()  # so that it is converted
    write(tmp_path / "docs", a=TEXTS[0])
    script = (
        "import sys\n"
        "from qa.cli.main import main\n"
        "sys.argv = ['qa', 'index', sys.argv[1]]\n"
        "try:\n    main()\n"
        "finally:\n    print('torch' in sys.modules)\n"
    )
    child = [sys.executable, "-c", script, str(tmp_path / "docs")]
    ran = subprocess.run(child, capture_output=True, text=True, check=True)
    assert ran.stdout.endswith("\nFalse\n")
