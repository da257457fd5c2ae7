"""Arrays in a folder of their own, opened by memory map: what a question does not touch is not read."""

import errno
import json
import os
import shutil
import tempfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from index.types import Arrays

_NOTE = "arrays.json"


# Bytes up to which arrays are compared with their checksums when they are opened. Reading more than
# this would take longer than the question that they are opened for.
CHECKED = 64 << 20


class ArraysDamaged(ValueError):
    """What lies in the folder is not what `save_arrays` wrote."""


def save_arrays(folder: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write the arrays into a new folder in the place of `folder`, whole or not at all.

    Raises:
        OSError: if they cannot be written.
    """
    place = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}-"))
    try:
        for name, array in arrays.items():
            with replace_file(place / f"{name}.npy") as handle:
                np.save(handle, array, allow_pickle=False)
        with replace_file(place / _NOTE) as handle:
            handle.write(json.dumps({n: _said(a) for n, a in arrays.items()}).encode())
        _swap(place, folder)
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _swap(new: Path, folder: Path) -> None:
    """Put the new folder into the place of the other, which may be there already."""
    # subtle: a folder can only be renamed to where nothing stands; another process may have put the
    # same arrays there meanwhile, and then theirs are as good.
    old = new.with_name(f"{new.name}-old")
    with suppress(FileNotFoundError):
        folder.rename(old)
    with suppress(FileExistsError, NotADirectoryError):
        try:
            new.rename(folder)
        except OSError as error:
            if error.errno != errno.ENOTEMPTY:
                raise
    if old.is_dir():
        shutil.rmtree(old, ignore_errors=True)
    else:
        old.unlink(missing_ok=True)


def open_arrays(folder: Path) -> Arrays:
    """The arrays that were saved there, read-only and mapped into memory.

    Raises:
        OSError: if there are none.
        ArraysDamaged, ValueError: if they are not what was saved.
    """
    said = json.loads((folder / _NOTE).read_text("utf-8"))
    found = {
        name: np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False) for name in said
    }
    sizes = sum(array.nbytes for array in found.values())
    for name, array in found.items():
        noted = said[name]
        same = _shape(array) == noted[:2] and (sizes > CHECKED or _said(array) == noted)
        if not same:
            raise ArraysDamaged(f"{os.fspath(folder / name)!r} is not what was saved")
    return found


def _shape(array: NDArray[Any]) -> list[Any]:
    return [array.dtype.str, list(array.shape)]


def _said(array: NDArray[Any]) -> list[Any]:
    """What an array is known by: type, shape and the checksum of its bytes."""
    flat = np.ascontiguousarray(array).reshape(-1).view(np.uint8)
    return [*_shape(array), zlib.crc32(flat.data) if len(flat) else 0]


@contextmanager
def replace_file(path: Path) -> Iterator[BinaryIO]:
    """A file to write to, which takes the place of `path` when the block ends without an error."""
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
