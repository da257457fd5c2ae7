"""CSV and TSV: each row is a document; `corpus.formats.tabular.columns` maps its columns."""

import csv
import io
from collections.abc import Iterator
from itertools import chain, islice
from typing import BinaryIO

from corpus.errors import DocumentError
from corpus.formats.base import LARGEST_FILE, MOST_EMPTY, Part
from corpus.formats.tabular.columns import MOST_FIELDS, part_of
from corpus.formats.text_encoding import lines_of
from corpus.types import Cause

SUFFIXES = frozenset({".csv", ".tsv", ".tab"})

_DELIMITERS = ",;\t|"
_LOOKED_AT = 50
LONGEST_NAME = 100


def read(handle: BinaryIO) -> Iterator[Part]:
    """A document for each row: "#1", "#2", …, counted from the first row below the column names."""
    # subtle: this limit is for the whole process, and the default is too low for articles.
    csv.field_size_limit(LARGEST_FILE)
    lines = _lines(handle)
    # A row with line breaks in its fields may be longer than this sample; it is read whole later.
    start = list(islice(lines, _LOOKED_AT))
    delimiter = _delimiter(start)
    rows = csv.reader(chain(start, lines), delimiter=delimiter)
    first = next((row for row in islice(rows, MOST_EMPTY) if any(c.strip() for c in row)), None)
    if first is None:
        raise DocumentError("it holds no rows")
    named = _are_names(first)
    names = _named(first) if named else _named([""] * min(len(first), MOST_FIELDS))
    begin = [] if named else [first]
    number = empty = 0
    try:
        for row in chain(begin, rows):
            empty += 1
            if empty > MOST_EMPTY:
                reason = (
                    f"more than {MOST_EMPTY:,} empty rows follow row {number}; it was left there"
                )
                yield Part("", reason=reason, cause=Cause.LIMIT)
                break
            if any(cell.strip() for cell in row):
                number, empty = number + 1, 0
                # If there is a single column, a delimiter within a row is part of the text.
                row = [delimiter.join(row)] if len(names) == 1 else row
                yield part_of(number, _record(names, row))
    except csv.Error as error:
        yield Part("", reason=f"it cannot be read after row {number}: {error}")
    if not number:
        raise DocumentError("it holds column names, but no rows")


def _lines(handle: BinaryIO) -> Iterator[str]:
    """The lines of the file; in old files a line may end with a carriage return only."""
    for line in lines_of(handle):
        if "\r" in line.rstrip("\r\n"):
            yield from io.StringIO(line, newline="")
        else:
            yield line


def _delimiter(lines: list[str]) -> str:
    """The delimiter between the fields: the one that gives the most rows the same number of fields.

    >>> _delimiter(["title;text", '"a, b";c', "d;e, f"])
    ';'
    """

    def likeness(delimiter: str) -> tuple[int, int]:
        try:
            widths = [len(row) for row in csv.reader(lines, delimiter=delimiter) if row]
        except csv.Error:
            return 0, 0
        if not widths or widths[0] < 2:
            return 0, 0
        return widths.count(widths[0]), widths[0]

    return max(_DELIMITERS, key=likeness)


def _are_names(row: list[str]) -> bool:
    cells = [cell.strip() for cell in row]
    return all(len(cell) <= LONGEST_NAME and not cell.isdecimal() for cell in cells)


def _named(row: list[str]) -> list[str]:
    return [cell.strip() or f"column {i}" for i, cell in enumerate(row[:MOST_FIELDS], start=1)]


def _record(names: list[str], row: list[str]) -> dict[str, str]:
    """A row as a record; cells beyond the last column name are kept under generated names."""
    record: dict[str, str] = {}
    for i, cell in enumerate(row[:MOST_FIELDS]):
        name = names[i] if i < len(names) else f"column {i + 1}"
        record[f"{name} ({i + 1})" if name in record else name] = cell
    return record
