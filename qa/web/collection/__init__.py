"""The collection of a running server: its assistant, uploads, and the queue of questions."""

from typing import TYPE_CHECKING

from corpus._runtime import exported

if TYPE_CHECKING:
    from qa.web.collection.collection import Collection, CopiesById, Opener
    from qa.web.collection.opening import collection_for, opener
    from qa.web.collection.uploads import LARGEST

__all__ = ["LARGEST", "Collection", "CopiesById", "Opener", "collection_for", "opener", "uploads"]

_HOMES = {
    "qa.web.collection.collection": (
        "Collection",
        "CopiesById",
        "Opener",
    ),
    "qa.web.collection.opening": ("collection_for", "opener"),
    "qa.web.collection.uploads": ("LARGEST",),
}

__getattr__, __dir__ = exported(globals(), _HOMES)
