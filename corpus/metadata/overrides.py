"""Corrections to the documents' metadata from a `metadata.csv`.

A row names a document (its id, or the path of its file) and the correct values; an empty cell changes
nothing, and "-" means that there is no value. The text of the document is unchanged: a value from here
has no place in it.
"""

import csv
import hashlib
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from pathlib import Path

from corpus.errors import SidecarError
from corpus.metadata.language import tag
from corpus.provenance import SIDECAR
from corpus.types import Dated, Document, Metadata, Sourced

COLUMNS = (
    "file",
    "title",
    "author",
    "publisher",
    "published",
    "updated",
    "url",
    "section",
    "language",
)
NONE = "-"
_SEPARATORS = ",;\t"

Values = Mapping[str, str]
"""The cells of a row that are not empty, by their column."""


@dataclass(frozen=True, slots=True)
class Row:
    """The correct values for one document, or for all in a file; `line` is the line number."""

    line: int
    values: Values


@dataclass(frozen=True, slots=True)
class Overrides:
    """The rows of a folder's `metadata.csv`, by the document or file that each names.

    `marks` has a mark (a digest) of the rows for each file and the documents in it.
    """

    rows: Mapping[str, Row] = field(default_factory=dict)
    marks: Mapping[str, str] = field(default_factory=dict)

    def corrected(self, document: Document) -> Document:
        """The document with the values of its own row or its file's row."""
        row = self.rows.get(document.id) or self.rows.get(document.source)
        if row is None:
            return document
        return replace(document, metadata=_corrected(document.metadata, row.values))

    def mark(self, file: str) -> str:
        """The mark of the rows for a file and its documents; "" if there are none."""
        return self.marks.get(file, "")


def read_overrides(root: Path) -> Overrides:
    """The `metadata.csv` of a folder; empty if there is none.

    Raises:
        SidecarError: if it cannot be read, or a line of it cannot be understood.
    """
    path = root / SIDECAR
    try:
        there = path.is_file()
    except OSError:  # `walk` reports what is wrong with the folder
        there = False
    if not there:
        return Overrides()
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise SidecarError(f"{str(path)!r} cannot be read ({error}). Save it as UTF-8.") from error
    return parse(text)


def parse(text: str) -> Overrides:
    """The rows of a table with a line of column names; commas, semicolons or tabs between the cells.

    Raises:
        SidecarError: if a line cannot be understood; it is named by its number.
    """
    first = text.partition("\n")[0]
    separator = max(_SEPARATORS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    rows: dict[str, Row] = {}
    names: list[str] = []
    try:
        for cells in reader:
            line = reader.line_num
            if not any(cell.strip() for cell in cells):
                continue
            if not names:
                names = _names(cells, line)
                continue
            file, row = _row(cells, names, line)
            if file in rows:
                raise SidecarError(_at(line, f"{file!r} stands in line {rows[file].line} as well"))
            rows[file] = row
    except csv.Error as error:
        raise SidecarError(_at(reader.line_num, f"{error}")) from error
    return Overrides(rows, _marks(rows))


def _marks(rows: Mapping[str, Row]) -> dict[str, str]:
    """The mark of the rows for each file, by its id; the rows name it or a document in it."""
    said: dict[str, list[str]] = {}
    for name, row in sorted(rows.items()):
        ends = [i for i, char in enumerate(name) if char in "#/"]
        for end in (*ends, len(name)):
            said.setdefault(name[:end], []).append(repr((name, sorted(row.values.items()))))
    return {
        file: f" {SIDECAR} {hashlib.sha256(''.join(lines).encode()).hexdigest()[:12]}"
        for file, lines in said.items()
    }


def _at(line: int, what: str) -> str:
    return f"{SIDECAR}, line {line}: {what}."


def _names(cells: list[str], line: int) -> list[str]:
    names = [cell.strip().lower() for cell in cells]
    unknown = [name for name in names if name not in COLUMNS]
    if unknown or "file" not in names or len(set(names)) < len(names):
        wrong = f"there is no column {unknown[0]!r}" if unknown else "it must name each column once"
        raise SidecarError(_at(line, f"{wrong}; the columns are {', '.join(COLUMNS)}"))
    return names


def _row(cells: list[str], names: list[str], line: int) -> tuple[str, Row]:
    if len(cells) > len(names) and any(cell.strip() for cell in cells[len(names) :]):
        raise SidecarError(_at(line, f"it has {len(cells)} cells under {len(names)} columns"))
    values = {
        name: " ".join(cell.split())
        for name, cell in zip(names, cells, strict=False)
        if cell.strip()
    }
    file = values.pop("file", "").replace("\\", "/").removeprefix("./")
    if not file:
        raise SidecarError(_at(line, "it names no file"))
    for name in ("published", "updated"):
        if values.get(name, NONE) != NONE:
            _checked_day(values[name], name, line)
    if (language := values.get("language", NONE)) != NONE:
        values["language"] = tag(language)
        if not values["language"]:
            raise SidecarError(_at(line, f"the language {language!r} is no code like en or de"))
    if values.get("title") == NONE:
        raise SidecarError(_at(line, "a document has a title; leave the cell empty to keep it"))
    return file, Row(line, values)


def _checked_day(value: str, name: str, line: int) -> None:
    try:
        day = date.fromisoformat(value)
    except ValueError as error:
        raise SidecarError(_at(line, f"{name} is a day as YYYY-MM-DD, not {value!r}")) from error
    if day.year < 1400:
        raise SidecarError(_at(line, f"{name} is {day}, before the first printed page"))


def _corrected(metadata: Metadata, values: Values) -> Metadata:
    """The metadata with these values; a value that is already the same keeps its place in the text."""
    text = partial(_text, values=values)
    day = partial(_day, values=values)
    return Metadata(
        title=text(metadata.title, "title") or metadata.title,
        authors=_authors(metadata.authors, values),
        publisher=text(metadata.publisher, "publisher"),
        published=day(metadata.published, "published"),
        updated=day(metadata.updated, "updated"),
        url=text(metadata.url, "url"),
        section=text(metadata.section, "section"),
        language=text(metadata.language, "language"),
        file_made=metadata.file_made,
    )


def _text(old: Sourced | None, name: str, *, values: Values) -> Sourced | None:
    value = values.get(name, "")
    if not value or (old and old.value == value):
        return old
    return None if value == NONE else Sourced(value, SIDECAR)


def _day(old: Dated | None, name: str, *, values: Values) -> Dated | None:
    value = values.get(name, "")
    if not value or (old and old.day.isoformat() == value):
        return old
    return None if value == NONE else Dated(date.fromisoformat(value), SIDECAR)


def _authors(old: tuple[Sourced, ...], values: Values) -> tuple[Sourced, ...]:
    value = values.get("author", "")
    if not value:
        return old
    known = {author.value: author for author in old}
    names = [name.strip() for name in value.split(";") if name.strip() not in ("", NONE)]
    return tuple(known.get(name, Sourced(name, SIDECAR)) for name in names)


def to_csv(documents: Iterable[Document]) -> str:
    """A `metadata.csv` with the current metadata of these documents."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for document in documents:
        writer.writerow(_cells(document))
    return out.getvalue()


def _cells(document: Document) -> list[str]:
    metadata = document.metadata
    sourced = (metadata.url, metadata.section, metadata.language)
    days = (metadata.published, metadata.updated)
    return [
        document.id,
        document.title,
        "; ".join(document.authors),
        document.publisher,
        *(dated.day.isoformat() if dated else "" for dated in days),
        *(value.value if value else "" for value in sourced),
    ]
