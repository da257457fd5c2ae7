"""Plain text, as typed, exported or saved from a page: it knows nothing of itself."""

from corpus.formats.base import Raw
from corpus.formats.text_encoding import decode

SUFFIXES = frozenset({".txt", ".text", ""})


def read(data: bytes) -> Raw:
    """The text; page furniture may stand in it, since pages are often saved this way."""
    return Raw(decode(data), saved_page=True)
