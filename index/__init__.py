"""Index passages and search them for ranked hits.

This is the middle layer: it uses `corpus` and knows nothing of answers.
"""

from typing import TYPE_CHECKING

from corpus._runtime import exported

if TYPE_CHECKING:
    from index.encoders import load_encoder
    from index.indexing import update
    from index.search import Index
    from index.storage import existing_directory, index_directory
    from index.types import Changes, Encoder, Filter, Hit, Manifest, Progress

__all__ = [
    "Changes",
    "Encoder",
    "Filter",
    "Hit",
    "Index",
    "Manifest",
    "Progress",
    "existing_directory",
    "index_directory",
    "load_encoder",
    "update",
]

_HOMES = {
    "index.indexing.updater": ("update",),
    "index.encoders.load": ("Encoder", "load_encoder"),
    "index.search.hybrid": ("Index",),
    "index.storage.location": ("existing_directory", "index_directory"),
    "index.types": ("Changes", "Filter", "Hit", "Manifest", "Progress"),
}

__getattr__, __dir__ = exported(globals(), _HOMES)
