"""Bring an index up to date with a folder."""

from typing import TYPE_CHECKING

from corpus._runtime import exported

if TYPE_CHECKING:
    from index.indexing.near_duplicates import forget
    from index.indexing.recurring_lines import known_lines
    from index.indexing.updater import update
    from index.indexing.watcher import watch

__all__ = ["forget", "known_lines", "update", "watch"]

_HOMES = {
    "index.indexing.near_duplicates": ("forget",),
    "index.indexing.recurring_lines": ("known_lines",),
    "index.indexing.updater": ("update",),
    "index.indexing.watcher": ("watch",),
}

__getattr__, __dir__ = exported(globals(), _HOMES)
