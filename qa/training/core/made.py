"""Questions that a context seems to answer and does not, made from questions that were asked elsewhere.

Another name or figure in a question's own, two names that change places (Rajpurkar et al. 2018 describe
such questions, arxiv.org/abs/1806.03822), and questions on other contexts that search would find.
"""

import math
import random
import re
from collections import Counter
from collections.abc import Iterable, Sequence

from qa.training.core.examples import Example, context_key

_WORD_OF_NAME = r"[A-Z](?:[\w'’.-]*\w)?(?:(?<=\.[A-Z])\.)?"
_NAME = re.compile(rf"(?<=[a-z,] ){_WORD_OF_NAME}(?: (?:of |de |von |the )?{_WORD_OF_NAME})*")
_FIGURE = re.compile(r"(?<![\w.,])\d[\d,.]*(?<=\d)(?:st|nd|rd|th|s)?\b")
_JOINED = re.compile(r"\s*(?:,|\band\b|\bor\b|\bwith\b|&)\s*$")
_WORD = re.compile(r"\w+")
# Questions that name things are looked for among so many before and after.
NEIGHBOURS = 40
# The kinds of the examples that are made here.
MADE = ("made", "elsewhere")


def with_another_thing(
    example: Example, others: Iterable[Example], chance: random.Random
) -> Example | None:
    """The question with one name or figure taken from one of the `others`, which its context lacks.

    None where the question names nothing, or no other thing of its kind can be had.
    """
    question, held = example.question, context_key(example.context)
    for pattern in chance.sample((_NAME, _FIGURE), 2):
        things = list(pattern.finditer(question))
        if not things:
            continue
        one = chance.choice(things)
        fresh = [
            found[0]
            for other in others
            for found in pattern.finditer(other.question)
            if _alike(found[0], one[0])
            and context_key(found[0]) not in held
            and context_key(found[0]) not in context_key(question)
        ]
        if fresh:
            text = chance.choice(fresh[:12])
            return _near_miss(example, question[: one.start()] + text + question[one.end() :])
    return None


def with_roles_swapped(example: Example) -> Example | None:
    """The question with the two things it names in each other's place; None where that says the same.

    >>> asked = Example("1", "In what year did France attack Spain?", "France …", (), "")
    >>> with_roles_swapped(asked).question
    'In what year did Spain attack France?'
    """
    question = example.question
    names = list(_NAME.finditer(question))
    if len(names) != 2 or names[0][0] == names[1][0]:
        return None
    first, second = names
    between = question[first.end() : second.start()]
    # Names that are joined ("France and Spain", "Paris, France") mean the same in either order.
    if _JOINED.search(between) or len(between.split()) < 1:
        return None
    return _near_miss(
        example,
        f"{question[: first.start()]}{second[0]}{between}{first[0]}{question[second.end() :]}",
    )


def _near_miss(example: Example, question: str) -> Example:
    return Example(
        f"{example.id} made", question, example.context, (), example.source, MADE[0], MADE[0]
    )


def _alike(one: str, other: str) -> bool:
    """Whether one may stand in the other's place, as far as their shape shows."""
    if one == other:
        return False
    if one[0].isdigit():
        return len(one) == len(other) and one[-1].isalpha() == other[-1].isalpha()
    return abs(len(one.split()) - len(other.split())) <= 1 and one.isupper() == other.isupper()


def neighbours(
    examples: Sequence[Example], place: int, *, reach: int = NEIGHBOURS
) -> list[Example]:
    """The examples nearest to a place, nearest first: in most files they ask about the same article."""
    around = range(max(place - reach, 0), min(place + reach + 1, len(examples)))
    return [examples[i] for i in sorted(around, key=lambda i: abs(i - place)) if i != place]


def asked_of(example: Example, context: str) -> Example | None:
    """The question asked of another context, which does not answer it; None if it may.

    It may where the words of an answer stand in it, or where the answer to look out for is not known.
    """
    texts = [context_key(text) for text in example.texts]
    held = context_key(context)
    if not texts or context == example.context or any(text in held for text in texts):
        return None
    return Example(
        f"{example.id} elsewhere", example.question, context, (), example.source, MADE[1]
    )


class Bm25:
    """Finds the contexts that share most with a question (Robertson and Zaragoza 2009; Lucene's idf)."""

    def __init__(self, texts: Sequence[str], *, k1: float = 0.9, b: float = 0.4) -> None:
        counts = [Counter(_words(text)) for text in texts]
        lengths = [sum(count.values()) for count in counts]
        mean = sum(lengths) / max(len(lengths), 1) or 1.0
        self._postings: dict[str, list[tuple[int, float]]] = {}
        for number, count in enumerate(counts):
            norm = k1 * (1 - b + b * lengths[number] / mean)
            for word, often in count.items():
                self._postings.setdefault(word, []).append((number, often / (often + norm)))
        self._size = len(texts)

    def search(self, question: str, *, k: int) -> list[int]:
        """The numbers of the best k texts, best first; fewer if fewer share a word with it."""
        scores: dict[int, float] = {}
        for word in set(_words(question)):
            postings = self._postings.get(word, [])
            # Words of nearly every text cost most and tell least.
            if not postings or len(postings) > max(0.3 * self._size, 20):
                continue
            idf = math.log(1 + (self._size - len(postings) + 0.5) / (len(postings) + 0.5))
            for number, weight in postings:
                scores[number] = scores.get(number, 0.0) + idf * weight
        return sorted(scores, key=lambda number: (-scores[number], number))[:k]


def _words(text: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(text)]
