"""Drop passages that repeat what another copy of the same article already says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from corpus.duplicates import Shingles, shingle, without_head, words
from corpus.types import Document, Span
from index.passage_text import bm25_text
from index.retrievers import tokenize
from index.storage import Copies, PassageTable


@dataclass(frozen=True, slots=True)
class Place:
    """The row of a passage that is kept, and the row that was found, for which it may stand in."""

    row: int
    found: int


@dataclass(slots=True)
class Deduplicator:
    """Removes repeated passages from the ranking for one question.

    A passage says nothing new if every run of three words in it also occurs in passages that are kept. A
    changed figure or a "not" is enough to keep it. Lines that identify the document do not count, unless
    the question asks for their words.
    """

    table: PassageTable
    documents: Mapping[int, Document]
    copies: Copies
    question: str
    _runs: dict[int, Shingles] = field(default_factory=dict)

    def best(self, ranked: Sequence[int], k: int) -> list[Place]:
        """The first k ranked rows that say something new; the lead's rows replace those of its copies."""
        if not self.copies.leads:
            return [Place(row, row) for row in ranked[:k]]
        clusters = {row: self.copies.leads.get(self._document(row)) for row in ranked}
        leading: dict[int, list[int]] = {}
        for row, lead in clusters.items():
            if lead is not None and lead == self._document(row):
                leading.setdefault(lead, []).append(row)
        kept: list[Place] = []
        taken: dict[int, list[int]] = {}
        for row in ranked:
            if len(kept) >= k:
                break
            lead = clusters[row]
            if lead is None:
                kept.append(Place(row, row))
                continue
            others = taken.setdefault(lead, [])
            for one in self._instead(row, leading.get(lead, ()), others):
                kept.append(Place(one, row))
                others.append(one)
        return kept[:k]

    def _instead(self, row: int, leading: Sequence[int], taken: Sequence[int]) -> list[int]:
        """The rows to keep for a row: itself, rows of the lead that say the same, or none."""
        if row in taken:
            return []
        own = self._document(row)
        if self._says_nothing_new(row, [one for one in taken if self._document(one) != own]):
            return []
        stand_ins = [] if row in leading else self._cover(row, leading)
        if stand_ins and self._says_nothing_new(row, stand_ins):
            return [one for one in stand_ins if one not in taken]
        return [row]

    def _says_nothing_new(self, row: int, others: Sequence[int]) -> bool:
        said = self._said(row)
        if not others or not len(said) or not self._held(said, others).all():
            return False
        asked = set(tokenize(self.question)) & set(tokenize(bm25_text(self._passage(row))))
        told = {term for one in others for term in tokenize(bm25_text(self._passage(one)))}
        return asked <= told

    def _cover(self, row: int, leading: Sequence[int]) -> list[int]:
        """A few of the lead's passages that together cover most of the row, the best cover first."""
        left, chosen = self._said(row), []
        while len(left):
            shares = [(int(self._held(left, [one]).sum()), -one) for one in leading]
            most, one = max(shares, default=(0, 0))
            if not most:
                break
            chosen.append(-one)
            left = left[~self._held(left, [-one])]
        return chosen

    def _held(self, said: Shingles, others: Sequence[int]) -> NDArray[np.bool_]:
        return np.isin(said, np.concatenate([self._said(one) for one in others]))

    def _said(self, row: int) -> Shingles:
        if row not in self._runs:
            self._runs[row] = shingle(words(without_head(self._passage(row))))
        return self._runs[row]

    def _document(self, row: int) -> int:
        return int(self.table.documents[row])

    def _passage(self, row: int) -> Span:
        return passage_at(self.table, self.documents, row)


def passage_at(table: PassageTable, documents: Mapping[int, Document], row: int) -> Span:
    """The passage of a row."""
    document = documents[int(table.documents[row])]
    return Span(document, int(table.first[row]), int(table.last[row]))
