"""Passages that look right to the eye of retrieval, and do not answer."""

import random
import re
from collections.abc import Iterator, Sequence

from index.retrievers import BM25Index, tokenize
from qa.evaluation.datasets import Example
from qa.question import named_entities
from qa.reader.confidence import OPPOSITES
from qa.types import EntityKind, NamedEntity

# How many may look right, of which one is drawn.
MOST_RANKED = 8


class HardNegatives:
    """For each question, contexts of other examples that BM25 finds and that hold no right answer."""

    def __init__(self, examples: Sequence[Example]) -> None:
        self._contexts = list(dict.fromkeys(example.context for example in examples))
        self._folded = [context.casefold() for context in self._contexts]
        self._lexical = BM25Index.fit(self._contexts)

    def draw(self, example: Example, chance: random.Random) -> str | None:
        """One of the contexts; None where there is none, or the answer to look out for is not known."""
        answers = [text.casefold() for text in example.texts]
        found = [
            number
            for number in self._lexical.search(example.question, k=2 * MOST_RANKED)
            if self._contexts[number] != example.context
            and not any(text in self._folded[number] for text in answers)
        ]
        return self._contexts[chance.choice(found[:MOST_RANKED])] if found and answers else None


def with_absent(examples: Sequence[Example], *, seed: int) -> list[Example]:
    """The examples, and each question once more beside a context that looks right and has no answer."""
    hard_negatives, chance = HardNegatives(examples), random.Random(seed)  # noqa: S311
    absent = [
        Example(f"{example.id} absent", example.question, context, (), example.source)
        for example in examples
        if (context := hard_negatives.draw(example, chance)) is not None
    ]
    return [*examples, *absent]


_BEFORE = re.compile(r"(\w+)\s+(the\s+)?$")


# What goes before tells places from people, where it is one of these.
_PLACING = frozenset(["in", "at", "from", "to", "near", "by", "of", "with", "during", "on", "did"])


Donors = dict[tuple[object, ...], list[tuple[int, str]]]
"""What questions name, by its shape, each with the place of its question."""


# How often the opposite is taken although something is named.
TURNED = 0.25


# Of so many donors that are looked at, one of the nearest is drawn.
MOST_DRAWN, NEAREST = 200, 8


def near_misses(
    examples: Sequence[Example], among: Sequence[Example], *, seed: int
) -> list[Example]:
    """For each example where that can be done, one with a question that its context does not answer.

    What is put in place of a name or a figure is taken from the questions `among` which the examples are,
    rather from one nearby: data sets list the questions of an article one after another, so that it is of
    the same topic.
    """
    chance = random.Random(seed)  # noqa: S311
    donors: Donors = {}
    for place, example in enumerate(among):
        for one in named_entities(example.question):
            for shape in _shapes(example.question, one):
                donors.setdefault(shape, []).append((place, one.text))
    places = {example: place for place, example in enumerate(among)}
    return [
        Example(f"{example.id} near miss", question, example.context, (), example.source)
        for example in examples
        if (question := next(_changed(example, places[example], donors, chance), None)) is not None
    ]


def _changed(example: Example, place: int, donors: Donors, chance: random.Random) -> Iterator[str]:
    """The question changed in the ways that there are, the likeliest to be wrong first."""
    question, held = example.question, set(tokenize(example.context))
    # Now and then the opposite although there is something named.
    if chance.random() < TURNED and (turned := _turned(question, held)):
        yield turned
    things = named_entities(question)
    for one in chance.sample(things, len(things)):
        if other := _other(question, one, held, place, donors, chance):
            yield question[: one.start] + other + question[one.end :]
    if turned := _turned(question, held):
        yield turned


def _other(
    question: str,
    one: NamedEntity,
    held: set[str],
    place: int,
    donors: Donors,
    chance: random.Random,
) -> str | None:
    """Something else of the same kind, of which the context has no word; rather from a question nearby."""
    taken = held | set(tokenize(question))
    for shape in _shapes(question, one):
        pool = sorted(donors.get(shape, ()), key=lambda donor: abs(donor[0] - place))
        fresh = [
            text
            for _, text in pool[:MOST_DRAWN]
            if (has := set(tokenize(text))) and not has & taken
        ]
        if fresh:
            return chance.choice(fresh[:NEAREST])
    return None


def _shapes(question: str, one: NamedEntity) -> Iterator[tuple[object, ...]]:
    """What another must be like to stand in its place, the strictest first."""
    if one.kind is not EntityKind.NAME:
        yield one.kind, one.text[-2:].isalpha(), len(one.text)
        return
    found = _BEFORE.search(question[: one.start])
    before = found[1].lower() if found else ""
    article = bool(found and found[2]) or before == "the"
    length = min(len(one.text.split()), 3)
    # Initials for initials, and "French" for "Russian", as far as endings show.
    form = one.text.isupper(), bool(re.search(r"(?:an|ese|ish|ch)s?$", one.text)), article
    yield one.kind, before if before in _PLACING else "", form, length
    yield one.kind, form, length


def _turned(question: str, held: set[str]) -> str | None:
    """The question with a word turned into its opposite, which the context does not have."""
    for found in re.finditer(r"[a-z]+", question):
        other = OPPOSITES.get(found[0])
        if other is not None and not set(tokenize(other)) & held:
            return question[: found.start()] + other + question[found.end() :]
    return None
