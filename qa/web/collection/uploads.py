"""Documents that come and go through the page. What others name a file never becomes a path as it is.

A file is read in a folder of its own that indexing never looks into, and only what was read moves on into the
collection: what is refused was never there.
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
from index.storage import FILE_NAME, Store
from qa.render import visible
from qa.web.collection.collection import Collection

LARGEST = 32 * 1024 * 1024
# Files that are taken at one drop, and in all before the server is started anew.
MOST_AT_ONCE, MOST_IN_ALL = 100, 2_000
SUFFIXES = tuple(sorted(suffix for form in FORMATS for suffix in form.suffixes if suffix))
# Where a removed file goes, in the index's directory: nothing is lost by a click.
REMOVED = ".removed"
_LONGEST_STEM = 80
# Files that say something about others, and do not come from others.
RESERVED = frozenset([SIDECAR, "questions.csv"])
# Where a file is read before it is taken. Indexing looks into no folder whose name begins with a dot.
_STAGING = ".adding-"
# Everything but letters, digits and what is harmless between them; no system gives these a meaning.
_UNUSUAL = re.compile(r"[^\w .,()'’&+-]+")
# Names that Windows keeps for devices.
_DEVICE = re.compile(r"(?i)^(?:con|prn|aux|nul|com\d|lpt\d)$")


@dataclass(frozen=True, slots=True)
class Added:
    """A file that can be searched now: its name in the folder, and the title it gives."""

    name: str
    title: str

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {"name": visible(self.name), "title": visible(self.title)}


def safe_name(name: str) -> str:
    r"""A name for a new file that lies in one folder and hides from nobody.

    >>> safe_name("../../etc/pass wd.TXT"), safe_name("..\\.hidden.md"), safe_name("a\x00:b.html")
    ('pass wd.txt', 'hidden.md', 'a-b.html')

    Raises:
        UnknownFormat: if its ending is none that can be read.
        DocumentError: if the name has a meaning of its own in a collection.
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
            f"{safe} is not taken: in a collection, a file of this name says something about the others. "
            "If it is a document, give it another name."
        )
    return safe


def add(collection: Collection, name: str, data: bytes) -> Added:
    """Put a file into the folder and make it searchable; what cannot be read changes nothing.

    Raises:
        UserError: if it cannot be added; its message says why.
    """
    _require_allowed(collection)
    name = safe_name(name)
    if not data:
        raise DocumentError(f"{name} is empty.")
    if len(data) > LARGEST:
        raise DocumentError(f"{name} has over {LARGEST >> 20} MB; larger files are not taken.")
    assistant = collection.assistant()
    with collection.changing:
        if collection.added >= MOST_IN_ALL:
            raise CollectionError(
                f"{MOST_IN_ALL:,} files were added. Start the server again for more."
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
    """Take a document out of the collection; its file is moved aside, not deleted.

    Raises:
        UserError: if it is not there or may not be removed.
    """
    _require_allowed(collection)
    document = collection.document(id)
    if document is None:
        raise CollectionError("There is no such document any more.")
    file = document.source
    path = collection.root / file
    with collection.changing:
        aside = collection.directory / REMOVED
        # subtle: the id is one of the index's own, but the folder may have changed since.
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
        raise CollectionError("This server does not let documents be added or removed.")


@contextmanager
def _staged(root: Path, name: str, data: bytes) -> Iterator[Path]:
    """The file in a hidden folder of its own, which is gone after the block with what is still in it."""
    for left in root.glob(f"{_STAGING}*"):  # by a program that was killed
        if left.is_dir() and not left.is_symlink():
            shutil.rmtree(left, ignore_errors=True)
    try:
        # On the disk of the collection, so that moving it is one step.
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
    """Where the file stands now: under the name that is wanted, or with a number where that is taken."""
    while True:
        path = _free(wanted.parent, wanted.name)
        try:
            os.link(file, path)
        except FileExistsError:  # somebody was quicker
            continue
        except OSError:  # a disk without links
            return file.rename(path)
        return path


def _free(folder: Path, name: str) -> Path:
    """A path in the folder that nothing stands at yet."""
    stem, suffix = Path(name).stem, Path(name).suffix
    path, number = folder / name, 1
    while path.exists() or path.is_symlink():
        number += 1
        path = folder / f"{stem} ({number}){suffix}"
    return path


def _indexed(collection: Collection, file: str) -> str:
    """Bring the index up to date; why this file could not be read, or "" where it could."""
    directory = collection.directory
    try:
        update(
            collection.root,
            directory,
            collection.assistant().index.encoder,
            progress=collection.tell,
        )
    except CollectionError:
        # None of the files can be read: why this one cannot stands in the ledger.
        pass
    finally:
        collection.step = None
    store = Store.open(directory / FILE_NAME)
    try:
        record = store.ledger().get(file)
        return record.reason if record else "it was not found in the folder"
    finally:
        store.close()
