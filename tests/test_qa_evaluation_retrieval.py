"""Retrieval is measured rightly: by hand, on small collections."""

import gzip
import json
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from corpus import Chunking
from corpus.errors import ExampleError
from index.passage_text import bm25_text, encoder_text
from index.retrievers.bm25 import BM25Index
from index.retrievers.dense import DenseIndex
from index.retrievers.fusion import convex_combination, reciprocal_rank_fusion
from qa.evaluation import retrieval
from qa.evaluation.retrieval import METRICS
from tests.support.fakes import FakeEncoder
from tests.support.made import document

COAST = {
    "sun": ("Sun", "Coast coast beaches full all week."),
    "ice": ("Ice", "Ice cream sold along another coast."),
    "rain": ("Rain", "River valley flooded."),
    "bread": ("", "Bakers raised prices."),
}


def beir(
    folder: Path,
    queries: dict[str, str],
    grades: Sequence[tuple[str, str, int]],
    documents: dict[str, tuple[str, str]] = COAST,
) -> Path:
    """A collection in BEIR form."""
    (folder / "qrels").mkdir(parents=True)
    corpus = [{"_id": k, "title": title, "text": text} for k, (title, text) in documents.items()]
    asked = [{"_id": key, "text": text} for key, text in queries.items()]
    for name, rows in (("corpus", corpus), ("queries", asked)):
        lines = "".join(json.dumps(row) + "\n" for row in rows)
        (folder / f"{name}.jsonl").write_text(lines, "utf-8")
    graded = "".join(f"{query}\t{key}\t{grade}\n" for query, key, grade in grades)
    (folder / "qrels" / "test.tsv").write_text(f"query-id\tcorpus-id\tscore\n{graded}", "utf-8")
    return folder


def test_measured_by_hand() -> None:
    ranking = {"q": {"a": 3.0, "b": 2.0, "c": 1.0}, "r": {"a": 1.0}}
    relevant = {"q": {"b": 2, "c": 1, "a": 0}, "r": {"z": 1}}
    found = retrieval.measured(ranking, relevant)
    dcg, ideal = 2 / math.log2(3) + 1 / math.log2(4), 2 / math.log2(2) + 1 / math.log2(3)
    # The second query finds nothing, and halves each mean.
    assert found == pytest.approx(
        {
            "nDCG@10": dcg / ideal / 2,
            "R@10": 1 / 2,
            "R@100": 1 / 2,
            "RR@10": (1 / 2) / 2,
            "AP": ((1 / 2 + 2 / 3) / 2) / 2,
        }
    )
    assert tuple(found) == METRICS


def test_ranks_beyond_the_cut_count_for_nothing() -> None:
    ranking = {"q": {f"d{i}": 100.0 - i for i in range(20)}}
    found = retrieval.measured(ranking, {"q": {"d10": 1, "d0": 0}})
    assert found == pytest.approx(
        {"nDCG@10": 0.0, "R@10": 0.0, "R@100": 1.0, "RR@10": 0.0, "AP": 1 / 11}
    )


def test_retrieval_by_hand(tmp_path: Path) -> None:
    unknown = "zebras walk under green leaves tomorrow"
    folder = beir(
        tmp_path / "coast",
        {"1": "coast beaches", "2": "coast beaches", "3": "bakers?", "4": unknown},
        [("1", "sun", 1), ("2", "ice", 1), ("3", "bread", 2), ("4", "rain", 1)],
    )
    told: list[tuple[int, int]] = []
    found = retrieval.evaluate_retrieval(
        folder, FakeEncoder(), progress=lambda *done: told.append(done)
    )
    assert (found.name, found.documents, found.passages, found.queries) == ("coast", 4, 4, 4)
    assert told == [(4, 4)]
    assert list(found.ways) == ["BM25", "dense", "reciprocal rank", "convex"]
    # Ranks 1, 2 and 1; nothing has a word of the last query.
    assert found.ways["BM25"] == pytest.approx(
        {
            "nDCG@10": (1 + 1 / math.log2(3) + 1) / 4,
            "R@10": 3 / 4,
            "R@100": 3 / 4,
            "RR@10": (1 + 1 / 2 + 1) / 4,
            "AP": (1 + 1 / 2 + 1) / 4,
        }
    )
    # The vectors rank all four documents for each query, so that none is missed.
    encoder = FakeEncoder()
    passages = encoder.encode_passages([f"{title}\n{text}" for title, text in COAST.values()])
    asked = encoder.encode_questions(["coast beaches", "coast beaches", "bakers?", unknown])
    cosines = asked @ passages.T
    places = [list(COAST).index(key) for key in ("sun", "ice", "bread", "rain")]
    own = cosines[range(4), places][:, None]
    assert ((cosines == own).sum(1) == 1).all(), "no ties, whose order is free"
    ranks = 1 + (cosines > own).sum(1)
    assert found.ways["dense"]["R@10"] == 1.0
    assert found.ways["dense"]["RR@10"] == pytest.approx((1 / ranks).mean())
    assert found.ways["dense"]["nDCG@10"] == pytest.approx((1 / np.log2(1 + ranks)).mean())


def test_a_document_ranks_as_its_best_passage(tmp_path: Path) -> None:
    documents = {
        "long": ("Long", "Rain fell on hills all day. The coast lay in full sun. Nobody left."),
        "short": ("Short", "A coast is a shore."),
    }
    folder = beir(tmp_path / "c", {"q": "coast sun"}, [("q", "long", 1)], documents)
    encoder = FakeEncoder()
    found = retrieval.read_beir(folder, encoder, Chunking(budget=8, overlap=0))
    assert [(passage.document.id, passage.text) for passage in found.passages] == [
        ("long", "Rain fell on hills all day."),
        ("long", "The coast lay in full sun. Nobody left."),
        ("short", "A coast is a shore."),
    ]
    told: list[int] = []
    vectors = retrieval.encoded(found.passages, encoder, told.append)
    np.testing.assert_array_equal(
        vectors, encoder.encode_passages([encoder_text(passage) for passage in found.passages])
    )
    assert told == [3]
    lexical = BM25Index.fit([bm25_text(passage) for passage in found.passages])
    dense = DenseIndex.fit(vectors)
    asked = encoder.encode_questions(["coast sun"])
    ranked = retrieval.rankings(found, lexical, dense, asked, retrieval.WAYS)
    words, meaning = lexical.search("coast sun", k=100), dense.search(asked[0], k=100)
    for name, scores in (
        ("BM25", words),
        ("dense", meaning),
        ("reciprocal rank", reciprocal_rank_fusion(words, meaning)),
        ("convex", convex_combination(words, meaning)),
    ):
        best: dict[str, float] = {}
        for row in sorted(scores, key=lambda row: scores[row]):
            best[found.passages[row].document.id] = scores[row]
        assert ranked[name] == {"q": best}


def test_many_passages_are_encoded_in_batches() -> None:
    text = document("one two three")
    passages = [text.span(0, 3)] * (2 * retrieval.BATCH + 1)
    told: list[int] = []
    encoder = FakeEncoder()
    vectors = retrieval.encoded(passages, encoder, told.append)
    assert told == [retrieval.BATCH, 2 * retrieval.BATCH, 2 * retrieval.BATCH + 1]
    row = encoder.encode_passages([encoder_text(passages[0])])
    np.testing.assert_array_equal(vectors, np.repeat(row, len(passages), axis=0))


def test_queries_without_a_grade_are_not_asked(tmp_path: Path) -> None:
    queries = {"1": "coast beaches", "2": "coast"}
    # The third has grades, and no words.
    grades = [("1", "sun", 1), ("1", "ice", 0), ("3", "ice", 1)]
    folder = beir(tmp_path / "coast", queries, grades)
    found = retrieval.read_beir(folder, FakeEncoder())
    assert found.queries == {"1": "coast beaches"}
    assert found.relevant == {"1": {"sun": 1, "ice": 0}}
    report = retrieval.evaluate_retrieval(folder, FakeEncoder())
    assert report.queries == 1
    assert report.ways["BM25"]["nDCG@10"] == 1.0, "the mean is over the queries that were asked"


def test_a_gzipped_collection_is_the_same(tmp_path: Path) -> None:
    folder = beir(tmp_path / "coast", {"1": "coast"}, [("1", "sun", 1)])
    plain = retrieval.evaluate_retrieval(folder, FakeEncoder())
    for name in ("corpus.jsonl", "queries.jsonl"):
        packed = gzip.compress((folder / name).read_bytes())
        (folder / f"{name}.gz").write_bytes(packed)
        (folder / name).unlink()
    assert retrieval.evaluate_retrieval(folder, FakeEncoder()) == plain


def test_an_encoder_that_reads_little_gets_shorter_passages(tmp_path: Path) -> None:
    text = " ".join(f"Sentence {i} is here." for i in range(60))
    folder = beir(tmp_path / "c", {"1": "is"}, [("1", "a", 1)], {"a": ("A", text)})
    long = retrieval.read_beir(folder, FakeEncoder()).passages
    short = retrieval.read_beir(folder, FakeEncoder(most_tokens=76)).passages
    assert max(len(passage.text.split()) for passage in long) == 200
    assert max(len(passage.text.split()) for passage in short) == 36


@pytest.mark.parametrize("missing", ["corpus.jsonl", "queries.jsonl", "qrels/test.tsv"])
def test_a_missing_part_of_a_collection_is_named(tmp_path: Path, missing: str) -> None:
    folder = beir(tmp_path / "coast", {"1": "coast"}, [("1", "sun", 1)])
    (folder / missing).unlink()
    with pytest.raises(ExampleError) as caught:
        retrieval.evaluate_retrieval(folder, FakeEncoder())
    message = str(caught.value)
    assert message.startswith(f"{str(folder)!r} is not a collection in BEIR format ([Errno 2] ")
    assert str(folder / missing) in message
    assert message.endswith(
        "Such a folder contains corpus.jsonl, queries.jsonl and qrels/test.tsv."
    )


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("corpus.jsonl", b'{"_id": "1"}'),
        ("corpus.jsonl", b'{"_id": "1", "text": null}'),
        ("corpus.jsonl", b'{"text": "Sun"}'),
        ("corpus.jsonl", b"[]"),
        ("corpus.jsonl", b"Sun"),
        ("corpus.jsonl", b"[" * 100_000),
        ("corpus.jsonl", b"\xff"),
        ("corpus.jsonl.gz", b"no gzip"),
        ("corpus.jsonl.gz", gzip.compress(b"x" * 99, mtime=0)[:-5]),
        ("corpus.jsonl.gz", gzip.compress(b"", mtime=0)[:10] + b"\xff" * 9),
        ("queries.jsonl", b'{"_id": "1"}'),
        ("qrels/test.tsv", b"query-id\tcorpus-id\tscore\n1 sun 1"),
        ("qrels/test.tsv", b"query-id\tcorpus-id\tscore\n1\tsun\tvery"),
        ("qrels/test.tsv", b"\xff"),
    ],
)
def test_a_collection_in_another_form_is_an_error(
    tmp_path: Path, name: str, content: bytes
) -> None:
    folder = beir(tmp_path / "coast", {"1": "coast"}, [("1", "sun", 1)])
    (folder / name).write_bytes(content)
    with pytest.raises(ExampleError, match="is not a collection in BEIR format") as caught:
        retrieval.read_beir(folder, FakeEncoder())
    assert repr(str(folder)) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("documents", "queries", "grades"),
    [
        ({}, {"1": "coast"}, [("1", "sun", 1)]),
        ({"sun": ("Sun", "")}, {"1": "coast"}, [("1", "sun", 1)]),
        (COAST, {"1": "coast"}, []),
        (COAST, {}, [("1", "sun", 1)]),
        (COAST, {"1": "coast"}, [("2", "sun", 1)]),
    ],
)
def test_a_collection_with_nothing_to_ask_is_an_error(
    tmp_path: Path,
    documents: dict[str, tuple[str, str]],
    queries: dict[str, str],
    grades: list[tuple[str, str, int]],
) -> None:
    folder = beir(tmp_path / "coast", queries, grades, documents)
    with pytest.raises(ExampleError, match="has no documents, or no query with a grade") as caught:
        retrieval.evaluate_retrieval(folder, FakeEncoder())
    assert repr(str(folder)) in str(caught.value)
