"""Where the index of a folder lives."""

import hashlib
import os
from contextlib import suppress
from pathlib import Path

from corpus.errors import CollectionError, StorageError
from corpus.samples import samples
from index.storage.database import FILE_NAME

FOLDER_NAME = ".qa"


def index_directory(root: Path, chosen: Path | None = None) -> Path:
    """Where the index of `root` can be written, made if need be: `chosen`, else `root/.qa`, else a cache.

    A folder that cannot be written to, a single file, and what is part of the program itself have
    their index in the user's cache folder.

    Raises:
        CollectionError: if `root` is missing.
        StorageError: if no place can be written to, or `root/.qa` is a link.
    """
    places = _places(root, chosen)
    for place in places:
        with suppress(OSError):
            place.mkdir(parents=True, exist_ok=True)
            if _is_writable(place):
                _keep_out_of_git(place)
                return place
    raise StorageError(
        f"The index cannot be written to {str(places[-1])!r}. Name another place with --index DIR."
    )


def existing_directory(root: Path, chosen: Path | None = None) -> Path:
    """Where the index of `root` is, for reading, or where it would be made; nothing is made.

    One that can be written to comes before one that cannot: only that is still brought up to date.

    Raises:
        CollectionError: if `root` is missing.
        StorageError: if `root/.qa` is a link.
    """
    places = _places(root, chosen)
    writable = [place for place in places if _is_writable(place)]
    made = [place for place in [*writable, *places] if _exists(place / FILE_NAME)]
    return next(iter([*made, *writable, *places]))


def _places(root: Path, chosen: Path | None) -> list[Path]:
    """Where the index of `root` may be, the best place first."""
    exists = False
    with suppress(OSError):  # a name that is too long, a folder above that may not be entered
        exists = root.exists()
    if not exists:
        raise CollectionError(
            f"There is no folder {str(root)!r}. Pass a folder that contains documents."
        )
    if chosen:
        return [chosen]
    if root.is_file() or is_ours(root):
        return [cache_directory(root)]
    own = root / FOLDER_NAME
    if os.path.islink(own):  # noqa: PTH114  # Path's raises where it may not look
        raise StorageError(
            f"{str(own)!r} is a link, which is not followed: it could lead to any folder. Remove it, or "
            f"name the folder of the index with --index DIR."
        )
    return [own, cache_directory(root)]


def cache_directory(root: Path) -> Path:
    """The place in the user's cache folder that belongs to this folder of documents."""
    from platformdirs import user_cache_path

    name = hashlib.sha256(os.fsencode(root.resolve())).hexdigest()[:16]
    return user_cache_path("corpus-qa") / "indexes" / name


def _exists(path: Path) -> bool:
    """Whether it is there, as far as we may look."""
    # subtle: Path.exists raises where a folder above may not be entered.
    return os.path.exists(path)  # noqa: PTH110


def _is_writable(place: Path) -> bool:
    """Whether an index in this directory can be written to, or be made."""
    file = place / FILE_NAME
    if _exists(place):
        # Both: an index file of someone else's may lie in a folder that all may write to.
        return os.access(place, os.W_OK | os.X_OK) and (
            not _exists(file) or (os.access(file, os.W_OK) and _is_mine(file))
        )
    above = next(filter(_exists, place.absolute().parents), place)
    return os.access(above, os.W_OK | os.X_OK)


def _is_mine(file: Path) -> bool:
    """Whether this user owns it: another one's index would only be made again, by each in turn."""
    return os.name == "nt" or file.lstat().st_uid == os.geteuid()


def is_ours(root: Path) -> bool:
    """Whether the folder is the built-in sample collection, or in it."""
    return root.resolve().is_relative_to(samples().parent)


def _keep_out_of_git(place: Path) -> None:
    if place.name == FOLDER_NAME:
        # Made, never opened: what stands there already may be a link.
        with (
            suppress(FileExistsError),
            (place / ".gitignore").open("x", encoding="utf-8") as handle,
        ):
            handle.write("*\n")
