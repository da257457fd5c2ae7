"""The files in a folder of documents, as an indexing run sees them."""

import stat
from pathlib import Path

from corpus.metadata import Overrides
from corpus.reading import Loaded, Skipped, SourceFile, is_overrides_file, rules_for
from index.search import PREFIX
from index.storage import FILE_NAME, Record


def is_closed_folder(item: SourceFile | Skipped) -> bool:
    """Whether this is a folder that could not be listed, so its files may still exist."""
    if isinstance(item, SourceFile):
        return False
    try:
        # subtle: not `stat`: links to folders are not followed, so no documents come from behind one.
        return stat.S_ISDIR(item.file.path.lstat().st_mode)
    except FileNotFoundError:
        return False
    except OSError:  # a failing disk, or a parent folder that may not be entered: nothing is known
        return True


def is_ours(item: SourceFile | Skipped, directory: Path) -> bool:
    """Whether a file is not a document but part of the index, or the folder's `metadata.csv`."""
    if is_overrides_file(file_of(item)):
        return True
    path = file_of(item).path
    if path.name.startswith((FILE_NAME, "writer.", "feedback")):
        return path.parent.resolve() == directory.resolve()
    return any(
        folder.name.startswith(PREFIX) and folder.parent.resolve() == directory.resolve()
        for folder in path.parents
    )


def file_of(item: SourceFile | Skipped) -> SourceFile:
    """The file of an item, whether it can be read or not."""
    return item.file if isinstance(item, Skipped) else item


def record_of(outcome: Loaded | Skipped, sidecar: Overrides = Overrides()) -> Record:
    """The ledger's record of the outcome of reading a file."""
    file = outcome.file
    rules = rules_for(file, sidecar)
    line = (file.id, file.size, file.mtime_ns, outcome.sha256, outcome.state, rules)
    if isinstance(outcome, Loaded):
        return Record(*line, seconds=outcome.seconds, problems=outcome.problems)
    return Record(*line, reason=outcome.reason)
