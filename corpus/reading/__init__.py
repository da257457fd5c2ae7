"""Read every file under a folder, each on its own, in worker processes with limits."""

from typing import TYPE_CHECKING

from corpus._runtime import exported

if TYPE_CHECKING:
    from corpus.reading.files import walk
    from corpus.reading.limits import Limits, cut, limits_set
    from corpus.reading.loader import (
        is_overrides_file,
        load,
        rules_for,
        with_overrides,
        without_recurring_lines,
    )
    from corpus.reading.pool import read_all
    from corpus.reading.results import Loaded, Skipped, SourceFile, State
    from corpus.reading.serialization import (
        dropped_from_lists,
        dropped_to_lists,
        metadata_from_json,
        metadata_to_json,
    )

__all__ = [
    "Limits",
    "Loaded",
    "Skipped",
    "SourceFile",
    "State",
    "cut",
    "dropped_from_lists",
    "dropped_to_lists",
    "is_overrides_file",
    "limits_set",
    "load",
    "metadata_from_json",
    "metadata_to_json",
    "read_all",
    "rules_for",
    "walk",
    "with_overrides",
    "without_recurring_lines",
]

_HOMES = {
    "corpus.reading.files": ("walk",),
    "corpus.reading.limits": ("Limits", "cut", "limits_set"),
    "corpus.reading.loader": (
        "is_overrides_file",
        "load",
        "rules_for",
        "with_overrides",
        "without_recurring_lines",
    ),
    "corpus.reading.pool": ("read_all",),
    "corpus.reading.results": (
        "Loaded",
        "Skipped",
        "SourceFile",
        "State",
    ),
    "corpus.reading.serialization": (
        "dropped_from_lists",
        "dropped_to_lists",
        "metadata_from_json",
        "metadata_to_json",
    ),
}

__getattr__, __dir__ = exported(globals(), _HOMES)
