"""Open only ordinary files of an index folder, never links, since anybody may have put them there."""

import os
import stat
from contextlib import suppress
from pathlib import Path

from corpus.errors import StorageError

# Windows has neither flag; there, making a link needs rights that few users have.
_NO_LINK = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
_BINARY = getattr(os, "O_BINARY", 0)


def check_ordinary(path: Path) -> None:
    """Nothing, if this is an ordinary file with one name, or does not exist: it is safe to open by its path.

    Raises:
        StorageError: if it is a link, a pipe, a device, or a second name of another file.
    """
    with suppress(FileNotFoundError, NotADirectoryError):
        try:
            _check(path.lstat(), path)
        except PermissionError as error:
            raise StorageError(f"{str(path)!r} cannot be examined: {error.strerror}.") from error


def open_ordinary(path: Path, flags: int = os.O_RDONLY, mode: int = 0o600) -> int:
    """A descriptor of an ordinary file, opened with these flags of `os.open`; links are not followed.

    Raises:
        StorageError: if it is not an ordinary file.
        OSError: if it does not exist or cannot be opened.
    """
    check_ordinary(path)  # opening a pipe or a device can have effects
    descriptor = os.open(path, flags | _NO_LINK | _BINARY, mode)
    try:
        _check(os.fstat(descriptor), path)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def read_ordinary(path: Path, most: int) -> bytes:
    """All bytes of an ordinary file, which may have at most `most`.

    Raises:
        StorageError: if it is not an ordinary file.
        OSError: if it does not exist or cannot be read.
        ValueError: if it is larger.
    """
    with os.fdopen(open_ordinary(path), "rb") as handle:
        data = handle.read(most + 1)
    if len(data) > most:
        raise ValueError(f"{str(path)!r} has more than {most} bytes")
    return data


def is_own_folder(path: Path) -> bool:
    """Whether this is a folder and not a link to one, so changes in it stay in it."""
    try:
        return stat.S_ISDIR(path.lstat().st_mode)
    except OSError:
        return False


def _check(found: os.stat_result, path: Path) -> None:
    if stat.S_ISDIR(found.st_mode):
        return  # opening it as a file fails anyway, with a clear error
    if stat.S_ISREG(found.st_mode) and found.st_nlink <= 1:
        return
    what = "has a second name (a hard link)" if stat.S_ISREG(found.st_mode) else "is a special file"
    what = "is a link" if stat.S_ISLNK(found.st_mode) else what
    raise StorageError(
        f"{str(path)!r} {what}. It is not opened as part of an index, since it could lead to another file. "
        "Remove it, or use --index DIR to choose another place."
    )
