"""What a format gives, before cleaning; and how bytes become characters."""

import codecs
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum

from corpus.errors import DocumentError

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# The detector is slow on long texts and no better for them.
SAMPLE = 64_000


class Field(StrEnum):
    """What a document can say of itself."""

    TITLE = "title"
    AUTHOR = "author"
    PUBLISHER = "publisher"
    PUBLISHED = "published"
    UPDATED = "updated"
    URL = "url"


@dataclass(frozen=True, slots=True)
class Clue:
    """A piece of metadata that stands outside the text, in the document's own words."""

    field: Field
    value: str
    origin: str


@dataclass(frozen=True, slots=True)
class Raw:
    """What a format found: its text, its clues, and whether page furniture may stand among it."""

    text: str
    clues: tuple[Clue, ...] = ()
    saved_page: bool = False


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of file that can be read."""

    name: str
    suffixes: frozenset[str]
    read: Callable[[bytes], Raw]


def decode(data: bytes, *, declared: str | None = None) -> str:
    """The characters of a text file in whatever encoding it is.

    A byte order mark decides; else UTF-8 if it fits; else what the file declares of itself; else the
    best guess of charset-normalizer; else Windows-1252.

    Raises:
        DocumentError: if the bytes are not text.
    """
    for bom, marked in _BOMS:
        if data.startswith(bom):
            return data.decode(marked, errors="replace")
    if (wide := _wide_encoding(data[:SAMPLE])) is not None:
        return data.decode(wide, errors="replace")
    if b"\x00" in data[:SAMPLE]:
        raise DocumentError("it is a binary file, not text")
    for encoding in filter(None, ("utf-8", declared)):
        with suppress(UnicodeDecodeError, LookupError):
            return data.decode(encoding)
    return data.decode(_guess(data[:SAMPLE]), errors="replace")


def _wide_encoding(sample: bytes) -> str | None:
    """UTF-16 without a mark: every second byte of ordinary text in it is zero, or mostly."""
    if len(sample) < 4:
        return None
    half = len(sample) // 2
    even, odd = sample[::2].count(0) / half, sample[1::2].count(0) / half
    if odd > 0.4 and even < 0.05:
        return "utf-16-le"
    if even > 0.4 and odd < 0.05:
        return "utf-16-be"
    return None


def _guess(sample: bytes) -> str:
    from charset_normalizer import from_bytes

    best = from_bytes(sample).best()
    if best is None:
        if len(re.findall(rb"[\x01-\x08\x0e-\x1a\x7f]", sample)) > len(sample) // 20:
            raise DocumentError("it is a binary file, not text")
        return "cp1252"
    return best.encoding
