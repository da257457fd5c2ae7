"""What a teacher reads in one round: groups of questions on one context, answerable ones and others.

A reader takes whatever gives the class away, and then does not learn to read. So both classes stand in
each group, in the same hands' style: beside the written questions and near misses stand the context's own
questions, near misses made of these, and other contexts' questions. What a question's words alone still
give away is measured, so that training can leave it out of account.
"""

import random
import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qa.training.core.examples import Example, by_context, is_held_out, read_examples
from qa.training.core.made import (
    Bm25,
    asked_of,
    neighbours,
    with_another_thing,
    with_roles_swapped,
)


@dataclass(frozen=True, slots=True)
class Group:
    """Questions on one context, which are batched and ranked together."""

    context: str
    asked: tuple[Example, ...]


@dataclass(frozen=True, slots=True)
class Mix:
    """How many contexts of each source a round has (None: all), and how they are asked about.

    `most` is the largest size of a group; `typed` the share of questions (0 to 1) written without their
    capitals or their mark.
    """

    written: int | None = None
    stories: int | None = None
    squad: int | None = 1500
    new_wiki: int | None = None
    reddit: int | None = 800
    qed: int | None = 2500
    quoref: int | None = 350
    most: int = 4
    typed: float = 0.08


FILES = {
    "written": "written",
    "stories": "stories",
    "squad": "squad_v11_train",
    "new_wiki": "squadshifts_new_wiki",
    "reddit": "squadshifts_reddit",
    "qed": "qed_nq_train",
    "quoref": "quoref_superni",
}


@dataclass(frozen=True, slots=True)
class Material:
    """All examples by source (the keys of FILES), those to train on and those held out."""

    train: dict[str, list[Example]]
    held_out: dict[str, list[Example]]


def read_material(folder: Path, *, most: int | None = None) -> Material:
    """The training files of a folder, split by context; files that are not there are passed over.

    `most` limits how many examples of each file are taken, from its beginning.
    """
    train: dict[str, list[Example]] = {}
    held_out: dict[str, list[Example]] = {}
    for name, stem in FILES.items():
        path = folder / f"{stem}.jsonl.gz"
        for example in read_examples(path)[:most] if path.exists() else []:
            side = held_out if is_held_out(example.context) else train
            side.setdefault(name, []).append(example)
    return Material(train, held_out)


def groups_of_round(train: dict[str, list[Example]], mix: Mix, *, seed: int) -> list[Group]:
    """The groups of a round in random order; the same for the same examples, mix and seed."""
    chance = random.Random(seed)  # noqa: S311
    taken = {example.context for example in train.get("written", [])}
    found: list[Group] = []
    for name, examples in train.items():
        left = [e for e in examples if name in ("written", "stories") or e.context not in taken]
        found += _source(name, left, train, getattr(mix, name), chance)
    small = [part for group in found for part in _parts(group, mix.most, chance)]
    chance.shuffle(small)
    return [
        replace(group, asked=tuple(_typed(e, mix.typed, chance) for e in group.asked))
        for group in small
    ]


def _source(
    name: str,
    examples: Sequence[Example],
    train: dict[str, list[Example]],
    most: int | None,
    chance: random.Random,
) -> Iterator[Group]:
    """The groups of one source, whole."""
    contexts = by_context(list(examples))
    chosen = list(contexts)
    if most is not None and most < len(chosen):
        chosen = sorted(chance.sample(chosen, most), key=list(contexts).index)
    if name == "stories":
        yield from (Group(context, tuple(contexts[context])) for context in chosen)
    elif name == "written":
        yield from _written(contexts, chosen, train, chance)
    else:
        yield from _asked(contexts, chosen, chance)


def _written(
    contexts: dict[str, list[Example]],
    chosen: Sequence[str],
    train: dict[str, list[Example]],
    chance: random.Random,
) -> Iterator[Group]:
    """The written questions of a context, two of its own, and now and then one made or from nearby."""
    asked = [e for name in ("squad", "new_wiki") for e in train.get(name, [])]
    places: dict[str, list[int]] = {}
    for place, example in enumerate(asked):
        places.setdefault(example.context, []).append(place)
    for context in chosen:
        here = places.get(context, [])
        own = [asked[place] for place in chance.sample(here, min(2, len(here)))]
        others = _made(asked, here, chance) if chance.random() < 0.6 else None
        if others is None or chance.random() < 0.25:
            others = _from_nearby(asked, here, context, chance) or others
        yield Group(context, (*contexts[context], *own, *([others] if others else [])))


def _asked(
    contexts: dict[str, list[Example]], chosen: Sequence[str], chance: random.Random
) -> Iterator[Group]:
    """Two questions of a context, and one without an answer: made, from nearby, or found by search."""
    examples = [example for context in contexts.values() for example in context]
    places: dict[str, list[int]] = {}
    for place, example in enumerate(examples):
        places.setdefault(example.context, []).append(place)
    found = _found_by_search(contexts, chosen, chance)
    for context in chosen:
        here = places[context]
        own = [examples[place] for place in chance.sample(here, min(2, len(here)))]
        other = _made(examples, here, chance) if chance.random() < 0.5 else None
        if other is None and chance.random() < 0.6:
            near = _from_nearby(examples, here, context, chance)
            other = found.get(context, near) if chance.random() < 0.7 else near
        yield Group(context, (*own, *([other] if other else [])))


def _made(
    examples: Sequence[Example], places: Sequence[int], chance: random.Random
) -> Example | None:
    """A near miss made of one of the questions at the places, if that can be done."""
    for place in chance.sample(places, len(places)):
        example = examples[place]
        swapped = with_roles_swapped(example) if chance.random() < 0.3 else None
        found = swapped or with_another_thing(example, neighbours(examples, place), chance)
        if found:
            return found
    return None


def _from_nearby(
    examples: Sequence[Example], places: Sequence[int], context: str, chance: random.Random
) -> Example | None:
    """A question on another context of the same article, as far as the order of the file tells."""
    if not places:
        return None
    near = neighbours(examples, chance.choice(places), reach=20)
    elsewhere = [found for e in near if (found := asked_of(e, context)) is not None]
    return chance.choice(elsewhere) if elsewhere else None


def _found_by_search(
    contexts: dict[str, list[Example]], chosen: Sequence[str], chance: random.Random
) -> dict[str, Example]:
    """For contexts, a question on another one for which search finds them."""
    index = Bm25(chosen)
    found: dict[str, Example] = {}
    for context in chosen:
        example = chance.choice(contexts[context])
        for number in index.search(example.question, k=6):
            elsewhere = asked_of(example, chosen[number])
            if elsewhere is not None and chosen[number] not in found:
                found[chosen[number]] = elsewhere
                break
    return found


def _parts(group: Group, most: int, chance: random.Random) -> list[Group]:
    """The group in parts of at most `most` questions, each with its share of both classes."""
    count = -(-len(group.asked) // most)
    answered = [e for e in group.asked if e.answers]
    others = [e for e in group.asked if not e.answers]
    chance.shuffle(answered)
    chance.shuffle(others)
    # subtle: the classes are dealt one after the other, from where the last one ended.
    dealt = [*answered, *others]
    parts = [dealt[first::count] for first in range(count)]
    return [Group(group.context, tuple(part)) for part in parts if part]


def _typed(example: Example, share: float, chance: random.Random) -> Example:
    """The example, or for a `share` of them one whose question is typed carelessly."""
    if chance.random() >= share:
        return example
    question = example.question.rstrip("?!. ") or example.question
    if chance.random() < 0.7:
        question = question.lower()
    return replace(example, question=question)


_TOKEN = re.compile(r"\w+|\?")
_FEATURES = 2**16


def style_odds(groups: Sequence[Group], *, folds: int = 5) -> NDArray[np.float32]:
    """For each question of the groups in their order, the log odds of an answer as its words alone tell.

    From logistic regression on words and pairs of words. Each question's odds come from others alone, and
    not from those that were made of it or that it was made of, so that they say what its style gives away
    and not what it is; shape (questions,).
    """
    import torch

    asked = [example for group in groups for example in group.asked]
    fold = np.array([zlib.crc32(e.id.split(" ")[0].encode()) % folds for e in asked])
    right = np.array([bool(e.answers) for e in asked], np.float32)
    bags = [torch.tensor(_features(e.question)) for e in asked]
    odds = np.zeros(len(asked), np.float32)
    for number in range(folds):
        inside, outside = np.flatnonzero(fold != number), np.flatnonzero(fold == number)
        if not outside.size or len(set(right[inside].tolist())) < 2:
            continue
        weights, offset = _logistic([bags[i] for i in inside], torch.from_numpy(right[inside]))
        for i in outside:
            odds[i] = float(weights[bags[i]].sum() / len(bags[i]) ** 0.5 + offset)
    return odds


def _logistic(bags: Sequence[Any], right: Any) -> tuple[Any, Any]:
    """Weights of features and an offset, by logistic regression with a penalty on their squares."""
    import torch
    from torch.nn.functional import binary_cross_entropy_with_logits, embedding_bag

    starts = np.cumsum([0, *(len(bag) for bag in bags[:-1])])
    tokens, offsets = torch.cat(list(bags)), torch.from_numpy(starts)
    scale = torch.tensor([len(bag) ** -0.5 for bag in bags])
    weights = torch.zeros(_FEATURES, 1, requires_grad=True)
    offset = torch.zeros(1, requires_grad=True)
    optimiser = torch.optim.Adam([weights, offset], lr=0.1)
    for _ in range(60):
        logits = embedding_bag(tokens, weights, offsets, mode="sum").squeeze(1) * scale + offset
        penalty = weights.square().sum() / (2 * len(bags))
        loss = binary_cross_entropy_with_logits(logits, right) + penalty
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return weights.detach().squeeze(1), offset.detach()


def _features(question: str) -> list[int]:
    """Numbers of a question's words, of its pairs of words, and of where it begins and ends."""
    words = ["^", *_TOKEN.findall(question.lower()), "$"]
    pairs = [" ".join(pair) for pair in pairwise(words)]
    return [zlib.crc32(text.encode()) % _FEATURES for text in (*words[1:-1], *pairs)]
