"""What the command line shows while it works, and how it shows an answer."""

import os
import sys
from contextlib import contextmanager
from importlib import import_module
from io import TextIOWrapper
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from index.encoding import Encoder
    from index.types import Changes, Progress, Step
    from qa.answering import Assistant
    from qa.reading import Reader
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


def encoder_named(name: str | None, *, device: str = "cpu", precision: str = "auto") -> "Encoder":
    """The encoder of that name or in that folder, loaded; the default one for None."""
    from index import load_encoder

    with working("Loading the encoder"):
        return load_encoder(name, device=device, precision=precision)


def reader_named(name: str | None, encoder: "Encoder | None" = None) -> "Reader":
    """The reader of that name or in that folder, loaded; our own for None."""
    from qa.reading import load_reader

    with working("Loading the reader"):
        return load_reader(name, encoder)


def models_named(
    encoder_name: str | None, reader_name: str | None, meanwhile: "Sequence[str]" = ()
) -> "tuple[Encoder, Reader]":
    """The encoder and the reader of these names, loaded side by side where the one needs not the other.

    `meanwhile` are modules that will be needed next: they are imported while the models are read.
    """
    from concurrent.futures import ThreadPoolExecutor

    from index import load_encoder
    from qa.reading import SENTENCE_READER, load_reader

    if reader_name == SENTENCE_READER:
        encoder = encoder_named(encoder_name)
        return encoder, reader_named(reader_name, encoder)
    with working("Loading the models"), ThreadPoolExecutor(2) as beside:
        encoding = beside.submit(load_encoder, encoder_name)
        reading = beside.submit(load_reader, reader_name)
        for module in meanwhile:
            import_module(module)
        return encoding.result(), reading.result()


def open_assistant(
    folder: "Path | None",
    index_dir: "Path | None",
    encoder_name: str | None,
    reader_name: str | None,
    *,
    refresh: bool,
    watch: "Progress" = lambda step: None,
    over: "Callable[[], None] | None" = None,
) -> "Assistant":
    """The assistant for a folder, or for the samples, with the encoder and the reader of these names.

    `watch` is told of the indexing beside the terminal. With `over` the assistant is there as soon as all
    texts can be searched by their words; `over` is called when they can be by meaning, too.

    Raises:
        UserError: if the folder, the index or a model cannot be used.
    """
    from index.locating import existing_directory
    from qa.samples import samples

    # A wrong folder is said before models are loaded.
    existing_directory(folder or samples(), index_dir)
    if folder is None:
        note("No folder was named: asking the built-in samples.")
    needed = ["qa.answering", "faiss", "qa.rendering", *(["index.building"] if refresh else [])]
    encoder, reader = models_named(encoder_name, reader_name, needed)

    from qa.answering import Assistant
    from qa.confidence import ScoreConfidence
    from qa.extractive import ExtractiveReader
    from qa.progress import indexing

    if isinstance(reader, ExtractiveReader) and isinstance(reader.confidence, ScoreConfidence):
        note(
            f"How sure {reader.name} is was never measured, so its confidence says little: qa calibrate"
        )
    if over and refresh:
        from qa.indexing import Indexing

        Indexing(folder or samples(), index_dir, encoder, watch, over).start()
        return Assistant.open(
            folder, index_dir=index_dir, encoder=encoder, reader=reader, refresh=False
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
