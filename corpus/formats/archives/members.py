"""Read files within a file (members of archives, attachments of mails), in place and within limits.

Nothing is written under a member's name, so a malicious name cannot do harm. Unpacked data stays in
memory or in a temporary file without a name.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, cast

from corpus.errors import DocumentError
from corpus.formats.archives.member_names import is_hidden, suffix_of
from corpus.formats.base import DAMAGE, LARGEST_FILE, Format, Part, Raw, cause_of, why_unreadable
from corpus.formats.detection import sniffed
from corpus.types import Cause

DEEPEST = 4
"""How deep files may be nested; a compressed TAR file counts as two."""
MOST_MEMBERS = 100_000
MOST_UNPACKED = 2 * 1024**3
"""Bytes that one file may unpack to, all of its members together."""
MOST_SWOLLEN = 200
"""Beyond `FREELY_UNPACKED`, how many times its own size a file may unpack to; text shrinks to a tenth."""
FREELY_UNPACKED = LARGEST_FILE
IN_MEMORY = 16 * 1024**2
MOST_NAMED = 20
"""How many members with the same problem are named; the others are only counted."""

_CHUNK = 256 * 1024

Find = Callable[[str], Format | None]


@dataclass(slots=True)
class Allowance:
    """The bytes and members that may still be unpacked from a file, at all depths together."""

    bytes: int
    members: int = MOST_MEMBERS


class Unpacked(SpooledTemporaryFile[bytes]):
    """A file from inside another file, with its name, its depth, and what may still be unpacked."""

    member: str
    depth: int
    allowance: Allowance


def name_of(handle: BinaryIO) -> str:
    """The name of an open file, or "" if it has none."""
    name = handle.member if isinstance(handle, Unpacked) else getattr(handle, "name", "")
    return PurePosixPath(name.replace("\\", "/")).name if isinstance(name, str) else ""


@dataclass(slots=True)
class Within:
    """The inside of one file: reads each member in its own format, and reports those it cannot read."""

    find: Find
    depth: int
    allowance: Allowance
    marks: set[str] = field(default_factory=set)
    reasons: Counter[str] = field(default_factory=Counter)
    unknown: Counter[str] = field(default_factory=Counter)

    def knows(self, name: str) -> bool:
        """Whether a member of this name has a format that can be read. If not, it is counted."""
        suffix = suffix_of(name)
        if self.find(suffix) is None:
            self.unknown[suffix] += 1
            return False
        return True

    def failed(self, mark: str, reason: str, cause: Cause = Cause.FILE) -> Iterator[Part]:
        """A member that cannot be read. If many have the same reason, only the first are named."""
        self.reasons[reason] += 1
        if self.reasons[reason] <= MOST_NAMED:
            yield Part(mark, reason=reason, cause=cause)

    def rest(self) -> Iterator[Part]:
        """A summary of the members that were counted but not named."""
        for reason, count in self.reasons.items():
            if count > MOST_NAMED:
                yield Part("", reason=f"{reason} ({count - MOST_NAMED} more files inside it)")
        if self.unknown:
            said = ", ".join(f"{count} {suffix}" for suffix, count in self.unknown.most_common(8))
            yield Part("", reason=f"it contains files in formats that cannot be read: {said}")

    def mark_of(self, name: str) -> str:
        """The mark of a member: its path, with a number if several members have the same path."""
        mark, number = f"/{name}", 1
        while mark in self.marks:
            number += 1
            mark = f"/{name} ({number})"
        self.marks.add(mark)
        return mark

    def read(self, name: str, stream: Callable[[], BinaryIO]) -> Iterator[Part]:
        """The documents of a member; `stream` opens it."""
        if is_hidden(name) or not self.knows(name):
            return
        mark = self.mark_of(name)
        if self.allowance.members <= 0:
            yield from self.failed(mark, f"at most {MOST_MEMBERS:,} files inside a file are read")
            return
        self.allowance.members -= 1
        try:
            with stream() as opened:
                inside, damage = self.unpack(name, opened)
            with inside:
                for part in self.documents(inside, damage):
                    yield replace(part, mark=mark + part.mark)
        except (DocumentError, MemoryError) as error:
            reason = str(error) or "there is not enough memory to read it"
            yield from self.failed(mark, reason, cause_of(error))
        except Exception as error:  # noqa: BLE001 - as in corpus.reading.loader: report it, go on with the others
            yield from self.failed(mark, why_unreadable("file", error), cause_of(error))

    def unpack(self, name: str, stream: BinaryIO) -> tuple[Unpacked, str]:
        """The contents of a stream as a file, and a description of the damage, or "" if it is intact.

        Raises:
            DocumentError: if it is too large for one document, or exceeds what may still be unpacked.
        """
        form = self.find(suffix_of(name))
        most = LARGEST_FILE if form and form.read else MOST_UNPACKED
        inside = Unpacked(IN_MEMORY)
        inside.member, inside.depth, inside.allowance = name, self.depth + 1, self.allowance
        size, damage = 0, ""
        # subtle: `read` would wait for a whole chunk, and lose the part of it before the damage.
        read = getattr(stream, "read1", stream.read)
        try:
            # subtle: count while reading, since the sizes that an archive states may be false.
            while data := read(_CHUNK):
                size += len(data)
                self.allowance.bytes -= len(data)
                if self.allowance.bytes < 0:
                    raise DocumentError("it unpacks to more data than is read from one file")
                if size > most:
                    raise DocumentError(
                        f"it is larger than {most >> 20} MB; such files are not read"
                    )
                inside.write(data)
        except DAMAGE as error:
            if not size or getattr(error, "errno", None):  # a full disk, say
                inside.close()
                raise
            damage = why_unreadable("file", error)
        except BaseException:
            inside.close()
            raise
        inside.seek(0)
        return inside, damage

    def documents(self, inside: Unpacked, damage: str = "") -> Iterator[Part]:
        """The documents of an unpacked file, read in its own format; up to the damage if it is damaged."""
        handle = cast("BinaryIO", inside)
        suffix = suffix_of(inside.member)
        form = self.find(suffix)
        if form is None:
            raise DocumentError(f"{suffix} is not a format that can be read")
        form, note = recognised(suffix, form, handle, self.find)
        if form.parts and inside.depth > DEEPEST:
            raise DocumentError(
                f"files inside files are read {DEEPEST} levels deep; this is deeper"
            )
        found = False
        try:
            for part in parts_of(form, handle, note):
                found = found or part.raw is not None
                yield part
        except Exception as error:
            if not damage:
                raise
            damage = damage if found else f"{damage}; {error}"
        if damage:
            yield Part("", reason=damage)


def recognised(suffix: str, form: Format, handle: BinaryIO, find: Find) -> tuple[Format, str]:
    """The format of a file, with a note for the user if that is not the format of its extension.

    The contents win over the extension if they leave no doubt. The handle is left at its start.
    """
    kind = sniffed(handle, suffix)
    really = (find(kind) if kind else None) or form
    handle.seek(0)
    if really.name == form.name:
        return form, ""
    return (
        really,
        f"it is named {suffix}, but it is {really.name} and was read as that" if suffix else "",
    )


def parts_of(form: Format, handle: BinaryIO, note: str = "") -> Iterator[Part]:
    """The documents of an open file. The note is added to the first of them."""
    if form.parts:
        parts = form.parts(handle)
    elif form.read:
        data = handle.read(LARGEST_FILE + 1)
        if len(data) > LARGEST_FILE:
            raise DocumentError(
                f"it is larger than {LARGEST_FILE >> 20} MB; such files are not read"
            )
        parts = iter((Part("", form.read(data)),))
    for part in parts:
        if note and part.raw is not None:
            part, note = replace(part, raw=_noted(part.raw, note)), ""
        yield part


def _noted(raw: Raw, note: str) -> Raw:
    return replace(raw, notes=(*raw.notes, note))


InnerReader = Callable[[BinaryIO, Within], Iterator[Part]]


def nested(read: InnerReader, find: Find) -> Callable[[BinaryIO], Iterator[Part]]:
    """`Format.parts` for files that hold files of any format; `find` gets the format for an extension."""

    def parts(handle: BinaryIO) -> Iterator[Part]:
        if isinstance(handle, Unpacked):
            within = Within(find, handle.depth, handle.allowance)
        else:
            size = handle.seek(0, 2)
            handle.seek(0)
            most = min(MOST_UNPACKED, FREELY_UNPACKED + MOST_SWOLLEN * size)
            within = Within(find, 0, Allowance(most))
        try:
            yield from read(handle, within)
        except Exception:
            yield from within.rest()
            raise
        yield from within.rest()

    return parts
