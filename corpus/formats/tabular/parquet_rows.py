"""Parquet, by pyarrow: each row is a document, its columns mapped by `corpus.formats.tabular.columns`."""

from collections.abc import Iterator
from importlib.util import find_spec
from typing import BinaryIO

from corpus.errors import DocumentError
from corpus.formats.base import Part, told_as_damage, why_unreadable
from corpus.formats.tabular.columns import part_of

SUFFIXES = frozenset({".parquet", ".pq"})

ROWS_AT_ONCE = 200


def read(handle: BinaryIO) -> Iterator[Part]:
    """A document for each row, "#1", "#2" …; those before the damage, where it is damaged.

    Raises:
        DocumentError: if pyarrow is not installed.
    """
    try:
        from pyarrow import parquet
    except ImportError as error:
        raise DocumentError(
            "Parquet files need pyarrow: pip install 'corpus-qa[parquet]'"
        ) from error
    with told_as_damage():
        file = parquet.ParquetFile(handle)
    number = 0
    try:
        for batch in file.iter_batches(batch_size=ROWS_AT_ONCE, use_threads=False):
            for record in batch.to_pylist():
                number += 1
                yield part_of(number, record)
    except (OSError, ValueError) as error:
        if not number:
            raise
        reason = why_unreadable("Parquet", error)
        yield Part("", reason=f"what follows row {number} is lost: {reason}")


def helpers() -> str:
    """What on this machine decides whether it is read."""
    return "pyarrow" if find_spec("pyarrow") else ""
