from pathlib import Path
from threading import Thread

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.retrievers.dense import DenseIndex
from index.storage.arrays import ArraysDamaged
from index.types import Vectors
from tests.support.fakes import sign


def unit_rows(n: int, d: int, seed: int, *, coarse: bool = False) -> Vectors:
    rng = np.random.default_rng(seed)
    rows: np.ndarray = rng.normal(size=(n, d))
    if coarse:  # few different rows, so that many score alike
        rows = np.sign(rows)
    out: Vectors = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return out


@given(st.integers(0, 250), st.sampled_from([1, 3, 40]), st.integers(0, 300), st.integers(0, 99))
def test_search_is_numpys(n: int, d: int, k: int, seed: int) -> None:
    rows, question = unit_rows(n, d, seed), unit_rows(1, d, seed + 1)[0]
    allowed = np.random.default_rng(seed).random(n) < 0.6
    scores = (rows.astype(np.float64) @ question.astype(np.float64)).tolist()
    index = DenseIndex.fit(rows)
    for mask in (None, allowed):
        got = index.search(question, k=k, allowed=mask)
        rest = [i for i in range(n) if mask is None or mask[i]]
        assert len(got) == min(k, len(rest))
        np.testing.assert_allclose(list(got.values()), [scores[i] for i in got], atol=1e-6)
        # Values of float32 and float64 may swap neighbours that differ by less than this.
        best = sorted((scores[i] for i in rest), reverse=True)[:k]
        np.testing.assert_allclose(list(got.values()), best, atol=1e-6)
        assert all(mask is None or mask[i] for i in got)


@given(st.integers(1, 400), st.integers(1, 420), st.integers(0, 99))
def test_alike_scores_are_cut_by_position(n: int, k: int, seed: int) -> None:
    rows = unit_rows(n, 3, seed, coarse=True)
    index = DenseIndex.fit(rows)
    scores = index.search(rows[0], k=n)
    wanted = sorted(range(n), key=lambda i: (-scores[i], i))[:k]
    assert list(index.search(rows[0], k=k)) == wanted


def test_order_of_distinct_scores() -> None:
    angles = np.deg2rad([80, 10, 45, 0, 170])
    rows = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    got = DenseIndex.fit(rows).search(np.asarray([1, 0], np.float32), k=9)
    assert list(got) == [3, 1, 2, 0, 4]
    np.testing.assert_allclose(
        list(got.values()), np.cos(np.deg2rad([0, 10, 45, 80, 170])), atol=1e-6
    )


def test_nothing_allowed_nothing_there() -> None:
    rows = unit_rows(3, 4, 0)
    assert DenseIndex.fit(rows).search(rows[0], k=2, allowed=np.zeros(3, np.bool_)) == {}
    assert DenseIndex.fit(rows[:0]).search(rows[0], k=2) == {}
    assert DenseIndex.fit(rows).search(rows[0], k=0) == {}


def test_wrong_arrays_are_a_bug() -> None:
    with pytest.raises(ValueError, match=r"\(2,\), float32"):
        DenseIndex.fit(np.zeros(2, np.float32))
    with pytest.raises(ValueError, match="float64"):
        DenseIndex.fit(np.zeros((2, 2)))  # type: ignore[arg-type]


@pytest.mark.parametrize("n", [0, 1, 60])
def test_what_is_saved_searches_the_same(tmp_path: Path, n: int) -> None:
    path = tmp_path / "vectors é #?"
    rows, question = unit_rows(n, 8, 5), unit_rows(1, 8, 6)[0]
    index = DenseIndex.fit(rows)
    index.save(path, sign)
    opened = DenseIndex.open(path, sign)
    assert opened.vectors.tobytes() == rows.tobytes()
    assert list(opened.search(question, k=7).items()) == list(index.search(question, k=7).items())


def test_pickles_and_damage_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "vectors"
    rows = unit_rows(9, 8, 5)
    DenseIndex.fit(rows).save(path, sign)
    data = bytearray((path / "vectors.npy").read_bytes())
    data[data.index(rows.tobytes()) + 100] ^= 1
    (path / "vectors.npy").write_bytes(data)
    with pytest.raises(ArraysDamaged, match="vectors"):
        DenseIndex.open(path, sign)
    np.save(path / "vectors.npy", np.asarray([{}], object), allow_pickle=True)
    with pytest.raises(ValueError, match="another type"):
        DenseIndex.open(path, sign)


def test_threads_do_not_disturb_each_other() -> None:
    rows = unit_rows(300, 16, 1)
    index = DenseIndex.fit(rows)
    masks = [np.arange(300) % 3 == r for r in range(3)]
    wanted = [index.search(rows[7], k=20, allowed=mask) for mask in masks]
    wrong: list[int] = []

    def work(i: int) -> None:
        for _ in range(100):
            if index.search(rows[7], k=20, allowed=masks[i]) != wanted[i]:
                wrong.append(i)

    threads = [Thread(target=work, args=(i,)) for i in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert [min(w) % 3 for w in wanted] == [0, 1, 2]
