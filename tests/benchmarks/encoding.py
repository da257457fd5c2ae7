"""The default encoder as ONNX against sentence-transformers' own `encode`, on the same texts in one run.

    python tests/benchmarks/encoding.py

The texts are the passages of the built-in samples, several times over with other beginnings. Each way
is timed in turn; medians are printed, how much faster ONNX is, and how far the vectors differ.
"""

import statistics
import time
from collections.abc import Callable

import numpy as np

from corpus import split_passages
from corpus.loading import Loaded, load
from index import load_encoder
from index.contexts import encoded_text
from index.dense import Vectors
from index.encoding import (
    DEFAULT_ENCODER,
    DEFAULT_SHA256,
    SentenceTransformerEncoder,
    encoder_folder,
)
from qa.answering import samples

TIMES, ROUNDS = 3, 5


def main() -> None:
    ours = load_encoder()
    texts = [
        f"{number} {encoded_text(passage)}"
        for number in range(TIMES)
        for found in load(samples())
        if isinstance(found, Loaded)
        for document in found.documents
        for passage in split_passages(document, token_starts=ours.token_starts)
    ]
    original = SentenceTransformerEncoder(
        DEFAULT_ENCODER, encoder_folder(), expected=DEFAULT_SHA256
    )
    ways: dict[str, Callable[[list[str]], Vectors]] = {
        "sentence-transformers": original.encode_passages,
        type(ours).__name__: ours.encode_passages,
    }
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    rows: dict[str, Vectors] = {}
    for _ in range(ROUNDS):
        for name, encode in ways.items():
            begun = time.perf_counter()
            rows[name] = encode(texts)
            seconds[name].append(time.perf_counter() - begun)
    medians = {name: statistics.median(values) for name, values in seconds.items()}
    first = next(iter(medians.values()))
    for name, median in medians.items():
        print(f"{name:24}{len(texts) / median:8.1f} passages/s{first / median:8.2f}")
    one, other = rows.values()
    print(f"largest difference of a number in the vectors: {np.abs(one - other).max():.1e}")


if __name__ == "__main__":
    main()
