"""Save what people say about answers, in formats that evaluation and training can read.

There are three files of JSON lines in the index folder:

`feedback.jsonl`            every judgement as it was given, with its time and the citation
`feedback-questions.jsonl`  questions whose right answer is known; `qa eval own` reads it
`feedback-examples.jsonl`   questions whose answer has a known place in a known context; `qa train` and
                            `qa calibrate` read it
"""

import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from filelock import FileLock

from corpus.errors import StorageError
from corpus.types import Span
from index.storage import check_ordinary, open_ordinary
from qa.reader import sentence_around

EVERY, QUESTIONS, EXAMPLES = (
    "feedback.jsonl",
    "feedback-questions.jsonl",
    "feedback-examples.jsonl",
)


# Characters on either side of a right answer that become the context of an example.
AROUND = 400


@dataclass(frozen=True, slots=True)
class Judgement:
    """A person's judgement of an answer.

    `quote` is the answer and `passage` is where it was read. If there was no answer, `quote` is None, and
    `passage` is None or the one that came closest. `right` is the right answer in the person's own words, or
    the value that was right where no words of a text were quoted; "" if there is none. `right_at` is where
    they found it in the documents.
    """

    question: str
    helpful: bool
    quote: Span | None = None
    passage: Span | None = None
    right: str = ""
    right_at: Span | None = None

    def question_row(self) -> dict[str, Any] | None:
        """The question with its right answer, for `qa eval own`; None if that is not known."""
        if self.helpful:
            said = self.quote.text if self.quote else self.right
            return {"question": self.question, "answer": said or None}
        if self.right_at is not None:
            return {
                "question": self.question,
                "answer": self.right_at.text,
                **_place(self.right_at),
            }
        return {"question": self.question, "answer": self.right} if self.right else None

    def example_row(self) -> dict[str, Any] | None:
        """The question with its context, for `qa train`; None if the right place is not known."""
        answer = self.quote if self.helpful else self.right_at
        if not self.helpful and answer is not None:
            return _example(self.question, _surroundings(answer), answer)
        if not self.helpful or self.passage is None:
            return None
        return _example(self.question, self.passage, answer)

    def row(self) -> dict[str, Any]:
        """The whole judgement, with the time now."""
        now = datetime.now(UTC).isoformat(timespec="seconds")
        said: dict[str, Any] = {"at": now, "question": self.question, "helpful": self.helpful}
        if self.right:
            said["right"] = self.right
        if self.right_at is not None:
            said["right"] = self.right_at.text
            said["right_at"] = _place(self.right_at)
        if self.quote is not None:
            said |= {**_place(self.quote), "quote": self.quote.text}
        return said


def keep(directory: Path, judgement: Judgement) -> None:
    """Append a judgement to the files in the index folder.

    Raises:
        StorageError: if it cannot be written.
    """
    rows = (
        (EVERY, judgement.row()),
        (QUESTIONS, judgement.question_row()),
        (EXAMPLES, judgement.example_row()),
    )
    try:
        check_ordinary(directory / "feedback.lock")
        with FileLock(directory / "feedback.lock"):
            for name, row in rows:
                if row is not None:
                    _append(directory / name, row)
    except OSError as error:
        raise StorageError(f"The feedback cannot be saved: {error.strerror}.") from error


def _place(span: Span) -> dict[str, Any]:
    document = span.document
    return {
        "document": document.id,
        "sha256": document.sha256,
        "start": span.start,
        "end": span.end,
    }


def _example(question: str, context: Span, answer: Span | None) -> dict[str, Any]:
    answers = []
    if answer is not None:
        answers = [{"text": answer.text, "start": answer.start - context.start}]
    return {"question": question, "context": context.text, "answers": answers}


def _surroundings(span: Span) -> Span:
    """The sentences around a span: about as long as a passage."""
    document = span.document
    first, last = max(0, span.start - AROUND), min(len(document.text), span.end + AROUND)
    return sentence_around(document, first, last)


def _append(path: Path, row: dict[str, Any]) -> None:
    """Append a line, completely or not at all."""
    line = json.dumps(row, ensure_ascii=False).encode("utf-8", "replace") + b"\n"
    descriptor = open_ordinary(path, os.O_RDWR | os.O_CREAT | os.O_APPEND)
    with os.fdopen(descriptor, "rb+", buffering=0) as handle:
        end = handle.seek(0, os.SEEK_END)
        try:
            handle.write(line)
            os.fsync(handle.fileno())
        except OSError:
            handle.truncate(end)  # a full disk must not leave half a line
            raise
