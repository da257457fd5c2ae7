"""Read the files of a folder one by one; a bad file does not stop the others."""

import hashlib
import time
from collections.abc import Iterator, Set
from dataclasses import replace
from io import BufferedReader
from pathlib import Path

from corpus.cleaning import clean, without_lines
from corpus.errors import DocumentError, UnknownFormat
from corpus.formats import LARGEST_FILE, Format, Part, cause_of, format_for, why_unreadable
from corpus.formats.archives import parts_of, recognised, suffix_of
from corpus.metadata import Overrides, describe, read_overrides
from corpus.provenance import SIDECAR
from corpus.reading.files import open_regular_file, walk, why
from corpus.reading.limits import Limits, bounded, limits_set
from corpus.reading.results import Loaded, Skipped, SourceFile, broken_off, joined
from corpus.types import Cause, Document, Parsed, Problem

LARGEST_CONTAINER = 1024 * 1024 * 1024
"""The most bytes of a file that contains many documents."""


RULES = 3
"""The version of the steps between formats and documents: cleaning and metadata."""


def load(path: Path | str) -> Iterator[Loaded | Skipped]:
    """The outcome of reading each file under a folder (or one file), each folder before its sub-folders.

    A `metadata.csv` in the folder is not a document: it corrects the metadata of the others. Lines that
    recur under one publisher are still in the texts; only an index knows them.

    Raises:
        CollectionError: if there is no such folder or file.
        SidecarError: if that file cannot be understood.
    """
    root = Path(path)
    sidecar = read_overrides(root)
    for file in walk(root):
        if isinstance(file, Skipped):
            yield file
        elif not is_overrides_file(file):
            yield with_overrides(read(file), sidecar)


def is_overrides_file(file: SourceFile) -> bool:
    """Whether this is the folder's own `metadata.csv`."""
    return file.id == SIDECAR


def with_overrides(outcome: Loaded | Skipped, sidecar: Overrides) -> Loaded | Skipped:
    """The outcome with the corrections of the `metadata.csv`."""
    if isinstance(outcome, Skipped) or not sidecar.rows:
        return outcome
    parsed = (replace(p, document=sidecar.corrected(p.document)) for p in outcome.parsed)
    return replace(outcome, parsed=tuple(parsed))


def rules_for(file: SourceFile, sidecar: Overrides = Overrides()) -> str:
    """The rules by which a file is read; with other rules, the same bytes may be read differently.

    They name the installed helper programs, so a file is read again once there are more. They include its
    rows in `metadata.csv`, so a change there makes only this file be read again.
    """
    form = format_for(suffix_of(file.path.name))
    if form is None:
        return ""
    helpers = f" {form.helpers()}".rstrip() if form.helpers else ""
    return f"{form.name} {form.version}.{RULES}{helpers}{sidecar.mark(file.id)}"


def read(file: SourceFile) -> Loaded | Skipped:
    """The documents in a file, or the reason why it has none. Never raises for a bad file."""
    return joined(slices(file))


def slices(file: SourceFile, limits: Limits | None = None) -> Iterator[Loaded | Skipped]:
    """The result of `read` in slices of one document, so a large file never has to fit in memory.

    Yields either one `Skipped`, or slices, of which only the last does not have `more` set. By default,
    the limits are those set by the user.
    """
    limits = limits or limits_set()
    sha256 = ""
    given = False
    try:
        form = _format(file)
        with open_regular_file(file) as handle:
            sha256 = hashlib.file_digest(handle, "sha256").hexdigest()
            handle.seek(0)
            for one in _slices(file, form, handle, sha256, limits):
                yield one
                given = True
    except UnknownFormat as error:
        yield Skipped(file, str(error), sha256)
    except DocumentError as error:
        yield broken_off(file, str(error), sha256, given=given)
    except OSError as error:
        yield broken_off(file, why(error), sha256, cause_of(error), given=given)
    except MemoryError as error:
        # The next file may be small, so reading continues, and this file is reported.
        reason = "there is not enough memory to read it"
        yield broken_off(file, reason, sha256, cause_of(error), given=given)


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


def _slices(
    file: SourceFile, form: Format, handle: BufferedReader, sha256: str, limits: Limits
) -> Iterator[Loaded | Skipped]:
    """A slice for each document of an open file, with the problems since the previous one."""
    problems: list[Problem] = []
    found = False
    begun = time.monotonic()
    for piece in bounded(_pieces(file, form, handle, sha256), file.id, limits):
        found = found or isinstance(piece, Parsed)
        if isinstance(piece, Problem):
            problems.append(piece)
        if found:
            parsed = (piece,) if isinstance(piece, Parsed) else ()
            seconds = time.monotonic() - begun
            yield Loaded(file, sha256, parsed, tuple(problems), seconds, more=True)
            problems = []
            # The time that the consumer took meanwhile is not reading time.
            begun = time.monotonic()
    if found:
        yield Loaded(file, sha256, (), tuple(problems), time.monotonic() - begun)
    else:
        causes = {problem.cause for problem in problems}
        cause = Cause.OUTSIDE if Cause.OUTSIDE in causes else Cause.FILE
        yield broken_off(file, _why_nothing(problems), sha256, cause, given=False)


def _pieces(
    file: SourceFile, form: Format, handle: BufferedReader, sha256: str
) -> Iterator[Parsed | Problem]:
    """The documents and the unreadable parts of an open file, in file order."""
    form, note = recognised(suffix_of(file.path.name), form, handle, format_for)
    parts = parts_of(form, handle, note)
    while True:
        id = file.id
        try:
            part = next(parts, None)
            if part is None:
                return
            id += part.mark
            if part.raw is None:
                yield Problem(id, part.reason, part.cause)
                continue
            parsed = _document(id, file.id, sha256, part)
        except (DocumentError, MemoryError) as error:
            reason = str(error) or "there is not enough memory to read it"
            yield Problem(id, reason, cause_of(error))
        except Exception as error:  # noqa: BLE001
            # The parsers are third-party and the file may be hostile: any exception between its bytes
            # and its text is a failure of this file, reported with its name; the others continue.
            yield Problem(id, why_unreadable(form.name, error), cause_of(error))
        else:
            yield parsed
            yield from (Problem(id, note) for note in (part.raw.notes if part.raw else ()))


def _document(id: str, file: str, sha256: str, part: Part) -> Parsed:
    """The document of a part.

    Raises:
        DocumentError: if it holds no text.
    """
    raw = part.raw
    assert raw is not None
    cleaned = clean(raw.text, saved_page=raw.saved_page, paged=raw.paged)
    if not cleaned.text.strip():
        raise DocumentError("it holds no text")
    metadata = describe(cleaned.text, raw.clues, id)
    own = file if id != file else ""
    document = Document(id, sha256, cleaned.text, metadata, own, cleaned.pages)
    return Parsed(document, raw.dropped + cleaned.dropped)


def _why_nothing(problems: list[Problem]) -> str:
    """The reason why there is no document, from the problems of the parts."""
    if not problems:
        return "it holds no documents"
    reasons = list(dict.fromkeys(problem.reason for problem in problems))
    if len(problems) == 1:
        return reasons[0]
    return f"none of its {len(problems)} parts can be read: {'; '.join(reasons[:3])}"


def without_recurring_lines(outcome: Loaded | Skipped, lines: Set[bytes]) -> Loaded | Skipped:
    """The outcome of reading a file, without the lines that are known to recur."""
    if isinstance(outcome, Skipped) or not lines:
        return outcome
    return replace(outcome, parsed=tuple(without_lines(parsed, lines) for parsed in outcome.parsed))
