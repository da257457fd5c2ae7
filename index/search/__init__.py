"""Open one state (generation) of the store for hybrid search."""

from typing import TYPE_CHECKING

from corpus._runtime import exported

if TYPE_CHECKING:
    from index.search.generation import prepare
    from index.search.hybrid import DEPTH, Index
    from index.search.saved import PREFIX

__all__ = ["DEPTH", "PREFIX", "Index", "prepare"]

_HOMES = {
    "index.search.generation": ("prepare",),
    "index.search.hybrid": (
        "DEPTH",
        "Index",
    ),
    "index.search.saved": ("PREFIX",),
}

__getattr__, __dir__ = exported(globals(), _HOMES)
