"""The default encoder without torch: the same vectors, whatever became of what was kept of it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from index.encoders import onnx_conversion
from index.encoders.load import DEFAULT_ENCODER, DEFAULT_SHA256, encoder_folder, load_encoder
from index.encoders.model_files import config_sha256
from index.encoders.onnx_conversion import VARIABLE, conversion_folder, convert, open_converted
from index.encoders.onnx_encoder import (
    BATCH_TOKENS,
    GRAPH,
    SETTINGS,
    TOKENIZER,
    WEIGHTS,
    OnnxEncoder,
    _batches,
)
from index.encoders.torch_encoder import SentenceTransformerEncoder
from index.types import Encoder
from tests.support.tiny_models import NUMBERED, save_encoder

pytestmark = pytest.mark.slow

TEXTS = [" ".join(NUMBERED[i : i + 1 + 3 * i]) for i in range(30)]


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> SentenceTransformerEncoder:
    """A tiny model, run by sentence-transformers."""
    return SentenceTransformerEncoder("tiny", save_encoder(tmp_path_factory.mktemp("m") / "tiny"))


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where conversions are kept in this test."""
    monkeypatch.setenv(VARIABLE, str(tmp_path / "models"))
    return tmp_path / "models"


def made_of(original: SentenceTransformerEncoder) -> tuple[str, str, str]:
    return original.name, original.sha256, original.config_sha256


def test_it_gives_the_vectors_of_the_model_it_was_made_of(
    original: SentenceTransformerEncoder, kept: Path
) -> None:
    made = convert(original.model, *made_of(original))
    assert made is not None
    wanted = original.encode_passages(TEXTS)
    np.testing.assert_allclose(made.encode_passages(TEXTS), wanted, atol=1e-5)
    np.testing.assert_allclose(made.encode_questions(TEXTS), wanted, atol=1e-5)
    assert made.encode_passages([]).shape == (0, 16)
    for name in ("name", "sha256", "config_sha256", "dimension", "most_tokens"):
        assert getattr(made, name) == getattr(original, name)
    for text in TEXTS:
        assert made.token_starts(text) == original.token_starts(text)
    # Kept, and found again.
    again = open_converted(*made_of(original))
    assert again is not None
    assert again.encode_passages(TEXTS).tobytes() == made.encode_passages(TEXTS).tobytes()


@pytest.mark.parametrize("file", [GRAPH, WEIGHTS, TOKENIZER, SETTINGS])
@pytest.mark.parametrize("damage", ["changed", "cut", "gone"])
def test_what_was_damaged_is_made_anew(
    original: SentenceTransformerEncoder, kept: Path, file: str, damage: str
) -> None:
    convert(original.model, *made_of(original))
    path = conversion_folder(original.sha256, original.config_sha256) / file
    data = path.read_bytes()
    middle = len(data) // 2
    if damage == "gone":
        path.unlink()
    else:
        # In the settings a letter changes a name or a digest; either way they fit no more.
        changed = data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]
        path.write_bytes(changed if damage == "changed" else data[:middle])
    assert open_converted(*made_of(original)) is None
    made = convert(original.model, *made_of(original))
    assert made is not None
    np.testing.assert_allclose(
        made.encode_passages(TEXTS), original.encode_passages(TEXTS), atol=1e-5
    )


def test_a_conversion_that_would_differ_is_not_used(
    original: SentenceTransformerEncoder, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(onnx_conversion, "TOLERANCE", -1.0)
    assert convert(original.model, *made_of(original)) is None
    assert open_converted(*made_of(original)) is None


def test_where_nothing_can_be_kept_the_model_itself_runs(
    original: SentenceTransformerEncoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv(VARIABLE, str(tmp_path / "file"))
    assert convert(original.model, *made_of(original)) is None
    assert (tmp_path / "file").read_text() == "no folder"


def test_another_model_or_other_settings_are_another_conversion(kept: Path) -> None:
    folders = {conversion_folder(a, b) for a in ("1", "2") for b in ("3", "4")}
    assert len(folders) == 4
    assert all(folder.parent == kept for folder in folders)


def test_texts_of_like_length_are_encoded_together(default_encoder: Encoder) -> None:
    assert isinstance(default_encoder, OnnxEncoder)
    texts = ["rain " * n for n in (3, 250, 1, 240, 3, 2) * 20]
    encoded = default_encoder._tokenizer.encode_batch(texts)
    batches = list(_batches(encoded))
    assert sorted(i for batch in batches for i in batch) == list(range(len(texts)))
    lengths = [[len(encoded[i].ids) for i in batch] for batch in batches]
    assert all(len(batch) * max(batch) <= BATCH_TOKENS for batch in lengths)
    assert [max(batch) for batch in lengths] == sorted(max(batch) for batch in lengths)


def test_two_processes_at_once_find_a_whole_conversion(tmp_path: Path) -> None:
    env = os.environ | {VARIABLE: str(tmp_path)}
    script = (
        "from index import load_encoder\n"
        "encoder = load_encoder()\n"
        "print(type(encoder).__name__, encoder.encode_questions(['rain']).shape)"
    )
    children = [
        subprocess.Popen([sys.executable, "-c", script], env=env, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    assert [child.communicate()[0] for child in children] == ["OnnxEncoder (1, 384)\n"] * 2
    config = config_sha256(encoder_folder())
    (made,) = (path for path in tmp_path.iterdir() if path.is_dir())
    assert {path.name for path in made.iterdir()} == {GRAPH, WEIGHTS, TOKENIZER, SETTINGS, "lock"}
    assert json.loads((made / SETTINGS).read_text())["most_tokens"] == 256
    assert made.name == conversion_folder(DEFAULT_SHA256, config).name


def test_a_question_needs_no_torch(tmp_path: Path) -> None:
    """Neither to encode, nor to search, nor to read; in a process of its own."""
    load_encoder()  # so that it is converted
    script = (
        "import sys\n"
        "from qa.cli.main import main\n"
        "sys.argv = ['qa', 'ask', 'When did the Cassini mission end?', '--index', sys.argv[1]]\n"
        "try:\n    main()\n"
        "finally:\n"
        "    heavy = {'torch', 'transformers', 'sentence_transformers', 'gradio', 'onnx', 'sklearn'}\n"
        "    print(sorted(heavy & set(sys.modules)))\n"
    )
    child = [sys.executable, "-c", script, str(tmp_path / "index")]
    ran = subprocess.run(child, capture_output=True, text=True, check=True)
    assert ran.stdout.startswith("15 September 2017\n")
    assert ran.stdout.endswith("\n[]\n")


def test_the_default_encoder_is_the_recorded_one(default_encoder: Encoder) -> None:
    assert (default_encoder.name, default_encoder.sha256) == (DEFAULT_ENCODER, DEFAULT_SHA256)
