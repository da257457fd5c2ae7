"""What each part of retrieval adds, on folders in BEIR form.

    python tests/benchmarks/retrieval.py DATA/cranfield DATA/time ...

For each folder (`corpus.jsonl` and `queries.jsonl`, gzipped or not, and `qrels/test.tsv`) the documents
are cut, encoded and indexed as `qa index` does it, each query is searched, and a document ranks where
its best passage does. Prints nDCG@10 by ir-measures.

`--cache DIR` keeps the vectors for the next run, `--variants` also tries what was not chosen.
"""

import argparse
import gzip
import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import ir_measures
import numpy as np

from corpus import Chunking, Document, Metadata, Sourced, split_passages
from corpus.cleaning import tidy
from corpus.types import Span
from index import Encoder, load_encoder
from index import lexical as words
from index.contexts import counted_text, encoded_text
from index.dense import DenseIndex, Vectors
from index.fusion import convex, reciprocal_rank
from index.hybrid import DEPTH
from index.lexical import LexicalIndex

Run = dict[str, dict[str, float]]
METRIC = ir_measures.nDCG @ 10


def lines(path: Path) -> Iterator[dict[str, Any]]:
    packed = path.with_name(path.name + ".gz")
    data = gzip.decompress(packed.read_bytes()) if packed.exists() else path.read_bytes()
    for line in data.decode("utf-8").splitlines():
        yield json.loads(line)


@dataclass(frozen=True)
class Collection:
    name: str
    passages: list[Span]
    vectors: Vectors
    queries: dict[str, str]
    query_vectors: Vectors
    relevant: dict[str, dict[str, int]]


def load(folder: Path, encoder: Encoder, cache: Path | None, chunking: Chunking) -> Collection:
    documents = [
        Document(
            str(row["_id"]),
            "",
            tidy(row["text"]),
            Metadata(Sourced(row.get("title") or "", "corpus")),
        )
        for row in lines(folder / "corpus.jsonl")
    ]
    passages = [
        passage
        for document in documents
        for passage in split_passages(
            document, token_starts=encoder.token_starts, chunking=chunking
        )
    ]
    relevant: dict[str, dict[str, int]] = {}
    for line in (folder / "qrels" / "test.tsv").read_text("utf-8").splitlines()[1:]:
        query, document_id, grade = line.split("\t")
        relevant.setdefault(query, {})[document_id] = int(grade)
    queries = {str(row["_id"]): row["text"] for row in lines(folder / "queries.jsonl")}
    queries = {key: text for key, text in queries.items() if key in relevant}
    return Collection(
        folder.name,
        passages,
        cached(encoder, [encoded_text(p) for p in passages], cache),
        queries,
        encoder.encode_questions(list(queries.values())),
        relevant,
    )


def cached(encoder: Encoder, texts: list[str], cache: Path | None) -> Vectors:
    digest = hashlib.sha256("\0".join([encoder.sha256, *texts]).encode()).hexdigest()[:24]
    path = cache / f"{digest}.npy" if cache else None
    if path and path.exists():
        return np.asarray(np.load(path), np.float32)
    vectors = encoder.encode_passages(texts)
    if path:
        np.save(path, vectors)
    return vectors


Join = Callable[[dict[int, float], dict[int, float]], dict[int, float]]


def run(collection: Collection, join: Join, lexical: LexicalIndex, dense: DenseIndex) -> Run:
    out: Run = {}
    pairs = zip(collection.queries.items(), collection.query_vectors, strict=True)
    for (key, text), vector in pairs:
        scores = join(lexical.search(text, k=DEPTH), dense.search(vector, k=DEPTH))
        best: dict[str, float] = {}
        for row, score in scores.items():
            name = collection.passages[row].document.id
            best[name] = max(score, best.get(name, -1e9))
        out[key] = best
    return out


WAYS: dict[str, Join] = {
    "BM25": lambda lexical, dense: lexical,
    "dense": lambda lexical, dense: dense,
    "reciprocal rank": reciprocal_rank,
    "convex 0.5": convex,
}


def more_ways() -> dict[str, Join]:
    ways: dict[str, Join] = {
        f"convex {weight}": partial(convex, weight=weight) for weight in (0.3, 0.4, 0.6, 0.7)
    }
    ways |= {f"reciprocal rank, k={k}": partial(reciprocal_rank, k=k) for k in (5, 20)}
    return ways


def measure(collection: Collection, *, variants: bool) -> dict[str, float]:
    texts = [counted_text(p) for p in collection.passages]
    dense = DenseIndex.fit(collection.vectors)
    lexical = LexicalIndex.fit(texts)
    ways = WAYS | (more_ways() if variants else {})
    scores = {name: score(collection, way, lexical, dense) for name, way in ways.items()}
    if variants:
        for name, fitted in lexical_variants(texts):
            with_terms = fitted()
            scores[f"BM25, {name}"] = score(collection, WAYS["BM25"], with_terms, dense)
            scores[f"convex 0.5, {name}"] = score(collection, convex, with_terms, dense)
    return scores


def score(collection: Collection, way: Join, lexical: LexicalIndex, dense: DenseIndex) -> float:
    found = run(collection, way, lexical, dense)
    return float(ir_measures.calc_aggregate([METRIC], collection.relevant, found)[METRIC])


def lexical_variants(texts: list[str]) -> Iterator[tuple[str, Callable[[], LexicalIndex]]]:
    """The index with one part of it left out; each is measured before the next is made."""
    stop_words, stem, k1, b = words.STOP_WORDS, words._stem, words.K1, words.B
    try:
        words.STOP_WORDS = frozenset()
        yield "no stop words", lambda: LexicalIndex.fit(texts)
        words.STOP_WORDS = stop_words
        words._stem = lambda word: word  # type: ignore[assignment]
        yield "no stemming", lambda: LexicalIndex.fit(texts)
        words._stem = stem
        for words.K1, words.B in ((1.2, 0.75), (0.9, 0.4), (1.5, 0.5), (2.0, 0.75)):
            yield f"k1={words.K1} b={words.B}", lambda: LexicalIndex.fit(texts)
    finally:
        words.STOP_WORDS, words._stem, words.K1, words.B = stop_words, stem, k1, b


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--cache", type=Path)
    parser.add_argument("--variants", action="store_true")
    parser.add_argument("--budget", type=int, default=Chunking().budget)
    parser.add_argument("--overlap", type=int, default=Chunking().overlap)
    given = parser.parse_args()
    encoder = load_encoder()
    table: dict[str, dict[str, float]] = {}
    for folder in given.folders:
        chunking = Chunking(given.budget, given.overlap)
        collection = load(folder, encoder, given.cache, chunking)
        table[folder.name] = measure(collection, variants=given.variants)
    width = max(len(name) for scores in table.values() for name in scores)
    print(f"{'nDCG@10':{width}}  " + "".join(f"{name:>10}" for name in [*table, "mean"]))
    for name in next(iter(table.values())):
        row = [scores[name] for scores in table.values()]
        print(
            f"{name:{width}}  " + "".join(f"{value:10.3f}" for value in [*row, float(np.mean(row))])
        )


if __name__ == "__main__":
    main()
