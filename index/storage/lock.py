"""Let one process at a time write an index, and tell the others which one it is."""

import json
import os
import re
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import BaseFileLock, FileLock, Timeout

from corpus.errors import IndexLocked, StorageError
from index.storage.arrays import replace_file
from index.storage.ordinary_files import check_ordinary, read_ordinary

_LOCK = "writer.lock"
_NAME = "writer.json"
# The note about a writer is shown to the user, and anybody may have written it.
_MOST_SAID, _WORD = 4096, re.compile(r"[\w.:-]{1,64}")


@contextmanager
def writing(
    directory: Path, *, wait_s: float | None = None, on_wait: Callable[[str], None] | None = None
) -> Iterator[None]:
    """Hold the lock for writing in `directory` during the block.

    The operating system releases the lock when its process dies, so a killed writer blocks nobody. If
    another process holds it, `on_wait` is called once with a message that names the process. `wait_s` is
    the longest time to wait, in seconds; None means no limit.

    Raises:
        IndexLocked: if another process still held the lock after `wait_s` seconds.
        StorageError: if the directory cannot be written to.
    """
    check_ordinary(directory / _LOCK)
    lock = FileLock(directory / _LOCK)
    try:
        _acquire(lock, directory, wait_s, on_wait)
    except OSError as error:
        raise StorageError(
            f"The index in {str(directory)!r} cannot be written ({error.strerror}). "
            "Use --index DIR to choose another place."
        ) from error
    try:
        _leave_name(directory)
        yield
    finally:
        with suppress(OSError):
            (directory / _NAME).unlink()
        lock.release()


def writer_at_work(directory: Path) -> bool:
    """Whether a process is writing there. A killed process does not count."""
    name = directory / _NAME
    if not os.path.exists(name):  # noqa: PTH110  # Path.exists raises without permission
        return False
    lock = FileLock(directory / _LOCK)
    try:
        check_ordinary(directory / _LOCK)
    except StorageError:
        return False  # no writer of this program uses such a lock
    try:
        lock.acquire(timeout=0)
    except (
        Timeout,
        OSError,
    ):  # held, or we cannot write here and the name is all we can know
        return True
    # The name of a killed writer: once it is removed, nobody needs to try the lock again to find out.
    with suppress(OSError):
        name.unlink()
    lock.release()
    return False


def _acquire(
    lock: BaseFileLock,
    directory: Path,
    wait_s: float | None,
    on_wait: Callable[[str], None] | None,
) -> None:
    try:
        lock.acquire(timeout=0)
    except Timeout:
        if on_wait:
            on_wait(f"Waiting: {_holder(directory)} is writing this index.")
        try:
            lock.acquire(timeout=-1 if wait_s is None else wait_s, poll_interval=0.1)
        except Timeout as error:
            holder = _holder(directory)
            raise IndexLocked(
                f"{holder[0].upper()}{holder[1:]} is writing the index in {str(directory)!r}. "
                "Try again when it has finished."
            ) from error


def _leave_name(directory: Path) -> None:
    name = {"pid": os.getpid(), "host": socket.gethostname(), "since": time.strftime("%H:%M:%S")}
    # A courtesy to waiting processes; a full disk is reported where it matters.
    with suppress(OSError), replace_file(directory / _NAME) as handle:
        handle.write(json.dumps(name).encode())


def _holder(directory: Path) -> str:
    try:
        name = json.loads(read_ordinary(directory / _NAME, _MOST_SAID))
        host, since = name["host"], name["since"]
        if not (_WORD.fullmatch(host) and _WORD.fullmatch(since)):
            return "another process"
        return f"process {int(name['pid'])} on {host} (since {since})"
    except (OSError, StorageError, ValueError, LookupError, TypeError, RecursionError):
        return "another process"
