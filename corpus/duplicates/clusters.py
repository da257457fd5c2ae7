"""Find documents that are the same article: the same words, an edited copy, or a later version.

Sketches give the pairs that may be alike, the words decide which are, and each cluster has a lead.
"""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from corpus.duplicates.shingles import (
    Shingles,
    Sketch,
    digest,
    resemblance,
    runs_of,
    shingle,
    sketch,
    unique_values,
    without_head,
    words,
)
from corpus.types import Document
from corpus.words import CARDINALS, MONTHS, TENS, WEEKDAYS

# The version of the rules: sketches and verdicts of another version are recomputed.
CLUSTER_RULES = 1
# With fewer words only an identical text counts: a notice, a caption, a line of a table.
FEWEST_WORDS = 30
# With fewer words a text that differs may be another report of the same series.
FEW_WORDS = 100
# Days between an article and its copies, up to which a doubtful one is taken for a copy.
NEAR_DAYS = 3
# Runs in a row that only an edited copy may have; a follow-up story has whole paragraphs of its own.
LONGEST_GAP = 25
# Parts of a text that are each compared separately.
PARTS = 6
# The least share of all runs of both that they have in common: a digest of ten articles copies none.
LEAST_SHARED = 0.2
# Numbers in a band: of the pairs of texts that share a fifth of their runs, 93 in 100 meet in one.
BAND = 2
# Pairs with a lower estimate are skipped. For texts that do share a fifth, it is two deviations off.
LEAST_ESTIMATE = 0.12
# If more rows than this meet in a band, they share a common phrase.
MOST_IN_BAND = 16

_FIGURES = frozenset(word.lower() for word in (*CARDINALS[1:], *TENS, *WEEKDAYS, *MONTHS))


class Relation(StrEnum):
    """The relation of a document to the lead of its cluster."""

    SAME_FILE = "same file"
    SAME_TEXT = "same text"
    COPY = "copy"
    VERSION = "version"


@dataclass(frozen=True, slots=True, eq=False)
class Fingerprint:
    """The part of a document that is stored: a `digest` of its words, and a `sketch`, empty if short."""

    digest: bytes
    sketch: Sketch


def said_words(document: Document) -> list[str]:
    """The words of a document's body, which it shares with its copies."""
    return words(without_head(document.span(0, len(document.text))))


def fingerprint(document: Document) -> Fingerprint:
    """The fingerprint of a document.

    For a long document the body counts; for a short one the day as well; for a very short one the day
    and all its words.
    """
    told = said_words(document)
    if len(told) >= FEW_WORDS:
        return Fingerprint(digest(told), sketch(shingle(told)))
    # The same few words may be used again another day, about another meeting.
    day = str(document.published)
    if len(told) >= FEWEST_WORDS:
        return Fingerprint(digest([day, *told]), sketch(shingle(told)))
    return Fingerprint(digest([day, *words(document.text)]), np.empty(0, np.uint32))


@dataclass(frozen=True, slots=True, eq=False)
class Profile:
    """The features by which two documents are compared.

    `runs` are in the order of the text. `figures` are the words that change from one report of a series
    to the next: numbers, days, months.
    """

    count: int
    runs: Shingles
    shingles: Shingles
    figures: frozenset[str]
    day: date | None
    url: str
    publisher: str


def profile(document: Document) -> Profile:
    """The profile of a document."""
    told = said_words(document)
    runs = runs_of(told)
    figures = frozenset(w for w in told if w[0].isdigit() or w in _FIGURES)
    return Profile(
        len(told),
        runs,
        unique_values(runs),
        figures,
        document.published,
        document.url,
        document.publisher.casefold(),
    )


def likeness(one: Profile, other: Profile) -> float:
    """The share (0..1) of the smaller's runs that the other has, if they are the same article; else 0.

    Having much in common is not enough: two reports of a series share their phrases, and two articles on
    one event share its background. A copy also keeps the figures and matches its original from start to
    end, unless the same publisher updated it.
    """
    shared, held = resemblance(one.shingles, other.shingles)
    if shared < LEAST_SHARED:
        return 0.0
    if one.url and one.url == other.url and held >= 0.4:
        return held
    fewest = min(len(one.figures), len(other.figures))
    kept = len(one.figures & other.figures) / fewest if fewest else 1.0
    steady = fewest < 3 or kept >= 0.75
    small = min(one, other, key=lambda p: (p.count, len(p.shingles)))
    if one.day and other.day and abs(one.day - other.day).days > NEAR_DAYS:
        same = small.count >= FEW_WORDS and held >= 0.95 and kept >= 0.9
    elif small.count < FEW_WORDS:
        same = held >= 0.75 and kept == 1
    elif held >= 0.8:
        same = steady or (held >= 0.9 and one.day == other.day)
    else:
        large = other if small is one else one
        updated = held >= 0.6 and one.publisher != "" and one.publisher == other.publisher
        same = steady and (updated or (held >= 0.5 and _is_like_all_along(small, large)))
    return held if same else 0.0


def _is_like_all_along(small: Profile, large: Profile) -> bool:
    """Whether the smaller has no long stretch of its own, and no part that is mostly its own."""
    common = np.isin(small.runs, large.shingles)
    ends = np.concatenate([[-1], np.flatnonzero(common), [len(common)]])
    shares = [float(part.mean()) for part in np.array_split(common, PARTS)]
    return bool(np.diff(ends).max() - 1 <= LONGEST_GAP) and min(shares) >= 0.2


def candidates(sketches: NDArray[np.uint32]) -> list[tuple[int, int]]:
    """The pairs of rows (i, j), i < j, of an (n, SHINGLE_SIZE) array that may be alike, in order.

    Locality-sensitive hashing: rows that agree in one band meet (Indyk and Motwani 1998,
    doi.org/10.1145/276698.276876), and are kept if their sketches agree well enough.

    subtle: if many rows meet, each is paired with the first of them only. Otherwise a phrase shared by a
    thousand reports would make half a million pairs. So the order of the rows should not depend on when
    they were added.
    """
    likely = [np.empty(0, np.int64)]
    for band in range(0, sketches.shape[1] if len(sketches) > 1 else 0, BAND):
        for pairs in _meeting(sketches[:, band : band + BAND]):
            left, right = np.divmod(pairs, len(sketches))
            likely.append(pairs[estimated(sketches, left, right) >= LEAST_ESTIMATE])
    left, right = np.divmod(unique_values(np.concatenate(likely)), max(len(sketches), 1))
    return list(zip(left.tolist(), right.tolist(), strict=True))


def _meeting(band: NDArray[np.uint32]) -> Iterator[NDArray[np.int64]]:
    """The pairs of equal rows, i < j, as i * n + j: each row with each of the first ones equal to it."""
    size = len(band)
    keys = (band[:, 0].astype(np.uint64) << np.uint64(32)) | band[:, 1]
    order = np.argsort(keys, kind="stable")
    _, starts, counts = np.unique(keys[order], return_index=True, return_counts=True)
    first = np.repeat(starts, counts)
    for place in range(min(MOST_IN_BAND, int(counts.max()) - 1)):
        later = np.arange(size) > first + place
        yield order[first[later] + place] * size + order[later]


def estimated(
    sketches: NDArray[np.uint32], left: NDArray[np.int64], right: NDArray[np.int64]
) -> NDArray[np.float64]:
    """The estimated resemblance of each pair of rows, shape (pairs,)."""
    out = np.empty(len(left))
    for first in range(0, len(left), 65_536):
        some = slice(first, first + 65_536)
        out[some] = (sketches[left[some]] == sketches[right[some]]).mean(axis=1)
    return out


Key = TypeVar("Key", bound=Hashable)


def lead_order(day: date | None, length: int, id: str) -> tuple[date, int, str]:
    """A sort key that puts leads first: the earliest published, then the longest, then by id."""
    return day or date.max, -length, id


def cluster_by_likeness(
    order: Sequence[Key], likenesses: Mapping[tuple[Key, Key], float]
) -> dict[Key, Key]:
    """The lead of each document, itself if it leads. `order` is sorted by `lead_order`.

    Each document in turn joins the lead that it is most like, or becomes a lead. So a cluster is a star,
    never a chain whose last document has nothing in common with the first.

    >>> cluster_by_likeness("abc", {("a", "b"): 0.9, ("b", "c"): 0.9})
    {'a': 'a', 'b': 'a', 'c': 'c'}
    """
    near: dict[Key, list[tuple[Key, float]]] = {}
    for (one, other), value in likenesses.items():
        if value > 0:
            near.setdefault(one, []).append((other, value))
            near.setdefault(other, []).append((one, value))
    place = {key: i for i, key in enumerate(order)}
    leads: dict[Key, Key] = {}
    for key in order:
        known = [(value, -place[k], k) for k, value in near.get(key, ()) if leads.get(k) == k]
        leads[key] = max(known)[2] if known else key
    return leads


def relation(lead: Document, other: Document) -> Relation:
    """The relation of `other` to the lead of its cluster."""
    if said_words(lead) == said_words(other):
        same_file = lead.sha256 == other.sha256 and lead.source != other.source
        return Relation.SAME_FILE if same_file else Relation.SAME_TEXT
    if lead.url and lead.url == other.url:
        return Relation.VERSION
    days = {_latest(lead), _latest(other)} - {None}
    if lead.publisher and lead.publisher.casefold() == other.publisher.casefold() and len(days) > 1:
        return Relation.VERSION
    return Relation.COPY


def _latest(document: Document) -> date | None:
    updated = document.metadata.updated
    return updated.day if updated else document.published
