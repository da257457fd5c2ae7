"""An indexing run beside what goes on: who waits for it is let go as soon as all texts can be searched."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from corpus.errors import UserError
from index.building import update
from index.encoding import Encoder
from index.locating import index_directory
from index.types import Progress, Step
from qa.progress import indexing
from qa.terminal import note


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
