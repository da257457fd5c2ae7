"""Progress of long work: bars with the remaining time on a terminal, lines in a log."""

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from qa.cli.console import note

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.progress import Progress as Bar

    from index.types import OnProgress, Progress
    from qa.training import TrainingProgress

SECONDS_A_LINE = 10
SECONDS_A_LOSS = 60
# Fewer than this are done in a moment, and a bar would only flash.
MANY = 2_000


def _bar(what: str, things: str) -> "Bar | None":
    """A bar that disappears when it is full; None if the output is not a terminal."""
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
    """A function to call with (done, total): it shows a bar on a terminal, or lines in a log."""
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
        # subtle: in a resumed run, the part done before took none of this time.
        first = done if first is None else first
        if now - last >= SECONDS_A_LINE and done > first:
            last = now
            left = (now - begun) / (done - first) * (total - done)
            note(f"{what}: {done:,} of {total:,} {things}, {left:.0f} s left")

    return advance


@contextmanager
def training_progress() -> "Iterator[Callable[[TrainingProgress], None]]":
    """A bar, or lines in a log, with the loss, the speed and the remaining time."""
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
def indexing() -> "Iterator[OnProgress]":
    """Bars for the files read, the passages encoded and any other long step; lines in a log."""
    bar = _bar("{task.description}", "{task.fields[things]}")
    if bar is None:
        yield _indexed_in_lines()
        return
    with bar:
        # subtle: a refresh that finds nothing to do should not flash a bar.
        files = bar.add_task("Reading", total=None, things="files", visible=False)
        passages = bar.add_task("Encoding", total=None, things="passages", visible=False)
        stage = bar.add_task("", total=None, things="", visible=False)

        def advance(step: "Progress") -> None:
            done, total = step.part
            bar.update(stage, description=step.stage or "", completed=done, total=total)
            bar.update(stage, visible=bool(step.stage and total >= MANY))
            reading = step.done < step.total or bar.tasks[files].visible
            bar.update(files, completed=step.done, total=step.total, visible=reading)
            bar.update(files, things=_read(step))
            known = step.passages + step.waiting
            if step.done == step.total and known:
                bar.update(passages, completed=step.passages, total=known, visible=True)
                speed = bar.tasks[passages].speed
                rate = f", {speed:,.0f} a second" if speed else ""
                bar.update(passages, things=f"passages{rate}")

        yield advance


def _read(step: "Progress") -> str:
    """The label of the count of files; it includes their documents if some files hold many.

    >>> from index.types import Progress
    >>> _read(Progress(1, 9, 0, documents=1)), _read(Progress(1, 9, 0, documents=5_000))
    ('files', 'files, 5,000 documents')
    """
    return f"files, {step.documents:,} documents" if step.documents > step.done else "files"


def _indexed_in_lines() -> "OnProgress":
    """For a log: a line every few seconds, so none for short work."""
    begun = last = time.monotonic()

    def advance(step: "Progress") -> None:
        nonlocal begun, last
        now = time.monotonic()
        if not step.passages:
            begun = now
        if now - last < SECONDS_A_LINE:
            return
        last = now
        if step.stage:
            note(f"{step.stage}: {step.part[0]:,} of {step.part[1]:,}")
        elif step.done < step.total:
            what = f"{step.total:,} {_read(step)}, {step.waiting:,} passages"
            note(f"Reading: {step.done:,} of {what}")
        elif step.passages:
            rate = step.passages / (now - begun)
            known = step.passages + step.waiting
            note(
                f"Encoding: {step.passages:,} of {known:,} passages, {rate:,.0f} a second, "
                f"{step.waiting / rate:,.0f} s left"
            )

    return advance
