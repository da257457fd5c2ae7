"""What the command line shows while it works, and how it shows an answer."""

import os
import sys
from contextlib import contextmanager
from io import TextIOWrapper
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from index.types import Changes
    from qa.types import Answer


def speak_utf8() -> None:
    """Let every character be printed: none may end the program because a terminal lacks it.

    Where the output goes to a file or a program it is UTF-8, as receipts are read again.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
            if not stream.isatty():
                stream.reconfigure(encoding="utf-8")


def give_up_output() -> None:
    """Send what is still to be printed nowhere, or Python would fail over it again at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def note(message: str) -> None:
    """Say something that is not part of the answer."""
    sys.stderr.write(f"{message}\n")


@contextmanager
def working(what: str) -> "Iterator[None]":
    """Say what takes its time, on a terminal only."""
    from rich.console import Console

    console = Console(stderr=True)
    if console.is_terminal:
        with console.status(f"{what} …"):
            yield
    else:
        yield


def summary(changes: "Changes") -> str:
    """What an indexing run did, in a line."""
    parts = [
        f"{count} {name}"
        for count, name in (
            (changes.added, "added"),
            (changes.changed, "changed"),
            (changes.removed, "removed"),
            (changes.unchanged, "unchanged"),
            (changes.skipped, "could not be read"),
        )
        if count
    ]
    return "Files: " + (", ".join(parts) or "none") + "."


def show(answer: "Answer", *, heading: bool, first: bool) -> None:
    """Print an answer for a person, under its question where there are several."""
    from rich.console import Console
    from rich.text import Text

    from qa.render import one_line, to_text

    asked = ("" if first else "\n") + f"? {one_line(answer.question.asked)}\n" if heading else ""
    asked += _understood(answer)
    # subtle: sys.stdout is named, or rich would write around it on old Windows consoles.
    console = Console(file=sys.stdout, soft_wrap=True, highlight=False, emoji=False)
    text = Text(asked + to_text(answer))  # a Text, not markup: nothing in a document is obeyed
    if console.is_terminal:
        text.highlight_regex(r"«[^»]*»", "bold green")
        text.highlight_regex(r"(?m)^ {4}.*$", "dim")
    console.print(text)


def _understood(answer: "Answer") -> str:
    """What a follow-up was understood as, and where it was looked for."""
    from qa.render import one_line

    question, places = answer.question, len(answer.within)
    where = f" in {places} of the documents" if places > 1 else " in the document" if places else ""
    if question.is_rewritten:
        return f"Understood as: {one_line(question.text)}\n" + (
            f"Found{where} of the answer before.\n" if where and answer.found else ""
        )
    return f"Asked as typed,{where} of the answer before.\n" if where else ""
