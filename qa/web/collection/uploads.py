"""Add and remove documents through the page. Names given by users never become paths unchanged.

A file is first read in a separate folder that indexing ignores, and is moved into the collection only if
that worked, so a refused file is never part of it.
"""

import os
import re
import shutil
import tempfile
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from corpus.errors import CollectionError, DocumentError, UnknownFormat
from corpus.formats import FORMATS
from corpus.provenance import SIDECAR
from corpus.reading import Loaded, Skipped, read_all, walk
from index.indexing import forget, update
from index.storage import reading_store
from qa.render import visible
from qa.web.collection.collection import Collection

LARGEST = 32 * 1024 * 1024
# The most files to accept in one drop, and in all until the server is restarted.
MOST_AT_ONCE, MOST_IN_ALL = 100, 2_000
SUFFIXES = tuple(sorted(suffix for form in FORMATS for suffix in form.suffixes if suffix))
# The folder for removed files, in the index folder: a click never deletes a file.
REMOVED = ".removed"
_LONGEST_STEM = 80
# Files that describe other files, and cannot be uploaded.
RESERVED = frozenset([SIDECAR, "questions.csv"])
# The folder to read a file in before it is accepted. Indexing ignores folders that begin with a dot.
_STAGING = ".adding-"
# All characters except letters, digits and harmless separators, which no system gives a special meaning.
_UNUSUAL = re.compile(r"[^\w .,()'’&+-]+")
# Names that Windows reserves for devices.
_DEVICE = re.compile(r"(?i)^(?:con|prn|aux|nul|com\d|lpt\d)$")


@dataclass(frozen=True, slots=True)
class Added:
    """An added file that can be searched now: its name in the folder, and its title."""

    name: str
    title: str

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {"name": visible(self.name), "title": visible(self.title)}


def safe_name(name: str) -> str:
    r"""A safe name for a new file: without a folder, and not hidden.

    >>> safe_name("../../etc/pass wd.TXT"), safe_name("..\\.hidden.md"), safe_name("a\x00:b.html")
    ('pass wd.txt', 'hidden.md', 'a-b.html')

    Raises:
        UnknownFormat: if files with this suffix cannot be read.
        DocumentError: if the name has a special meaning in a collection.
    """
    last = unicodedata.normalize("NFC", re.split(r"[/\\]", name)[-1])
    stem, dot, ending = last.rpartition(".")
    suffix = f".{ending.lower()}" if dot else ""
    if suffix not in SUFFIXES:
        raise UnknownFormat(
            f"{visible(last[:80]) or 'It'} cannot be read: only {', '.join(SUFFIXES)} can."
        )
    stem = _UNUSUAL.sub("-", stem).strip(" .-_")[:_LONGEST_STEM].strip(" .-_")
    safe = f"{'document' if not stem or _DEVICE.match(stem) else stem}{suffix}"
    if safe.casefold() in RESERVED:
        raise DocumentError(
            f"{safe} was not added: in a collection, a file with this name describes the others. "
            "If it is a document, rename it."
        )
    return safe


def add(collection: Collection, name: str, data: bytes) -> Added:
    """Put a file into the folder and make it searchable; a file that cannot be read changes nothing.

    Raises:
        UserError: if it cannot be added; its message says why.
    """
    _require_allowed(collection)
    name = safe_name(name)
    if not data:
        raise DocumentError(f"{name} is empty.")
    if len(data) > LARGEST:
        raise DocumentError(
            f"{name} is larger than {LARGEST >> 20} MB, the largest size that can be added."
        )
    assistant = collection.assistant()
    with collection.changing:
        if collection.added >= MOST_IN_ALL:
            raise CollectionError(
                f"{MOST_IN_ALL:,} files were added, the most in one run. Restart the server to add more."
            )
        with _staged(collection.root, name, data) as file:
            _require_readable(file, name)
            path = _moved_in(file, collection.root / name)
        try:
            reason = _indexed(collection, path.name)
            if reason:
                raise DocumentError(f"{name}: {reason}.")
        except BaseException:
            path.unlink(missing_ok=True)
            forget(collection.directory, [path.name])
            raise
        collection.added += 1
    found = (d for d in assistant.descriptions() if d.source == path.name)
    title = next((document.title for document in found), path.name)
    return Added(path.name, title)


def remove(collection: Collection, id: str) -> None:
    """Remove a document from the collection; its file is moved aside, not deleted.

    Raises:
        UserError: if it does not exist or may not be removed.
    """
    _require_allowed(collection)
    document = collection.document(id)
    if document is None:
        raise CollectionError("This document no longer exists.")
    file = document.source
    path = collection.root / file
    with collection.changing:
        aside = collection.directory / REMOVED
        # subtle: the id is from the index, but the folder may have changed since.
        if path.is_file() and path.resolve().is_relative_to(collection.root.resolve()):
            try:
                aside.mkdir(exist_ok=True)
                shutil.move(path, _free(aside, path.name))
            except OSError as error:
                raise CollectionError(
                    f"{visible(file)} cannot be moved: {error.strerror}."
                ) from error
        forget(collection.directory, [file])


def _require_allowed(collection: Collection) -> None:
    if not collection.adding:
        raise CollectionError("Documents cannot be added to or removed from this server.")


@contextmanager
def _staged(root: Path, name: str, data: bytes) -> Iterator[Path]:
    """The file in a hidden folder of its own, which is deleted with its contents after the block."""
    for left in root.glob(f"{_STAGING}*"):  # left by a program that was killed
        if left.is_dir() and not left.is_symlink():
            shutil.rmtree(left, ignore_errors=True)
    try:
        # On the same disk as the collection, so the move is atomic.
        with tempfile.TemporaryDirectory(prefix=_STAGING, dir=root) as folder:
            file = Path(folder, name)
            file.write_bytes(data)
            yield file
    except OSError as error:
        raise CollectionError(f"{name} cannot be written: {error.strerror}.") from error


def _require_readable(file: Path, name: str) -> None:
    [found] = walk(file.parent)
    outcomes = [found] if isinstance(found, Skipped) else [*read_all([found], workers=1)]
    if not any(isinstance(outcome, Loaded) and outcome.parsed for outcome in outcomes):
        reasons = [outcome.reason for outcome in outcomes if isinstance(outcome, Skipped)]
        raise DocumentError(f"{name}: {reasons[0] if reasons else 'it holds no documents'}.")


def _moved_in(file: Path, wanted: Path) -> Path:
    """Move the file, and return its path: `wanted`, or with a number if that name is taken."""
    while True:
        path = _free(wanted.parent, wanted.name)
        try:
            os.link(file, path)
        except FileExistsError:  # the name was taken meanwhile
            continue
        except OSError:  # the disk does not support links
            return file.rename(path)
        return path


def _free(folder: Path, name: str) -> Path:
    """A path in the folder that does not exist yet."""
    stem, suffix = Path(name).stem, Path(name).suffix
    path, number = folder / name, 1
    while path.exists() or path.is_symlink():
        number += 1
        path = folder / f"{stem} ({number}){suffix}"
    return path


def _indexed(collection: Collection, file: str) -> str:
    """Update the index. Returns why this file could not be read, or "" if it could."""
    directory = collection.directory
    try:
        update(
            collection.root,
            directory,
            collection.assistant().index.encoder,
            progress=collection.tell,
        )
    except CollectionError:
        # None of the files can be read; the ledger has the reason for this one.
        pass
    finally:
        collection.step = None
    with reading_store(directory) as store:
        record = store.ledger().get(file)
        return record.reason if record else "it was not found in the folder"
