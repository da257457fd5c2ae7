"""Passages that look right to the eye of retrieval, and do not answer."""

import random
from collections.abc import Sequence

from index.lexical import LexicalIndex
from qa.examples import Example

# How many may look right, of which one is drawn.
MOST_RANKED = 8


class HardNegatives:
    """For each question, contexts of other examples that BM25 finds and that hold no right answer."""

    def __init__(self, examples: Sequence[Example]) -> None:
        self._contexts = list(dict.fromkeys(example.context for example in examples))
        self._folded = [context.casefold() for context in self._contexts]
        self._lexical = LexicalIndex.fit(self._contexts)

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
