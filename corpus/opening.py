"""A file, open to be read, and its hash."""

import hashlib
import os
import stat
from contextlib import suppress
from io import BufferedReader

from corpus.errors import DocumentError
from corpus.walking import SourceFile


def opened(file: SourceFile) -> BufferedReader:
    """The file, open to be read.

    Raises:
        DocumentError: if it is empty, or no regular file any more.
        OSError: if it cannot be opened.
    """
    # subtle: the file may have become a pipe since it was listed; and Windows changes line ends in
    # what is not opened as binary.
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    # By its name, which says what is in a file that is compressed.
    handle = open(file.path, "rb", opener=lambda path, _: os.open(path, flags))  # noqa: SIM115
    status = os.fstat(handle.fileno())
    if not stat.S_ISREG(status.st_mode) or status.st_size == 0:
        handle.close()
        raise DocumentError(
            "it is empty" if stat.S_ISREG(status.st_mode) else "it is not a regular file"
        )
    return handle


def hash_of(file: SourceFile) -> str:
    """The SHA-256 of a file; "" where it cannot be opened."""
    with suppress(OSError, DocumentError), opened(file) as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
    return ""
