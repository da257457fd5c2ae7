"""Read questions with their right answers from files, for training and measuring a reader."""

import gzip
import json
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from corpus.errors import ExampleError, QuestionError, why_unread
from qa.question import validate

Characters = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Example:
    """A question, a context, and the places of the right answers in it.

    `answers` are (start, end) in characters, half-open; empty if the context does not answer.
    `source` is the name of the file without its extensions.
    """

    id: str
    question: str
    context: str
    answers: tuple[Characters, ...]
    source: str = ""

    @property
    def texts(self) -> tuple[str, ...]:
        """The words of the right answers."""
        return tuple(self.context[start:end] for start, end in self.answers)


def read_examples(paths: Iterable[Path]) -> list[Example]:
    """The examples in JSON lines or SQuAD files, plain or gzipped, in order.

    Each JSON line has `question`, `context` and `answers`: a list of `{"text", "start"}`, empty if the
    context does not answer. SQuAD's own `{"text": […], "answer_start": […]}` is read too.

    Raises:
        ExampleError: if a file cannot be read or has no questions, or if an answer is not at its stated
            place.
    """
    found: list[Example] = []
    for path in paths:
        before = len(found)
        found.extend(_read(path))
        if len(found) == before:
            raise ExampleError(f"{str(path)!r} contains no questions.")
    return found


def split(
    examples: Sequence[Example], share: float, *, block: int = 60
) -> tuple[list[Example], list[Example]]:
    """The examples to train on, and a `share` to hold out: whole runs of `block` contexts of a source.

    Data sets list the paragraphs of an article one after another, so runs of them keep most articles on
    one side. A small source has one shorter run. The split depends only on the order of the examples, and
    no context is on both sides.

    Raises:
        ValueError: if the share is not at least 0 and below 1.
    """
    if not 0 <= share < 1:
        raise ValueError(f"a share of {share} cannot be held out")
    places: dict[str, dict[str, int]] = {}
    for example in examples:
        seen = places.setdefault(example.source, {})
        seen.setdefault(example.context, len(seen))
    held = {
        context
        for seen in places.values()
        for context, place in seen.items()
        if share and _is_held(place, len(seen), share, block)
    }
    return (
        [example for example in examples if example.context not in held],
        [example for example in examples if example.context in held],
    )


def _is_held(place: int, count: int, share: float, block: int) -> bool:
    """Whether the context at `place` among the `count` contexts of its source is held out."""
    block = min(block, max(1, int(count * share)))
    period = block / share
    return place % period >= period - block


def _read(path: Path) -> Iterator[Example]:
    source = path.name.split(".")[0]
    try:
        data = path.read_bytes()
        text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode("utf-8-sig")
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise ExampleError(f"{str(path)!r} cannot be read: {why_unread(error)}.") from error
    for where, record in _records(path, text):
        yield _example(f"{str(path)!r}, {where}", record, source)


def _records(path: Path, text: str) -> Iterator[tuple[str, Any]]:
    """Each record, with its place in the file for messages."""
    if (whole := _json_or_none(text)) is not None and isinstance(whole, dict) and "data" in whole:
        yield from _squad(path, whole)
        return
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            record = _json_or_none(line)
            if record is None:
                raise ExampleError(
                    f"{str(path)!r}, line {number}: not JSON. Use JSON lines or the SQuAD format."
                )
            yield f"line {number}", record


def _json_or_none(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _squad(path: Path, whole: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    try:
        for article in whole["data"]:
            for paragraph in article["paragraphs"]:
                for asked in paragraph["qas"]:
                    yield (
                        f"question {asked.get('id', '')!r}",
                        {**asked, "context": paragraph["context"]},
                    )
    except (KeyError, TypeError, AttributeError) as error:
        raise ExampleError(f"{str(path)!r} is not in the SQuAD format: {error!r}.") from error


def _example(where: str, record: Any, source: str) -> Example:
    try:
        question, context = record["question"], record["context"]
        answers = record["answers"]
        if isinstance(answers, dict):
            pairs = list(zip(answers["text"], answers["answer_start"], strict=True))
        else:
            pairs = [
                (a["text"], a["start"] if "start" in a else a["answer_start"]) for a in answers
            ]
        for text in (question, context, *(text for text, _ in pairs)):
            if not isinstance(text, str):
                raise TypeError(f"{text!r} is not a string")
            text.encode("utf-8")  # no tokeniser accepts a lone surrogate, which is not a character
        question = validate(question)
        spans = [(int(start), int(start) + len(text)) for text, start in pairs]
    except (KeyError, TypeError, ValueError, OverflowError, QuestionError) as error:
        raise ExampleError(
            f"{where}: not a question with a context and answers ({error!r})."
        ) from error
    for (text, _), (start, end) in zip(pairs, spans, strict=True):
        # subtle: Python would count a negative start from the end.
        if not text.strip() or start < 0 or context[start:end] != text:
            raise ExampleError(f"{where}: the answer {text!r} is not at character {start}.")
    once = tuple(dict.fromkeys(spans))
    return Example(str(record.get("id", "")), question, context, once, source)
