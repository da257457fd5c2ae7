"""Temporary collections made from the contexts of a data set, each context a document."""

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
    """An assistant for a folder of documents, and the document id of each text."""

    assistant: Assistant
    ids: dict[str, str]

    def remove(self, texts: Sequence[str]) -> None:
        """Remove the documents of these texts from the folder and the index."""
        root = self.assistant.root
        for text in texts:
            (root / self.ids[text]).unlink()
        update(root, index_directory(root, None), self.assistant.index.encoder)


@contextmanager
def collection(
    texts: Sequence[str], encoder: Encoder, reader: Reader, display: Display = Display()
) -> Iterator[Collection]:
    """A collection with these texts as its documents, in a folder that is deleted afterwards."""
    with tempfile.TemporaryDirectory(prefix="qa-eval-") as name:
        # Plain text: a Markdown reader would find markup in them.
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
"""Asks the questions of some examples. Its arguments: the collection, the examples, whether their documents
are in it, and a function to call with the number of questions asked so far."""


@dataclass(frozen=True, slots=True)
class Both(Generic[T]):
    """The results of questions asked with their documents and without, and the number of documents.

    `near` holds the results of near misses: their documents were there but do not answer them.
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
    """Ask each question with its document in the collection, then half of them again without it.

    The near misses, which are about the same documents, are asked before any document is removed.
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
