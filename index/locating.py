"""Where the index of a folder lives."""

import hashlib
import os
from contextlib import suppress
from pathlib import Path

from corpus.errors import CollectionError, StorageError

FOLDER_NAME = ".qa"


def index_directory(root: Path, chosen: Path | None = None) -> Path:
    """The directory of the index of `root`, made if need be: `chosen`, else `root/.qa`, else a cache.

    A folder that cannot be written to, a single file, and what is part of the program itself have
    their index in the user's cache folder.

    Raises:
        CollectionError: if `root` is missing.
        StorageError: if no place can be written to.
    """
    with suppress(OSError):  # a name that is too long, a folder above that may not be entered
        if root.exists():
            return _directory(root, chosen)
    raise CollectionError(f"There is no folder {str(root)!r}. Name a folder that holds documents.")


def _directory(root: Path, chosen: Path | None) -> Path:
    places = [chosen] if chosen else [root / FOLDER_NAME, cache_directory(root)]
    if not chosen and (root.is_file() or _is_ours(root)):
        places = places[1:]
    for place in places:
        with suppress(OSError):
            place.mkdir(parents=True, exist_ok=True)
            if os.access(place, os.W_OK):
                _keep_out_of_git(place)
                return place
    raise StorageError(
        f"The index cannot be written to {str(places[-1])!r}. Name another place with --index DIR."
    )


def cache_directory(root: Path) -> Path:
    """The place in the user's cache folder that belongs to this folder of documents."""
    from platformdirs import user_cache_path

    name = hashlib.sha256(os.fsencode(root.resolve())).hexdigest()[:16]
    return user_cache_path("corpus-qa") / "indexes" / name


def _is_ours(root: Path) -> bool:
    return root.resolve().is_relative_to(Path(__file__).resolve().parent.parent / "corpus")


def _keep_out_of_git(place: Path) -> None:
    if place.name == FOLDER_NAME and not (place / ".gitignore").exists():
        (place / ".gitignore").write_text("*\n", "utf-8")
