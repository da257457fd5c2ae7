"""Collections of any size for the benchmarks: the sentences of real stories put together anew.

Their vectors are put together likewise, from those of real passages, since encoding a million passages
takes hours: what is measured with them is search, not understanding.
"""

import gzip
import json
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from corpus.passages.chunking import Chunking, split_passages
from corpus.passages.sentences import split_sentences
from corpus.reading.loader import load
from corpus.reading.results import Skipped, State
from corpus.types import Document, Metadata, Parsed, Sourced
from index.passage_text import encoder_text, fitted
from index.storage.compatibility import manifest_for
from index.storage.database import FILE_NAME
from index.storage.rows import Entry, Filed, Record
from index.storage.store import Store
from index.types import Encoder, Vectors

# Words of a passage, passages of a document, and real passages whose vectors are put together.
_WORDS, _PASSAGES, _REAL = 120, 4, 2000
_AT_ONCE = 2000


def texts_of(path: Path) -> list[str]:
    """The texts of a folder of documents, or of JSON lines with a "text" each (gzip or not)."""
    if path.is_dir():
        return [d.text for f in load(path) if not isinstance(f, Skipped) for d in f.documents]
    data = path.read_bytes()
    lines = (gzip.decompress(data) if path.suffix == ".gz" else data).decode().splitlines()
    return [text for line in lines if (text := json.loads(line).get("text"))]


def passages_of(texts: Sequence[str], count: int, *, seed: int = 0) -> Iterator[str]:
    """So many passages of some 120 words, made of the texts' sentences in an order of chance."""
    sentences = [
        words for text in texts for s in split_sentences(_document("", text)) if (words := s.text)
    ]
    random = np.random.default_rng(seed)
    for _ in range(count):
        chosen: list[str] = []
        while sum(map(len, chosen)) < 6 * _WORDS:
            chosen.append(sentences[int(random.integers(len(sentences)))])
        yield " ".join(chosen)


def _document(id: str, text: str) -> Document:
    return Document(id, "", text, Metadata(Sourced(text[:40], "first line")))


def build(
    folder: Path, texts: Sequence[str], count: int, encoder: Encoder, contexts: Sequence[str] = ()
) -> None:
    """A store of so many passages in `folder`, with vectors, as an indexing run would leave it.

    `contexts` are documents besides, as they are.
    """
    chunking = fitted(Chunking(), encoder.most_tokens)
    store = Store.create(folder / FILE_NAME, manifest_for(encoder, chunking))
    store.put([_as_it_is(number, text, encoder, chunking) for number, text in enumerate(contexts)])
    real = encoder.encode_passages(list(passages_of(texts, min(count, _REAL), seed=1)))
    random = np.random.default_rng(2)
    passages = passages_of(texts, count)
    entries = []
    for number in range(0, count, _PASSAGES):
        here = [next(passages) for _ in range(min(_PASSAGES, count - number))]
        entries.append(_entry(number, here, mixed(real, len(here), random)))
        if len(entries) == _AT_ONCE or number + _PASSAGES >= count:
            store.put(entries)
            entries = []
    store.close()


def mixed(real: Vectors, count: int, random: np.random.Generator) -> Vectors:
    """Unit rows between two real ones each, and a little beside them."""
    pairs = random.integers(len(real), size=(2, count))
    share = random.uniform(0.2, 0.8, (count, 1))
    rows = share * real[pairs[0]] + (1 - share) * real[pairs[1]]
    rows += random.normal(0, 0.25 / np.sqrt(real.shape[1]), rows.shape)
    found: Vectors = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return found


def _entry(number: int, passages: Sequence[str], vectors: Vectors) -> Entry:
    ends = np.cumsum([len(passage) + 2 for passage in passages]).tolist()
    offsets = [(b - 2 - len(p), b - 2) for p, b in zip(passages, ends, strict=True)]
    document = _document(f"story-{number:07}.txt", "\n\n".join(passages))
    return _filed(document, offsets, vectors)


def _as_it_is(number: int, text: str, encoder: Encoder, chunking: Chunking) -> Entry:
    document = _document(f"context-{number:07}.txt", text)
    passages = split_passages(document, token_starts=encoder.token_starts, chunking=chunking)
    vectors = encoder.encode_passages([encoder_text(passage) for passage in passages])
    return _filed(document, [(p.start, p.end) for p in passages], vectors)


def _filed(document: Document, offsets: Sequence[tuple[int, int]], vectors: Vectors) -> Entry:
    number = zlib.crc32(document.id.encode())
    record = Record(document.id, len(document.text), 0, f"{number:064}", State.READ)
    return Entry(record, [Filed(Parsed(document), offsets, list(vectors))])
