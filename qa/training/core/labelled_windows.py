"""Windows: a question with a context, or with a part of it, as tokens, and what is right in them."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file
from tokenizers import Encoding, Tokenizer

from qa.training.core.examples import Characters
from qa.training.core.mixing import Group

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Floats = NDArray[np.float32]
Tokens = tuple[int, int]

# The token whose scores stand for "no answer": the first, of which every encoder makes a summary.
NONE = 0


@dataclass(frozen=True, slots=True)
class Window:
    """What a model sees at once.

    `pair` is the number of the question and context it was made from. `ids` and `types` have shape (n,),
    `offsets` (characters in the context) shape (n, 2); the context's tokens are `first` to `stop`,
    half-open.
    """

    pair: int
    ids: NDArray[np.int32]
    types: NDArray[np.int8]
    offsets: NDArray[np.int32]
    first: int
    stop: int


@dataclass(frozen=True, slots=True)
class Labelled:
    """A window with what is right in it.

    `right` are the first and last tokens of the answers; none where it has no answer. `ignored` are
    tokens at which the words of an answer stand once more: they are neither asked for nor called wrong.
    `group` numbers the groups; `odds` are the log odds of an answer as the question's words alone tell.
    """

    window: Window
    right: tuple[Tokens, ...]
    ignored: tuple[Tokens, ...]
    group: int
    odds: float = 0.0


class Lesson(Protocol):
    """A window that a reader learns from, with the tokens of the answers in it."""

    @property
    def window(self) -> Window: ...
    @property
    def right(self) -> tuple[Tokens, ...]: ...


AnyLesson = TypeVar("AnyLesson", bound=Lesson)


class Windowing:
    """Cuts pairs of question and context into windows of at most `limit` tokens.

    Windows of one context overlap by `stride` tokens; a question longer than a quarter of the limit is
    cut.
    """

    def __init__(self, folder: Path, *, limit: int = 384, stride: int = 128) -> None:
        """`folder` holds the model's tokenizer.json."""
        path = str(folder / "tokenizer.json")
        # subtle: a tokeniser keeps how it truncates in itself, so each use has its own, set once.
        self._pairs, self._questions = Tokenizer.from_file(path), Tokenizer.from_file(path)
        for tokenizer in (self._pairs, self._questions):
            tokenizer.no_padding()
        stride = min(stride, limit // 4)
        self._pairs.enable_truncation(limit, stride=stride, strategy="only_second")
        self._questions.enable_truncation(max(limit // 4, 1))

    def windows(self, pairs: Sequence[tuple[str, str]]) -> list[Window]:
        """The windows of (question, context) pairs, in their order."""
        shortened = [(self._shortened(question), context) for question, context in pairs]
        return [
            _window(number, part)
            for number, whole in enumerate(self._pairs.encode_batch(shortened))
            for part in (whole, *whole.overflowing)
        ]

    def _shortened(self, question: str) -> str:
        found = self._questions.encode(question)
        return question[: max(b for _, b in found.offsets)] if found.overflowing else question


def _window(pair: int, encoded: Encoding) -> Window:
    inside = [i for i, sequence in enumerate(encoded.sequence_ids) if sequence == 1]
    return Window(
        pair=pair,
        ids=np.array(encoded.ids, np.int32),
        types=np.array(encoded.type_ids, np.int8),
        offsets=np.array(encoded.offsets, np.int32).reshape(-1, 2),
        first=inside[0] if inside else len(encoded.ids),
        stop=inside[-1] + 1 if inside else len(encoded.ids),
    )


def tokens_of(window: Window, span: Characters) -> Tokens | None:
    """The first and last token of some characters of the context; None unless all are in the window."""
    start, end = span
    starts, ends = window.offsets[window.first : window.stop].T
    first = np.flatnonzero((starts <= start) & (start < ends))
    last = np.flatnonzero((starts < end) & (end <= ends))
    if not first.size or not last.size:
        return None
    return int(first[0]) + window.first, int(last[-1]) + window.first


def _touches(window: Window, span: Characters) -> bool:
    starts, ends = window.offsets[window.first : window.stop].T
    return bool(np.any((starts < span[1]) & (ends > span[0])))


def labelled(
    windowing: Windowing,
    groups: Sequence[Group],
    *,
    odds: Sequence[float] | Floats | None = None,
    beside: float = 0.3,
    seed: int = 0,
) -> list[list[Labelled]]:
    """The windows of each group with what is right in them; `odds` has one entry for each question.

    Of the windows that lie beside an answer a share of `beside` (0 to 1) is kept, as windows without one;
    a window that holds a part of an answer only is left out.
    """
    chance = random.Random(seed)  # noqa: S311
    asked = [example for group in groups for example in group.asked]
    of_group = [number for number, group in enumerate(groups) for _ in group.asked]
    found: list[list[Labelled]] = [[] for _ in groups]
    for window in windowing.windows([(e.question, e.context) for e in asked]):
        example = asked[window.pair]
        right = [t for span in example.answers if (t := tokens_of(window, span))]
        if example.answers and not right:
            cut = any(_touches(window, span) for span in example.answers)
            if cut or chance.random() >= beside:
                continue
        again = (
            [
                t
                for span in _elsewhere(example.context, example.answers)
                if (t := tokens_of(window, span))
            ]
            if right
            else []
        )
        number = of_group[window.pair]
        told = float(odds[window.pair]) if odds is not None else 0.0
        found[number].append(Labelled(window, tuple(right), tuple(again), number, told))
    return [group for group in found if group]


def _elsewhere(context: str, answers: Sequence[Characters]) -> Iterator[Characters]:
    """Where else the words of the answers stand, as they are written."""
    for text in dict.fromkeys(context[start:end] for start, end in answers):
        start = context.find(text)
        while start >= 0:
            if (start, start + len(text)) not in answers:
                yield start, start + len(text)
            start = context.find(text, start + 1)


def batches(
    groups: Sequence[Sequence[AnyLesson]], *, tokens: int, seed: int, chunk: int = 256
) -> list[list[AnyLesson]]:
    """Batches of whole groups of like length, in random order: at most `tokens` each, with padding.

    A group larger than that is a batch of its own. Groups are sorted by length among `chunk` at a time, so
    that the first part of the batches is as mixed as the whole.
    """
    chance = random.Random(seed)  # noqa: S311
    found: list[list[AnyLesson]] = []
    for first in range(0, len(groups), chunk):
        here: list[list[AnyLesson]] = [[]]
        for group in sorted(groups[first : first + chunk], key=_longest):
            if here[-1] and (len(here[-1]) + len(group)) * _longest(group) > tokens:
                here.append([])
            here[-1].extend(group)
        chance.shuffle(here)
        found.extend(here)
    return found


def save_round(path: Path, round_: Sequence[Sequence[Labelled]]) -> None:
    """Write batches to a safetensors file, from which they come back but for the offsets of their tokens.

    Training has no need of these, and the file is to travel.
    """
    items = [item for batch in round_ for item in batch]
    windows = [item.window for item in items]
    columns = [
        (w.pair, w.first, w.stop, len(w.ids), len(item.right), len(item.ignored), item.group)
        for w, item in zip(windows, items, strict=True)
    ]
    spans = [span for item in items for span in (*item.right, *item.ignored)]
    ids = np.concatenate([w.ids for w in windows])
    save_file(
        {
            "batches": np.array([len(batch) for batch in round_], np.int32),
            "columns": np.array(columns, np.int32).reshape(-1, 7),
            "odds": np.array([item.odds for item in items], np.float32),
            "spans": np.array(spans, np.int32).reshape(-1, 2),
            "ids": ids.astype(np.uint16) if ids.max(initial=0) < 2**16 else ids,
            "types": np.concatenate([w.types for w in windows]),
        },
        path,
    )


def load_round(path: Path) -> list[list[Labelled]]:
    """The batches that `save_round` wrote."""
    held, nowhere = load_file(path), np.zeros((0, 2), np.int32)
    every = held["ids"].astype(np.int32)
    items: list[Labelled] = []
    token = span = 0
    rows = zip(held["columns"].tolist(), held["odds"].tolist(), strict=True)
    for (pair, first, stop, n, right, ignored, group), odds in rows:
        here = slice(token, token + n)
        window = Window(pair, every[here], held["types"][here], nowhere, first, stop)
        both = held["spans"][span : span + right + ignored].tolist()
        tokens = [(int(a), int(b)) for a, b in both]
        items.append(Labelled(window, tuple(tokens[:right]), tuple(tokens[right:]), group, odds))
        token, span = token + n, span + right + ignored
    bounds = np.concatenate([[0], np.cumsum(held["batches"])]).tolist()
    return [items[a:b] for a, b in pairwise(bounds)]


def _longest(items: Sequence[Lesson]) -> int:
    return max(len(item.window.ids) for item in items)


@dataclass(frozen=True, slots=True)
class Arrays:
    """Windows as a model takes them: `ids`, `mask` and `types` of shape (windows, longest), int64.

    `inside` (bool, same shape) says which tokens are the context's.
    """

    ids: Ints
    mask: Ints
    types: Ints
    inside: Bools


def padded(windows: Sequence[Window], padding: int) -> Arrays:
    """The windows padded on the right with the token `padding`."""
    shape = len(windows), max(len(window.ids) for window in windows)
    ids, mask, types = np.full(shape, padding), np.zeros(shape, int), np.zeros(shape, int)
    inside = np.zeros(shape, np.bool_)
    for row, window in enumerate(windows):
        n = len(window.ids)
        ids[row, :n], types[row, :n], mask[row, :n] = window.ids, window.types, 1
        inside[row, window.first : window.stop] = True
    return Arrays(ids, mask, types, inside)


@dataclass(frozen=True, slots=True)
class Targets:
    """What is right, for windows padded to the same length.

    `starts` and `ends` mark right tokens, `may_start` and `may_end` those that count at all, each bool of
    shape (windows, longest): NONE is right where there is no answer. `answered` and `odds` (float32) and
    `groups` (int64) have shape (windows,).
    """

    starts: Bools
    ends: Bools
    may_start: Bools
    may_end: Bools
    answered: Floats
    groups: Ints
    odds: Floats


def targets(batch: Sequence[Labelled], inside: Bools) -> Targets:
    """The targets of a batch; `inside` is that of its padded windows."""
    starts, ends = np.zeros(inside.shape, np.bool_), np.zeros(inside.shape, np.bool_)
    may_start, may_end = inside.copy(), inside.copy()
    for row, item in enumerate(batch):
        for first, last in item.ignored:
            may_start[row, first] = may_end[row, last] = False
        for first, last in item.right or ((NONE, NONE),):
            starts[row, first] = ends[row, last] = True
    may_start[:, NONE] = may_end[:, NONE] = True
    return Targets(
        starts,
        ends,
        may_start | starts,
        may_end | ends,
        np.array([bool(item.right) for item in batch], np.float32),
        np.array([item.group for item in batch], np.int64),
        np.array([item.odds for item in batch], np.float32),
    )
