"""Keep an index up to date while documents are added to its folder, changed and removed."""

import threading
from collections.abc import Callable
from pathlib import Path

from corpus.errors import CollectionError
from index.indexing.updater import update
from index.storage import FOLDER_NAME
from index.types import Changes, Encoder, Progress

QUIET_MS = 1_000
"""How long a folder must be quiet before changes are indexed, since programs save files in steps."""


def watch(
    root: Path,
    directory: Path,
    encoder: Encoder,
    *,
    changed: Callable[[Changes], None],
    failed: Callable[[str], None],
    progress: Callable[[Progress], None] = lambda step: None,
    stop: threading.Event | None = None,
) -> None:
    """Bring the index up to date whenever something changes under `root`, until `stop` is set.

    `changed` gets the result of each run that changed anything. `failed` gets the reason if a run was not
    possible (all documents were removed); watching continues.

    Raises:
        IndexFileError: if the index can no longer be written.
    """
    from watchfiles import watch as changes

    own = directory.resolve()

    def matters(_: object, name: str) -> bool:
        path = Path(name)
        return not path.is_relative_to(own) and FOLDER_NAME not in path.parts

    for _ in changes(
        root, watch_filter=matters, debounce=QUIET_MS, step=QUIET_MS // 5, stop_event=stop
    ):
        try:
            done = update(root, directory, encoder, progress=progress)
        except CollectionError as error:
            failed(str(error))
            continue
        if done.added or done.changed or done.removed:
            changed(done)
