"""The values of this layer: hits, filters, an index's manifest, progress, and the Encoder protocol."""

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
    """Another document with the same article, and its relation to the lead of their cluster.

    If the other document is the lead itself, it is the relation to the document of the hit.
    """

    document: Document
    relation: Relation


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage with its retrieval score.

    `score` is the fused score, higher is better; `rank` starts at 1. `lexical` is the BM25 score and
    `dense` the cosine to the question; either is None if that index did not return the passage.

    `article` is the id of the document that leads the passage's cluster, or of its own document if it
    has no copies. `copies` are the other documents of the cluster. The passage may stand in for one of a
    copy that says the same; then `score` is the score of the one that was found.
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
    """Which documents to search: those that meet all the given conditions.

    `publishers` are compared without case. `after` and `before` are the first and the last day allowed,
    both included. `documents` are ids, or folders of ids ("2017/"). A document without a publication
    date meets no condition on the date.

    Raises:
        FilterError: if `after` is later than `before`, or a string is given instead of a tuple.
    """

    publishers: tuple[str, ...] = ()
    after: date | None = None
    before: date | None = None
    documents: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for field in ("publishers", "documents"):
            value = getattr(self, field)
            # subtle: a string is also a sequence, of names with one letter each.
            if isinstance(value, str):
                raise FilterError(f'{field} must be a tuple, not "{value}". Write ("{value}",)')
            object.__setattr__(self, field, tuple(value))
        if self.after and self.before and self.after > self.before:
            raise FilterError(f"No day is both after {self.after} and before {self.before}.")

    def accepts(self, document: Document | Description) -> bool:
        """Whether the document meets all conditions."""
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
    """The case-folded names, computed once for all documents that a filter is applied to."""
    return frozenset(name.casefold() for name in names)


# Far more than any encoder gives or reads.
_MOST_DIMENSIONS, _MOST_TOKENS = 1 << 16, 1 << 24


@dataclass(frozen=True, slots=True)
class Manifest:
    """How an index was built. Two indexes with equal manifests rank the same documents alike.

    `format` is the version of the file format, `encoder_sha256` the hash of the encoder's weights,
    `dimension` the length of its vectors. `budget` and `overlap` are as in `corpus.Chunking`, with the
    budget limited to what the encoder reads. `encoder_config_sha256` is the hash of the encoder's other
    files (pooling, prompts, tokenizer), or "" if it is not known.
    """

    format: int
    encoder: str
    encoder_sha256: str
    dimension: int
    budget: int
    overlap: int
    encoder_config_sha256: str = ""

    def to_dict(self) -> dict[str, str | int]:
        """The manifest as plain values, for JSON."""
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
    """The steps of an indexing run besides reading and encoding."""

    LINES = "Looking for recurring lines"
    COPIES = "Looking for copies"
    SEARCH = "Preparing the search"


@dataclass(frozen=True, slots=True)
class Progress:
    """The progress of an indexing run: `done` of `total` files have been read.

    `documents` is the number of documents read in this run, including those of files that are not done
    yet. `passages` have been encoded, and `waiting` are still to be encoded. `searchable` is True once all
    texts are in the index and can be searched by words, and by meaning as far as they are encoded. During
    any other step, `stage` names it, and `part` is how much of it is done and its total.
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
"""Called with the number of things done so far, and their total."""


@dataclass(frozen=True, slots=True)
class Changes:
    """The result of an indexing run, in numbers of files; `skipped` files could not be read."""

    added: int = 0
    changed: int = 0
    removed: int = 0
    unchanged: int = 0
    skipped: int = 0


Arrays = dict[str, NDArray[Any]]


Vectors = NDArray[np.float32]
"""Shape (n, d), unit rows."""


class Encoder(Protocol):
    """Turns texts into unit float32 rows. The same text gives the same vector, except for rounding.

    `name` and `sha256` (of the weights) identify the encoder, `config_sha256` its settings. `dimension`
    is the length of its vectors. Tokens of a text beyond `most_tokens`, which includes the encoder's
    special tokens, are not read.
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
        """The offset of the first character of each of the model's tokens."""
        ...
