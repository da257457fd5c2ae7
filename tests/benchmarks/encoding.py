"""The default encoder as ONNX against sentence-transformers' own `encode`, on the same texts in one run.

    python -m tests.benchmarks.encoding

The texts are the passages of the built-in samples, several times over with other beginnings. Each way
is timed in turn; medians are printed, how much faster ONNX is, and how far the vectors differ.
"""

import numpy as np

from corpus import split_passages
from corpus.loading import Loaded, load
from corpus.types import Span
from index import load_encoder
from index.contexts import encoded_text
from index.encoding import DEFAULT_ENCODER, DEFAULT_SHA256, Encoder, encoder_folder
from index.torch_encoder import SentenceTransformerEncoder
from qa.samples import samples
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
    """Passages a second of both ways, and how far their vectors differ."""
    ours = load_encoder()
    passages = sample_passages(ours)
    texts = [f"{n} {encoded_text(passage)}" for n in range(TIMES) for passage in passages]
    theirs = SentenceTransformerEncoder(DEFAULT_ENCODER, encoder_folder(), expected=DEFAULT_SHA256)
    taken = in_turn(
        {
            "theirs": lambda: theirs.encode_passages(texts),
            "ours": lambda: ours.encode_passages(texts),
        }
    )
    rates = {name: len(texts) / seconds for name, seconds in taken.items()}
    apart = np.abs(ours.encode_passages(texts[:50]) - theirs.encode_passages(texts[:50])).max()
    plain = "sentence-transformers"
    return [
        Figure("encoding, sentence-transformers", rates["theirs"], "passages/s"),
        Figure(
            f"encoding, {type(ours).__name__}",
            rates["ours"],
            "passages/s",
            rates["ours"] / rates["theirs"],
            plain,
        ),
        Figure("largest difference of a number in the vectors", float(apart) * 1e6, "1e-6"),
    ]


if __name__ == "__main__":
    print("\n".join(figure.line() for figure in figures()))
