"""Of very many rows those in the nearest cells are compared: nearly as good as all, and as exact."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from index.retrievers import ivf
from index.retrievers.dense import DenseIndex
from index.retrievers.ivf import InvertedFile
from index.types import Vectors
from tests.support.fakes import sign

COUNT, SIZE = 6000, 24


def near_topics(seed: int, count: int) -> Vectors:
    """Unit rows around 60 topics, as texts are: rows of pure chance have no neighbours."""
    topics = np.random.default_rng(1).normal(size=(60, SIZE))
    random = np.random.default_rng(seed)
    rows = topics[random.integers(0, 60, count)] + 0.7 * random.normal(size=(count, SIZE))
    found: Vectors = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return found


@pytest.fixture(scope="module")
def rows() -> Vectors:
    found = near_topics(2, COUNT)
    found[[7, 4000]] = 0
    return found


@pytest.fixture(scope="module")
def fitted(rows: Vectors) -> InvertedFile:
    return InvertedFile.fit(rows, np.asarray([7, 4000]), near_topics(3, 200))


def recall(index: DenseIndex, questions: Vectors, allowed: NDArray[np.bool_] | None) -> float:
    exact = DenseIndex(index.vectors, index.missing)
    shares = []
    for question in questions:
        wanted = exact.search(question, k=10, allowed=allowed)
        got = index.search(question, k=10, allowed=allowed)
        assert len(got) == len(wanted)
        for row in got.keys() & wanted.keys():
            assert got[row] == pytest.approx(wanted[row], abs=1e-6)
        shares.append(len(got.keys() & wanted.keys()) / len(wanted))
    return float(np.mean(shares))


def test_nearly_all_of_the_nearest_are_found(rows: Vectors, fitted: InvertedFile) -> None:
    index = replace(DenseIndex.fit(rows), inverted=fitted)
    questions = near_topics(4, 200)
    assert recall(index, questions, None) >= 0.98
    # It is worth the name only if much is left out.
    assert fitted.probes < len(fitted.centroids) / 3


def test_codes_are_near_the_rows(rows: Vectors, fitted: InvertedFile) -> None:
    decoded = fitted.low + fitted.step * fitted.codes
    apart = np.abs(decoded - rows[fitted.rows])
    # Half a step, but for the few rows beyond those that the scale was made of.
    assert (apart <= fitted.step / 2 + 1e-6).mean() > 0.999


def test_each_row_with_a_vector_is_in_the_nearest_cell(rows: Vectors, fitted: InvertedFile) -> None:
    assert sorted(fitted.rows.tolist()) == [i for i in range(COUNT) if i not in (7, 4000)]
    centroid_of = np.repeat(np.arange(len(fitted.centroids)), np.diff(fitted.starts))
    scores = rows[fitted.rows] @ fitted.centroids.T
    own = scores[np.arange(len(scores)), centroid_of]
    np.testing.assert_allclose(own, scores.max(axis=1), atol=1e-5)


def test_a_filter_is_looked_at_more_widely(
    rows: Vectors, fitted: InvertedFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = replace(DenseIndex.fit(rows), inverted=fitted)
    allowed = np.random.default_rng(5).random(COUNT) < 0.4
    # Few are compared one by one, which is exact.
    assert fitted.candidates(rows[0], k=10, allowed=allowed) is None
    assert recall(index, near_topics(6, 20), allowed) == 1
    monkeypatch.setattr(ivf, "EXACT", 100)
    assert recall(index, near_topics(6, 100), allowed) >= 0.95
    found = index.search(rows[0], k=50, allowed=allowed)
    assert all(allowed[row] for row in found)


def test_rows_that_come_and_go_need_no_new_centroids(rows: Vectors, fitted: InvertedFile) -> None:
    # The first ten go, four come: at the beginning, in the middle and at the end.
    stays = np.arange(10, COUNT)
    new = near_topics(7, 4)
    places = np.asarray([0, 3000, 3001, COUNT - 7])
    later = np.empty((COUNT - 6, SIZE), np.float32)
    left = np.setdiff1d(np.arange(len(later)), places)
    later[places], later[left] = new, rows[stays]
    kept = np.full(COUNT, -1, np.int64)
    kept[stays] = left
    missing = np.flatnonzero(~later.any(axis=1))
    found = fitted.carried_over(kept, later, missing)
    assert found.centroids is fitted.centroids
    afresh = np.argmax(later @ fitted.centroids.T, axis=1)
    centroid_of = np.repeat(np.arange(len(found.centroids)), np.diff(found.starts))
    assert sorted(found.rows.tolist()) == np.flatnonzero(later.any(axis=1)).tolist()
    assert (afresh[found.rows] == centroid_of).mean() > 0.999
    apart = np.abs(found.low + found.step * found.codes - later[found.rows])
    assert (apart <= found.step / 2 + 1e-6).mean() > 0.999
    assert recall(replace(DenseIndex.fit(later), inverted=found), near_topics(8, 100), None) >= 0.97


def test_when_new_centroids_are_needed(fitted: InvertedFile) -> None:
    assert fitted.size == COUNT - 2
    assert [fitted.fits(n) for n in (COUNT // 3, COUNT // 2, 2 * COUNT - 4, 2 * COUNT)] == [
        False,
        True,
        True,
        False,
    ]


def test_what_is_saved_is_the_same(tmp_path: Path, rows: Vectors, fitted: InvertedFile) -> None:
    fitted.save(tmp_path / "inverted", sign)
    found = InvertedFile.open(tmp_path / "inverted", sign)
    assert (found.probes, found.size) == (fitted.probes, fitted.size)
    one, other = (
        replace(DenseIndex.fit(rows), inverted=fitted),
        replace(DenseIndex.fit(rows), inverted=found),
    )
    for question in near_topics(9, 20):
        assert one.search(question, k=30) == other.search(question, k=30)
