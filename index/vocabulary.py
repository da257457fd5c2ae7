"""The terms of an index in the order of their letters, found by halving: nothing is read but these."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Vocabulary:
    """Each term and its row. Term r is `letters[starts[r]:starts[r + 1]]`, as UTF-8 (uint8, int64).

    >>> terms = Vocabulary.of(["rain", "sun", "fog"])
    >>> list(terms), terms.row("rain"), terms.row("snow")
    (['fog', 'rain', 'sun'], 1, None)
    """

    letters: NDArray[np.uint8]
    starts: NDArray[np.int64]

    @classmethod
    def of(cls, terms: Iterable[str]) -> "Vocabulary":
        """The vocabulary of these terms, each of which is given once."""
        written = sorted(term.encode() for term in terms)
        lengths = np.fromiter(map(len, written), np.int64, len(written))
        starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)])
        return cls(np.frombuffer(b"".join(written), np.uint8), starts)

    def row(self, term: str) -> int | None:
        """The row of a term; None where it is not among them."""
        wanted = term.encode()
        row = bisect_left(range(len(self)), wanted, key=self._at)
        return row if row < len(self) and self._at(row) == wanted else None

    def _at(self, row: int) -> bytes:
        return self.letters[self.starts[row] : self.starts[row + 1]].tobytes()

    def __len__(self) -> int:
        return len(self.starts) - 1

    def __iter__(self) -> Iterator[str]:
        whole = self.letters.tobytes()
        return (whole[a:b].decode() for a, b in pairwise(self.starts.tolist()))
