import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.lexical import K1, B, LexicalIndex, LuceneBM25, terms

WORDS = ["rain", "valley", "river", "sun", "coast", "tunnel", "42", "the", "of"]
texts = st.lists(st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join), max_size=25)
questions = st.lists(st.sampled_from([*WORDS, "unknown"]), max_size=6).map(" ".join)


def reference(corpus: list[str], question: str) -> np.ndarray:
    """rank_bm25's own scores; zeros where it would divide by zero."""
    tokenised = [terms(text) for text in corpus]
    if not any(tokenised):
        return np.zeros(len(corpus))
    scores: np.ndarray = LuceneBM25(tokenised, k1=K1, b=B).get_scores(terms(question))
    return scores


def full_sort(scores: np.ndarray, k: int) -> list[tuple[int, float]]:
    order = sorted(range(len(scores)), key=lambda i: (-scores[i], i))
    return [(i, float(scores[i])) for i in order if scores[i] > 0][:k]


@given(texts, questions)
def test_scores_are_those_of_rank_bm25(corpus: list[str], question: str) -> None:
    got = LexicalIndex.fit(corpus).scores(question)
    np.testing.assert_allclose(got, reference(corpus, question), rtol=1e-5, atol=1e-6)


@given(texts, questions, st.integers(0, 40), st.data())
def test_search_is_a_full_sort(
    corpus: list[str], question: str, k: int, data: st.DataObject
) -> None:
    index = LexicalIndex.fit(corpus)
    scores = index.scores(question)
    assert list(index.search(question, k=k).items()) == full_sort(scores, k)
    mask = data.draw(st.lists(st.booleans(), min_size=len(corpus), max_size=len(corpus)))
    allowed = np.asarray(mask, np.bool_)
    got = index.search(question, k=k, allowed=allowed)
    assert list(got.items()) == full_sort(np.where(allowed, scores, 0), k)


def test_alike_scores_are_cut_by_position() -> None:
    index = LexicalIndex.fit(["rain", "sun", "rain", "rain", "rain"])
    assert list(index.search("rain", k=2)) == [0, 2]


def test_a_term_of_the_question_counts_each_time() -> None:
    index = LexicalIndex.fit(["rain river", "sun"])
    np.testing.assert_allclose(index.scores("rain rain"), 2 * index.scores("rain"))


def test_a_term_in_most_passages_still_scores() -> None:
    index = LexicalIndex.fit(["rain", "rain sun", "rain coast", "tunnel"])
    assert list(index.search("rain", k=9)) == [0, 1, 2]
    assert min(index.search("rain", k=9).values()) > 0


@pytest.mark.parametrize("corpus", [[], [""], ["", "the of", "?!"]])
def test_passages_without_terms(corpus: list[str]) -> None:
    index = LexicalIndex.fit(corpus)
    assert index.size == len(corpus)
    assert index.scores("rain").tolist() == [0.0] * len(corpus)
    assert index.search("rain", k=5) == {}


@settings(max_examples=25)
@given(corpus=texts, question=questions)
def test_what_is_saved_searches_the_same(
    tmp_path_factory: pytest.TempPathFactory, corpus: list[str], question: str
) -> None:
    path = tmp_path_factory.mktemp("lexical") / "postings é #?.npz"
    index = LexicalIndex.fit(corpus)
    index.save(path)
    opened = LexicalIndex.open(path)
    assert opened.vocabulary == index.vocabulary
    assert opened.size == index.size
    assert list(opened.search(question, k=9).items()) == list(index.search(question, k=9).items())
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_pickles_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "lexical.npz"
    np.savez(path, vocabulary=np.asarray([{"a": 1}], object), allow_pickle=True)
    with pytest.raises(ValueError, match="allow_pickle"):
        LexicalIndex.open(path)


def test_every_damaged_byte_of_the_weights_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "lexical.npz"
    index = LexicalIndex.fit(["rain river", "sun coast"])
    index.save(path)
    data = bytearray(path.read_bytes())
    at = data.index(index.weights.tobytes())
    data[at + 3] ^= 1
    path.write_bytes(data)
    with pytest.raises(zipfile.BadZipFile, match="Bad CRC"):
        LexicalIndex.open(path)


def test_a_failed_save_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "lexical.npz"
    LexicalIndex.fit(["rain"]).save(path)
    before = path.read_bytes()
    broken = LexicalIndex({"a\ud800": 0}, *_arrays(), 1)
    with pytest.raises(UnicodeEncodeError):
        broken.save(path)
    assert path.read_bytes() == before
    assert np.load(io.BytesIO(before))["size"] == 1
    assert [p.name for p in tmp_path.iterdir()] == ["lexical.npz"]


def _arrays() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return np.zeros(2, np.int64), np.zeros(0, np.int32), np.zeros(0, np.float32)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("U.S. and US", ["us"]),
        ("Café CAFÉ cafe\u0301", ["cafe", "cafe", "cafe"]),
        ("1,200 or 4.5", ["1200", "4.5"]),
        ("東京 rain", ["東", "京", "rain"]),
        ("\U0001d400\U0001d401", ["ab"]),  # mathematical bold capitals
        ("İstanbul istanbul", ["istanbul", "istanbul"]),
        ("running runs", ["run", "run"]),
        ("what was it", []),
        ("no, not", ["no", "not"]),
    ],
)
def test_terms(text: str, wanted: list[str]) -> None:
    assert terms(text) == wanted
