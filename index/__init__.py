"""From passages to ranked hits.

The middle layer: it stands on `corpus` and knows nothing of answers.
"""

from typing import TYPE_CHECKING

from corpus.lazily import exported

if TYPE_CHECKING:
    from index.building import update
    from index.encoding import Encoder, load_encoder
    from index.hybrid import Index
    from index.locating import existing_directory, index_directory
    from index.types import Changes, Filter, Hit, Manifest, Step

__all__ = [
    "Changes",
    "Encoder",
    "Filter",
    "Hit",
    "Index",
    "Manifest",
    "Step",
    "existing_directory",
    "index_directory",
    "load_encoder",
    "update",
]

_HOMES = {
    "index.building": ("update",),
    "index.encoding": ("Encoder", "load_encoder"),
    "index.hybrid": ("Index",),
    "index.locating": ("existing_directory", "index_directory"),
    "index.types": ("Changes", "Filter", "Hit", "Manifest", "Step"),
}

__getattr__, __dir__ = exported(globals(), _HOMES)
