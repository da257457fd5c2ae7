"""Walk a folder: the files to read, and those that are skipped with the reason."""

import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from io import BufferedReader
from pathlib import Path

from corpus.errors import CollectionError, DocumentError
from corpus.reading.results import Skipped, SourceFile


def walk(root: Path) -> Iterator[SourceFile | Skipped]:
    """Every file under a folder except hidden ones, each folder before its sub-folders.

    Links are followed only to files within the folder, never to folders, so a link can neither lead out
    of the collection nor form a loop.

    Raises:
        CollectionError: if there is no such folder or file, or it cannot be listed.
    """
    if _is_file(root):
        # A link passed as the path itself is followed, wherever its file is.
        yield _entry(root, root.resolve().parent, root.parent)
        return
    if not root.is_dir():
        raise CollectionError(
            f"There is no folder {str(root)!r}. Pass a folder that contains documents."
        )
    _check_listable(root)
    inside = root.resolve()
    failed: list[OSError] = []
    for folder, folders, files in os.walk(root, onerror=failed.append):
        folders[:] = sorted(f for f in folders if not f.startswith("."))
        for name in sorted(files):
            if not name.startswith("."):
                yield _entry(Path(folder) / name, inside, root)
        linked = [f for f in folders if (Path(folder) / f).is_symlink()]
        for name in linked:
            yield _unread(
                Path(folder) / name, root, "it is a link to a folder; links are not followed"
            )
    for failure in failed:
        yield _unread(
            Path(os.fsdecode(failure.filename)),
            root,
            f"the folder cannot be listed: {failure.strerror}",
        )


def _check_listable(root: Path) -> None:
    try:
        os.scandir(root).close()
    except OSError as error:
        raise CollectionError(
            f"The folder {str(root)!r} cannot be listed: {error.strerror}."
        ) from error


def _is_file(root: Path) -> bool:
    try:
        return root.is_file()
    except OSError as error:  # a name that is too long, a folder that may not be entered
        raise CollectionError(f"{str(root)!r} cannot be opened: {error.strerror}.") from error


def _entry(path: Path, inside: Path, root: Path) -> SourceFile | Skipped:
    try:
        status = path.stat()
        if path.is_symlink() and not path.resolve().is_relative_to(inside):
            return _unread(path, root, "it is a link that leads out of the folder")
    except (OSError, RuntimeError) as error:
        return _unread(path, root, why(error))
    if not stat.S_ISREG(status.st_mode):
        return _unread(path, root, "it is not a regular file")
    return SourceFile(path, _id(path, root), status.st_size, status.st_mtime_ns)


def _unread(path: Path, root: Path, reason: str) -> Skipped:
    return Skipped(SourceFile(path, _id(path, root), 0, 0), reason)


def _id(path: Path, root: Path) -> str:
    """The path under the root as text, whatever bytes its name is made of."""
    return os.fsencode(path.relative_to(root).as_posix()).decode("utf-8", errors="backslashreplace")


def why(error: Exception) -> str:
    """The reason why a file cannot be opened, for a person."""
    strerror = getattr(error, "strerror", None)
    return f"it cannot be opened: {strerror or error}"


def open_regular_file(file: SourceFile) -> BufferedReader:
    """The file, open to be read.

    Raises:
        DocumentError: if it is empty, or no longer a regular file.
        OSError: if it cannot be opened.
    """
    # subtle: the file may have become a pipe since it was listed; and Windows changes line ends in
    # what is not opened as binary.
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    # Opened by name, because the name tells what is in a compressed file.
    handle = open(file.path, "rb", opener=lambda path, _: os.open(path, flags))  # noqa: SIM115
    status = os.fstat(handle.fileno())
    if not stat.S_ISREG(status.st_mode) or status.st_size == 0:
        handle.close()
        raise DocumentError(
            "it is empty" if stat.S_ISREG(status.st_mode) else "it is not a regular file"
        )
    return handle


def hash_of(file: SourceFile) -> str:
    """The SHA-256 of a file; "" if it cannot be opened."""
    with suppress(OSError, DocumentError), open_regular_file(file) as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
    return ""
