"""Parquet, read with pyarrow: each row is a document; `corpus.formats.tabular.columns` maps its columns."""

from collections.abc import Iterator
from importlib.util import find_spec
from typing import BinaryIO

from corpus.errors import DocumentError
from corpus.formats.base import Part, told_as_damage, why_unreadable
from corpus.formats.tabular.columns import part_of

SUFFIXES = frozenset({".parquet", ".pq"})

ROWS_AT_ONCE = 200


def read(handle: BinaryIO) -> Iterator[Part]:
    """A document for each row: "#1", "#2", …. A damaged file is read up to the damage.

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
        yield Part("", reason=f"everything after row {number} is lost: {reason}")


def helpers() -> str:
    """The installed package that reads this format, or ""."""
    return "pyarrow" if find_spec("pyarrow") else ""
