"""ZIP and TAR archives. Each file in them is read in place, in its own format."""

import tarfile
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from typing import BinaryIO, cast

from corpus.errors import DocumentError
from corpus.formats.archives.member_names import harmless, is_hidden
from corpus.formats.archives.members import MOST_MEMBERS, Within
from corpus.formats.archives.recovery import whole_members
from corpus.formats.base import Part, why_unreadable
from corpus.formats.text_encoding import decode

ZIP_SUFFIXES = frozenset({".zip"})
TAR_SUFFIXES = frozenset({".tar"})

_LOCKED = 0x1
_UTF8 = 0x800
# Letters of other encodings turn into these when read in cp437, ZIP's original encoding.
_BOXES = frozenset(chr(code) for code in range(0x2500, 0x25A0))


def read_zip(handle: BinaryIO, within: Within) -> Iterator[Part]:
    """The documents in a ZIP file; if it is truncated, those that are intact."""
    try:
        archive = zipfile.ZipFile(handle)
    except (zipfile.BadZipFile, ValueError, OSError) as error:
        yield from _read_torn(handle, within, error)
        return
    with archive:
        infos = [info for info in archive.infolist() if not info.is_dir()]
        names = _zip_names(infos)
        for info, name in zip(infos[:MOST_MEMBERS], names, strict=False):
            if info.flag_bits & _LOCKED:
                if not is_hidden(name) and within.knows(name):
                    yield from within.failed(within.mark_of(name), "it is locked with a password")
                continue

            def opened(info: zipfile.ZipInfo = info) -> BinaryIO:
                return cast("BinaryIO", archive.open(info))

            yield from within.read(name, opened)
        if len(infos) > MOST_MEMBERS:
            yield Part("", reason=f"it holds {len(infos):,} files; {MOST_MEMBERS:,} were read")


def _zip_names(infos: list[zipfile.ZipInfo]) -> list[str]:
    """The members' names, decoded from whatever encoding they were written in."""
    names = [info.filename for info in infos]
    raw = [
        b"" if info.flag_bits & _UTF8 else info.filename.encode("cp437", errors="replace")
        for info in infos
    ]
    together = b"\n".join(raw)
    if any(byte > 0x7F for byte in together):
        with suppress(DocumentError):
            text = ""
            try:
                text = together.decode("utf-8")
            except UnicodeDecodeError:
                if _BOXES & set("".join(names)):
                    text = decode(together)
            better = text.split("\n")
            if len(better) == len(names):
                names = [new or old for new, old in zip(better, names, strict=True)]
    return [harmless(name) for name in names]


def _read_torn(handle: BinaryIO, within: Within, error: Exception) -> Iterator[Part]:
    """The readable documents of a ZIP file that lacks its end, where the contents are listed."""
    found = False
    for name, opened in whole_members(handle):
        for part in within.read(harmless(name), opened):
            found = found or part.raw is not None
            yield part
    reason = why_unreadable("ZIP", error)
    yield Part(
        "", reason=f"{reason}; everything after the last whole file is lost" if found else reason
    )


def read_tar(handle: BinaryIO, within: Within) -> Iterator[Part]:
    """The documents in a TAR file. Links and devices are skipped."""
    with tarfile.open(fileobj=handle, mode="r:", errorlevel=0) as archive:
        members = 0
        while (member := archive.next()) is not None:
            # subtle: tarfile remembers every header, which is a lot for a million members.
            archive.members = []  # type: ignore[attr-defined]
            members += 1
            if members > MOST_MEMBERS:
                yield Part(
                    "", reason=f"it holds more than {MOST_MEMBERS:,} files; only these were read"
                )
                return
            if not member.isreg():
                continue
            name = harmless(_tar_name(member.name))
            if member.issparse():  # a hole of a terabyte takes no space in the archive
                yield from within.failed(within.mark_of(name), "it is a sparse file")
                continue

            def opened(member: tarfile.TarInfo = member) -> BinaryIO:
                return cast("BinaryIO", archive.extractfile(member))

            yield from within.read(name, opened)
        yield from _unended(handle, archive)


def _tar_name(name: str) -> str:
    with suppress(UnicodeEncodeError):
        name.encode("utf-8")
        return name
    with suppress(DocumentError):
        return decode(name.encode("utf-8", errors="surrogateescape"))
    return name


def _unended(handle: BinaryIO, archive: tarfile.TarFile) -> Iterator[Part]:
    """Report a truncated TAR file: tarfile takes one that ends between blocks for complete."""
    handle.seek(archive.offset)
    if handle.read(tarfile.BLOCKSIZE).strip(b"\0"):
        yield Part("", reason="it is damaged: everything after the last whole file is lost")
