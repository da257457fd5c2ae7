"""Draw pairs of question and passage from the examples for each round of training.

Training sees more than the examples themselves: passages cut to other lengths, questions the way people
type them, and questions with passages that look right but do not answer.
"""

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from index.retrievers import STOP_WORDS
from qa.evaluation import Characters, Example, HardNegatives
from qa.training.config import Shares

_WORD = re.compile(r"\S+")


@dataclass(frozen=True, slots=True)
class Draw:
    """A question with a passage, the places of its answers, and places to ignore.

    `answers` is empty if the passage does not answer. `ignored` are other places where the words of an
    answer stand: they may or may not answer, so training counts them neither as right nor as wrong.
    """

    question: str
    passage: str
    answers: tuple[Characters, ...]
    ignored: tuple[Characters, ...] = ()


class Drawing:
    """Draws from examples; the same seed and the same place in the rounds give the same draws."""

    # A cropped passage has at least and at most this many words.
    SHORTEST, LONGEST = 25, 90

    def __init__(self, examples: Sequence[Example], shares: Shares, *, seed: int) -> None:
        self._examples, self._shares, self._seed = examples, shares, seed
        self._hard = HardNegatives(examples) if shares.negatives else None

    def block(self, epoch: int, first: int, count: int, *, gone: float) -> list[Draw]:
        """The draws of `count` examples of a round, starting at position `first` in its order.

        `gone` is the share of the whole training that is done, from 0 to 1.
        """
        order = list(range(len(self._examples)))
        random.Random(f"{self._seed} {epoch}").shuffle(order)  # noqa: S311
        chance = random.Random(f"{self._seed} {epoch} {first}")  # noqa: S311
        return [
            draw
            for number in order[first : first + count]
            for draw in self._draws(self._examples[number], chance, gone)
        ]

    def _draws(self, example: Example, chance: random.Random, gone: float) -> Iterator[Draw]:
        shares = self._shares
        question = example.question
        if chance.random() < shares.typed:
            question = as_typed(question, chance)
        start, end = shares.cropped
        cut = chance.random() < start + (end - start) * gone
        draw = Draw(question, example.context, example.answers, _elsewhere(example))
        yield _cropped(draw, chance, self.SHORTEST, self.LONGEST) if cut else draw
        other = None
        if chance.random() < shares.negatives and self._hard is not None:
            other = self._hard.draw(example, chance)
        if other is not None:
            draw = Draw(question, other, ())
            cut = chance.random() < start + (end - start) * gone
            yield _cropped(draw, chance, self.SHORTEST, self.LONGEST) if cut else draw


def _elsewhere(example: Example) -> tuple[Characters, ...]:
    """Other places where the words of the right answers stand, ignoring case."""
    found: dict[Characters, None] = {}
    for text in dict.fromkeys(example.texts):
        # subtle: lowering both would shift the offsets, since a few letters ("İ") turn into several.
        for match in re.finditer(re.escape(text), example.context, re.IGNORECASE):
            found[match.span()] = None
    return tuple(span for span in found if span not in example.answers)


def _cropped(draw: Draw, chance: random.Random, shortest: int, longest: int) -> Draw:
    """The draw with its passage cut to some words, around one of its answers if it has any."""
    words = [match.span() for match in _WORD.finditer(draw.passage)]
    length = chance.randint(shortest, longest)
    if len(words) <= length:
        return draw
    low, high = 0, len(words) - length
    if draw.answers:
        start, end = chance.choice(draw.answers)
        inside = [i for i, (a, b) in enumerate(words) if a < end and b > start]
        low, high = max(0, inside[-1] - length + 1), min(high, inside[0])
        if low > high:
            return draw
    first = chance.randint(low, high)
    start, end = words[first][0], words[first + length - 1][1]
    if draw.answers and not _within(draw.answers, start, end):
        # subtle: an answer may begin or end with white space, which is cut off at the edges.
        return draw
    return Draw(
        draw.question,
        draw.passage[start:end],
        _within(draw.answers, start, end),
        _within(draw.ignored, start, end),
    )


def _within(spans: Sequence[Characters], start: int, end: int) -> tuple[Characters, ...]:
    return tuple((a - start, b - start) for a, b in spans if start <= a and b <= end)


_LETTERS = re.compile(r"\w+")


def as_typed(question: str, random: random.Random) -> str:
    """The question rewritten in one or two of the ways that people type."""
    styles = [_without_mark, _lower, _keywords, _with_slip]
    for style in random.sample(styles, random.choice([1, 1, 2])):
        question = style(question, random)
    return question


def _without_mark(question: str, _: random.Random) -> str:
    return question.rstrip("?!. ") or question


def _lower(question: str, _: random.Random) -> str:
    return question.lower()


def _keywords(question: str, random: random.Random) -> str:
    """The question without its function words; its first word may stay ("when", "how")."""
    words = question.rstrip("?!. ").split()
    first = 1 if random.random() < 0.5 else 0
    kept = words[:first] + [w for w in words[first:] if w.lower() not in STOP_WORDS]
    return " ".join(kept) if len(kept) > 1 else question


def _with_slip(question: str, random: random.Random) -> str:
    """The question with a typing slip in a word of five or more letters: two swapped, one lost or doubled."""
    long = [found for found in _LETTERS.finditer(question) if len(found[0]) >= 5]
    if not long:
        return question
    found = random.choice(long)
    word, i = found[0], random.randrange(1, len(found[0]) - 1)
    slipped = random.choice(
        [
            word[:i] + word[i + 1] + word[i] + word[i + 2 :],
            word[:i] + word[i + 1 :],
            word[:i] + word[i] + word[i:],
        ]
    )
    return question[: found.start()] + slipped + question[found.end() :]
