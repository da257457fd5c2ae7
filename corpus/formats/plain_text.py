"""Plain text, as typed, exported or saved from a page. It has no metadata of its own."""

from corpus.formats.base import Raw
from corpus.formats.text_encoding import decode

SUFFIXES = frozenset({".txt", ".text", ""})


def read(data: bytes) -> Raw:
    """The text. It may contain page furniture, since web pages are often saved this way."""
    return Raw(decode(data), saved_page=True)
