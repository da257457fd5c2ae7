"""What each trick brings: the same work with it and without it, in turn, in one run.

    python -m tests.benchmarks.ablation

The texts are the passages of the built-in samples, the questions ask for them. A trick that brings
nothing should go.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

from corpus.types import Span
from index import load_encoder
from index.encoders import onnx_encoder, onnx_graphs
from index.encoders.bfloat16_encoder import quicker
from index.encoders.load import encoder_folder
from index.encoders.onnx_conversion import conversion_folder
from index.encoders.onnx_encoder import OnnxEncoder
from index.passage_text import encoder_text
from qa.answering.assistant import Assistant
from qa.defaults import PASSAGES_READ
from qa.reader.load import reader_folder
from qa.reader.span_model.onnx_model import OUTPUTS, WEIGHTS, OnnxModel
from qa.reader.span_model.windows import padded
from tests.benchmarks.encoding import sample_passages
from tests.benchmarks.measuring import Figure, in_turn
from tests.benchmarks.reading import QUESTION

QUESTIONS = (
    "How long is the Gotthard Base Tunnel?",
    "When did the Cassini mission end?",
    "Which disease of cattle was eradicated in 2011?",
    "Who detected gravitational waves in 2017?",
    "How much is the contract for the Power of Siberia worth?",
    "Where is the THAAD battery?",
    "What does the Paris Agreement limit warming to?",
    "When did North Korea launch the Hwasong-14?",
)


def figures() -> list[Figure]:
    """Milliseconds with each trick, and how many times faster that is than without it."""
    encoder = load_encoder()
    assert isinstance(encoder, OnnxEncoder)
    passages = sample_passages(encoder)
    return [*_encoding(encoder, passages), *_reading(passages), *_asking()]


def _encoding(encoder: OnnxEncoder, passages: Sequence[Span]) -> list[Figure]:
    # Of any length, as texts come: whole passages and their beginnings.
    texts = [encoder_text(p)[: 120 * (n % 12 + 1)] for n, p in enumerate(passages)]
    folder = conversion_folder(encoder.sha256, encoder.config_sha256)
    digests = {"sha256": encoder.sha256, "config_sha256": encoder.config_sha256}
    with _all_fused():
        fused = OnnxEncoder(encoder.name, folder, **digests)
    rounded = quicker(encoder, encoder_folder())
    ways = {
        "ours": lambda: encoder.encode_passages(texts),
        "unsorted": lambda: _unsorted(encoder, texts),
        "fused": lambda: fused.encode_passages(texts),
    }
    if rounded is not None:
        ways["bfloat16"] = lambda: rounded.encode_passages(texts)
    taken = in_turn(ways)
    found = [
        _figure("encoding: texts of like length together", taken, "ours", "unsorted"),
        _figure("encoding: additions and normalisations apart", taken, "ours", "fused"),
    ]
    if rounded is not None:
        found.append(_figure("encoding: bfloat16", taken, "bfloat16", "ours"))
    return found


def _unsorted(encoder: OnnxEncoder, texts: Sequence[str]) -> None:
    with patch.object(onnx_encoder, "_batches", lambda encoded: _of(len(encoded), 16)):
        encoder.encode_passages(texts)


def _of(count: int, size: int) -> Iterator[list[int]]:
    for first in range(0, count, size):
        yield list(range(first, min(first + size, count)))


@contextmanager
def _all_fused() -> Iterator[None]:
    """Sessions that are made here fuse what they like."""
    with patch.object(onnx_graphs, "SLOWER", ""):
        yield


def _reading(passages: Sequence[Span]) -> list[Figure]:
    longest = sorted(passages, key=len)[-PASSAGES_READ:]
    folder: Path = reader_folder()
    ours = OnnxModel("ours", folder)
    with _all_fused():
        fused = OnnxModel("fused", folder)
    whole = onnx_graphs.session(folder / WEIGHTS)
    windows = ours.windowing(stride=128).windows([(QUESTION, one.text) for one in longest])
    taken = in_turn(
        {
            "ours": lambda: ours.scores(windows),
            "fused": lambda: fused.scores(windows),
            "one array": lambda: whole.run(OUTPUTS, padded(windows, 0)),
        },
        times=15,
    )
    return [
        _figure("reading: additions and normalisations apart", taken, "ours", "fused"),
        _figure("reading: a window for each thread, not one array", taken, "ours", "one array"),
    ]


def _asking() -> list[Figure]:
    with Assistant.open() as assistant:

        def loop() -> None:
            assistant.answers.clear()
            for question in QUESTIONS:
                assistant.ask(question)

        def together() -> None:
            assistant.answers.clear()
            assistant.ask_many(QUESTIONS)

        taken = in_turn(
            {
                "loop": loop,
                "together": together,
                "again": lambda: assistant.ask_many(QUESTIONS),
            }
        )
    return [
        _figure("asking: eight questions at once, not in a loop", taken, "together", "loop"),
        _figure("asking: answers are kept", taken, "again", "loop"),
    ]


def _figure(name: str, taken: dict[str, float], way: str, plain: str) -> Figure:
    return Figure(name, 1000 * taken[way], "ms", taken[plain] / taken[way], "without")


if __name__ == "__main__":
    print("\n".join(figure.line() for figure in figures()))
