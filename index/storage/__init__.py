"""The SQLite file that is the truth, the memory-mapped arrays next to it, where both live and who may write."""

from typing import TYPE_CHECKING

from corpus._runtime import exported

if TYPE_CHECKING:
    from index.storage.arrays import open_arrays, replace_file, save_arrays
    from index.storage.compatibility import check_encoder, check_root, open_store
    from index.storage.copies import Copies, load_copies
    from index.storage.database import FILE_NAME
    from index.storage.location import FOLDER_NAME, existing_directory, index_directory
    from index.storage.lock import writer_at_work, writing
    from index.storage.rows import (
        Entry,
        Filed,
        PassageTable,
        Record,
        document_from_row,
        dropped_from_json,
    )
    from index.storage.store import Store
    from index.storage.vector_cache import digest_of

__all__ = [
    "FILE_NAME",
    "FOLDER_NAME",
    "Copies",
    "Entry",
    "Filed",
    "PassageTable",
    "Record",
    "Store",
    "check_encoder",
    "check_root",
    "digest_of",
    "document_from_row",
    "dropped_from_json",
    "existing_directory",
    "index_directory",
    "load_copies",
    "open_arrays",
    "open_store",
    "replace_file",
    "save_arrays",
    "writer_at_work",
    "writing",
]

_HOMES = {
    "index.storage.arrays": (
        "open_arrays",
        "replace_file",
        "save_arrays",
    ),
    "index.storage.compatibility": (
        "check_encoder",
        "check_root",
        "open_store",
    ),
    "index.storage.copies": (
        "Copies",
        "load_copies",
    ),
    "index.storage.database": ("FILE_NAME",),
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
        "Entry",
        "Filed",
        "PassageTable",
        "Record",
        "document_from_row",
        "dropped_from_json",
    ),
    "index.storage.store": ("Store",),
    "index.storage.vector_cache": ("digest_of",),
}

__getattr__, __dir__ = exported(globals(), _HOMES)
