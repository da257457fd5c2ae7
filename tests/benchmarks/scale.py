"""What a question costs as the collection grows: time, memory, and what the nearest cells miss.

    python -m tests.benchmarks.scale --passages 1000 10000 --stories FILE_OR_FOLDER [--questions FILE]

The collections are made of the sentences of real stories (the built-in samples, unless others are named);
their vectors are put together from those of real passages. Each is asked by a process of its own, scraps
of sentences or, with --questions, the questions of a file as `qa eval` takes it, whose contexts are
documents of the collection, too. With --keep the collections stay in that folder, and the next run uses
them again.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from corpus.samples import samples
from index import load_encoder
from index.retrievers.dense import DenseIndex
from index.retrievers.ivf import EXACT
from index.search.generation import load, prepare
from index.storage.database import FILE_NAME
from index.types import Encoder
from qa.evaluation.datasets import read_examples
from tests.benchmarks.measuring import Figure, in_turn, median_s, taken_s
from tests.benchmarks.stories import build, passages_of, texts_of

QUESTIONS, BEST = 20, 10
# Questions of a file that are asked.
MOST_ASKED = 150

# What a person waits for who asks once, in a process of its own, and what the process takes of memory.
_ASK = """
import json, statistics, sys, time
from pathlib import Path
from index import Index, load_encoder
from qa.answering.assistant import Assistant
from qa.reader.load import SentenceReader, load_reader
from index.types import Changes
folder, questions = Path(sys.argv[1]), json.loads(sys.argv[2])
encoder = load_encoder()
began = time.perf_counter()
index = Index.open(folder, encoder)
opened = time.perf_counter() - began
assistant = Assistant(folder, index, load_reader(None), SentenceReader(encoder), Changes())
searching, asking = [], []
for question in questions:
    began = time.perf_counter()
    found = assistant.find(question)
    searching.append(time.perf_counter() - began)
    assistant.read(found)
    asking.append(time.perf_counter() - began)
# subtle: getrusage would count what the process that began this one had.
try:
    status = Path("/proc/self/status").read_text().splitlines()
except OSError:
    status = []
sizes = {line.split(":")[0]: int(line.split()[1]) for line in status if line.startswith(("VmHWM", "RssAnon"))}
print(json.dumps([opened, statistics.median(searching[1:]), statistics.median(asking[1:]),
                  sorted(asking[1:])[-1], sizes.get("VmHWM", 0), sizes.get("RssAnon", 0)]))
"""


def figures(
    count: int, folder: Path, stories: Path | None, encoder: Encoder, asked: Path | None = None
) -> list[Figure]:
    """The figures of a collection of so many passages in `folder`, which is made if it is not there."""
    examples = read_examples([asked]) if asked else []
    texts = texts_of(stories or samples())
    if not (folder / FILE_NAME).exists():
        folder.mkdir(parents=True, exist_ok=True)
        build(folder, texts, count, encoder, list(dict.fromkeys(e.context for e in examples)))
    path, name = folder / FILE_NAME, f"{count:,} passages"
    rows = [
        Figure(f"{name}: preparing for questions", taken_s(lambda: prepare(path, encoder)), "s"),
        Figure(f"{name}: again, nothing new", taken_s(lambda: prepare(path, encoder)), "s"),
        *dense_figures(name, path, encoder, texts),
    ]
    questions = [" ".join(p.split()[3:13]) for p in passages_of(texts, QUESTIONS, seed=7)]
    if examples:
        step = max(1, len(examples) // MOST_ASKED)
        questions = [example.question for example in examples[::step]]
    command = [sys.executable, "-c", _ASK, str(folder), json.dumps(questions)]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    opened, searching, asking, most, memory, private = json.loads(ran.stdout)
    return [
        *rows,
        Figure(f"{name}: opening the index", 1000 * opened, "ms"),
        Figure(f"{name}: search, median", 1000 * searching, "ms"),
        Figure(f"{name}: ask, median", 1000 * asking, "ms"),
        Figure(f"{name}: ask, slowest of {len(questions) - 1}", 1000 * most, "ms"),
        Figure(f"{name}: peak memory, mapped files counted", memory / 1024, "MB"),
        Figure(f"{name}: memory of its own at the end", private / 1024, "MB"),
    ]


def dense_figures(name: str, path: Path, encoder: Encoder, texts: list[str]) -> list[Figure]:
    """Search by meaning against FAISS's flat index, and how many of the ten nearest are found."""
    import faiss

    state = load(path, encoder, None)
    ours, rows = state.dense, np.ascontiguousarray(state.dense.vectors)
    flat = faiss.IndexFlatIP(rows.shape[1])
    flat.add(rows)
    asked = encoder.encode_questions([p[:90] for p in passages_of(texts, 50, seed=5)])
    taken = in_turn(
        {
            "flat": lambda: [flat.search(q[np.newaxis], BEST) for q in asked[:10]],
            "ours": lambda: [ours.search(q, k=BEST) for q in asked[:10]],
        }
    )
    exact = DenseIndex(ours.vectors, ours.missing)
    shares = [
        len(ours.search(q, k=BEST).keys() & exact.search(q, k=BEST).keys()) / BEST for q in asked
    ]
    state.documents.close()
    times = {way: 100 * seconds for way, seconds in taken.items()}
    way = "nearest cells" if len(rows) > EXACT else "all compared"
    return [
        Figure(f"{name}: nearest by FAISS's flat index", times["flat"], "ms"),
        Figure(
            f"{name}: nearest, {way}", times["ours"], "ms", times["flat"] / times["ours"], "flat"
        ),
        Figure(f"{name}: recall@{BEST} against exact", float(np.mean(shares)), ""),
    ]


def process_figures(folder: Path) -> list[Figure]:
    """How long a person waits for a whole process: `qa --help`, and `qa ask` on a ready index."""
    qa = [str(Path(sys.executable).with_name("qa"))]
    ask = [*qa, "ask", str(folder), "Who is the chairman?", "--index", str(folder), "--no-refresh"]

    def run(command: list[str]) -> None:
        subprocess.run(command, capture_output=True, check=False)

    return [
        Figure("qa --help, whole process", median_s(lambda: run([*qa, "--help"])), "s"),
        Figure("qa ask, whole process", median_s(lambda: run(ask)), "s"),
    ]


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--passages", type=int, nargs="+", default=[1000, 10_000])
    parser.add_argument("--stories", type=Path)
    parser.add_argument("--questions", type=Path)
    parser.add_argument("--keep", type=Path)
    options = parser.parse_args()
    encoder = load_encoder()
    with tempfile.TemporaryDirectory() as place:
        for count in options.passages:
            folder = (options.keep or Path(place)) / str(count)
            rows = figures(count, folder, options.stories, encoder, options.questions)
            print("\n".join(f.line() for f in [*rows, *process_figures(folder)]), flush=True)


if __name__ == "__main__":
    main()
