"""Count the terms of many passages with rank_bm25, a block at a time, and store the counts as arrays.

rank_bm25 keeps a dictionary for each passage, which takes some kilobytes of memory. Here each block of
passages is counted and turned into rows of arrays before the next. No passage is counted twice: the
postings of a later state are made from those of an earlier one and the new passages.
"""

import math
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise

import numpy as np
from numpy.typing import NDArray
from rank_bm25 import BM25Okapi

from index.retrievers.tokenizer import tokenize

# Passages counted at once.
BLOCK = 16_384


# The largest count that can be stored. No passage contains a word more often.
_MOST = np.iinfo(np.uint16).max


@dataclass(frozen=True, slots=True, eq=False)
class Vocabulary:
    """All terms, one per row, sorted. Term r is `letters[starts[r]:starts[r + 1]]` in UTF-8.

    `letters` is uint8, `starts` int64.

    >>> terms = Vocabulary.of(["rain", "sun", "fog"])
    >>> list(terms), terms.row("rain"), terms.row("snow")
    (['fog', 'rain', 'sun'], 1, None)
    """

    letters: NDArray[np.uint8]
    starts: NDArray[np.int64]

    @classmethod
    def of(cls, terms: Iterable[str]) -> "Vocabulary":
        """The vocabulary of these terms, which must be distinct."""
        written = sorted(term.encode() for term in terms)
        lengths = np.fromiter(map(len, written), np.int64, len(written))
        starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)])
        return cls(np.frombuffer(b"".join(written), np.uint8), starts)

    def row(self, term: str) -> int | None:
        """The row of a term, or None if it is not in the vocabulary."""
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


K1 = 1.5


B = 0.75


class LuceneBM25(BM25Okapi):  # type: ignore[misc]  # rank_bm25 has no types
    """rank_bm25's Okapi with Lucene's idf: log(1 + (N - df + 0.5) / (df + 0.5)).

    Okapi's own idf is 0 or less for a term in half of the passages or more, and such terms are common
    in small collections. Lucene's idf is always above 0 (Kamphuis et al. 2020,
    doi.org/10.1007/978-3-030-45442-5_4).
    """

    def _calc_idf(self, nd: dict[str, int]) -> None:
        for word, count in nd.items():
            self.idf[word] = math.log(1 + (self.corpus_size - count + 0.5) / (count + 0.5))


@dataclass(frozen=True, slots=True, eq=False)
class Postings:
    """For each term, which of n passages contain it, and how often.

    The passages of row r of the vocabulary are `passages[starts[r]:starts[r + 1]]` (int32, ascending);
    `counts` (uint16) is parallel to it. `lengths`, shape (n,), int32, has the number of terms in each
    passage.
    """

    vocabulary: Vocabulary
    starts: NDArray[np.int64]
    passages: NDArray[np.int32]
    counts: NDArray[np.uint16]
    lengths: NDArray[np.int32]

    def check(self) -> None:
        """Nothing, if the arrays go together.

        Raises:
            ValueError: if not.
        """
        terms = self.vocabulary
        arrays = (
            terms.letters,
            terms.starts,
            self.starts,
            self.passages,
            self.counts,
            self.lengths,
        )
        kinds = [array.dtype for array in arrays]
        if kinds != [np.uint8, np.int64, np.int64, np.int32, np.uint16, np.int32]:
            raise ValueError(f"postings of {kinds}")
        ends = [int(a[i]) for a in (terms.starts, self.starts) if len(a) for i in (0, -1)]
        if ends != [0, len(terms.letters), 0, len(self.passages)] or (
            (len(terms.starts), len(self.passages)) != (len(self.starts), len(self.counts))
        ):
            raise ValueError(f"postings of shapes {[array.shape for array in arrays]}")


@dataclass(frozen=True, slots=True, eq=False)
class _Block:
    """The counts of some passages in order: term row, passage and count of each, and the lengths."""

    rows: NDArray[np.int32]
    passages: NDArray[np.int32]
    counts: NDArray[np.uint16]
    lengths: NDArray[np.int32]


def count_postings(texts: Iterable[str]) -> Postings:
    """The postings of these texts, which are read one at a time; passage i is text i."""
    known: dict[str, int] = {}
    blocks: list[_Block] = []
    first = 0
    for tokenised in _tokenised(texts):
        blocks.append(_block(tokenised, known, first))
        first += len(tokenised)
    return _inverted(blocks, list(known), first)


def _tokenised(texts: Iterable[str]) -> Iterator[list[list[str]]]:
    left = iter(texts)
    while block := [tokenize(text) for text in islice(left, BLOCK)]:
        yield block


def _block(tokenised: Sequence[list[str]], known: dict[str, int], first: int) -> _Block:
    """The counts of a block by rank_bm25; new terms are added to `known`."""
    model = LuceneBM25(tokenised)
    for term in model.idf:
        known.setdefault(term, len(known))
    sizes = np.fromiter((len(f) for f in model.doc_freqs), np.int64, len(tokenised))
    total = int(sizes.sum())
    rows = np.fromiter((known[t] for f in model.doc_freqs for t in f), np.int32, total)
    counts = np.fromiter((n for f in model.doc_freqs for n in f.values()), np.int64, total)
    passages = np.repeat(np.arange(first, first + len(tokenised), dtype=np.int32), sizes)
    lengths = np.asarray(model.doc_len, np.int32)
    return _Block(rows, passages, np.minimum(counts, _MOST).astype(np.uint16), lengths)


def _inverted(blocks: list[_Block], known: Sequence[str], size: int) -> Postings:
    """The postings of all blocks, with the terms sorted by their UTF-8 bytes. Empties the list `blocks`."""
    order = np.asarray(sorted(range(len(known)), key=lambda row: known[row].encode()), np.int64)
    place = np.empty(len(known), np.int32)
    place[order] = np.arange(len(known), dtype=np.int32)
    found = sum(
        (np.bincount(b.rows, minlength=len(known)) for b in blocks), np.zeros(len(known), int)
    )
    starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(found[order])])
    passages, counts = np.empty(starts[-1], np.int32), np.empty(starts[-1], np.uint16)
    lengths = np.concatenate([np.zeros(0, np.int32), *(block.lengths for block in blocks)])
    free = starts[:-1].copy()  # where each term's next passage goes
    while blocks:
        block = blocks.pop(0)  # free each block after use, since together they are large
        rows = place[block.rows]
        by_term = np.argsort(rows, kind="stable")
        rows = rows[by_term]
        here = np.bincount(rows, minlength=len(known))
        before = np.cumsum(here) - here
        to = free[rows] + np.arange(len(rows)) - before[rows]
        passages[to], counts[to] = block.passages[by_term], block.counts[by_term]
        free += here
    return Postings(Vocabulary.of(known), starts, passages, counts, lengths)


def update_postings(
    old: Postings, kept: NDArray[np.int64], added: NDArray[np.int64], texts: Iterable[str]
) -> Postings:
    """The postings of a later state; only its new passages are counted.

    `kept`, shape (old passages,), has the place of each old passage in the new state, or -1 if it is
    gone; those that stay keep their order. `added` has the places of the new passages, ascending, and
    `texts` their texts. The result equals `count_postings` of all texts of the new state.
    """
    new = count_postings(texts)
    names, of_old, of_new = _joined(old.vocabulary, new.vocabulary)
    lengths = np.empty(int((kept >= 0).sum()) + len(added), np.int32)
    lengths[kept[kept >= 0]], lengths[added] = old.lengths[kept >= 0], new.lengths
    rows = np.repeat(of_old, np.diff(old.starts))
    places = kept.astype(np.int32)[old.passages]
    stays = places >= 0
    rows, places, counts = rows[stays], places[stays], old.counts[stays]
    new_rows, new_places = (
        np.repeat(of_new, np.diff(new.starts)),
        added.astype(np.int32)[new.passages],
    )
    # Both are sorted by term and place, so the new ones are inserted where they belong.
    at = np.searchsorted(
        _in_one(rows, places, len(lengths)), _in_one(new_rows, new_places, len(lengths))
    )
    rows = np.insert(rows, at, new_rows)
    found = np.bincount(rows, minlength=len(names))
    left = found > 0
    return Postings(
        Vocabulary.of(name for name, some in zip(names, left, strict=True) if some),
        np.concatenate([np.zeros(1, np.int64), np.cumsum(found[left])]),
        np.insert(places, at, new_places).astype(np.int32),
        np.insert(counts, at, new.counts),
        lengths,
    )


def _in_one(rows: NDArray[np.int32], places: NDArray[np.int32], size: int) -> NDArray[np.int64]:
    """Term and passage as a single number that sorts by term, then by passage."""
    found: NDArray[np.int64] = rows.astype(np.int64) * size + places
    return found


def _joined(
    one: Vocabulary, other: Vocabulary
) -> tuple[list[str], NDArray[np.int32], NDArray[np.int32]]:
    """The sorted terms of both, and the rows of each one's terms among them."""
    names = sorted({*one, *other}, key=str.encode)
    place = {name: row for row, name in enumerate(names)}
    ones = np.fromiter((place[name] for name in one), np.int32, len(one))
    return names, ones, np.fromiter((place[name] for name in other), np.int32, len(other))
