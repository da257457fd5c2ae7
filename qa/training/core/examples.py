"""Questions with their contexts and right answers, read from files, and who is held out."""

import gzip
import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Characters = tuple[int, int]
_LETTERS = re.compile(r"\W+")


@dataclass(frozen=True, slots=True)
class Example:
    """A question, a context, and where in it the right answers stand.

    `answers` are (start, end) in characters, half-open; none where the context does not answer. `source`
    is the name of the file without its endings. `kind` and `style` are as the file says, or empty.
    """

    id: str
    question: str
    context: str
    answers: tuple[Characters, ...]
    source: str
    kind: str = ""
    style: str = ""

    @property
    def texts(self) -> tuple[str, ...]:
        """The words of the right answers."""
        return tuple(self.context[start:end] for start, end in self.answers)


def read_examples(path: Path) -> list[Example]:
    """The examples of a file of JSON lines, plain or gzipped, in their order.

    Raises:
        ValueError: if an answer does not stand where the file says.
    """
    raw = path.read_bytes()
    text = (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode("utf-8")
    source = path.name.split(".")[0]
    # subtle: str.splitlines would also break at separators that may stand within a JSON string.
    return [_example(json.loads(line), source) for line in text.split("\n") if line.strip()]


def _example(record: dict[str, Any], source: str) -> Example:
    context, spans = record["context"], []
    for answer in record["answers"]:
        start, end = answer["start"], answer["start"] + len(answer["text"])
        if context[start:end] != answer["text"]:
            raise ValueError(f"{record['id']}: {answer['text']!r} does not stand at {start}")
        spans.append((start, end))
    return Example(
        id=str(record["id"]),
        question=record["question"].strip(),
        context=context,
        answers=tuple(dict.fromkeys(spans)),
        source=source,
        kind=record.get("kind", ""),
        style=record.get("style", ""),
    )


def context_key(context: str) -> str:
    """What copies of a context have in common: its letters and figures.

    >>> context_key("It opened in 1889 .") == context_key("It opened in 1889.")
    True
    """
    return _LETTERS.sub("", context.casefold())


def is_held_out(context: str, *, share: float = 0.1, seed: int = 0) -> bool:
    """Whether a context is kept back for measuring; it depends on the context and the seed alone.

    So all questions on a context are on the same side, in every file and in every round. `share` of all
    contexts (0 to 1) are kept back.
    """
    digest = hashlib.sha256(f"{seed} {context_key(context)}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64 < share


def by_context(examples: list[Example]) -> dict[str, list[Example]]:
    """The examples of each context, both in their order; contexts that differ only in spacing are two."""
    found: dict[str, list[Example]] = {}
    for example in examples:
        found.setdefault(example.context, []).append(example)
    return found
