"""Decode the headers and texts of a mail, whatever their encoding."""

import email
import re
from collections.abc import Iterator
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.policy import compat32
from email.utils import getaddresses

from corpus.errors import DocumentError
from corpus.formats.text_encoding import decode
from corpus.provenance import Clue, Field

_ENDLESS = re.compile(rb"^Content-(?:Type|Disposition):[^\n]{20000}", re.IGNORECASE | re.MULTILINE)
_FOLD = re.compile(r"[ \t]*[\r\n]+[ \t]*")
LONGEST_HEADER = 10_000


def parsed(data: bytes) -> "Message[str, str]":
    """A parsed mail, or another file in the same form.

    Raises:
        DocumentError: if a header is so long that reading it, which takes quadratic time, is not safe.
    """
    if _ENDLESS.search(data):
        raise DocumentError("a header in it is too long to be read")
    return email.message_from_bytes(data, policy=compat32)


def header(message: "Message[str, str]", name: str) -> str:
    """The decoded text of a header, on one line; "" if it is missing."""
    return " ".join(decoded(_raw(message, name)).split())


def _raw(message: "Message[str, str]", name: str) -> str:
    # subtle: `get` alters a header with non-ASCII bytes.
    for key, value in message.raw_items():
        if key.lower() == name.lower():
            return _FOLD.sub(" ", str(value)[:LONGEST_HEADER])
    return ""


def decoded(raw: str) -> str:
    """A header's value, decoded from the encodings of mail or from raw bytes."""
    if any("\udc80" <= char <= "\udcff" for char in raw):
        raw = decode(raw.encode("utf-8", errors="surrogateescape"))
    try:
        return "".join(_piece(text, charset) for text, charset in decode_header(raw))
    except (HeaderParseError, ValueError):
        return raw


def _piece(text: bytes | str, charset: str | None) -> str:
    if isinstance(text, str):
        return text
    # subtle: `decode_header` returns the text next to an encoded word as bytes in this encoding.
    return decode_as(text, charset) if charset else text.decode("raw-unicode-escape")


def decode_as(data: bytes, charset: str | None) -> str:
    """The text in its declared encoding, or else in the best guess."""
    # subtle: these consist of ASCII bytes only, so they would pass for UTF-8.
    if charset and charset.lower() in ("utf-7", "iso-2022-jp", "iso-2022-kr", "hz-gb-2312"):
        return data.decode(charset, errors="replace")
    return decode(data.replace(b"\0", b"") if data.count(0) < 3 else data, declared=charset)


def clues_of(message: "Message[str, str]") -> Iterator[Clue]:
    """The subject, senders and date of a mail."""
    if subject := header(message, "Subject"):
        yield Clue(Field.TITLE, subject, 'mail header "Subject"')
    for name, address in getaddresses([_raw(message, "From")]):
        if sender := decoded(name or address):
            yield Clue(Field.AUTHOR, sender, 'mail header "From"')
    if day := header(message, "Date"):
        yield Clue(Field.PUBLISHED, day, 'mail header "Date"')


def text_of(part: "Message[str, str]") -> str:
    """The decoded text of a part of a mail."""
    data = part.get_payload(decode=True)
    if not isinstance(data, bytes) or not data.strip():
        return ""
    return decode_as(data, part.get_content_charset())
