"""Where the passages of one state are in the next."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index.derived import Tables


@dataclass(frozen=True, slots=True, eq=False)
class Moves:
    """Where the passages of an earlier state are now.

    `kept`, shape (passages then,), are their places, -1 where they are gone; `added`, ascending, the
    places of those that were not there. What is kept is so in its order.
    """

    kept: NDArray[np.int64]
    added: NDArray[np.int64]

    @classmethod
    def between(cls, old: Tables | None, new: Tables) -> "Moves":
        """From one state to another of the same file; from None everything is added."""
        before = old.passages.keys if old else np.zeros(0, np.int64)
        now = new.passages.keys
        kept = np.full(len(before), -1, np.int64)
        if not len(now):
            return cls(kept, np.zeros(0, np.int64))
        order = np.argsort(now)
        at = np.minimum(np.searchsorted(now, before, sorter=order), len(now) - 1)
        same = now[order[at]] == before
        kept[same] = order[at[same]]
        return cls(kept, np.setdiff1d(np.arange(len(now)), kept[same], assume_unique=True))
