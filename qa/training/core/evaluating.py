"""How well a reader reads and knows when to say no, with the context in hand."""

import argparse
import json
import logging
import random
import re
import string
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from qa.training.core.examples import Example, read_examples
from qa.training.core.labelled_windows import NONE, Window, Windowing
from qa.training.core.mixing import read_material
from qa.training.core.model import Reader, load_reader

log = logging.getLogger(__name__)
Floats = NDArray[np.float32]
_ARTICLES = re.compile(r"\b(a|an|the)\b")
_PUNCTUATION = str.maketrans("", "", string.punctuation)


@dataclass(frozen=True, slots=True)
class Said:
    """What a reader says to a question about a context.

    `text` is its best span ("" if none); `answer` the answer score, the highest of any window; `margin`
    the best span's score above that of "no answer".
    """

    text: str
    answer: float
    margin: float


@dataclass(frozen=True, slots=True)
class Figures:
    """How right a reader is on one kind of questions.

    `f1` and `exact` (0 to 100, SQuAD's way) are over the questions that have an answer; the AUROCs (0 to 1;
    None where one class is missing) tell answerable questions from others by the answer score, by the
    margin, and by the sum of both.
    """

    name: str
    answerable: int
    others: int
    f1: float
    exact: float
    auroc: float | None
    auroc_margin: float | None
    auroc_sum: float | None


def held_examples(
    held_out: dict[str, list[Example]], *, most: int | None = None
) -> dict[str, list[Example]]:
    """The held-out questions by what they measure; at most `most` of each.

    Near misses are measured against answerable questions of each kind: the written ones of the same style
    ("close", "paraphrased"), those of the other ("crossed": close near misses, paraphrased answers), and
    SQuAD's own on the same contexts.
    """
    written, stories = held_out.get("written", []), held_out.get("stories", [])
    near = [e for e in written if not e.answers]
    contexts = {e.context for e in written}
    own = [e for n in ("squad", "new_wiki") for e in held_out.get(n, []) if e.context in contexts]
    found = {
        "close": [e for e in written if e.style == "close"],
        "paraphrased": [e for e in written if e.style == "paraphrased"],
        "crossed": [e for e in written if (e.style == "close") != bool(e.answers)],
        "own": [*own, *near],
        "stories": stories,
    }
    return {name: spread(examples, most) for name, examples in found.items() if examples}


def spread(examples: list[Example], most: int | None) -> list[Example]:
    """At most `most` of the examples, drawn at random, the same each time, in their order."""
    if most is None or len(examples) <= most:
        return examples
    # subtle: each so-manieth would not do, since files list their kinds of questions in turn.
    return [examples[i] for i in sorted(random.Random(0).sample(range(len(examples)), most))]  # noqa: S311


def evaluate(reader: Reader, windowing: Windowing, sets: dict[str, list[Example]]) -> list[Figures]:
    """The figures of sets of questions; a question in several of them is read once."""
    every = list(dict.fromkeys(e for examples in sets.values() for e in examples))
    said = dict(zip(every, read(reader, windowing, every), strict=True))
    return [figures(name, [(e, said[e]) for e in examples]) for name, examples in sets.items()]


def read(reader: Reader, windowing: Windowing, examples: Sequence[Example]) -> list[Said]:
    """What the reader says to each question about its context."""
    windows = windowing.windows([(e.question, e.context) for e in examples])
    found: list[Said | None] = [None] * len(examples)
    for window, starts, ends, answer in scored(reader, windows):
        example, old = examples[window.pair], found[window.pair]
        first, last, score = best_span(starts, ends, window)
        margin = score - float(starts[NONE] + ends[NONE])
        text = example.context[window.offsets[first, 0] : window.offsets[last, 1]]
        new = Said(text, answer, margin)
        if old is not None:
            best = max(old, new, key=lambda one: one.margin)
            new = Said(best.text, max(old.answer, new.answer), best.margin)
        found[window.pair] = new
    return [said or Said("", -np.inf, -np.inf) for said in found]


def scored(
    reader: Reader, windows: Sequence[Window], *, tokens: int = 6144
) -> Iterator[tuple[Window, Floats, Floats, float]]:
    """Each window with its start and end scores, of shape (n,), and its answer score; the shortest first."""
    import torch

    order = sorted(windows, key=lambda window: (len(window.ids), window.pair))
    first = 0
    while first < len(order):
        stop = first + 1
        while stop < len(order) and (stop + 1 - first) * len(order[stop].ids) <= tokens:
            stop += 1
        batch = order[first:stop]
        with torch.inference_mode():
            scores, _ = reader(batch)
        starts, ends = scores.starts.cpu().numpy(), scores.ends.cpu().numpy()
        for row, window in enumerate(batch):
            n = len(window.ids)
            yield window, starts[row, :n], ends[row, :n], float(scores.answer[row])
        first = stop


def best_span(
    starts: Floats, ends: Floats, window: Window, *, longest: int = 30
) -> tuple[int, int, float]:
    """The best span of at most `longest` tokens within the context: first and last token, and score.

    Among equal ones the earliest and shortest. A window without a token of the context gives its first.
    """
    if window.first >= window.stop:
        return NONE, NONE, float("-inf")
    a, b = starts[window.first : window.stop], ends[window.first : window.stop]
    padded = np.concatenate([b, np.full(longest - 1, -np.inf, b.dtype)])
    table = a[:, None] + sliding_window_view(padded, longest)
    first, more = divmod(int(table.argmax()), longest)
    return window.first + first, window.first + first + more, float(table[first, more])


def figures(name: str, read: Sequence[tuple[Example, Said]]) -> Figures:
    """The figures of what was read."""
    answered = [(e, said) for e, said in read if e.answers]
    right = [bool(e.answers) for e, _ in read]
    return Figures(
        name=name,
        answerable=len(answered),
        others=len(read) - len(answered),
        f1=100 * _mean([max(token_f1(s.text, t) for t in e.texts) for e, s in answered]),
        exact=100 * _mean([float(is_exact(s.text, e.texts)) for e, s in answered]),
        auroc=auroc([s.answer for _, s in read], right),
        auroc_margin=auroc([s.margin for _, s in read], right),
        auroc_sum=auroc([s.answer + s.margin for _, s in read], right),
    )


def log_figures(found: Sequence[Figures]) -> None:
    """Write the figures to the log, a line for each set."""
    for one in found:
        aurocs = [
            "-" if a is None else f"{a:.3f}" for a in (one.auroc, one.auroc_margin, one.auroc_sum)
        ]
        log.info(
            "  %-12s %5d + %5d  F1 %.1f EM %.1f  AUROC answer %s margin %s both %s",
            *(one.name, one.answerable, one.others, one.f1, one.exact, *aurocs),
        )


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values)) if values else float("nan")


def normalised(text: str) -> str:
    """An answer as SQuAD compares it: lower case, without punctuation, articles and double spaces.

    >>> normalised("The  Eiffel Tower!")
    'eiffel tower'
    """
    return " ".join(_ARTICLES.sub(" ", text.lower().translate(_PUNCTUATION)).split())


def is_exact(text: str, right: Sequence[str]) -> bool:
    """Whether it is one of the right answers, as SQuAD compares them."""
    return any(normalised(text) == normalised(one) for one in right)


def token_f1(text: str, right: str) -> float:
    """The F1 of the words that both have, as SQuAD counts them (0 to 1)."""
    found, wanted = normalised(text).split(), normalised(right).split()
    if not found or not wanted:
        return float(found == wanted)
    shared = sum((Counter(found) & Counter(wanted)).values())
    return 2 * shared / (len(found) + len(wanted))


def auroc(scores: Sequence[float], right: Sequence[bool]) -> float | None:
    """How often a right one scores above a wrong one, a tie counting half; None if one kind is missing.

    >>> auroc([3.0, 1.0, 2.0], [True, False, True])
    1.0
    """
    values, truth = np.asarray(scores, float), np.asarray(right, bool)
    yes, no = int(truth.sum()), int((~truth).sum())
    if not yes or not no:
        return None
    # The mean rank of equal values, from 1 (Mann and Whitney 1947).
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    return float((ranks[truth].sum() - yes * (yes + 1) / 2) / (yes * no))


def measure(folder: Path, sets: dict[str, list[Example]], to: Path | None = None) -> list[Figures]:
    """The figures of the reader in a folder, written to the log and, as JSON, to a file."""
    found = evaluate(load_reader(folder), Windowing(folder), sets)
    log.info("%s", folder)
    log_figures(found)
    if to:
        rows = [asdict(one) for one in found]
        to.write_text(json.dumps(rows, indent=1) + "\n", "utf-8")
    return found


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reader", type=Path, required=True, help="folder of a reader")
    parser.add_argument("--data", type=Path, help="training files; those held out are read")
    parser.add_argument("--also", type=Path, nargs="*", default=[], help="files to read whole")
    parser.add_argument("--most", type=int, help="questions of each set, at most about so many")
    parser.add_argument("--to", type=Path, help="JSON file of the figures")
    chosen = parser.parse_args()
    logging.basicConfig(format="%(message)s", level=logging.INFO)
    sets = {path.name.split(".")[0]: read_examples(path) for path in chosen.also}
    sets = {name: spread(examples, chosen.most) for name, examples in sets.items()}
    if chosen.data:
        sets |= held_examples(read_material(chosen.data).held_out, most=chosen.most)
    measure(chosen.reader, sets, chosen.to)


if __name__ == "__main__":
    main()
