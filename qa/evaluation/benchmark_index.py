"""Collections made of a data set's contexts: each one a document, to be asked and then taken away."""

import random
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from index.indexing import update
from index.storage import index_directory
from index.types import Encoder
from qa.answering import Assistant, Display
from qa.evaluation.datasets import Example
from qa.reader import Reader

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Collection:
    """An assistant for a folder of documents, and the id that each text has in it."""

    assistant: Assistant
    ids: dict[str, str]

    def remove(self, texts: Sequence[str]) -> None:
        """Take the documents of these texts out of the folder and the index."""
        root = self.assistant.root
        for text in texts:
            (root / self.ids[text]).unlink()
        update(root, index_directory(root, None), self.assistant.index.encoder)


@contextmanager
def collection(
    texts: Sequence[str], encoder: Encoder, reader: Reader, display: Display = Display()
) -> Iterator[Collection]:
    """The texts as the documents of a folder that is deleted afterwards, indexed with progress."""
    with tempfile.TemporaryDirectory(prefix="qa-eval-") as name:
        # Markdown would read markup into them.
        ids = {text: f"{number:06}.txt" for number, text in enumerate(dict.fromkeys(texts))}
        for text, file in ids.items():
            Path(name, file).write_text(text, "utf-8", newline="")
        with display.indexing() as progress:
            assistant = Assistant.open(name, encoder=encoder, reader=reader, progress=progress)
        with assistant:
            yield Collection(assistant, ids)


def half(examples: Sequence[Example], *, seed: int) -> list[str]:
    """A random half of the examples' contexts."""
    contexts = list(dict.fromkeys(example.context for example in examples))
    return random.Random(seed).sample(contexts, len(contexts) // 2)  # noqa: S311


Ask = Callable[[Collection, Sequence[Example], bool, Callable[[int], None]], list[T]]
"""Asks the questions of examples, told whether their documents are there, and tells how many are asked."""


@dataclass(frozen=True, slots=True)
class Both(Generic[T]):
    """What came of the questions with their documents and of those without, and how many documents there were.

    `near` is what came of near misses, whose documents were there and do not answer.
    """

    there: list[T]
    absent: list[T]
    near: list[T]
    documents: int


def ask_both(
    examples: Sequence[Example],
    others: Sequence[str],
    encoder: Encoder,
    reader: Reader,
    ask: Ask[T],
    *,
    seed: int,
    near: Sequence[Example] = (),
    display: Display = Display(),
) -> Both[T]:
    """Each question with its document in the collection, and those of a half once more without it.

    Before that the near misses, which are about the same documents.
    """
    contexts = [example.context for example in examples]
    with collection([*contexts, *others], encoder, reader, display) as made:

        def asked(some: Sequence[Example], what: str, *, there: bool) -> list[T]:
            with display.counting(what, "questions") as progress:
                return ask(made, some, there, lambda done: progress(done, len(some)))

        there = asked(examples, "Asking", there=True)
        missed = asked(near, "Asking near misses", there=False) if near else []
        gone = half(examples, seed=seed)
        made.remove(gone)
        orphans = [example for example in examples if example.context in set(gone)]
        absent = asked(orphans, "Asking without their documents", there=False)
    return Both(there, absent, missed, len(made.ids))
