"""Walk a folder and read what is in it, each file on its own: one bad file stops nothing."""

import hashlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from corpus.cleaning import Dropped, clean
from corpus.errors import CollectionError, DocumentError, UnknownFormat
from corpus.formats import FORMATS, format_for
from corpus.metadata import describe
from corpus.types import Document

LARGEST_FILE = 64 * 1024 * 1024
"""Bytes. Larger ones are reported, not read: a text of that size is a data file."""


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file that stands in the folder. `id` is its path under the root, with forward slashes.

    `size` is in bytes, `mtime_ns` the time of its last change in nanoseconds.
    """

    path: Path
    id: str
    size: int
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class Loaded:
    """A document that could be read, and what cleaning dropped from it."""

    file: SourceFile
    document: Document
    dropped: tuple[Dropped, ...] = ()


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file that could not be read, and why, in words for a person."""

    file: SourceFile
    reason: str
    sha256: str = ""


def load(path: Path | str) -> Iterator[Loaded | Skipped]:
    """Every document under a folder (or the one file), each folder before its sub-folders.

    Raises:
        CollectionError: if there is no such folder or file.
    """
    for file in walk(Path(path)):
        yield file if isinstance(file, Skipped) else read(file)


def walk(root: Path) -> Iterator[SourceFile | Skipped]:
    """Every file under a folder, hidden ones left out, each folder before its sub-folders.

    Links are followed to files within the folder only, and never to folders: so a link can neither
    lead out of the collection nor in a circle.

    Raises:
        CollectionError: if there is no such folder or file, or it cannot be listed.
    """
    if _is_file(root):
        # Whoever names a link to one file means that file, wherever it is.
        yield _entry(root, root.resolve().parent, root.parent)
        return
    if not root.is_dir():
        raise CollectionError(
            f"There is no folder {str(root)!r}. Name a folder that holds documents."
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
        return _unread(path, root, _why(error))
    if not stat.S_ISREG(status.st_mode):
        return _unread(path, root, "it is not a regular file")
    return SourceFile(path, _id(path, root), status.st_size, status.st_mtime_ns)


def _unread(path: Path, root: Path, reason: str) -> Skipped:
    return Skipped(SourceFile(path, _id(path, root), 0, 0), reason)


def _id(path: Path, root: Path) -> str:
    """The path under the root as text, whatever bytes its name is made of."""
    return os.fsencode(path.relative_to(root).as_posix()).decode("utf-8", errors="backslashreplace")


def _why(error: Exception) -> str:
    strerror = getattr(error, "strerror", None)
    return f"it cannot be opened: {strerror or error}"


def read(file: SourceFile) -> Loaded | Skipped:
    """The document in a file, or the reason why there is none. Never raises for a bad file."""
    sha256 = ""
    try:
        data = _bytes(file)
        sha256 = hashlib.sha256(data).hexdigest()
        return _parsed(file, data, sha256)
    except DocumentError as error:
        return Skipped(file, str(error), sha256)
    except MemoryError:
        # The next file may be small: it is tried, and this one is named.
        return Skipped(file, "there is not enough memory to read it", sha256)


def _bytes(file: SourceFile) -> bytes:
    if format_for(file.path.suffix.lower()) is None:
        known = ", ".join(sorted(s for f in FORMATS for s in f.suffixes if s))
        raise UnknownFormat(f"{file.path.suffix} is not a format that can be read ({known})")
    if file.size > LARGEST_FILE:
        raise DocumentError(
            f"it has {file.size / 2**20:.0f} MB; files over {LARGEST_FILE >> 20} MB are not read"
        )
    try:
        # subtle: the file may have grown since it was listed, or have become a pipe; and Windows
        # changes line ends in what is not opened as binary.
        flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        with open(os.open(file.path, flags), "rb") as handle:
            if not stat.S_ISREG(os.fstat(handle.fileno()).st_mode):
                raise DocumentError("it is not a regular file")
            data = handle.read(LARGEST_FILE + 1)
    except OSError as error:
        raise DocumentError(_why(error)) from error
    if not data:
        raise DocumentError("it is empty")
    return data[:LARGEST_FILE]


def _parsed(file: SourceFile, data: bytes, sha256: str) -> Loaded:
    form = format_for(file.path.suffix.lower())
    assert form is not None  # _bytes has asked
    try:
        raw = form.read(data)
        cleaned = clean(raw.text, saved_page=raw.saved_page)
        if not cleaned.text.strip():
            raise DocumentError("it holds no text")
        text, metadata = describe(cleaned.text, raw.clues, file.id)
    except (DocumentError, MemoryError):
        raise
    except Exception as error:
        # The parsers are others' and the file may be hostile: whatever is raised on the way from
        # its bytes to its text is this file's failure, said with its name; the other files go on.
        raise DocumentError(
            f"the {form.name} in it cannot be read ({type(error).__name__}: {error})"
        ) from error
    return Loaded(file, Document(file.id, sha256, text, metadata), cleaned.dropped)
