"""How long our reader takes for 8 passages: as int8 ONNX, which ships, and the same weights in torch.

    python tests/benchmarks/reading.py

The passages are the longest of the built-in samples; each way is timed in turn, and the median is
printed with its ratio to torch.
"""

import statistics
import tempfile
import time
from pathlib import Path

from corpus import split_passages
from corpus.loading import Loaded, load
from index import load_encoder
from qa.answering import samples
from qa.defaults import PASSAGES_READ
from qa.reading import Reader, extractive_reader, load_reader, reader_folder
from qa.training.importing import import_weights

QUESTION = "How many people came to the opening of the tunnel in the year 2016?"
ROUNDS = 15


def main() -> None:
    starts = load_encoder().token_starts
    passages = [
        passage
        for found in load(samples())
        if isinstance(found, Loaded)
        for document in found.documents
        for passage in split_passages(document, token_starts=starts)
    ]
    passages = sorted(passages, key=len)[-PASSAGES_READ:]
    with tempfile.TemporaryDirectory() as name:
        import_weights(reader_folder(), Path(name))
        readers: dict[str, Reader] = {
            "torch, float32": extractive_reader("torch", Path(name)),
            "ONNX, int8": load_reader(None),
        }
    seconds: dict[str, list[float]] = {name: [] for name in readers}
    for number in range(ROUNDS + 1):
        for name, reader in readers.items():
            begun = time.perf_counter()
            reader.read(QUESTION, passages)
            if number:  # the first is to warm up
                seconds[name].append(time.perf_counter() - begun)
    medians = {name: statistics.median(values) for name, values in seconds.items()}
    for name, median in medians.items():
        print(f"{name:16}{1000 * median:7.0f} ms{median / medians['torch, float32']:8.2f}")


if __name__ == "__main__":
    main()
