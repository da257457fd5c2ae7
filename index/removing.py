"""Take files out of an index, without looking at the others."""

from collections.abc import Sequence
from pathlib import Path

from index.clustering import cluster
from index.locking import writing
from index.store import FILE_NAME, Store


def forget(directory: Path, files: Sequence[str], *, wait_s: float | None = None) -> None:
    """Take these files (their ids) and their documents out of the index in `directory`.

    Unlike an indexing run it may leave an index without documents.

    Raises:
        IndexLocked, StorageError: if it cannot be written.
    """
    with writing(directory, wait_s=wait_s):
        store = Store.open(directory / FILE_NAME, writable=True)
        try:
            store.put([], files)
            cluster(store)
        finally:
            store.close()
