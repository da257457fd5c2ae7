from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.retrievers.bm25 import BM25Index
from index.retrievers.postings import (
    K1,
    B,
    LuceneBM25,
    Postings,
    Vocabulary,
    count_postings,
    update_postings,
)
from index.retrievers.tokenizer import tokenize
from index.storage.arrays import ArraysDamaged
from tests.support.fakes import sign

WORDS = ["rain", "valley", "river", "sun", "coast", "tunnel", "42", "the", "of"]
texts = st.lists(st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join), max_size=25)
questions = st.lists(st.sampled_from([*WORDS, "unknown"]), max_size=6).map(" ".join)


def reference(corpus: list[str], question: str) -> np.ndarray:
    """rank_bm25's own scores; zeros where it would divide by zero."""
    tokenised = [tokenize(text) for text in corpus]
    if not any(tokenised):
        return np.zeros(len(corpus))
    scores: np.ndarray = LuceneBM25(tokenised, k1=K1, b=B).get_scores(tokenize(question))
    return scores


def full_sort(scores: np.ndarray, k: int) -> list[tuple[int, float]]:
    order = sorted(range(len(scores)), key=lambda i: (-scores[i], i))
    return [(i, float(scores[i])) for i in order if scores[i] > 0][:k]


@given(texts, questions)
def test_scores_are_those_of_rank_bm25(corpus: list[str], question: str) -> None:
    got = BM25Index.fit(corpus).scores(question)
    np.testing.assert_allclose(got, reference(corpus, question), rtol=1e-5, atol=1e-6)


@given(texts, questions, st.integers(0, 40), st.data())
def test_search_is_a_full_sort(
    corpus: list[str], question: str, k: int, data: st.DataObject
) -> None:
    index = BM25Index.fit(corpus)
    scores = index.scores(question)
    assert list(index.search(question, k=k).items()) == full_sort(scores, k)
    mask = data.draw(st.lists(st.booleans(), min_size=len(corpus), max_size=len(corpus)))
    allowed = np.asarray(mask, np.bool_)
    got = index.search(question, k=k, allowed=allowed)
    assert list(got.items()) == full_sort(np.where(allowed, scores, 0), k)


def test_alike_scores_are_cut_by_position() -> None:
    index = BM25Index.fit(["rain", "sun", "rain", "rain", "rain"])
    assert list(index.search("rain", k=2)) == [0, 2]


def test_a_term_of_the_question_counts_each_time() -> None:
    index = BM25Index.fit(["rain river", "sun"])
    np.testing.assert_allclose(index.scores("rain rain"), 2 * index.scores("rain"))


def test_a_term_in_most_passages_still_scores() -> None:
    index = BM25Index.fit(["rain", "rain sun", "rain coast", "tunnel"])
    assert list(index.search("rain", k=9)) == [0, 1, 2]
    assert min(index.search("rain", k=9).values()) > 0


@pytest.mark.parametrize("corpus", [[], [""], ["", "the of", "?!"]])
def test_passages_without_terms(corpus: list[str]) -> None:
    index = BM25Index.fit(corpus)
    assert index.size == len(corpus)
    assert index.scores("rain").tolist() == [0.0] * len(corpus)
    assert index.search("rain", k=5) == {}


def same_postings(one: Postings, other: Postings) -> None:
    assert list(one.vocabulary) == list(other.vocabulary)
    for name in ("starts", "passages", "counts", "lengths"):
        a, b = getattr(one, name), getattr(other, name)
        assert (a.dtype, a.tolist()) == (b.dtype, b.tolist()), name


@given(texts)
def test_postings_say_what_is_in_each_text(corpus: list[str]) -> None:
    found = count_postings(corpus)
    told = {
        (i, term): int(found.counts[at])
        for row, term in enumerate(found.vocabulary)
        for at in range(found.starts[row], found.starts[row + 1])
        for i in [int(found.passages[at])]
    }
    by_hand = {
        (i, term): tokenize(text).count(term)
        for i, text in enumerate(corpus)
        for term in tokenize(text)
    }
    assert told == by_hand
    assert found.lengths.tolist() == [len(tokenize(text)) for text in corpus]
    assert list(found.vocabulary) == sorted({term for _, term in by_hand})


@pytest.mark.parametrize("block", [1, 3, 1000])
def test_blocks_make_no_difference(monkeypatch: pytest.MonkeyPatch, block: int) -> None:
    corpus = ["rain river rain", "", "sun", "river sun coast", "tunnel 42", "rain"]
    whole = count_postings(corpus)
    monkeypatch.setattr("index.retrievers.postings.BLOCK", block)
    same_postings(count_postings(iter(corpus)), whole)


@given(texts, texts, st.data())
def test_what_stays_is_not_counted_again(
    old: list[str], new: list[str], data: st.DataObject
) -> None:
    stays = data.draw(st.lists(st.booleans(), min_size=len(old), max_size=len(old)))
    left = [text for text, there in zip(old, stays, strict=True) if there]
    # Which of the places in the new state are those of texts that stay.
    places = sorted(data.draw(st.permutations(range(len(left) + len(new))))[: len(left)])
    added = [i for i in range(len(left) + len(new)) if i not in places]
    kept = np.full(len(old), -1, np.int64)
    kept[np.asarray(stays, np.bool_)] = places
    every = dict(zip(places, left, strict=True)) | dict(zip(added, new, strict=True))
    got = update_postings(count_postings(old), kept, np.asarray(added, np.int64), new)
    same_postings(got, count_postings([every[i] for i in sorted(every)]))


def test_a_word_that_fills_a_passage_is_counted_as_often_as_can_be_kept() -> None:
    assert count_postings(["rain " * 70_000]).counts.tolist() == [65_535]


@given(st.sets(st.text(st.characters(exclude_categories=["Cs"]), min_size=1)), st.text())
def test_a_vocabulary_finds_its_terms_and_no_others(words: set[str], other: str) -> None:
    found = Vocabulary.of(words)
    assert list(found) == sorted(words, key=str.encode)
    assert [found.row(word) for word in found] == list(range(len(words)))
    if other not in words and other.isprintable():
        assert found.row(other) is None


@settings(max_examples=25)
@given(corpus=texts, question=questions)
def test_what_is_saved_searches_the_same(
    tmp_path_factory: pytest.TempPathFactory, corpus: list[str], question: str
) -> None:
    path = tmp_path_factory.mktemp("lexical") / "postings é #?"
    index = BM25Index.fit(corpus)
    index.save(path, sign)
    opened = BM25Index.open(path, sign)
    same_postings(opened.postings, index.postings)
    assert list(opened.search(question, k=9).items()) == list(index.search(question, k=9).items())
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_pickles_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "lexical"
    BM25Index.fit(["rain"]).save(path, sign)
    np.save(path / "counts.npy", np.asarray([{"a": 1}], object), allow_pickle=True)
    with pytest.raises(ValueError, match="another type"):
        BM25Index.open(path, sign)


def test_every_damaged_byte_of_the_weights_is_noticed(tmp_path: Path) -> None:
    BM25Index.fit(["rain river", "sun coast"]).save(tmp_path / "lexical", sign)
    path = tmp_path / "lexical" / "weights.npy"
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    with pytest.raises(ArraysDamaged, match="weights"):
        BM25Index.open(path.parent, sign)


def test_a_failed_save_leaves_the_old_index(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "lexical"
    BM25Index.fit(["rain"]).save(path, sign)
    with monkeypatch.context() as patch, pytest.raises(OSError, match="full"):
        patch.setattr("index.storage.arrays._checksum", _full_disk)
        BM25Index.fit(["sun", "rain"]).save(path, sign)
    assert BM25Index.open(path, sign).size == 1
    assert [p.name for p in tmp_path.iterdir()] == ["lexical"]


def _full_disk(array: object) -> None:
    raise OSError("the disk is full")


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
    assert tokenize(text) == wanted
