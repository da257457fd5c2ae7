"""What the command line shows while it works, and how it shows an answer."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from corpus.errors import UserError
from index.indexing.updater import update
from index.storage.location import index_directory
from index.types import Encoder, Progress, Step
from qa.cli.console import note, working
from qa.cli.progress import indexing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from index.types import Encoder, Progress, Step
    from qa.answering.assistant import Assistant
    from qa.reader.base import Reader


def encoder_named(name: str | None, *, device: str = "cpu", precision: str = "auto") -> "Encoder":
    """The encoder of that name or in that folder, loaded; the default one for None."""
    from index import load_encoder

    with working("Loading the encoder"):
        return load_encoder(name, device=device, precision=precision)


def reader_named(name: str | None, encoder: "Encoder | None" = None) -> "Reader":
    """The reader of that name or in that folder, loaded; our own for None."""
    from qa.reader.load import load_reader

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
    from qa.reader.load import load_reader
    from qa.reader.sentence_reader import SENTENCE_READER

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
    from corpus.samples import samples
    from index.storage.location import existing_directory

    # A wrong folder is said before models are loaded.
    existing_directory(folder or samples(), index_dir)
    if folder is None:
        note("No folder was named: asking the built-in samples.")
    needed = [
        "qa.answering.assistant",
        "faiss",
        "qa.render.answer",
        *(["index.indexing.updater"] if refresh else []),
    ]
    encoder, reader = models_named(encoder_name, reader_name, needed)

    from qa.answering.assistant import Assistant
    from qa.cli.progress import indexing
    from qa.reader.confidence.calibrated import ScoreConfidence
    from qa.reader.extractive_reader import ExtractiveReader

    if isinstance(reader, ExtractiveReader) and isinstance(reader.confidence, ScoreConfidence):
        note(
            f"How sure {reader.name} is was never measured, so its confidence says little: qa calibrate"
        )
    if over and refresh:
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


@dataclass(slots=True)
class Indexing:
    """An indexing run in a thread of its own; it tells `watch` how far it is, and `over` when it ends."""

    root: Path
    index_dir: Path | None
    encoder: Encoder
    watch: Progress
    over: Callable[[], None]
    _searchable: threading.Event = field(default_factory=threading.Event)
    _failure: BaseException | None = None

    def start(self) -> None:
        """Begin, and come back when all texts can be searched, or the run is over.

        Raises:
            UserError: if it failed before that.
        """
        threading.Thread(target=self._run, daemon=True).start()
        self._searchable.wait()
        if self._failure is not None:
            raise self._failure

    def _run(self) -> None:
        try:
            directory = index_directory(self.root, self.index_dir)
            with indexing() as progress:

                def tell(step: Step) -> None:
                    progress(step)
                    self.watch(step)
                    if step.searchable:
                        self._searchable.set()

                update(self.root, directory, self.encoder, progress=tell, on_wait=note)
        except BaseException as error:  # noqa: BLE001 - raised where it is waited for, or said
            self._fail(error)
        finally:
            self.over()
            self._searchable.set()

    def _fail(self, error: BaseException) -> None:
        if not self._searchable.is_set():
            self._failure = error
        elif isinstance(error, UserError):
            # What is in the index can be asked already.
            note(f"Indexing ended early: {error}")
        else:
            raise error
