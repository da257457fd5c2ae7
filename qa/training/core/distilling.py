"""A teacher's scores as data, and what a smaller reader learns from them (Hinton et al. 2015).

The scores name characters, not tokens, so that a student may have another tokeniser.
"""

import gzip
import json
import random
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file

from qa.training.core.evaluating import Floats, scored
from qa.training.core.examples import Example, by_context
from qa.training.core.labelled_windows import (
    NONE,
    Bools,
    Labelled,
    Window,
    Windowing,
    labelled,
    targets,
)
from qa.training.core.made import Bm25
from qa.training.core.mixing import Group, style_odds
from qa.training.core.model import Reader, Scores, load_reader, save_reader
from qa.training.core.training import Losses, losses

UNLABELLED = "unlabelled"
BEST = 20


@dataclass(frozen=True, slots=True)
class Kept:
    """A teacher's scores of n windows, of the pair of question and context with the number `pair`.

    `covers` (n, 2): the characters of the context in the window. `start_at` and `end_at` (n, BEST): the
    characters where its best start tokens begin and its best end tokens end (-1: no more tokens), with
    their scores in `starts` and `ends` (n, BEST). `none` (n, 2): start and end score of "no answer".
    `over` (n, 2): log of the sum of exp of all start and of all end scores, "no answer" too. `answer`
    (n,): the log odds that there is an answer. Scores are float16, all else int32.
    """

    pair: NDArray[np.int32]
    covers: NDArray[np.int32]
    start_at: NDArray[np.int32]
    end_at: NDArray[np.int32]
    starts: NDArray[np.float16]
    ends: NDArray[np.float16]
    none: NDArray[np.float16]
    over: NDArray[np.float16]
    answer: NDArray[np.float16]


def score_pairs(reader: Reader, windowing: Windowing, examples: Sequence[Example]) -> Kept:
    """The reader's scores of the windows of questions and contexts, by pair and place."""
    windows = windowing.windows([(e.question, e.context) for e in examples])
    rows = [_row(*found) for found in scored(reader, windows) if found[0].first < found[0].stop]
    rows.sort(key=lambda row: (row["pair"], *row["covers"]))
    kinds = Kept.__annotations__
    columns: dict[str, Any] = {
        name: np.array(
            [row[name] for row in rows], np.float16 if "float16" in str(kinds[name]) else np.int32
        )
        for name in kinds
    }
    return Kept(**columns)


def _row(window: Window, starts: Floats, ends: Floats, answer: float) -> dict[str, Any]:
    here = slice(window.first, window.stop)
    offsets = window.offsets[here]
    none = float(starts[NONE]), float(ends[NONE])
    over = (
        np.logaddexp.reduce([none[0], *starts[here]]),
        np.logaddexp.reduce([none[1], *ends[here]]),
    )
    start_at, best_starts = _best(starts[here], offsets[:, 0])
    end_at, best_ends = _best(ends[here], offsets[:, 1])
    return {
        "pair": window.pair,
        "covers": (offsets[0, 0], offsets[-1, 1]),
        "start_at": start_at,
        "end_at": end_at,
        "starts": best_starts,
        "ends": best_ends,
        "none": none,
        "over": over,
        "answer": answer,
    }


def _best(scores: Floats, at: NDArray[np.int32]) -> tuple[NDArray[np.int32], Floats]:
    """The places and values of the best scores, best first, filled up with -1 and the lowest float16."""
    order = np.argsort(-scores, kind="stable")[:BEST]
    places, values = np.full(BEST, -1, np.int32), np.full(BEST, -65504.0, np.float32)
    places[: order.size], values[: order.size] = at[order], scores[order]
    return places, values


def write_scores(path: Path, kept: Kept, examples: Sequence[Example]) -> None:
    """Write scores to a safetensors file, whole or not at all, and their questions to a .jsonl.gz."""
    lines = "".join(json.dumps(asdict(e), ensure_ascii=False) + "\n" for e in examples)
    _questions(path).write_bytes(gzip.compress(lines.encode(), mtime=0))
    partial = path.with_name(f".{path.name}")
    save_file({name: np.ascontiguousarray(getattr(kept, name)) for name in Kept.__slots__}, partial)
    partial.replace(path)


def read_scores(path: Path) -> tuple[Kept, list[Example]]:
    """The scores that `write_scores` wrote, and their questions."""
    lines = gzip.decompress(_questions(path).read_bytes()).decode().split("\n")
    records = [json.loads(line) for line in lines if line]
    examples = [
        Example(**{**record, "answers": tuple((a, b) for a, b in record["answers"])})
        for record in records
    ]
    return Kept(**load_file(path)), examples


def _questions(path: Path) -> Path:
    return path.with_suffix(".jsonl.gz")


def unlabelled(train: Sequence[Example], *, count: int, seed: int) -> list[Group]:
    """Questions beside contexts that search finds for them, whether these answer or not."""
    chance = random.Random(seed)  # noqa: S311
    contexts = list(by_context(list(train)))
    index = Bm25(contexts)
    groups = []
    for example in chance.sample(train, min(count, len(train))):
        found = [contexts[n] for n in index.search(example.question, k=4)]
        others = [context for context in found if context != example.context]
        if others:
            context = chance.choice(others)
            asked = replace(example, context=context, answers=(), kind=UNLABELLED)
            groups.append(Group(context, (asked,)))
    return groups


@dataclass(frozen=True, slots=True)
class Soft:
    """What a teacher gives to tokens of a window: `tokens` (k,), and their `scores` (k,)."""

    tokens: NDArray[np.int64]
    scores: Floats


@dataclass(frozen=True, slots=True)
class Taught:
    """A student's window with what is right in it, if that is known, and what the teacher says of it."""

    item: Labelled
    starts: Soft
    ends: Soft
    answer: float
    known: bool

    @property
    def window(self) -> Window:
        """What the student sees."""
        return self.item.window

    @property
    def right(self) -> tuple[tuple[int, int], ...]:
        """The first and last tokens of the answers."""
        return self.item.right


def odds_of(examples: Sequence[Example]) -> Floats:
    """For each question, the log odds of an answer as its words alone tell; 0 without a label."""
    known = [number for number, example in enumerate(examples) if example.kind != UNLABELLED]
    odds = np.zeros(len(examples), np.float32)
    odds[known] = style_odds([Group(examples[i].context, (examples[i],)) for i in known])
    return odds


def taught(
    windowing: Windowing, kept: Kept, examples: Sequence[Example], odds: Floats | None = None
) -> list[list[Taught]]:
    """The student's windows of the questions, in groups by context; `odds` are those of `odds_of`.

    A window that no window of the teacher's covers for the most part is left out.
    """
    rows: dict[int, list[int]] = {}
    for row, pair in enumerate(kept.pair.tolist()):
        rows.setdefault(pair, []).append(row)
    contexts: dict[tuple[str, bool], list[int]] = {}
    for pair, example in enumerate(examples):
        contexts.setdefault((example.context, example.kind == UNLABELLED), []).append(pair)
    # Four at a time, as the teacher read them: a batch then has several contexts.
    parts = [pairs[i : i + 4] for pairs in contexts.values() for i in range(0, len(pairs), 4)]
    groups = [Group(examples[p[0]].context, tuple(examples[i] for i in p)) for p in parts]
    order = [pair for part in parts for pair in part]
    found = []
    told = None if odds is None else odds[order]
    for group in labelled(windowing, groups, odds=told, beside=1.0):
        items = [_taught(item, order, rows, kept, examples) for item in group]
        if kept_items := [item for item in items if item is not None]:
            found.append(kept_items)
    return found


def _taught(
    item: Labelled,
    order: Sequence[int],
    rows: dict[int, list[int]],
    kept: Kept,
    examples: Sequence[Example],
) -> Taught | None:
    window, pair = item.window, order[item.window.pair]
    if window.first >= window.stop:
        return None
    begin, stop = window.offsets[window.first, 0], window.offsets[window.stop - 1, 1]
    shared = [
        (min(stop, kept.covers[row, 1]) - max(begin, kept.covers[row, 0]), row)
        for row in rows.get(pair, [])
    ]
    if not shared or max(shared)[0] < 0.9 * (stop - begin):
        return None
    row = max(shared)[1]
    starts = _soft(window, 0, kept.start_at[row], kept.starts[row], kept.none[row, 0])
    ends = _soft(window, 1, kept.end_at[row], kept.ends[row], kept.none[row, 1])
    known = examples[pair].kind != UNLABELLED
    return Taught(item, starts, ends, float(kept.answer[row]), known)


def _soft(
    window: Window,
    side: int,
    at: NDArray[np.int32],
    scores: NDArray[np.float16],
    none: np.float16,
) -> Soft:
    """The teacher's scores for the student's tokens; `side` 0: of their beginnings, 1: of their ends."""
    offsets = window.offsets[window.first : window.stop, side].tolist()
    places = {place: token + window.first for token, place in enumerate(offsets)}
    pairs = [
        (places[place], float(score))
        for place, score in zip(at.tolist(), scores, strict=True)
        if place in places
    ]
    tokens, values = zip((NONE, float(none)), *pairs, strict=True)
    return Soft(np.array(tokens, np.int64), np.array(values, np.float32))


@dataclass(frozen=True, slots=True)
class Distilling:
    """How a student learns: `soft` is the weight (0 to 1) of the teacher's word against the labels'.

    At `temperature` t both sides' scores are divided by t, and the loss is multiplied by t squared.
    """

    soft: float = 0.7
    temperature: float = 2.0

    def __call__(self, batch: Sequence[Taught], scores: Scores, inside: Bools) -> Losses:
        """The losses of a batch; where no label is known, the teacher's word alone."""
        import torch
        from torch.nn.functional import binary_cross_entropy_with_logits

        device = scores.starts.device
        counted = inside.copy()
        counted[:, NONE] = True
        may = torch.from_numpy(counted).to(device)
        spans = 0.5 * (
            self._spans(scores.starts, may, [item.starts for item in batch])
            + self._spans(scores.ends, may, [item.ends for item in batch])
        )
        wanted = torch.tensor([item.answer for item in batch], device=device).sigmoid()
        answer = binary_cross_entropy_with_logits(scores.answer, wanted)
        rows = [row for row, item in enumerate(batch) if item.known]
        if not rows:
            return Losses(spans, answer, answer.detach() * 0)
        some = Scores(scores.starts[rows], scores.ends[rows], scores.answer[rows])
        hard = losses(some, targets([batch[row].item for row in rows], inside[rows]))
        share = (1 - self.soft) * len(rows) / len(batch)
        return Losses(
            (1 - share) * spans + share * hard.spans,
            (1 - share) * answer + share * hard.answer,
            hard.rank,
        )

    def _spans(self, logits: Any, may: Any, soft: Sequence[Soft]) -> Any:
        """Mean cross-entropy of the student's distribution against the teacher's, both at temperature."""
        import torch

        wanted = torch.zeros_like(logits)
        for row, one in enumerate(soft):
            values = torch.from_numpy(one.scores).to(logits.device) / self.temperature
            wanted[row, torch.from_numpy(one.tokens).to(logits.device)] = values.softmax(0)
        scaled = (logits / self.temperature).masked_fill(~may, -1e9)
        return -(wanted * scaled.log_softmax(1)).sum(1).mean() * self.temperature**2


def thinned(reader: Reader, layers: Iterable[int], to: Path) -> None:
    """Write a reader to a folder that has some layers of another, and all else as it is there."""
    from torch import nn

    kept = list(layers)
    body = reader.modules["body"]
    config = type(body.config)(**{**body.config.to_dict(), "num_hidden_layers": len(kept)})
    smaller = type(body)(config, add_pooling_layer=False)
    weights = {}
    for name, values in body.state_dict().items():
        parts = name.split(".")
        if parts[:2] == ["encoder", "layer"]:
            if int(parts[2]) not in kept:
                continue
            parts[2] = str(kept.index(int(parts[2])))
        weights[".".join(parts)] = values.cpu()
    smaller.load_state_dict(weights)
    heads = {name: reader.modules[name] for name in ("span", "pool", "answer")}
    save_reader(replace(reader, modules=nn.ModuleDict({"body": smaller, **heads})), to)
    load_reader(to, device="cpu")
