"""Files inside files: ZIP, TAR, gzip, bzip2 and xz, within limits."""

from typing import TYPE_CHECKING

from corpus._runtime import exported

if TYPE_CHECKING:
    from corpus.formats.archives.member_names import harmless, suffix_of
    from corpus.formats.archives.members import InnerReader, Within, nested, parts_of, recognised

__all__ = [
    "InnerReader",
    "Within",
    "compressed",
    "harmless",
    "nested",
    "parts_of",
    "recognised",
    "suffix_of",
    "zip_tar",
]

_HOMES = {
    "corpus.formats.archives.members": (
        "InnerReader",
        "Within",
        "nested",
        "parts_of",
        "recognised",
    ),
    "corpus.formats.archives.member_names": (
        "harmless",
        "suffix_of",
    ),
}

__getattr__, __dir__ = exported(globals(), _HOMES)
