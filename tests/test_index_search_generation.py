"""What is derived of a state is the same whether it was made of an earlier state or of nothing."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from index.indexing.updater import update
from index.retrievers import ivf
from index.retrievers.tokenizer import tokenize
from index.search import generation
from index.search.generation import load, prepare
from index.storage.database import FILE_NAME
from index.storage.store import Store
from tests.support.fakes import SMALL, FakeEncoder, write


def derived(place: Path) -> dict[str, bytes]:
    """Every file that was saved of the present state."""
    folder = next(place.glob("derived-*"))
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.suffix == ".npy"
    }


def change(folder: Path, round: int) -> None:
    """Documents that come, change and go, before and behind those that stay."""
    if round == 0:
        write(folder, **{"a": "Fog at sea. Ships waited.", "zz": "Hail at noon. It broke windows."})
    elif round == 1:
        (folder / "rain.txt").unlink()
        sun = folder / "sun.txt"
        sun.write_text(sun.read_text().replace("Beaches", "Unheard-of harbours"))
    else:
        write(folder, a="Fog at sea. Ships waited.", m="One word: xylophone. " * 30)
        (folder / "zz.txt").unlink()


def test_a_later_state_is_as_if_made_of_nothing(folder: Path, place: Path) -> None:
    update(folder, place, FakeEncoder(), chunking=SMALL)
    for round in range(3):
        change(folder, round)
        update(folder, place, FakeEncoder(), chunking=SMALL)
        renewed = derived(place)
        for path in place.glob("derived-*"):
            shutil.rmtree(path)
        prepare(place / FILE_NAME, FakeEncoder())
        assert derived(place) == renewed
        assert {"tables/keys.npy", "lexical/weights.npy", "vectors/vectors.npy"} <= renewed.keys()


def test_only_what_is_new_is_counted_and_read(
    folder: Path, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    update(folder, place, FakeEncoder(), chunking=SMALL)
    texts: list[str] = []
    read: list[int] = []
    count, vectors_of = tokenize, Store.vectors_of

    def counting(text: str) -> list[str]:
        texts.append(text)
        return count(text)

    def reading(store: Store, keys: list[int], dimension: int) -> np.ndarray:
        read.extend(keys)
        return vectors_of(store, keys, dimension)

    monkeypatch.setattr("index.retrievers.postings.tokenize", counting)
    monkeypatch.setattr(Store, "vectors_of", reading)
    write(folder, fog="Fog at sea. Ships waited for hours.")
    update(folder, place, FakeEncoder(), chunking=SMALL)
    assert len(texts) == len(read) == 1
    assert "Ships waited for hours" in texts[0]


def test_vectors_that_come_later_are_taken_in(folder: Path, place: Path) -> None:
    encoder = FakeEncoder()
    update(folder, place, encoder, chunking=SMALL)
    path = place / FILE_NAME
    with Store.open(path, writable=True).changing(renew=True) as db:
        db.execute("UPDATE passages SET vector = NULL WHERE key % 2 = 0")
    shutil.rmtree(next(place.glob("derived-*")))
    half = load(path, encoder, None)
    assert half.dense.missing.tolist() == np.flatnonzero(half.table.keys % 2 == 0).tolist()
    store = Store.open(path, writable=True)
    keys = [one.key for one in store.pending(99)]
    rows = np.eye(encoder.dimension, dtype=np.float32)[: len(keys)]
    store.put_vectors(keys, rows)
    whole = load(path, encoder, None, before=half)
    assert whole.dense.missing.tolist() == []
    assert whole.dense.vectors.tobytes() == store.vectors(encoder.dimension).tobytes()
    store.close()


def test_many_vectors_are_inverted_by_the_writer_and_carried_over(
    folder: Path, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ivf, "EXACT", 10)
    monkeypatch.setattr(generation, "EXACT", 10)
    for i in range(40):
        write(folder, **{f"d{i:02d}": f"Item {i}\n\n" + f"Word{i} and rain{i % 7} again. " * 9})
    update(folder, place, FakeEncoder(), chunking=SMALL)
    path = place / FILE_NAME
    first = load(path, FakeEncoder(), None)
    assert first.dense.inverted is not None
    assert sorted(first.dense.inverted.rows.tolist()) == list(range(len(first.table.keys)))
    write(folder, fog="Fog at sea. Ships waited for hours.")
    (folder / "d03.txt").unlink()
    update(folder, place, FakeEncoder(), chunking=SMALL)
    second = load(path, FakeEncoder(), None)
    assert second.dense.inverted is not None
    assert second.dense.inverted.centroids.tobytes() == first.dense.inverted.centroids.tobytes()
    assert sorted(second.dense.inverted.rows.tolist()) == list(range(len(second.table.keys)))
    # A reader never spends the time that finding them takes.
    shutil.rmtree(next(place.glob("derived-*")))
    assert load(path, FakeEncoder(), None).dense.inverted is None
