"""Store an index: the SQLite file, the memory-mapped arrays derived from it, their location and the write lock."""

from typing import TYPE_CHECKING

from corpus._runtime import exported

if TYPE_CHECKING:
    from index.storage.arrays import Sign, open_arrays, replace_file, save_arrays
    from index.storage.compatibility import check_encoder, check_root, open_store, reading_store
    from index.storage.database import FILE_NAME
    from index.storage.location import FOLDER_NAME, existing_directory, index_directory
    from index.storage.lock import writer_at_work, writing
    from index.storage.ordinary_files import check_ordinary, is_own_folder, open_ordinary
    from index.storage.rows import (
        Copies,
        Entry,
        Filed,
        PassageTable,
        Record,
    )
    from index.storage.store import Store, load_copies
    from index.storage.vector_cache import digest_of

__all__ = [
    "FILE_NAME",
    "FOLDER_NAME",
    "Copies",
    "Entry",
    "Filed",
    "PassageTable",
    "Record",
    "Sign",
    "Store",
    "check_encoder",
    "check_ordinary",
    "check_root",
    "digest_of",
    "existing_directory",
    "index_directory",
    "is_own_folder",
    "load_copies",
    "open_arrays",
    "open_ordinary",
    "open_store",
    "reading_store",
    "replace_file",
    "save_arrays",
    "writer_at_work",
    "writing",
]

_HOMES = {
    "index.storage.arrays": (
        "Sign",
        "open_arrays",
        "replace_file",
        "save_arrays",
    ),
    "index.storage.compatibility": (
        "check_encoder",
        "check_root",
        "open_store",
        "reading_store",
        "reading_store",
    ),
    "index.storage.database": ("FILE_NAME",),
    "index.storage.ordinary_files": (
        "check_ordinary",
        "is_own_folder",
        "open_ordinary",
    ),
    "index.storage.location": (
        "FOLDER_NAME",
        "existing_directory",
        "index_directory",
    ),
    "index.storage.lock": (
        "writer_at_work",
        "writing",
    ),
    "index.storage.rows": (
        "Copies",
        "Entry",
        "Filed",
        "PassageTable",
        "Record",
    ),
    "index.storage.store": (
        "Store",
        "load_copies",
    ),
    "index.storage.vector_cache": ("digest_of",),
}

__getattr__, __dir__ = exported(globals(), _HOMES)
