"""Opens the store that an indexing run writes to, or makes it."""

from pathlib import Path

from corpus.chunking import Chunking
from corpus.errors import IndexCorrupt, IndexMismatch, IndexMissing
from index.checking import check_manifest, check_root, manifest_for, recorded_root
from index.encoding import Encoder
from index.locating import is_ours
from index.sqlite import ForeignFile, discard
from index.store import FILE_NAME, Store


def opened(
    root: Path, directory: Path, encoder: Encoder, chunking: Chunking, *, rebuild: bool
) -> Store:
    """The store in `directory`, made if need be, which may be brought up to date with this folder.

    That of the built-in samples is made anew without a word if another version of the program made it:
    nobody there has a folder to name.
    """
    path = directory / FILE_NAME
    manifest, note = manifest_for(encoder, chunking), recorded_root(root, directory)
    try:
        store = Store.open(path, writable=True)
    except IndexMissing:
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
