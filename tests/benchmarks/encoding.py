"""The default encoder as ONNX, and in bfloat16 for many passages, against sentence-transformers' own `encode`, on the same texts in one run.

    python -m tests.benchmarks.encoding

The texts are the passages of the built-in samples, several times over with other beginnings. Each way
is timed in turn; medians are printed, how much faster ours are, and how far the vectors differ.
"""

import numpy as np

from corpus import split_passages
from corpus.reading.loader import load
from corpus.reading.results import Loaded
from corpus.samples import samples
from corpus.types import Span
from index import load_encoder
from index.encoders.bfloat16_encoder import quicker
from index.encoders.load import DEFAULT_ENCODER, DEFAULT_SHA256, encoder_folder
from index.encoders.onnx_encoder import OnnxEncoder
from index.encoders.torch_encoder import SentenceTransformerEncoder
from index.passage_text import encoder_text
from index.types import Encoder
from tests.benchmarks.measuring import Figure, in_turn

TIMES = 3


def sample_passages(encoder: Encoder) -> list[Span]:
    """The passages of the built-in samples."""
    return [
        passage
        for found in load(samples())
        if isinstance(found, Loaded)
        for document in found.documents
        for passage in split_passages(document, token_starts=encoder.token_starts)
    ]


def figures() -> list[Figure]:
    """Passages a second of each way, and how far the vectors differ; bfloat16 where it is quicker."""
    ours = load_encoder()
    assert isinstance(ours, OnnxEncoder)
    passages = sample_passages(ours)
    texts = [f"{n} {encoder_text(passage)}" for n in range(TIMES) for passage in passages]
    theirs = SentenceTransformerEncoder(DEFAULT_ENCODER, encoder_folder(), expected=DEFAULT_SHA256)
    ways = {
        "theirs": lambda: theirs.encode_passages(texts),
        "ours": lambda: ours.encode_passages(texts),
    }
    rounded = quicker(ours, encoder_folder())
    if rounded is not None:
        ways["bfloat16"] = lambda: rounded.encode_passages(texts)
    taken = in_turn(ways)
    rates = {name: len(texts) / seconds for name, seconds in taken.items()}
    wanted = theirs.encode_passages(texts[:50])
    apart = np.abs(ours.encode_passages(texts[:50]) - wanted).max()
    found = [
        Figure("encoding, sentence-transformers", rates["theirs"], "passages/s"),
        _figure("encoding, ONNX, float32", rates, "ours"),
        Figure("largest difference of a number in the vectors", float(apart) * 1e6, "1e-6"),
    ]
    if rounded is None:
        return found
    cosines = (rounded.encode_passages(texts[:50]) * wanted).sum(1)
    return [
        *found,
        _figure("encoding, bfloat16", rates, "bfloat16"),
        Figure("largest distance to theirs, 1 - cosine", float(1 - cosines.min()) * 1e6, "1e-6"),
    ]


def _figure(name: str, rates: dict[str, float], way: str) -> Figure:
    return Figure(
        name, rates[way], "passages/s", rates[way] / rates["theirs"], "sentence-transformers"
    )


if __name__ == "__main__":
    print("\n".join(figure.line() for figure in figures()))
