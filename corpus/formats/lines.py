"""The lines of a large text file, one at a time, in whatever encoding it is."""

import io
from collections.abc import Iterator
from typing import BinaryIO

from corpus.errors import DocumentError
from corpus.formats.bounds import LARGEST_FILE
from corpus.formats.raw import SAMPLE, decode, encoding_of

_MARKS = (b"\xff\xfe", b"\xfe\xff")


def lines_of(handle: BinaryIO) -> Iterator[str]:
    """Each line with its line end.

    UTF-8 where it fits; the lines where it does not are read in the encoding that the first of them
    are in.

    Raises:
        DocumentError: if a line is larger than `LARGEST_FILE` bytes, or it is no text.
    """
    sample = handle.read(SAMPLE)
    handle.seek(0)
    if sample.startswith(_MARKS) or sample.count(0) * 5 > len(sample):
        # Two bytes or four for each character: lines cannot be told before they are decoded.
        data = handle.read(LARGEST_FILE + 1)
        if len(data) > LARGEST_FILE:
            raise DocumentError(f"it is in UTF-16 and larger than {LARGEST_FILE >> 20} MB")
        yield from io.StringIO(decode(data), newline="")
        return
    fallback = ""
    first = True
    while line := handle.readline(LARGEST_FILE):
        if len(line) == LARGEST_FILE:
            raise DocumentError(f"a line in it is longer than {LARGEST_FILE >> 20} MB")
        try:
            text = line.decode("utf-8-sig" if first else "utf-8")
        except UnicodeDecodeError:
            fallback = fallback or _encoding(line, handle)
            text = line.decode(fallback, errors="replace")
        first = False
        yield text


def _encoding(line: bytes, handle: BinaryIO) -> str:
    at = handle.tell()
    following = handle.read(SAMPLE)
    handle.seek(at)
    return encoding_of(line + following)
