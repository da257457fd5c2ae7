"""Recover the intact members of a truncated ZIP file, whose list of contents is missing."""

import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from typing import BinaryIO

from corpus.formats.base import LARGEST_FILE

_HEADER = struct.Struct("<4s5H3I2H")
_SIGNATURE = b"PK\x03\x04"
_LOCKED = 0x1
_UTF8 = 0x800
_SIZES_FOLLOW = 0x8
_CHUNK = 64 * 1024


def whole_members(handle: BinaryIO) -> Iterator[tuple[str, Callable[[], BinaryIO]]]:
    """The name and opener of each member, in order, up to the damage. Locked members are skipped."""
    at = 0
    while True:
        handle.seek(at)
        head = handle.read(_HEADER.size)
        if len(head) < _HEADER.size or not head.startswith(_SIGNATURE):
            return
        _, _, flags, method, _, _, _, packed, _, name_size, extra_size = _HEADER.unpack(head)
        name = handle.read(name_size).decode("utf-8" if flags & _UTF8 else "cp437", "replace")
        start = at + _HEADER.size + name_size + extra_size
        if flags & _SIZES_FOLLOW or packed == 0xFFFFFFFF:
            if method != zipfile.ZIP_DEFLATED or (size := _deflated_size(handle, start)) is None:
                return
            # A checksum and two sizes follow, sometimes with a signature before them.
            handle.seek(start + size)
            at = start + size + (16 if handle.read(4) == b"PK\x07\x08" else 12)
            packed = size
        else:
            at = start + packed
        if handle.seek(0, io.SEEK_END) < start + packed:
            return
        if not flags & _LOCKED and not name.endswith("/"):
            yield name, _opener(handle, start, packed, method)


def _deflated_size(handle: BinaryIO, start: int) -> int | None:
    """The size in bytes of a deflated member; None if it does not end, or is too large to read."""
    handle.seek(start)
    unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
    read = unpacked = 0
    rest = b""
    while not unpacker.eof:
        data = rest or handle.read(_CHUNK)
        read += 0 if rest else len(data)
        if not data or unpacked > LARGEST_FILE:
            return None
        try:
            unpacked += len(unpacker.decompress(data, _CHUNK))
        except zlib.error:
            return None
        rest = unpacker.unconsumed_tail
    return read - len(unpacker.unused_data)


def _opener(handle: BinaryIO, start: int, size: int, method: int) -> Callable[[], BinaryIO]:
    def opened() -> BinaryIO:
        handle.seek(start)
        data = handle.read(size)
        if method == zipfile.ZIP_STORED:
            return io.BytesIO(data)
        if method != zipfile.ZIP_DEFLATED:
            raise NotImplementedError(f"method {method}")
        return _Inflated(data)

    return opened


class _Inflated(io.BytesIO):
    """Deflated bytes that are unpacked while being read, so the reader can stop a zip bomb."""

    def __init__(self, data: bytes) -> None:
        super().__init__()
        self._unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
        self._rest = data

    def read(self, size: int | None = -1) -> bytes:
        """At most `size` of the next bytes."""
        if self._unpacker.eof or not self._rest:
            return b""
        data = self._unpacker.decompress(self._rest, max(size or 0, 1))
        self._rest = self._unpacker.unconsumed_tail
        return data

    read1 = read
