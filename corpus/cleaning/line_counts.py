"""Count in how many articles of a publisher each line appears, and find the lines that recur."""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from corpus.cleaning.boilerplate import RECURRING, key, lines_of, scope
from corpus.cleaning.paragraphs import Paragraph, is_invitation
from corpus.cleaning.paragraphs import paragraphs as paragraphs_of
from corpus.types import Document, Dropped

LINE_RULES = 1
"""The version of the rules for which lines are counted, and when a line counts as recurring."""

# The least number and the least share of a publisher's articles in which an invitation must appear.
LEAST_ARTICLES, LEAST_SHARE = 5, 0.01
# The same for a line that nothing but its recurrence marks as boilerplate.
LEAST_PLAIN, LEAST_PLAIN_SHARE = 20, 0.5
# Copies of one article are recognised by its longest paragraphs: this many, the second and later ones
# of at least this many words. A paragraph in more documents than MOST_COPIES does not make them copies.
TELLING, TELLING_WORDS, MOST_COPIES = 3, 12, 16


@dataclass(slots=True)
class LineCounts:
    """The lines of all added documents, stored as numbers so that any collection fits in memory."""

    _keys: "array[int]" = field(default_factory=lambda: array("Q"))
    _documents: "array[int]" = field(default_factory=lambda: array("L"))
    _plain: "array[int]" = field(default_factory=lambda: array("b"))
    _telling: "array[int]" = field(default_factory=lambda: array("Q"))
    _told_by: "array[int]" = field(default_factory=lambda: array("L"))
    _circles: "array[int]" = field(default_factory=lambda: array("L"))
    _names: dict[str, int] = field(default_factory=dict)

    def add(self, document: Document, dropped: Sequence[Dropped] = ()) -> None:
        """Count the lines of a document, and the lines dropped from it because they recur."""
        number = len(self._circles)
        within = scope(document)
        self._circles.append(self._names.setdefault(within, len(self._names)))
        found = paragraphs_of(document.text)
        lines = {line.key: line.plain for line in lines_of(document, found)}
        for piece in dropped:
            if piece.reason == RECURRING:
                lines[key(within, piece.text)] = not is_invitation(piece.text)
        for name, plain in lines.items():
            self._keys.append(_number(name))
            self._documents.append(number)
            self._plain.append(plain)
        for one in _telling(found):
            self._telling.append(_number(key("", one.text)))
            self._told_by.append(number)

    def lines(self) -> frozenset[bytes]:
        """The keys of the lines that recur in enough articles of their publisher."""
        if not self._keys:
            return frozenset()
        articles = self._articles()
        circles = np.asarray(self._circles, np.int64)
        # The number of articles in each scope. Copies of an article count once.
        pairs = np.unique(np.stack([circles, articles], axis=1), axis=0)
        sizes = np.bincount(pairs[:, 0], minlength=len(self._names))
        keys, documents = np.asarray(self._keys, np.uint64), np.asarray(self._documents, np.int64)
        order = np.lexsort((articles[documents], keys))
        keys, documents = keys[order], documents[order]
        plain = np.asarray(self._plain, np.bool_)[order]
        first = np.ones(len(keys), np.bool_)
        first[1:] = keys[1:] != keys[:-1]
        new = first.copy()
        new[1:] |= articles[documents][1:] != articles[documents][:-1]
        starts = np.flatnonzero(first)
        counts = np.add.reduceat(new.astype(np.int64), starts)
        of = sizes[circles[documents[starts]]]
        least = np.where(
            plain[starts],
            np.maximum(LEAST_PLAIN, LEAST_PLAIN_SHARE * of),
            np.maximum(LEAST_ARTICLES, LEAST_SHARE * of),
        )
        return frozenset(map(_name, keys[starts][counts >= least].tolist()))

    def holding(self, lines: frozenset[bytes]) -> list[int]:
        """The documents that have one of these lines, as numbers in the order of adding, from 0."""
        wanted = np.asarray(sorted(map(_number, lines)), np.uint64)
        hit = np.isin(np.asarray(self._keys, np.uint64), wanted)
        found: list[int] = np.unique(np.asarray(self._documents, np.int64)[hit]).tolist()
        return found

    def _articles(self) -> NDArray[np.int64]:
        """For each document, the first among the copies of its article, or itself."""
        leads = list(range(len(self._circles)))

        def lead(number: int) -> int:
            while leads[number] != number:
                leads[number] = leads[leads[number]]
                number = leads[number]
            return number

        told, by = np.asarray(self._telling, np.uint64), np.asarray(self._told_by, np.int64)
        order = np.lexsort((by, told))
        told, by = told[order], by[order]
        _, starts, counts = np.unique(told, return_index=True, return_counts=True)
        several = (counts > 1) & (counts <= MOST_COPIES)
        for start, count in zip(starts[several].tolist(), counts[several].tolist(), strict=True):
            one, *others = sorted(lead(number) for number in by[start : start + count].tolist())
            for other in others:
                leads[lead(other)] = lead(one)
        return np.asarray([lead(number) for number in range(len(leads))], np.int64)


def _telling(found: list[Paragraph]) -> list[Paragraph]:
    """The paragraphs by which copies of an article are recognised: its longest ones."""
    ordered = sorted(found, key=lambda one: (-len(one.text), one.start))
    own = islice((one for one in ordered if not is_invitation(one.text)), TELLING)
    return [one for i, one in enumerate(own) if i == 0 or len(one.text.split()) >= TELLING_WORDS]


def _number(key: bytes) -> int:
    return int.from_bytes(key, "little")


def _name(number: int) -> bytes:
    return number.to_bytes(8, "little")
