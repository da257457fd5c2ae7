import os
import shutil
import socket
import subprocess
import sys
import time
from fnmatch import fnmatch
from pathlib import Path
from threading import Thread

import numpy as np
import pytest

from corpus.errors import IndexMismatch, ModelError
from corpus.passages.chunking import Chunking
from index.encoders.load import (
    DEFAULT_ENCODER,
    DEFAULT_SHA256,
    encoder_folder,
    load_encoder,
    model_folder,
)
from index.encoders.model_files import SAFE_FILES, config_sha256, weights_sha256
from index.encoders.torch_encoder import SentenceTransformerEncoder
from index.indexing.updater import update
from index.passage_text import fitted
from index.search.hybrid import Index
from index.types import Encoder
from tests.support.fakes import write
from tests.support.tiny_models import save_encoder

TEXTS = [
    "Heavy rain fell on the valley on Tuesday.",
    "The central bank raised its rate by a quarter of a point.",
    "",
    "雨 und Sonne — “quoted” 😀",
    "long " * 300,
]


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What anyone tried to reach; nothing is reached."""
    asked: list[object] = []

    def refuse(*address: object, **options: object) -> None:
        asked.append(address)
        raise OSError("no network in tests")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    return asked


def test_rows_are_unit_and_those_of_sentence_transformers(
    default_encoder: Encoder,
) -> None:
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(encoder_folder()), local_files_only=True)
    wanted = model.encode(TEXTS, normalize_embeddings=True)
    for encode in (default_encoder.encode_passages, default_encoder.encode_questions):
        rows = encode(TEXTS)
        assert rows.dtype == np.float32
        assert rows.shape == (5, default_encoder.dimension) == (5, 384)
        np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
        np.testing.assert_allclose(rows, wanted, atol=1e-5)
        assert encode(TEXTS[:2]).tobytes() == encode(TEXTS[:2]).tobytes()
    assert default_encoder.encode_passages([]).shape == (0, 384)


def test_name_and_digest_are_the_recorded_ones(default_encoder: Encoder) -> None:
    assert (default_encoder.name, default_encoder.sha256) == (DEFAULT_ENCODER, DEFAULT_SHA256)
    assert weights_sha256(encoder_folder()) == DEFAULT_SHA256
    assert default_encoder.config_sha256 == config_sha256(encoder_folder())
    assert default_encoder.most_tokens == 256
    # So that its passages, with their context, are read whole.
    assert fitted(Chunking(), default_encoder.most_tokens) == Chunking()


def test_token_starts_are_the_tokenizers(default_encoder: Encoder) -> None:
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(str(encoder_folder()))
    for text in [*TEXTS, "Two\n\nparagraphs, unbelievably\tspaced."]:
        encoded = tokenizer(
            text, add_special_tokens=False, return_offsets_mapping=True, verbose=False
        )
        starts = default_encoder.token_starts(text)
        assert list(starts) == [start for start, _ in encoded["offset_mapping"]]
        assert list(starts) == sorted(starts)
    # The model itself reads 256 tokens; what is counted is the whole text.
    assert len(default_encoder.token_starts("long " * 600)) == 600


def test_the_relevant_passage_ranks_first(
    tmp_path: Path, place: Path, default_encoder: Encoder
) -> None:
    root = tmp_path / "docs"
    write(
        root,
        bank="The central bank raised its rate by a quarter of a point to slow inflation.",
        volcano="Ash from the eruption closed the airspace over northern Europe for six days.",
        tunnel="The railway under the Alps is fifty-seven kilometres long and opened in 2016.",
    )
    update(root, place, default_encoder, chunking=Chunking())
    index = Index.open(place, default_encoder)
    for question, id in (
        ("Why were flights cancelled?", "volcano.txt"),
        ("How long is the train line beneath the mountains?", "tunnel.txt"),
        ("What happened to interest on loans?", "bank.txt"),
    ):
        assert index.search(question, k=1)[0].passage.document.id == id
    index.close()


def test_threads_encode_the_same(default_encoder: Encoder) -> None:
    wanted = [default_encoder.encode_questions([f"question {i}"]).tobytes() for i in range(4)]
    got: list[tuple[int, bytes]] = []

    def work(i: int) -> None:
        for _ in range(3):
            got.append((i, default_encoder.encode_questions([f"question {i}"]).tobytes()))

    threads = [Thread(target=work, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(got) == sorted((i, wanted[i]) for i in range(4) for _ in range(3))


def test_changed_weights_are_refused_before_they_are_loaded(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    shutil.copytree(encoder_folder(), folder)
    weights = next(folder.rglob("*.safetensors"))
    with weights.open("r+b") as handle:
        handle.seek(1_000_000)
        byte = handle.read(1)[0]
        handle.seek(1_000_000)
        handle.write(bytes([byte ^ 1]))
    # So that loading would fail otherwise, if it came first.
    (folder / "modules.json").write_text("no JSON")
    with pytest.raises(ModelError, match=r"not the recorded ones .*were not loaded"):
        SentenceTransformerEncoder(DEFAULT_ENCODER, folder, expected=DEFAULT_SHA256)


def test_folders_that_hold_no_model(tmp_path: Path, no_network: list[object]) -> None:
    with pytest.raises(ModelError, match=r"holds no \.safetensors file"):
        load_encoder(str(tmp_path))
    (tmp_path / "model.safetensors").write_bytes(b"garbage")
    with pytest.raises(ModelError, match="cannot be loaded") as caught:
        load_encoder(str(tmp_path))
    assert "\n" not in str(caught.value)
    assert str(tmp_path) in str(caught.value)
    assert no_network == []


@pytest.mark.parametrize("damage", ["weights", "tokenizer", "config"])
def test_a_damaged_model_says_so_in_one_line(
    tmp_path: Path, no_network: list[object], damage: str
) -> None:
    folder = tmp_path / "model"
    shutil.copytree(encoder_folder(), folder)
    name = {"weights": "model.safetensors", "tokenizer": "tokenizer.json", "config": "config.json"}
    next(folder.rglob(name[damage])).write_text("{}")
    with pytest.raises(ModelError, match="cannot be loaded") as caught:
        load_encoder(str(folder))
    assert str(folder) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert no_network == []


@pytest.mark.parametrize("name", ["./gone", "/gone/model", "~/gone", "a/b/c", "C:\\gone", ""])
def test_a_path_is_never_asked_of_the_hub(name: str, no_network: list[object]) -> None:
    with pytest.raises(ModelError, match="There is no model folder"):
        model_folder(name)
    assert no_network == []


@pytest.mark.parametrize("name", ["nobody/no-such-model", "no such name", "no-such-model"])
def test_an_unknown_name_fails_soon_and_in_one_line(name: str) -> None:
    start = time.monotonic()
    with pytest.raises(ModelError) as caught:
        load_encoder(name)
    assert time.monotonic() - start < 5
    assert repr(name) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_neither_code_nor_pickles_are_fetched() -> None:
    for name in ("modeling.py", "pytorch_model.bin", "model.pt", "a.pkl", "a.ckpt", "tf_model.h5"):
        assert not any(fnmatch(name, pattern) for pattern in SAFE_FILES)
    for name in ("model.safetensors", "config.json", "1_Pooling/config.json", "vocab.txt"):
        assert any(fnmatch(name, pattern) for pattern in SAFE_FILES)


@pytest.mark.slow
def test_the_default_asks_nobody() -> None:
    """In a process of its own, without the variables that forbid it, and with a network that refuses."""
    script = (
        "import socket, os\n"
        "asked = []\n"
        "def refuse(*a, **k):\n    asked.append(a); raise OSError('refused')\n"
        "socket.getaddrinfo = refuse\nsocket.socket.connect = refuse\n"
        "from index.encoders.load import load_encoder\n"
        "encoder = load_encoder()\n"
        "print(encoder.encode_questions(['a']).shape, asked)\n"
    )
    env = {k: v for k, v in os.environ.items() if k != "HF_HUB_OFFLINE"}
    ran = subprocess.run(
        [sys.executable, "-c", script], env=env, capture_output=True, text=True, check=True
    )
    assert ran.stdout == "(1, 384) []\n"


def test_what_is_cached_is_never_asked_of_the_hub(tmp_path: Path) -> None:
    """In a process of its own, since the tests' own environment forbids requests anyway."""
    model = tmp_path / "models--some--model"
    (model / "refs").mkdir(parents=True)
    (model / "refs" / "main").write_text("abc")
    folder = model / "snapshots" / "abc"
    folder.mkdir(parents=True)
    (folder / "model.safetensors").write_bytes(b"x")
    (model / "blobs").mkdir()
    script = (
        "import socket\n"
        "asked = []\n"
        "def refuse(*a, **k):\n    asked.append(a); raise OSError('refused')\n"
        "socket.getaddrinfo = refuse\nsocket.socket.connect = refuse\n"
        "from index.encoders.load import model_folder\n"
        "print(model_folder('some/model'), bool(asked))\n"
    )
    env = {k: v for k, v in os.environ.items() if k != "HF_HUB_OFFLINE"}
    env["HF_HUB_CACHE"] = str(tmp_path)

    def run() -> str:
        child = [sys.executable, "-c", script]
        return subprocess.run(child, env=env, capture_output=True, text=True, check=True).stdout

    assert run() == f"{folder} False\n"
    # What an interrupted download left is not the model: it is fetched again, if it can be.
    (model / "blobs" / "1234.incomplete").write_bytes(b"x")
    assert run() == f"{folder} True\n"


def test_settings_are_part_of_which_encoder_it_is(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    shutil.copytree(encoder_folder(), folder)
    before = config_sha256(folder)
    assert before == config_sha256(encoder_folder())
    (folder / ".cache").mkdir()
    (folder / ".cache" / "note.json").write_text("{}")
    (folder / "README.md").write_text("other words")
    assert config_sha256(folder) == before
    seen = {before}
    for name in ("1_Pooling/config.json", "tokenizer.json", "vocab.txt"):
        (folder / name).write_text((folder / name).read_text() + "\n")
        seen.add(config_sha256(folder))
    (folder / "vocab.txt").rename(folder / "words.txt")
    seen.add(config_sha256(folder))
    assert len(seen) == 5
    assert weights_sha256(folder) == DEFAULT_SHA256


def test_an_index_notices_another_pooling(tmp_path: Path, folder: Path, place: Path) -> None:
    model = save_encoder(tmp_path / "model")
    one = load_encoder(str(model))
    assert one.most_tokens == 64
    update(folder, place, one)
    pooling = model / "1_Pooling" / "config.json"
    said = pooling.read_text()
    pooling.write_text(said.replace('"mean"', '"cls"'))
    assert pooling.read_text() != said
    two = load_encoder(str(model))
    assert two.sha256 == one.sha256
    with pytest.raises(IndexMismatch, match="other settings of the encoder"):
        Index.open(place, two)
    with pytest.raises(IndexMismatch, match="other settings of the encoder"):
        update(folder, place, two)


def gpu() -> bool:
    import torch

    return bool(torch.cuda.is_available())


def test_without_a_gpu_that_is_said_or_the_processor_taken(default_encoder: Encoder) -> None:
    with pytest.raises(ModelError, match=r"no device 'tpu'\. Use cpu, cuda or auto"):
        load_encoder(device="tpu")
    if gpu():
        pytest.skip("there is a GPU here")
    with pytest.raises(ModelError, match=r"no GPU that this torch can use\. Omit --device"):
        load_encoder(device="cuda")
    assert type(load_encoder(device="auto")) is type(default_encoder)


def test_a_gpu_gives_the_vectors_of_the_processor(default_encoder: Encoder) -> None:
    if not gpu():
        pytest.skip("no GPU here: --device cuda was not tried")
    texts = ["Rain fell in the valley.", "The train left. " * 60, "?"]
    on_gpu = load_encoder(device="cuda")
    assert (on_gpu.sha256, on_gpu.config_sha256) == (
        default_encoder.sha256,
        default_encoder.config_sha256,
    )
    rows = on_gpu.encode_passages(texts)
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-6)
    cosines = (rows * default_encoder.encode_passages(texts)).sum(axis=1)
    assert cosines.min() > 0.999
