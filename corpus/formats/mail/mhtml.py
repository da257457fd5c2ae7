"""MHTML: a web page and its pictures in one file, as saved by browsers."""

from email.message import Message

from corpus.errors import DocumentError
from corpus.formats.base import Raw
from corpus.formats.mail.headers import decode_as, header, parsed
from corpus.formats.web import declared_encoding, read_page
from corpus.provenance import Clue, Field

SUFFIXES = frozenset({".mht", ".mhtml"})

_MADE_UP = ("cid:", "mid:", "file:", "about:", "data:")


def read(data: bytes) -> Raw:
    """The main text and metadata of the page. If the page has no address, the file's is used.

    Raises:
        DocumentError: if the file contains no page.
    """
    message = parsed(data)
    page = next((part for part in message.walk() if _is_page(part)), None)
    if page is None:
        raise DocumentError("there is no web page in it")
    content = page.get_payload(decode=True)
    content = content if isinstance(content, bytes) else b""
    declared = page.get_content_charset() or declared_encoding(content)
    raw = read_page(decode_as(content, declared))
    known = {clue.field for clue in raw.clues}
    clues = raw.clues
    if Field.URL not in known and (url := _address(message, page)):
        clues += (Clue(Field.URL, url, "where the page was saved from"),)
    return Raw(raw.text, clues, saved_page=True)


def _is_page(part: "Message[str, str]") -> bool:
    return part.get_content_type() in ("text/html", "application/xhtml+xml")


def _address(message: "Message[str, str]", page: "Message[str, str]") -> str:
    """The address that the page was saved from, or ""."""
    found = (
        header(message, "Snapshot-Content-Location"),
        header(page, "Content-Location"),
        header(message, "Content-Location"),
    )
    return next((url for url in found if url and not url.lower().startswith(_MADE_UP)), "")
