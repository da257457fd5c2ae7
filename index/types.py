"""The values of this layer: hits, filters, and what an index says of itself."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from corpus.duplicates import Relation
from corpus.errors import FilterError
from corpus.types import Description, Document, Span


@dataclass(frozen=True, slots=True)
class Copy:
    """Another document with the same article, and what it is to the one whose cluster it is in."""

    document: Document
    relation: Relation


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage with its retrieval score.

    `score` is the fused one, higher is better, `rank` starts at 1. `lexical` is its BM25 score and
    `dense` its cosine to the question; either is None where that index did not return the passage.

    `article` is the id of the document that leads the cluster which its document is in, its own where
    it is alone; `copies` are the others of the cluster. The passage may stand for one of a copy that
    says the same: then `score` is the better of theirs.
    """

    passage: Span
    score: float
    rank: int
    lexical: float | None = None
    dense: float | None = None
    article: str = ""
    copies: tuple[Copy, ...] = ()


@dataclass(frozen=True, slots=True)
class Filter:
    """Which documents to search: all that fulfil each condition that is given.

    `publishers` are compared without case, `after` and `before` are the first and the last day that
    count, `documents` are ids or folders of them ("2017/"). A document that does not say when it was
    published fulfils no condition on the date.

    Raises:
        FilterError: if `after` is later than `before`, or a bare string stands for a tuple.
    """

    publishers: tuple[str, ...] = ()
    after: date | None = None
    before: date | None = None
    documents: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for field in ("publishers", "documents"):
            value = getattr(self, field)
            # subtle: a string is a sequence, too, of names with one letter each.
            if isinstance(value, str):
                raise FilterError(f'{field} is the bare string "{value}". Write ("{value}",)')
            object.__setattr__(self, field, tuple(value))
        if self.after and self.before and self.after > self.before:
            raise FilterError(f"No day is both after {self.after} and before {self.before}.")

    def accepts(self, document: Document | Description) -> bool:
        """Whether the document fulfils all conditions."""
        return (
            self._accepts_publisher(document.publisher)
            and self._accepts_day(document.published)
            and self._accepts_id(document.id)
        )

    def _accepts_publisher(self, publisher: str) -> bool:
        return not self.publishers or publisher.casefold() in _folded(self.publishers)

    def _accepts_day(self, day: date | None) -> bool:
        if self.after is None and self.before is None:
            return True
        return day is not None and (self.after or day) <= day <= (self.before or day)

    def _accepts_id(self, id: str) -> bool:
        if not self.documents:
            return True
        return any(
            id == name or (name.endswith("/") and id.startswith(name)) for name in self.documents
        )


@lru_cache(maxsize=64)
def _folded(names: tuple[str, ...]) -> frozenset[str]:
    """The names without case, once for all documents that a filter is asked about."""
    return frozenset(name.casefold() for name in names)


# Far more than any encoder gives or reads.
_MOST_DIMENSIONS, _MOST_TOKENS = 1 << 16, 1 << 24


@dataclass(frozen=True, slots=True)
class Manifest:
    """How an index was made. Two indexes with equal manifests rank alike.

    `format` is the version of the stored form, `encoder_sha256` the hash of the encoder's weights,
    `dimension` the length of its vectors, `budget` and `overlap` as in `corpus.Chunking`, the budget
    limited to what the encoder reads. `encoder_config_sha256` is the hash of the encoder's other files
    (pooling, prompts, tokeniser); "" where it is not known.
    """

    format: int
    encoder: str
    encoder_sha256: str
    dimension: int
    budget: int
    overlap: int
    encoder_config_sha256: str = ""

    def to_dict(self) -> dict[str, str | int]:
        """Plain values, for JSON."""
        return asdict(self)

    def check(self) -> None:
        """Nothing, if all values are of their kinds and such as an index can have.

        Raises:
            ValueError: if not; anyone may have written them.
        """
        for name, value in self.to_dict().items():
            is_text = name.startswith("encoder")
            if type(value) is not (str if is_text else int):
                raise ValueError(f"{name} is {value!r}")
        if not (
            1 <= self.dimension <= _MOST_DIMENSIONS
            and 0 <= self.overlap < self.budget <= _MOST_TOKENS
        ):
            raise ValueError(
                f"dimension {self.dimension}, budget {self.budget}, overlap {self.overlap}"
            )


class Phase(StrEnum):
    """What an indexing run does beside reading and encoding, where there are many documents."""

    LINES = "Looking for lines that recur"
    COPIES = "Looking for copies"
    SEARCH = "Preparing the search"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an indexing run has come: `done` of `total` files are read.

    `documents` have been read in this run, of files that hold many also before they are done.
    `passages` have been encoded, and `waiting` are still to be. `searchable` says whether all texts are
    in the index, so that they can be searched by their words, and by meaning where they are encoded.
    While it does something else, `stage` says what, and `part` how many of how many things are done.
    """

    done: int
    total: int
    passages: int
    waiting: int = 0
    searchable: bool = False
    stage: Phase | None = None
    part: tuple[int, int] = (0, 0)
    documents: int = 0


OnProgress = Callable[[Progress], None]


CountCallback = Callable[[int, int], None]
"""Told how many of how many things are done."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What an indexing run did, in files; `skipped` are those that could not be read."""

    added: int = 0
    changed: int = 0
    removed: int = 0
    unchanged: int = 0
    skipped: int = 0


Arrays = dict[str, NDArray[Any]]


Vectors = NDArray[np.float32]
"""Shape (n, d), unit rows."""


class Encoder(Protocol):
    """Texts in, unit float32 rows out. The same text gives the same vector, but for rounding.

    `name` and `sha256` (of the weights) say which encoder it is, `config_sha256` with which settings,
    `dimension` how long its vectors are. Of a text that has more than `most_tokens` tokens, its own
    special ones included, the rest is not read.
    """

    @property
    def name(self) -> str: ...
    @property
    def sha256(self) -> str: ...
    @property
    def config_sha256(self) -> str: ...
    @property
    def dimension(self) -> int: ...
    @property
    def most_tokens(self) -> int: ...

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """One row for each text, shape (n, d)."""
        ...

    def encode_questions(self, texts: Sequence[str]) -> Vectors:
        """One row for each question, shape (n, d)."""
        ...

    def token_starts(self, text: str) -> Sequence[int]:
        """The first character of each of the model's tokens."""
        ...
