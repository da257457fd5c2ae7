"""What the command line shows while it works, and how it shows an answer."""

import os
import sys
import time
from contextlib import contextmanager
from io import TextIOWrapper
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from rich.progress import Progress as Bar

    from index.building import Changes, Progress
    from index.encoding import Encoder
    from index.types import Step
    from qa.answering import Assistant
    from qa.reading import Reader
    from qa.training.running import TrainingProgress
    from qa.types import Answer


SECONDS_A_LINE = 10
SECONDS_A_LOSS = 60


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


def encoder_named(name: str | None) -> "Encoder":
    """The encoder of that name or in that folder, loaded; the default one for None."""
    from index import load_encoder

    with working("Loading the encoder"):
        return load_encoder(name)


def reader_named(name: str | None, encoder: "Encoder | None" = None) -> "Reader":
    """The reader of that name or in that folder, loaded; our own for None."""
    from qa.reading import load_reader

    with working("Loading the reader"):
        return load_reader(name, encoder)


def _bar(what: str, things: str) -> "Bar | None":
    """A bar that goes away when it is full; None where the output is no terminal."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    console = Console(stderr=True)
    columns = (
        TextColumn(what),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn(things),
        TimeRemainingColumn(),
    )
    return Progress(*columns, console=console, transient=True) if console.is_terminal else None


@contextmanager
def counting(what: str, things: str) -> "Iterator[Callable[[int, int], None]]":
    """Told how many of how many are done: a bar with remaining time on a terminal, lines in a log."""
    bar = _bar(what, things)
    if bar is None:
        yield _counted_in_lines(what, things)
        return
    with bar:
        task = bar.add_task("", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _counted_in_lines(what: str, things: str) -> "Callable[[int, int], None]":
    begun = last = time.monotonic()
    first: int | None = None

    def advance(done: int, total: int) -> None:
        nonlocal last, first
        now = time.monotonic()
        # subtle: what was done before (of a run that is gone on with) took none of this time.
        first = done if first is None else first
        if now - last >= SECONDS_A_LINE and done > first:
            last = now
            left = (now - begun) / (done - first) * (total - done)
            note(f"{what}: {done:,} of {total:,} {things}, {left:.0f} s left")

    return advance


@contextmanager
def training_progress() -> "Iterator[Callable[[TrainingProgress], None]]":
    """A bar, or lines in a log, with the loss, the rate and the remaining time."""
    with counting("Training", "parts in 1,000") as progress:
        last = 0.0

        def advance(moment: "TrainingProgress") -> None:
            nonlocal last
            progress(round(1000 * moment.gone), 1000)
            if moment.seconds - last >= SECONDS_A_LOSS:
                last = moment.seconds
                rate = moment.tokens / moment.seconds
                note(f"step {moment.step:,}: loss {moment.loss:.3f}, {rate:,.0f} tokens/s")

        yield advance


@contextmanager
def indexing() -> "Iterator[Progress]":
    """A bar with rate and remaining time on a terminal; nothing where the output is piped."""
    bar = _bar("Indexing", "files, {task.fields[passages]} passages, {task.fields[rate]}")
    if bar is None:
        yield _in_lines()
        return
    with bar:
        task = bar.add_task("", total=None, passages=0, rate="", visible=False)

        def advance(step: "Step") -> None:
            speed = bar.tasks[0].speed
            bar.update(
                task,
                completed=step.done,
                total=step.total,
                passages=step.passages,
                rate=f"{speed:.0f} files/s" if speed else "",
                # subtle: a refresh that finds nothing to do should not flash a bar.
                visible=step.passages > 0,
            )

        yield advance


def _in_lines() -> "Progress":
    """For a log: a line when some seconds have gone by since the last, so none for short work."""
    last = time.monotonic()

    def advance(step: "Step") -> None:
        nonlocal last
        if time.monotonic() - last >= SECONDS_A_LINE:
            last = time.monotonic()
            note(f"Indexing: {step.done:,} of {step.total:,} files, {step.passages:,} passages")

    return advance


def open_assistant(
    folder: "Path | None",
    index_dir: "Path | None",
    encoder_name: str | None,
    reader_name: str | None,
    *,
    refresh: bool,
    watch: "Progress" = lambda step: None,
) -> "Assistant":
    """The assistant for a folder, or for the samples, with the encoder and the reader of these names.

    `watch` is told of the indexing beside the terminal.

    Raises:
        UserError: if the folder, the index or a model cannot be used.
    """
    from index.locating import existing_directory
    from qa.answering import Assistant, samples
    from qa.confidence import ScoreConfidence
    from qa.extractive import ExtractiveReader

    # A wrong folder is said before models are loaded.
    existing_directory(folder or samples(), index_dir)
    if folder is None:
        note("No folder was named: asking the built-in samples.")
    encoder = encoder_named(encoder_name)
    reader = reader_named(reader_name, encoder)
    if isinstance(reader, ExtractiveReader) and isinstance(reader.confidence, ScoreConfidence):
        note(
            f"How sure {reader.name} is was never measured, so its confidence says little: qa calibrate"
        )
    with indexing() as progress:

        def tell(step: "Step") -> None:
            progress(step)
            watch(step)

        return Assistant.open(
            folder,
            index_dir=index_dir,
            encoder=encoder,
            reader=reader,
            refresh=refresh,
            progress=tell,
            on_wait=note,
        )


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

    from qa.rendering import one_line, to_text

    asked = ("" if first else "\n") + f"? {one_line(answer.question)}\n" if heading else ""
    # subtle: sys.stdout is named, or rich would write around it on old Windows consoles.
    console = Console(file=sys.stdout, soft_wrap=True, highlight=False, emoji=False)
    text = Text(asked + to_text(answer))  # a Text, not markup: nothing in a document is obeyed
    if console.is_terminal:
        text.highlight_regex(r"«[^»]*»", "bold green")
        text.highlight_regex(r"(?m)^ {4}.*$", "dim")
    console.print(text)
