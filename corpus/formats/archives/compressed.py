"""A single file compressed with gzip, bzip2 or xz. It is read in the format of its contents."""

import bz2
import gzip
import lzma
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath
from typing import BinaryIO, cast

from corpus.formats.archives.member_names import harmless
from corpus.formats.archives.members import Within, name_of
from corpus.formats.base import Part

GZIP_SUFFIXES = frozenset({".gz", ".tgz"})
BZIP2_SUFFIXES = frozenset({".bz2", ".tbz2", ".tbz"})
XZ_SUFFIXES = frozenset({".xz", ".txz", ".lzma"})

_TARS = frozenset({".tgz", ".tbz2", ".tbz", ".txz"})
MEMORY_OF_XZ = 256 * 1024**2
"""Bytes of memory that unpacking xz may take. The file sets how many, and can ask for gigabytes."""


def read_gzip(handle: BinaryIO, within: Within) -> Iterator[Part]:
    """The documents inside a gzip file."""
    # subtle: without a mode, GzipFile takes the handle's, and a temporary file's allows writing.
    return _read(handle, within, lambda: cast("BinaryIO", gzip.GzipFile(fileobj=handle, mode="rb")))


def read_bzip2(handle: BinaryIO, within: Within) -> Iterator[Part]:
    """The documents inside a bzip2 file."""
    return _read(handle, within, lambda: cast("BinaryIO", bz2.BZ2File(handle)))


def read_xz(handle: BinaryIO, within: Within) -> Iterator[Part]:
    """The documents inside an xz file."""
    return _read(handle, within, lambda: cast("BinaryIO", _Xz(handle)))


def _read(handle: BinaryIO, within: Within, stream: Callable[[], BinaryIO]) -> Iterator[Part]:
    # The compressed file has a single member, so its id needs no mark.
    with stream() as opened:
        inside, damage = within.unpack(_inner_name(name_of(handle)), opened)
    with inside:
        yield from within.documents(inside, damage)


def _inner_name(name: str) -> str:
    """The name of the file inside a compressed file.

    >>> _inner_name("x.jsonl.gz"), _inner_name("old.tgz"), _inner_name("notes.gz")
    ('x.jsonl', 'old.tar', 'notes')
    """
    path = PurePosixPath(harmless(name) or "file")
    return path.stem + (".tar" if path.suffix.lower() in _TARS else "")


class _Xz:
    """An xz file that is unpacked while it is read, in bounded memory; `lzma.LZMAFile` has no bound."""

    def __init__(self, handle: BinaryIO) -> None:
        self._handle = handle
        self._unpacker = self._new()

    def __enter__(self) -> "_Xz":
        return self

    def __exit__(self, *raised: object) -> None:
        pass

    @staticmethod
    def _new() -> lzma.LZMADecompressor:
        return lzma.LZMADecompressor(memlimit=MEMORY_OF_XZ)

    def read(self, size: int) -> bytes:
        """At most `size` of the next bytes; b"" at the end."""
        while True:
            if self._unpacker.eof:
                more = self._unpacker.unused_data or self._handle.read(size)
                if not more.strip(b"\0"):  # there may be zero padding between streams
                    return b""
                self._unpacker = self._new()
            else:
                more = self._handle.read(size) if self._unpacker.needs_input else b""
                if not more and self._unpacker.needs_input:
                    raise EOFError("it is cut off")
            if data := self._unpacker.decompress(more, size):
                return data
