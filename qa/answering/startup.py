"""Open an assistant by the names of its models, and index in the background while it answers."""

import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from corpus.errors import UserError
from corpus.samples import samples

if TYPE_CHECKING:
    from index.types import Encoder, OnProgress, Progress
    from qa.answering.assistant import Assistant
    from qa.reader import Reader


def _silent(*told: object) -> None:
    """Report nothing."""


@dataclass(frozen=True, slots=True)
class Display:
    """Callbacks that show progress while an assistant is opened; by default nothing is shown.

    `note` receives messages. `working(what)` is a context around a piece of work of unknown length.
    `indexing()` is a context around an indexing run; it yields a callback for each step.
    `counting(what, things)` is a context around work that is counted; it yields a callback for
    (done, total).
    """

    note: Callable[[str], None] = _silent
    working: Callable[[str], AbstractContextManager[None]] = lambda what: nullcontext()
    indexing: "Callable[[], AbstractContextManager[OnProgress]]" = lambda: nullcontext(_silent)
    counting: Callable[[str, str], AbstractContextManager[Callable[[int, int], None]]] = (
        lambda what, things: nullcontext(_silent)
    )


def load_models(
    encoder_name: str | None, reader_name: str | None, meanwhile: Sequence[str] = ()
) -> "tuple[Encoder, Reader]":
    """Load the encoder and the reader with these names, at the same time if the reader needs no encoder.

    `meanwhile` are modules that will be needed next; they are imported while the models load.

    Raises:
        ModelError: if a model cannot be found or loaded.
    """
    from concurrent.futures import ThreadPoolExecutor

    from index.encoders import load_encoder
    from qa.reader import SENTENCE_READER, load_reader

    if reader_name == SENTENCE_READER:
        encoder = load_encoder(encoder_name)
        return encoder, load_reader(reader_name, encoder)
    with ThreadPoolExecutor(2) as threads:
        encoding = threads.submit(load_encoder, encoder_name)
        reading = threads.submit(load_reader, reader_name)
        for module in meanwhile:
            import_module(module)
        return encoding.result(), reading.result()


def open_assistant(
    folder: Path | None,
    index_dir: Path | None,
    encoder_name: str | None,
    reader_name: str | None,
    *,
    refresh: bool,
    display: Display = Display(),
    watch: "OnProgress" = lambda step: None,
    over: Callable[[], None] | None = None,
) -> "Assistant":
    """Open the assistant for a folder, or for the samples, with the encoder and reader of these names.

    `watch` is called for each step of the indexing, as `display` is. With `over`, the assistant is
    returned as soon as all texts can be searched by their words; `over` is called when the indexing ends.

    Raises:
        UserError: if the folder, the index or a model cannot be used.
    """
    from index.storage import existing_directory

    # A wrong folder is reported before models are loaded.
    existing_directory(folder or samples(), index_dir)
    if folder is None:
        display.note("No folder given: using the built-in samples.")
    updating = ["index.indexing.updater"] if refresh else []
    needed = ["qa.answering.assistant", "faiss", "qa.render.answer", *updating]
    with display.working("Loading the models"):
        encoder, reader = load_models(encoder_name, reader_name, needed)

    from qa.answering.assistant import Assistant

    _warn_of_uncalibrated(reader, display)
    if over and refresh:
        root = folder or samples()
        BackgroundIndexing(root, index_dir, encoder, display, watch, over).start()
        return Assistant.open(
            folder, index_dir=index_dir, encoder=encoder, reader=reader, refresh=False
        )
    with display.indexing() as progress:
        return Assistant.open(
            folder,
            index_dir=index_dir,
            encoder=encoder,
            reader=reader,
            refresh=refresh,
            progress=_both(progress, watch),
            on_wait=display.note,
        )


def _warn_of_uncalibrated(reader: "Reader", display: Display) -> None:
    from qa.reader import ExtractiveReader
    from qa.reader.confidence import ScoreConfidence

    if isinstance(reader, ExtractiveReader) and isinstance(reader.confidence, ScoreConfidence):
        display.note(
            f"The confidence of {reader.name} has not been calibrated, so treat it with care. "
            "Run: qa calibrate"
        )


def _both(one: "OnProgress", other: "OnProgress") -> "OnProgress":
    def tell(step: "Progress") -> None:
        one(step)
        other(step)

    return tell


@dataclass(slots=True)
class BackgroundIndexing:
    """An indexing run in its own thread; it calls `watch` for each step, and `over` when it ends."""

    root: Path
    index_dir: Path | None
    encoder: "Encoder"
    display: Display
    watch: "OnProgress"
    over: Callable[[], None]
    _searchable: threading.Event = field(default_factory=threading.Event)
    _failure: BaseException | None = None

    def start(self) -> None:
        """Start the run; return when all texts can be searched, or when the run has ended.

        Raises:
            UserError: if it failed before that.
        """
        threading.Thread(target=self._run, daemon=True).start()
        self._searchable.wait()
        if self._failure is not None:
            raise self._failure

    def _run(self) -> None:
        from index.indexing import update  # imports the readers of all formats
        from index.storage import index_directory

        try:
            directory = index_directory(self.root, self.index_dir)
            with self.display.indexing() as progress:
                update(
                    self.root,
                    directory,
                    self.encoder,
                    progress=_both(progress, self._notice),
                    on_wait=self.display.note,
                )
        except BaseException as error:  # noqa: BLE001 - raised in `start`, or reported
            self._fail(error)
        finally:
            self.over()
            self._searchable.set()

    def _notice(self, step: "Progress") -> None:
        self.watch(step)
        if step.searchable:
            self._searchable.set()

    def _fail(self, error: BaseException) -> None:
        if not self._searchable.is_set():
            self._failure = error
        elif isinstance(error, UserError):
            # The user can already ask about what is in the index.
            self.display.note(f"Indexing ended early: {error}")
        else:
            raise error
