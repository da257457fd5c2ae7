"""Read the files of a folder, each on its own: one bad file stops nothing."""

import hashlib
import os
import stat
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from io import BufferedReader
from pathlib import Path

from corpus.cleaning import clean
from corpus.errors import DocumentError, UnknownFormat
from corpus.formats import format_for
from corpus.formats.bounds import LARGEST_FILE, why_unreadable
from corpus.formats.naming import suffix_of
from corpus.formats.nesting import parts_of, recognised
from corpus.formats.raw import Format, Part
from corpus.metadata import describe
from corpus.origins import SIDECAR
from corpus.outcome import Parsed, Problem
from corpus.sidecar import Sidecar, read_sidecar
from corpus.types import Document
from corpus.walking import Skipped, SourceFile, State, walk, why

LARGEST_CONTAINER = 1024 * 1024 * 1024
"""Bytes of a file that holds many documents."""

RULES = 2
"""The version of what stands between the formats and the documents: cleaning, metadata."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What could be read of a file: its documents, mostly one, and what of it could not be read.

    `seconds` is the time that it took.
    """

    file: SourceFile
    sha256: str
    parsed: tuple[Parsed, ...]
    problems: tuple[Problem, ...] = ()
    seconds: float = 0.0

    @property
    def documents(self) -> tuple[Document, ...]:
        """Its documents, as they stand in it."""
        return tuple(one.document for one in self.parsed)

    @property
    def state(self) -> State:
        """Whether all of the file could be read."""
        return State.PARTLY if self.problems else State.READ


def load(path: Path | str) -> Iterator[Loaded | Skipped]:
    """What is in every file under a folder (or in the one file), each folder before its sub-folders.

    A `metadata.csv` in the folder is no document: it corrects what the others say of themselves. Lines
    that recur under one publisher still stand in the texts; they are known to an index only.

    Raises:
        CollectionError: if there is no such folder or file.
        SidecarError: if that file cannot be understood.
    """
    root = Path(path)
    sidecar = read_sidecar(root)
    for file in walk(root):
        if isinstance(file, Skipped):
            yield file
        elif not is_sidecar(file):
            yield corrected(read(file), sidecar)


def is_sidecar(file: SourceFile) -> bool:
    """Whether this is the folder's own `metadata.csv`."""
    return file.id == SIDECAR


def corrected(outcome: Loaded | Skipped, sidecar: Sidecar) -> Loaded | Skipped:
    """What was read, with what a person knows better."""
    if isinstance(outcome, Skipped) or not sidecar.rows:
        return outcome
    parsed = (replace(p, document=sidecar.corrected(p.document)) for p in outcome.parsed)
    return replace(outcome, parsed=tuple(parsed))


def rules_for(file: SourceFile, sidecar: Sidecar = Sidecar()) -> str:
    """The rules by which a file is read: others may read the same bytes otherwise.

    They name what is installed that helps, so that a file is read anew once there is more. What
    `metadata.csv` says of it is one of them, so that a change there makes the file, and no other, one
    that is to be read again.
    """
    form = format_for(suffix_of(file.path.name))
    if form is None:
        return ""
    helpers = f" {form.helpers()}".rstrip() if form.helpers else ""
    return f"{form.name} {form.version}.{RULES}{helpers}{sidecar.mark(file.id)}"


def read(
    file: SourceFile, *, found: Callable[[Parsed], None] = lambda parsed: None
) -> Loaded | Skipped:
    """The documents in a file, or the reason why there are none. Never raises for a bad file.

    `found` is told of each document as soon as it is read.
    """
    sha256 = ""
    begun = time.monotonic()
    try:
        form = _format(file)
        with opened(file) as handle:
            sha256 = hashlib.file_digest(handle, "sha256").hexdigest()
            handle.seek(0)
            parsed, problems = _parsed(file, form, handle, sha256, found)
    except UnknownFormat as error:
        return Skipped(file, str(error), sha256)
    except DocumentError as error:
        return Skipped(file, str(error), sha256, State.FAILED)
    except OSError as error:
        return Skipped(file, why(error), sha256, State.FAILED)
    except MemoryError:
        # The next file may be small: it is tried, and this one is named.
        reason = "there is not enough memory to read it"
        return Skipped(file, reason, sha256, State.FAILED)
    return Loaded(file, sha256, parsed, problems, time.monotonic() - begun)


def _format(file: SourceFile) -> Format:
    form = format_for(suffix_of(file.path.name))
    if form is None:
        raise UnknownFormat(f"{file.path.suffix} is not a format that can be read")
    most = LARGEST_CONTAINER if form.parts else LARGEST_FILE
    if file.size > most:
        raise UnknownFormat(
            f"it has {file.size / 2**20:.0f} MB; {form.name} files over {most >> 20} MB are not read"
        )
    return form


def opened(file: SourceFile) -> BufferedReader:
    """The file, open to be read.

    Raises:
        DocumentError: if it is empty, or no regular file any more.
        OSError: if it cannot be opened.
    """
    # subtle: the file may have become a pipe since it was listed; and Windows changes line ends in
    # what is not opened as binary.
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    # By its name, which says what is in a file that is compressed.
    handle = open(file.path, "rb", opener=lambda path, _: os.open(path, flags))  # noqa: SIM115
    status = os.fstat(handle.fileno())
    if not stat.S_ISREG(status.st_mode) or status.st_size == 0:
        handle.close()
        raise DocumentError(
            "it is empty" if stat.S_ISREG(status.st_mode) else "it is not a regular file"
        )
    return handle


def _parsed(
    file: SourceFile,
    form: Format,
    handle: BufferedReader,
    sha256: str,
    found: Callable[[Parsed], None],
) -> tuple[tuple[Parsed, ...], tuple[Problem, ...]]:
    """The documents of an open file, and what in it could not be read.

    Raises:
        DocumentError: if there is not one document in it.
    """
    parsed: list[Parsed] = []
    problems: list[Problem] = []
    form, note = recognised(suffix_of(file.path.name), form, handle, format_for)
    parts = parts_of(form, handle, note)
    while True:
        id = file.id
        try:
            part = next(parts, None)
            if part is None:
                break
            id += part.mark
            parsed.append(_document(id, file.id, sha256, part))
            found(parsed[-1])
            problems += [Problem(id, note) for note in (part.raw.notes if part.raw else ())]
        except (DocumentError, MemoryError) as error:
            problems.append(Problem(id, str(error) or "there is not enough memory to read it"))
        except Exception as error:  # noqa: BLE001
            # The parsers are others' and the file may be hostile: whatever is raised on the way from
            # its bytes to its text is this file's failure, said with its name; the others go on.
            problems.append(Problem(id, why_unreadable(form.name, error)))
    if not parsed:
        raise DocumentError(_why_nothing(problems))
    return tuple(parsed), tuple(problems)


def _document(id: str, file: str, sha256: str, part: Part) -> Parsed:
    """The document of a part.

    Raises:
        DocumentError: if it holds no text, or its format could not read it.
    """
    raw = part.raw
    if raw is None:
        raise DocumentError(part.reason)
    cleaned = clean(raw.text, saved_page=raw.saved_page, paged=raw.paged)
    if not cleaned.text.strip():
        raise DocumentError("it holds no text")
    text, metadata = describe(cleaned.text, raw.clues, id)
    # The head that may stand before it now moves its pages.
    moved = len(text) - len(cleaned.text)
    pages = tuple(max(start + moved, 0) for start in cleaned.pages)
    document = Document(
        id, sha256, text, metadata, file if id != file else "", (0, *pages[1:]) if pages else ()
    )
    return Parsed(document, raw.dropped + cleaned.dropped)


def _why_nothing(problems: list[Problem]) -> str:
    """Why there is no document, from what went wrong with each part."""
    if not problems:
        return "it holds no documents"
    reasons = list(dict.fromkeys(problem.reason for problem in problems))
    if len(problems) == 1:
        return reasons[0]
    return f"none of its {len(problems)} parts can be read: {'; '.join(reasons[:3])}"
