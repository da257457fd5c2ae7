"""Turn draws into labelled windows, and windows into batches of similar length."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qa.evaluation import Characters
from qa.reader.span_model import Window, Windowing
from qa.training.sampling import Draw


@dataclass(frozen=True, slots=True)
class Labelled:
    """A window, with where answers start and end in it, and where they may.

    The four arrays are bool and have one entry for each token.
    """

    window: Window
    starts: NDArray[np.bool_]
    ends: NDArray[np.bool_]
    may_start: NDArray[np.bool_]
    may_end: NDArray[np.bool_]


def labelled(
    windowing: Windowing, draws: Sequence[Draw], chance: random.Random, negatives: float
) -> Iterator[Labelled]:
    """The windows of the draws, labelled with their right answers.

    A window without any part of an answer is a negative. If its passage does have an answer elsewhere,
    only a share of `negatives` of such windows is kept. A window with no whole answer but a part of one
    is left out.
    """
    for window in windowing.windows([(draw.question, draw.passage) for draw in draws]):
        draw = draws[window.pair]
        spans = [found for span in draw.answers if (found := tokens_of(window, span))]
        beside = bool(draw.answers) and not spans
        cuts = beside and any(_touches(window, span) for span in draw.answers)
        if cuts or (beside and chance.random() > negatives):
            continue
        starts, ends = np.zeros((2, len(window.ids)), np.bool_)
        for first, last in spans or [(window.none, window.none)]:
            starts[first] = ends[last] = True
        may_start, may_end = window.allowed.copy(), window.allowed.copy()
        for span in draw.ignored:
            if found := tokens_of(window, span):
                may_start[found[0]] = may_end[found[1]] = False
        may_start[window.none] = may_end[window.none] = True
        yield Labelled(window, starts, ends, may_start | starts, may_end | ends)


def tokens_of(window: Window, span: Characters) -> tuple[int, int] | None:
    """The first and last token of a span of the passage; None unless all of it is in the window."""
    start, end = span
    first = last = None
    for token, (a, b) in enumerate(window.offsets):
        if window.allowed[token]:
            if a <= start < b:
                first = token
            if a < end <= b:
                last = token
    return (first, last) if first is not None and last is not None else None


def _touches(window: Window, span: Characters) -> bool:
    rows = zip(window.allowed, window.offsets, strict=True)
    return any(allowed and a < span[1] and b > span[0] for allowed, (a, b) in rows)


def batches(
    found: Sequence[Labelled], most_tokens: int, chance: random.Random
) -> list[list[Labelled]]:
    """Batches of windows of similar length, at most `most_tokens` with padding, in random order."""
    order = sorted(found, key=lambda item: len(item.window.ids) + chance.random())
    out: list[list[Labelled]] = [[]]
    for item in order:
        if out[-1] and (len(out[-1]) + 1) * len(item.window.ids) > most_tokens:
            out.append([])
        out[-1].append(item)
    chance.shuffle(out)
    return [batch for batch in out if batch]
