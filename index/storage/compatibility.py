"""Check that an index belongs to this folder and was built with this encoder."""

import os
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from corpus.errors import IndexCorrupt, IndexForeign, IndexMismatch, IndexMissing
from corpus.passages import Chunking
from index.storage.database import FILE_NAME, FORMAT
from index.storage.location import is_ours
from index.storage.sqlite import ForeignFile, discard
from index.storage.store import Store
from index.types import Encoder, Manifest

_MADE_AGAIN = (
    "The index in {!r} is not known to be yours: you did not build it here, or something else has changed "
    "it. It will be rebuilt."
)


@contextmanager
def reading_store(directory: Path) -> Iterator[Store]:
    """The store in a directory, open for reading in the block.

    Raises:
        IndexFileError: if there is none, or it cannot be used.
    """
    with closing(Store.open(directory / FILE_NAME)) as store:
        yield store


def manifest_for(encoder: Encoder, chunking: Chunking) -> Manifest:
    """The manifest of an index built with these."""
    return Manifest(
        FORMAT,
        encoder.name,
        encoder.sha256,
        encoder.dimension,
        chunking.budget,
        chunking.overlap,
        encoder.config_sha256,
    )


def check_manifest(found: Manifest, wanted: Manifest) -> None:
    """Nothing, if an index with the manifest `found` can be updated as one with the manifest `wanted`.

    Raises:
        IndexMismatch: if not; the message says what differs.
    """
    _check_encoders(found, wanted.encoder, wanted.encoder_sha256, wanted.encoder_config_sha256)
    if (found.budget, found.overlap) != (wanted.budget, wanted.overlap):
        raise IndexMismatch(
            f"The index has passages of {found.budget} tokens overlapping by {found.overlap}, not of "
            f"{wanted.budget} by {wanted.overlap}. Rebuild it with: qa index FOLDER --rebuild"
        )


def check_encoder(found: Manifest, encoder: Encoder) -> None:
    """Nothing, if an index with this manifest can be searched with this encoder.

    Raises:
        IndexMismatch: if its vectors were made by another encoder.
    """
    _check_encoders(found, encoder.name, encoder.sha256, encoder.config_sha256)
    if found.dimension != encoder.dimension:
        raise IndexMismatch(
            f"The index has vectors of {found.dimension} numbers, but the encoder {encoder.name} makes "
            f"vectors of {encoder.dimension}. Rebuild the index: qa index FOLDER --rebuild"
        )


def _check_encoders(found: Manifest, name: str, sha256: str, config_sha256: str) -> None:
    remedy = (
        "Use --encoder NAME to select that encoder, or rebuild the index: qa index FOLDER --rebuild"
    )
    if found.encoder_sha256 != sha256:
        raise IndexMismatch(
            f"The index was built with the encoder {found.encoder} ({found.encoder_sha256[:12]}…), "
            f"not with {name} ({sha256[:12]}…). {remedy}"
        )
    # It is "" in an index built before it was recorded, and for a stand-in without files.
    if found.encoder_config_sha256 and config_sha256 != found.encoder_config_sha256:
        raise IndexMismatch(
            f"The index was built with other settings of the encoder {found.encoder} "
            f"({found.encoder_config_sha256[:12]}…: pooling, prompts or tokeniser) than {name} has "
            f"now ({config_sha256[:12]}…). {remedy}"
        )


def recorded_root(root: Path, directory: Path) -> str:
    """The folder of documents as its index in `directory` records it: an absolute path, as text.

    If the index is in the folder, it is the relative path up ("..") instead, so both can be moved.
    """
    top, place = root.resolve(), directory.resolve()
    if place.is_relative_to(top):
        return Path(os.path.relpath(top, place)).as_posix()
    # A file name can contain bytes that are not text, which SQLite does not accept.
    return os.fsencode(top).decode("utf-8", "backslashreplace")


def check_root(store: Store, root: Path) -> None:
    """Nothing, if the index belongs to this folder of documents, or has no files yet.

    Raises:
        IndexMismatch: if it belongs to another folder, whose documents would count as deleted.
    """
    directory = store.path.parent
    noted = store.root()
    if noted in ("", recorded_root(root, directory)) or store.is_empty():
        return
    found = (directory.resolve() / noted).resolve()
    with suppress(OSError):  # the other folder is gone or cannot be entered
        # The same folder can have two names: another mount, or letters in another case.
        if found.samefile(root):
            return
    raise IndexMismatch(
        f"The index in {str(directory)!r} is of the folder {str(found)!r}, not of "
        f"{str(root.absolute())!r}. Use --index DIR to choose another place, or rebuild this index for the "
        "new folder: qa index FOLDER --rebuild"
    )


def open_store(
    root: Path,
    directory: Path,
    encoder: Encoder,
    chunking: Chunking,
    *,
    rebuild: bool,
    trust: bool = False,
    tell: Callable[[str], None] | None = None,
) -> Store:
    """The store in `directory`, created if necessary, ready to be updated from this folder.

    An index that this user did not build is rebuilt, which is reported to `tell`; with `trust`, it is taken
    over as it is. The index of the built-in samples is rebuilt silently if another version of the program
    built it, since its user has no folder to pass to a command.
    """
    path = directory / FILE_NAME
    manifest, note = manifest_for(encoder, chunking), recorded_root(root, directory)
    if trust:
        Store.take_over(path)
    try:
        store = Store.open(path, writable=True)
    except IndexMissing:
        discard(path)  # an empty file, or what SQLite left next to a file that is gone
        return Store.create(path, manifest, root=note)
    except IndexForeign:
        if tell:
            tell(_MADE_AGAIN.format(str(directory)))
        discard(path)
        return Store.create(path, manifest, root=note)
    except (IndexCorrupt, IndexMismatch) as error:
        if not (rebuild or is_ours(root)) or isinstance(error, ForeignFile):
            raise
        discard(path)
        return Store.create(path, manifest, root=note)
    try:
        if rebuild:
            store.reset(manifest, root=note)
        else:
            check_root(store, root)
            check_manifest(store.manifest(), manifest)
            if store.root() != note:
                store.claim(note)
    except BaseException as error:
        store.close()
        if rebuild and isinstance(error, IndexCorrupt):
            discard(path)
            return Store.create(path, manifest, root=note)
        raise
    return store
