"""Measure retrieval on collections in BEIR format: BM25, the vectors, and each fusion of the two."""

import gzip
import json
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from corpus import Chunking, Document, Metadata, Sourced, split_passages
from corpus.cleaning import tidy
from corpus.errors import ExampleError, ModelError
from corpus.types import Span
from index.encoders import encoder_for
from index.passage_text import bm25_text, encoder_text, fitted
from index.retrievers import BM25Index, DenseIndex, convex_combination, reciprocal_rank_fusion
from index.search import DEPTH
from index.types import Encoder, Vectors

# The names that ir-measures uses, in the order of the table.
METRICS = ("nDCG@10", "R@10", "R@100", "RR@10", "AP")
# Passages that are encoded between two progress reports.
BATCH = 64

# The errors that a malformed file may raise.
_UNREADABLE = (
    OSError,
    EOFError,
    zlib.error,
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    RecursionError,
)

Ranking = dict[str, dict[str, float]]
Join = Callable[[dict[int, float], dict[int, float]], dict[int, float]]


def only_lexical(lexical: dict[int, float], dense: dict[int, float]) -> dict[int, float]:
    """BM25 alone."""
    return lexical


def only_dense(lexical: dict[int, float], dense: dict[int, float]) -> dict[int, float]:
    """The vectors alone."""
    return dense


WAYS: dict[str, Join] = {
    "BM25": only_lexical,
    "dense": only_dense,
    "reciprocal rank": reciprocal_rank_fusion,
    "convex": convex_combination,
}


@dataclass(frozen=True, slots=True)
class BeirSet:
    """A collection in BEIR format: passages as `qa index` cuts them, queries, and relevance grades.

    `relevant` maps each query to the grades of its graded documents.
    """

    name: str
    passages: list[Span]
    queries: dict[str, str]
    relevant: dict[str, dict[str, int]]


@dataclass(frozen=True, slots=True)
class RetrievalReport:
    """The value of each of METRICS for each way of ranking (0..1), averaged over the queries."""

    name: str
    documents: int
    passages: int
    queries: int
    ways: dict[str, dict[str, float]]


def read_beir(folder: Path, encoder: Encoder, chunking: Chunking = Chunking()) -> BeirSet:
    """The collection in a folder: `corpus.jsonl`, `queries.jsonl` (or gzipped) and `qrels/test.tsv`.

    Raises:
        ExampleError: if a file is missing, or is not what it should be.
    """
    try:
        documents = [
            Document(
                str(row["_id"]),
                "",
                tidy(row["text"]),
                Metadata(Sourced(row.get("title") or "", "corpus")),
            )
            for row in _lines(folder / "corpus.jsonl")
        ]
        relevant: dict[str, dict[str, int]] = {}
        for line in (folder / "qrels" / "test.tsv").read_text("utf-8").splitlines()[1:]:
            query, document_id, grade = line.split("\t")
            relevant.setdefault(query, {})[document_id] = int(grade)
        queries = {str(row["_id"]): str(row["text"]) for row in _lines(folder / "queries.jsonl")}
    except _UNREADABLE as error:
        raise ExampleError(
            f"{str(folder)!r} is not a collection in BEIR format ({error}). Such a folder contains "
            "corpus.jsonl, queries.jsonl and qrels/test.tsv."
        ) from error
    chunking = fitted(chunking, encoder.most_tokens)
    passages = [
        passage
        for document in documents
        for passage in split_passages(
            document, token_starts=encoder.token_starts, chunking=chunking
        )
    ]
    queries = {key: text for key, text in queries.items() if key in relevant}
    if not passages or not queries:
        raise ExampleError(f"{str(folder)!r} has no documents, or no query with a grade.")
    # A graded query that queries.jsonl lacks cannot be asked, and would count as one that found nothing.
    graded = {key: relevant[key] for key in queries}
    return BeirSet(folder.name, passages, queries, graded)


def encoded(passages: Sequence[Span], encoder: Encoder, progress: Callable[[int], None]) -> Vectors:
    """The vectors of passages as `qa index` makes them, shape (n, d); `progress` gets the number done."""
    import numpy as np

    parts = []
    encoder = encoder_for(encoder, len(passages))
    for first in range(0, len(passages), BATCH):
        here = passages[first : first + BATCH]
        parts.append(encoder.encode_passages([encoder_text(passage) for passage in here]))
        progress(first + len(here))
    return np.concatenate(parts)


def rankings(
    found: BeirSet,
    lexical: BM25Index,
    dense: DenseIndex,
    query_vectors: Vectors,
    ways: dict[str, Join],
) -> dict[str, Ranking]:
    """The documents that each way of ranking finds for each query; a document scores as its best passage."""
    out: dict[str, Ranking] = {name: {} for name in ways}
    for (key, text), vector in zip(found.queries.items(), query_vectors, strict=True):
        by_words, by_meaning = lexical.search(text, k=DEPTH), dense.search(vector, k=DEPTH)
        for name, join in ways.items():
            best: dict[str, float] = {}
            for row, score in join(by_words, by_meaning).items():
                document = found.passages[row].document.id
                best[document] = max(score, best.get(document, float("-inf")))
            out[name][key] = best
    return out


def measured(ranking: Ranking, relevant: dict[str, dict[str, int]]) -> dict[str, float]:
    """The value of each of METRICS (0..1), by ir-measures.

    Raises:
        ModelError: if ir-measures is not installed.
    """
    try:
        import ir_measures
    except ImportError as error:
        raise ModelError(
            "Measuring retrieval needs ir-measures. Run: pip install 'corpus-qa[eval]'"
        ) from error
    wanted = [ir_measures.parse_measure(name) for name in METRICS]
    values = ir_measures.calc_aggregate(wanted, relevant, ranking)
    return {name: float(values[one]) for name, one in zip(METRICS, wanted, strict=True)}


def evaluate_retrieval(
    folder: Path, encoder: Encoder, *, progress: Callable[[int, int], None] = lambda *_: None
) -> RetrievalReport:
    """Measure how well BM25, the vectors and each fusion find the documents graded as relevant.

    `progress` is called with the number of passages encoded so far and their total.

    Raises:
        UserError: if the folder is not a collection in BEIR format, or ir-measures is not installed.
    """
    found = read_beir(folder, encoder)
    measured({}, {"q": {"d": 1}})  # fail before the work, not after it
    total = len(found.passages)
    vectors = encoded(found.passages, encoder, lambda done: progress(done, total))
    lexical = BM25Index.fit([bm25_text(passage) for passage in found.passages])
    queries = encoder.encode_questions(list(found.queries.values()))
    ranked = rankings(found, lexical, DenseIndex.fit(vectors), queries, WAYS)
    return RetrievalReport(
        found.name,
        len({passage.document.id for passage in found.passages}),
        total,
        len(found.queries),
        {name: measured(ranking, found.relevant) for name, ranking in ranked.items()},
    )


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    packed = path.with_name(path.name + ".gz")
    data = gzip.decompress(packed.read_bytes()) if packed.exists() else path.read_bytes()
    for line in data.decode("utf-8").split("\n"):
        if line.strip():
            yield json.loads(line)
