"""How long our reader takes for 8 passages: as int8 ONNX, which ships, and the same weights in torch.

    python -m tests.benchmarks.reading

The passages are the longest of the built-in samples; each way is timed in turn, and the median is
printed with its ratio to torch.
"""

import tempfile
from pathlib import Path

from index import load_encoder
from qa.defaults import PASSAGES_READ
from qa.question import parse
from qa.reader.load import load_extractive_reader, load_reader, reader_folder
from qa.training.onnx_import import import_weights
from tests.benchmarks.encoding import sample_passages
from tests.benchmarks.measuring import Figure, in_turn

QUESTION = "How many people came to the opening of the tunnel in the year 2016?"
ROUNDS = 15


def figures() -> list[Figure]:
    """Milliseconds of both ways."""
    passages = sorted(sample_passages(load_encoder()), key=len)[-PASSAGES_READ:]
    with tempfile.TemporaryDirectory() as name:
        import_weights(reader_folder(), Path(name))
        plain, ours = load_extractive_reader("torch", Path(name)), load_reader(None)
    taken = in_turn(
        {
            "torch": lambda: plain.read(parse(QUESTION), passages),
            "ours": lambda: ours.read(parse(QUESTION), passages),
        },
        times=ROUNDS,
    )
    return [
        Figure("reading 8 passages, torch, float32", 1000 * taken["torch"], "ms"),
        Figure(
            "reading 8 passages, ONNX, int8",
            1000 * taken["ours"],
            "ms",
            taken["torch"] / taken["ours"],
            "torch",
        ),
    ]


if __name__ == "__main__":
    print("\n".join(figure.line() for figure in figures()))
