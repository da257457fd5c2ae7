"""Messages, progress and answers as the command line prints them."""

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
    """Make every character printable, so that one the terminal lacks cannot end the program.

    Output to a file or another program is UTF-8, because receipts are read again.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
            if not stream.isatty():
                stream.reconfigure(encoding="utf-8")


def give_up_output() -> None:
    """Discard the rest of the output; otherwise Python would fail on it again when it exits."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def note(message: str) -> None:
    """Print a message that is not part of the answer, to stderr."""
    sys.stderr.write(f"{message}\n")


@contextmanager
def working(what: str) -> "Iterator[None]":
    """Show a status line while the block runs, on a terminal only."""
    from rich.console import Console

    console = Console(stderr=True)
    if console.is_terminal:
        with console.status(f"{what} …"):
            yield
    else:
        yield


def summary(changes: "Changes") -> str:
    """One line that sums up an indexing run."""
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
    """Print an answer for a person, with its question as the heading if there are several."""
    from rich.console import Console
    from rich.text import Text

    from qa.render import one_line, to_text

    asked = ("" if first else "\n") + f"? {one_line(answer.question.asked)}\n" if heading else ""
    asked += _understood(answer)
    # subtle: sys.stdout is passed explicitly; otherwise rich bypasses it on old Windows consoles.
    console = Console(file=sys.stdout, soft_wrap=True, highlight=False, emoji=False)
    text = Text(
        asked + to_text(answer)
    )  # a Text, not markup: a document must not control the terminal
    if console.is_terminal:
        text.highlight_regex(r"«[^»]*»", "bold green")
        text.highlight_regex(r"(?m)^ {4}.*$", "dim")
    console.print(text)


def _understood(answer: "Answer") -> str:
    """A line that says how a follow-up was understood, and where it was searched."""
    from qa.render import one_line

    question, places = answer.question, len(answer.within)
    where = f" in {places} of the documents" if places > 1 else " in the document" if places else ""
    if question.is_rewritten:
        return f"Understood as: {one_line(question.text)}\n" + (
            f"Found{where} of the answer before.\n" if where and answer.found else ""
        )
    return f"Asked as typed,{where} of the answer before.\n" if where else ""
