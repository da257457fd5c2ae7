"""Stand-ins that are deterministic and need no model, and what several tests ask of an index."""

import hashlib
import re
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from corpus.passages.chunking import Chunking, word_starts
from corpus.types import Metadata
from index.indexing import updater
from index.indexing.updater import update
from index.search.hybrid import Index
from index.storage.database import FILE_NAME
from index.storage.store import Store
from index.types import Vectors

ROOT = Path(__file__).resolve().parent.parent.parent
SMALL = Chunking(budget=16, overlap=1)


def sign(said: bytes) -> bytes:
    """A signature of what is said of some arrays."""
    return hashlib.sha256(b"tests" + said).digest()


class FakeEncoder:
    """A hashed bag of words: the same text always has the same unit vector, similar ones similar ones."""

    def __init__(
        self,
        *,
        sha256: str = "f" * 64,
        dimension: int = 32,
        delay_s: float = 0,
        most_tokens: int = 1_000_000,
    ) -> None:
        self.name = f"fake-{sha256[:4]}"
        self.sha256 = sha256
        self.config_sha256 = ""
        self.most_tokens = most_tokens
        self.dimension = dimension
        self.delay_s = delay_s
        self.encoded: list[str] = []

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        self.encoded.extend(texts)
        time.sleep(self.delay_s * len(texts))
        return self._rows(texts)

    def encode_questions(self, texts: Sequence[str]) -> Vectors:
        return self._rows(texts)

    def token_starts(self, text: str) -> Sequence[int]:
        return word_starts(text)

    def _rows(self, texts: Sequence[str]) -> Vectors:
        rows = np.zeros((len(texts), self.dimension), np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word in re.findall(r"\w+", text.lower()):
                digest = hashlib.blake2b(f"{self.sha256}{word}".encode(), digest_size=4).digest()
                row[int.from_bytes(digest[:3], "big") % self.dimension] += (
                    1 if digest[3] % 2 else -1
                )
            length = float(np.linalg.norm(row))
            if length:
                row /= length
            else:
                row[0] = 1
        return rows


Content = list[tuple[str, str, str, Metadata, list[tuple[int, int, bytes]]]]


def contents(directory: Path) -> Content:
    """All that an index holds, in one order, without keys: equal for equal indexes."""
    store = Store.open(directory / FILE_NAME)
    with store.snapshot():
        table = store.passages()
        vectors = store.vectors(store.manifest().dimension)
        documents = dict(store.documents())
    store.close()
    found: dict[int, list[tuple[int, int, bytes]]] = {key: [] for key in documents}
    rows = zip(table.documents, table.first, table.last, vectors, strict=True)
    for key, first, last, vector in rows:
        found[int(key)].append((int(first), int(last), vector.tobytes()))
    return sorted(
        ((d.id, d.sha256, d.text, d.metadata, sorted(found[key])) for key, d in documents.items()),
        key=lambda row: row[0],
    )


Ranking = list[tuple[str, int, int, float, float | None, float | None]]


def ranking(index: Index, question: str, k: int = 50) -> Ranking:
    """What a search gives, as plain values."""
    hits = index.search(question, k=k)
    assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1))
    return [
        (
            h.passage.document.id,
            h.passage.start,
            h.passage.end,
            h.score,
            h.lexical,
            h.dense,
        )
        for h in hits
    ]


def write(root: Path, **texts: str) -> None:
    """Files under `root`: `name="text"` makes name.txt; two underscores stand for a slash."""
    for name, text in texts.items():
        path = root / f"{name.replace('__', '/')}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")


def main() -> None:
    """In a child process: update the index of argv[1] in argv[2], argv[3] seconds a passage.

    Little is committed at a time, so that there are many moments to be killed at.
    """
    updater.BATCH, updater.MOST_READ = 16, 8
    update(
        Path(sys.argv[1]),
        Path(sys.argv[2]),
        FakeEncoder(delay_s=float(sys.argv[3])),
        chunking=SMALL,
    )


if __name__ == "__main__":
    main()
