"""Find the place for the index of a folder."""

import hashlib
import os
from contextlib import suppress
from pathlib import Path

from corpus.errors import CollectionError, StorageError
from corpus.samples import samples
from index.storage.database import FILE_NAME

FOLDER_NAME = ".qa"


def index_directory(root: Path, chosen: Path | None = None) -> Path:
    """A directory, created if necessary, for the index of `root`: `chosen`, `root/.qa` or a cache folder.

    If the folder cannot be written to, is a single file, or is part of the program itself, its index is in
    the user's cache folder.

    Raises:
        CollectionError: if `root` is missing.
        StorageError: if none of these can be written to, or `root/.qa` is a link.
    """
    places = _places(root, chosen)
    for place in places:
        with suppress(OSError):
            place.mkdir(parents=True, exist_ok=True)
            if _is_writable(place):
                _keep_out_of_git(place)
                return place
    raise StorageError(
        f"The index cannot be written to {str(places[-1])!r}. Use --index DIR to choose another place."
    )


def existing_directory(root: Path, chosen: Path | None = None) -> Path:
    """The directory with the index of `root`, or the one where it would be created. Creates nothing.

    A writable index is preferred to a read-only one, because only the writable one is still updated.

    Raises:
        CollectionError: if `root` is missing.
        StorageError: if `root/.qa` is a link.
    """
    places = _places(root, chosen)
    writable = [place for place in places if _is_writable(place)]
    made = [place for place in [*writable, *places] if _exists(place / FILE_NAME)]
    return next(iter([*made, *writable, *places]))


def _places(root: Path, chosen: Path | None) -> list[Path]:
    """The possible places for the index of `root`, the best first."""
    exists = False
    with suppress(OSError):  # the name is too long, or a parent folder cannot be entered
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
    if os.path.islink(own):  # noqa: PTH114  # Path.is_symlink raises without permission
        raise StorageError(
            f"{str(own)!r} is a link. It is not followed, since it could lead to any folder. Remove it, or "
            f"use --index DIR to choose the folder of the index."
        )
    return [own, cache_directory(root)]


def cache_directory(root: Path) -> Path:
    """The place in the user's cache folder that belongs to this folder of documents."""
    from platformdirs import user_cache_path

    name = hashlib.sha256(os.fsencode(root.resolve())).hexdigest()[:16]
    return user_cache_path("corpus-qa") / "indexes" / name


def _exists(path: Path) -> bool:
    """Whether the path exists, as far as permissions let us see."""
    # subtle: Path.exists raises if a parent folder cannot be entered.
    return os.path.exists(path)  # noqa: PTH110


def _is_writable(place: Path) -> bool:
    """Whether an index in this directory can be written to, or created."""
    file = place / FILE_NAME
    if _exists(place):
        # Check both: a folder that everybody can write to may contain somebody else's index file.
        return os.access(place, os.W_OK | os.X_OK) and (
            not _exists(file) or (os.access(file, os.W_OK) and _is_mine(file))
        )
    above = next(filter(_exists, place.absolute().parents), place)
    return os.access(above, os.W_OK | os.X_OK)


def _is_mine(file: Path) -> bool:
    """Whether this user owns the file; two users who share an index would rebuild it in turn."""
    return os.name == "nt" or file.lstat().st_uid == os.geteuid()


def is_ours(root: Path) -> bool:
    """Whether the folder is the built-in sample collection, or in it."""
    return root.resolve().is_relative_to(samples().parent)


def _keep_out_of_git(place: Path) -> None:
    if place.name == FOLDER_NAME:
        # Created, never opened: an existing file may be a link.
        with (
            suppress(FileExistsError),
            (place / ".gitignore").open("x", encoding="utf-8") as handle,
        ):
            handle.write("*\n")
