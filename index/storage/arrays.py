"""Save arrays in a folder of their own and open them by memory map, so a question reads only what it needs.

The arrays belong to one state of one index and never change: they are replaced by others, and anyone who has
the old ones open keeps them. Arrays without a signature, or with one that does not match, are not opened.
"""

import errno
import json
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from hashlib import blake2b
from hmac import compare_digest
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from index.storage.ordinary_files import is_own_folder, open_ordinary, read_ordinary
from index.types import Arrays

Sign = Callable[[bytes], bytes]
"""Returns the signature, 32 bytes, of the description of some arrays."""

_NOTE = "arrays.json"
_SIGNATURE, _MOST_SAID, _MOST_HEADER = 64, 1 << 16, 4096
# Up to this many bytes, arrays are read into memory when they are opened, and their checksums are compared.
# Larger ones are mapped, and compared only if anything shows that their files are not the ones written.
SMALL = 4 << 20
_AT_ONCE = 1 << 22


class ArraysDamaged(ValueError):
    """The content of the folder is not what `save_arrays` wrote."""


def save_arrays(folder: Path, arrays: Mapping[str, NDArray[Any]], sign: Sign) -> None:
    """Write the arrays to a new folder that replaces `folder`, completely or not at all.

    Raises:
        OSError: if they cannot be written.
    """
    if not is_own_folder(folder.parent):
        raise NotADirectoryError(f"{str(folder.parent)!r} is not a folder")
    place = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}-"))
    try:
        said = {}
        for name, array in arrays.items():
            path = place / f"{name}.npy"
            with replace_file(path) as handle:
                np.save(handle, array, allow_pickle=False)
            said[name] = [*_shape(array), _checksum(array), _state(path.lstat())]
        _write_note(place, said, sign)
        _swap(place, folder)
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _write_note(place: Path, said: Mapping[str, list[Any]], sign: Sign) -> None:
    line = json.dumps(said).encode()
    with replace_file(place / _NOTE) as handle:
        handle.write(sign(line).hex().encode() + line)


def _swap(new: Path, folder: Path) -> None:
    """Move the new folder to the place of the other one, which may already exist."""
    # subtle: a folder can be renamed only to a path that does not exist. Another process may have put the
    # same arrays there in the meantime; they are just as good.
    old = new.with_name(f"{new.name}-old")
    with suppress(FileNotFoundError):
        folder.rename(old)
    with suppress(FileExistsError, NotADirectoryError):
        try:
            new.rename(folder)
        except OSError as error:
            if error.errno != errno.ENOTEMPTY:
                raise
    if is_own_folder(old):
        shutil.rmtree(old, ignore_errors=True)
    else:
        old.unlink(missing_ok=True)


def open_arrays(folder: Path, sign: Sign) -> Arrays:
    """The arrays saved there, read-only; large ones are mapped into memory.

    Raises:
        OSError: if there are none.
        ArraysDamaged, StorageError: if they are not those that were saved and signed.
    """
    if not is_own_folder(folder):
        raise FileNotFoundError(f"there are no arrays in {str(folder)!r}")
    said = _note(folder, sign)
    small = sum(_size(noted) for noted in said.values()) <= SMALL
    found, moved = {}, False
    for name, noted in said.items():
        found[name], touched = _open(folder / f"{name}.npy", noted, small)
        moved = moved or touched
    if moved and not small:
        # They were copied or moved, and have just been compared with their checksums: once is enough.
        with suppress(OSError):
            _write_note(folder, {n: [*v[:3], _now(folder, n)] for n, v in said.items()}, sign)
    return found


def _note(folder: Path, sign: Sign) -> dict[str, list[Any]]:
    """The description of the arrays, if it is signed: type, shape, checksum and file state of each."""
    try:
        line = read_ordinary(folder / _NOTE, _MOST_SAID)
        signature = bytes.fromhex(line[:_SIGNATURE].decode("ascii"))
    except (ValueError, UnicodeDecodeError) as error:
        raise ArraysDamaged(f"{os.fspath(folder)!r}: {error}") from error
    if not compare_digest(signature, sign(line[_SIGNATURE:])):
        raise ArraysDamaged(f"{os.fspath(folder)!r} is not signed by this user")
    said: dict[str, list[Any]] = json.loads(line[_SIGNATURE:])
    if not all(re.fullmatch("[a-z]{1,20}", name) for name in said):
        raise ArraysDamaged(f"{os.fspath(folder)!r} names {[*said]}")
    return said


def _open(path: Path, noted: list[Any], small: bool) -> tuple[NDArray[Any], bool]:
    """An array, and whether its file was touched, copied or moved after it was written."""
    with os.fdopen(open_ordinary(path), "rb") as handle:
        dtype, shape, checksum, state = noted
        wanted = np.dtype(dtype)
        if wanted.hasobject or _header(handle) != (dtype, shape):
            raise ArraysDamaged(f"{os.fspath(path)!r} has another type or shape than was saved")
        now, first = os.fstat(handle.fileno()), handle.tell()
        if now.st_size != first + _size(noted):
            raise ArraysDamaged(f"{os.fspath(path)!r} is longer or shorter than was saved")
        touched = _state(now) != state
        array: NDArray[Any]
        if read := small or not _size(noted) or _others_may_write(now):
            array = np.frombuffer(handle.read(_size(noted)), wanted).reshape(shape)
        else:
            array = np.memmap(handle, wanted, "r", first, tuple(shape))
        if (read or touched or state is None) and _checksum(array) != checksum:
            raise ArraysDamaged(f"{os.fspath(path)!r} is not what was saved")
        return array, touched


def _header(handle: BinaryIO) -> tuple[str, list[int]]:
    """The type and shape at the start of an array's file, in C order; leaves the handle at the numbers."""
    major = npy.read_magic(handle)[0]
    read = npy.read_array_header_1_0 if major == 1 else npy.read_array_header_2_0
    shape, fortran, dtype = read(handle, max_header_size=_MOST_HEADER)
    if fortran:
        raise ArraysDamaged("the array has its columns first")
    return dtype.str, [*shape]


def _size(noted: list[Any]) -> int:
    return int(np.dtype(noted[0]).itemsize * np.prod(noted[1], dtype=object))


def _now(folder: Path, name: str) -> list[int] | None:
    return _state((folder / f"{name}.npy").lstat())


def _state(found: os.stat_result) -> list[int] | None:
    """Values that show whether a file was touched: only the system sets the time of its last change.

    None if there is no such time (on Windows, this field is the time of creation).
    """
    if os.name == "nt":
        return None
    return [found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns]


def _others_may_write(found: os.stat_result) -> bool:
    """Whether somebody else could truncate the file while it is mapped, which would kill this process."""
    mine = os.name == "nt" or found.st_uid in (0, os.geteuid())
    return not mine or bool(found.st_mode & 0o022)


def _shape(array: NDArray[Any]) -> list[Any]:
    return [array.dtype.str, list(array.shape)]


def _checksum(array: NDArray[Any]) -> str:
    flat = np.ascontiguousarray(array).reshape(-1).view(np.uint8)
    digest = blake2b(digest_size=32)
    for first in range(0, len(flat), _AT_ONCE):
        digest.update(flat[first : first + _AT_ONCE].data)
    return digest.hexdigest()


@contextmanager
def replace_file(path: Path) -> Iterator[BinaryIO]:
    """A file to write to, which replaces `path` if the block ends without an error."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(descriptor, "wb") as handle:
            yield handle
            handle.flush()
            os.fsync(handle.fileno())
        os.replace(name, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(name)
        raise
