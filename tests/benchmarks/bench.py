"""How fast it is on this machine: each figure beside the plain way, timed in the same run.

    python -m tests.benchmarks.bench [--full] [--stories FILE_OR_FOLDER] [--questions FILE] [--json FILE]

Encoding and reading against sentence-transformers and torch, BM25 against rank_bm25 (and bm25s where it
is installed), search by meaning against FAISS's flat index, and questions to collections of 1,000 and
10,000 passages, with --full up to 1,000,000. The collections are made of the sentences of real stories
(the built-in samples, unless others are named) put together anew; their vectors of those of real
passages. They are asked scraps of sentences or, with --questions, what stands in a file of `qa eval`,
whose contexts are put among them. Then what each trick brings. --json keeps the figures with the commit,
the processor and the versions; `tests.benchmarks.curves` draws them.
"""

import argparse
import tempfile
import time
from pathlib import Path

from index import load_encoder
from tests.benchmarks import ablation, bm25, encoding, reading, scale
from tests.benchmarks.measuring import Figure, machine, report

SIZES, FULL_SIZES = (1_000, 10_000), (1_000, 10_000, 100_000, 1_000_000)


def main() -> None:
    """Measure all of it, and print the tables as they are there."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--full", action="store_true", help="up to 1,000,000 passages: an hour")
    parser.add_argument("--stories", type=Path, help="JSON lines, or a folder of documents")
    parser.add_argument("--questions", type=Path, help="a data set, as qa eval takes it")
    parser.add_argument("--json", type=Path, metavar="FILE", help="keep the figures there")
    options = parser.parse_args()
    facts = machine()
    print(f"{facts['processor']}, {facts['cores']} cores, commit {facts['commit']}")
    began = time.monotonic()
    found: dict[str, list[Figure]] = {}
    stories: Path | None = options.stories

    def show(name: str, figures: list[Figure]) -> None:
        found[name] = figures
        print(f"{name} ({time.monotonic() - began:.0f} s)")
        print("\n".join(figure.line() for figure in figures), flush=True)

    show("Encoding", encoding.figures())
    show("Reading", reading.figures())
    show("BM25", bm25.figures(100_000 if options.full else 10_000, stories))
    show("What each trick brings", ablation.figures())
    encoder = load_encoder()
    for count in FULL_SIZES if options.full else SIZES:
        with tempfile.TemporaryDirectory() as place:
            figures = scale.figures(count, Path(place), stories, encoder, options.questions)
            show(f"{count:,} passages", [*figures, *scale.process_figures(Path(place))])
    report(found, options.json)


if __name__ == "__main__":
    main()
