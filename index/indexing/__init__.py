"""Bring an index up to date with a folder."""

from typing import TYPE_CHECKING

from corpus._runtime import exported

if TYPE_CHECKING:
    from index.indexing.near_duplicates import forget
    from index.indexing.recurring_lines import read_as_indexed
    from index.indexing.updater import update
    from index.indexing.watcher import watch

__all__ = ["forget", "read_as_indexed", "update", "watch"]

_HOMES = {
    "index.indexing.near_duplicates": ("forget",),
    "index.indexing.recurring_lines": ("read_as_indexed",),
    "index.indexing.updater": ("update",),
    "index.indexing.watcher": ("watch",),
}

__getattr__, __dir__ = exported(globals(), _HOMES)
