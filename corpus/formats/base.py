"""The types that all formats use, and the checks for damaged and hostile files."""

import errno
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO

from corpus.errors import DocumentError
from corpus.provenance import Clue
from corpus.types import Cause, Dropped


@dataclass(frozen=True, slots=True)
class Raw:
    """The result of reading a file: its text, its clues, and whether it may contain page furniture.

    With `paged`, the text has a `corpus.cleaning.cleaner.PAGE_MARK` at the start of each page. `dropped`
    has the pieces that the format itself left out (a header that is on every page). `notes` are messages
    for the user, for instance about parts that could not be read.
    """

    text: str
    clues: tuple[Clue, ...] = ()
    saved_page: bool = False
    paged: bool = False
    dropped: tuple[Dropped, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """One of the documents in a file; `mark`, put behind the file's id, names it.

    A record has the mark "#3", a file in an archive "/2017/talks.html". Either `raw` is there, or
    `reason` says why it cannot be read, and `cause` whether that lies in the file.
    """

    mark: str
    raw: Raw | None = None
    reason: str = ""
    cause: Cause = Cause.FILE


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of file that can be read. Raise `version` when the same file is read differently.

    Set `read` for files that are one document, or `parts` for files that hold many. `parts` gets the
    open file, which can be read again from its start, and yields one document after the other.
    `helpers` names the optional programs and packages that are installed and used for this format.
    """

    name: str
    suffixes: frozenset[str]
    read: Callable[[bytes], Raw] | None = None
    parts: Callable[[BinaryIO], Iterator[Part]] | None = None
    version: int = 1
    helpers: Callable[[], str] | None = None


LARGEST_FILE = 64 * 1024 * 1024
"""Bytes. A larger file of a single document is reported but not read: it is more likely a data file."""


LARGEST_OFFICE = 256 * 1024 * 1024
"""Bytes to which a text document or book, which is a ZIP file inside, may unpack."""


LONGEST_REASON = 300


DAMAGE = (EOFError, OSError, zlib.error, lzma.LZMAError, tarfile.TarError, zipfile.BadZipFile)
"""The errors that the unpackers raise for files that are truncated or corrupted."""


MOST_EMPTY = 1_000_000
"""Rows or lines without anything in them that may follow each other; a few bytes can unpack to billions."""


# The machine is short of something, or a disk or the network to it has failed.
_OUTSIDE = frozenset(
    {
        errno.ENOSPC,
        errno.EDQUOT,
        errno.ENOMEM,
        errno.EIO,
        errno.EMFILE,
        errno.ENFILE,
        errno.EAGAIN,
        errno.EBUSY,
        errno.ESTALE,
        errno.ENODEV,
        errno.ENXIO,
        errno.ETIMEDOUT,
        errno.EHOSTDOWN,
        errno.EHOSTUNREACH,
        errno.ENOTCONN,
    }
)


_MARKUP = (".xml", ".rels", ".opf", ".html", ".xhtml", ".htm")


_ENTITY = b"<!ENTITY"


def cause_of(error: BaseException) -> Cause:
    """Whether what was raised lies in the file, or came from outside and may be otherwise next time.

    >>> cause_of(MemoryError()), cause_of(EOFError()), cause_of(OSError(errno.ENOSPC, "full"))
    (<Cause.OUTSIDE: 'outside'>, <Cause.FILE: 'file'>, <Cause.OUTSIDE: 'outside'>)
    """
    if isinstance(error, MemoryError):
        return Cause.OUTSIDE
    return Cause.OUTSIDE if getattr(error, "errno", None) in _OUTSIDE else Cause.FILE


def why_unreadable(name: str, error: Exception) -> str:
    """The reason why something of this name cannot be read, given the error of its parser.

    >>> why_unreadable("EPUB", EOFError("Compressed file ended"))
    'it is damaged: Compressed file ended'
    >>> why_unreadable("EPUB", ValueError("odd byte"))
    'the EPUB in it cannot be read (ValueError: odd byte)'
    """
    if isinstance(error, DocumentError):
        return str(error)
    if isinstance(error, OSError) and cause_of(error) is Cause.OUTSIDE:
        reason = f"it could not be read: {error.strerror or error}"
    elif isinstance(error, DAMAGE):
        reason = f"it is damaged: {error or type(error).__name__}"
    elif isinstance(error, ImportError):
        reason = f"{error.name} is needed to read {name}: pip install corpus-qa"
    else:
        reason = f"the {name} in it cannot be read ({type(error).__name__}: {error})"
    return " ".join(reason.split())[:LONGEST_REASON]


@contextmanager
def told_as_damage() -> Iterator[None]:
    """Report the errors that readers of ZIP files and the like raise for bad input as a damaged file.

    Raises:
        DocumentError: for any of these errors.
    """
    try:
        yield
    except (KeyError, TypeError, ValueError, NotImplementedError, *DAMAGE) as error:
        said = " ".join(str(error).split())[:LONGEST_REASON]
        raise DocumentError(f"it is damaged: {said or type(error).__name__}") from error


def office_zip(handle: BinaryIO) -> zipfile.ZipFile:
    """The ZIP archive that a text document consists of.

    Raises:
        DocumentError: if it is not a ZIP file, or would unpack to more than `LARGEST_OFFICE` bytes.
    """
    try:
        archive = zipfile.ZipFile(handle)
    except (zipfile.BadZipFile, ValueError, OSError) as error:
        raise DocumentError("it is damaged or cut off") from error
    # subtle: an archive may state false sizes, but zipfile never returns more bytes than stated.
    infos = archive.infolist()
    if sum(info.file_size for info in infos) > LARGEST_OFFICE or any(
        info.file_size > LARGEST_FILE for info in infos if info.filename.endswith(_MARKUP)
    ):
        archive.close()
        raise DocumentError(
            f"it unpacks to over {LARGEST_OFFICE >> 20} MB, or its text to over {LARGEST_FILE >> 20} MB"
        )
    return archive


def refuse_entities(markup: bytes) -> None:
    """Reject XML that defines entities, since a few of them can expand to gigabytes.

    Raises:
        DocumentError: if it defines any. Files written by word processors never do.
    """
    if _ENTITY in markup or _ENTITY.decode().encode("utf-16-le") in markup:
        raise DocumentError("its XML defines entities, which can be harmful; it is not read")
