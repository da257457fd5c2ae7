"""Mail: one message (.eml) or many (.mbox). Each message and each attachment is a document."""

import io
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from email.message import Message
from functools import partial
from typing import BinaryIO, TypeAlias

from corpus.errors import DocumentError
from corpus.formats.archives import Within, harmless
from corpus.formats.base import LARGEST_FILE, Part, Raw, why_unreadable
from corpus.formats.mail.headers import clues_of, decoded, header, parsed, text_of
from corpus.formats.web import text_of_markup

MAIL_SUFFIXES = frozenset({".eml"})
MBOX_SUFFIXES = frozenset({".mbox"})

MOST_PARTS = 1_000
"""Parts of one mail, nested or not."""

_Message: TypeAlias = "Message[str, str]"
_SIGNATURES = frozenset(
    {"application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature"}
)
_LOCKED = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime", "multipart/encrypted"})
_QUOTED_FROM = re.compile(rb"^>(>*From )", re.MULTILINE)
_BEGINS = re.compile(rb"From [^\r\n]*\d\d:\d\d")
_LONGEST_LINE = 1024 * 1024


def read_mail(handle: BinaryIO, within: Within) -> Iterator[Part]:
    """The message, and each attachment in a format that can be read."""
    data = handle.read(LARGEST_FILE + 1)
    if len(data) > LARGEST_FILE:
        raise DocumentError(f"it is larger than {LARGEST_FILE >> 20} MB; such mails are not read")
    yield from _message(data, within)


def read_mbox(handle: BinaryIO, within: Within) -> Iterator[Part]:
    """Each message ("#1", "#2", …) and its attachments."""
    for number, data in enumerate(_messages(handle), start=1):
        mark = f"#{number}"
        if data is None:
            yield Part(mark, reason=f"it is larger than {LARGEST_FILE >> 20} MB")
            continue
        # Attachments of different messages may have the same name.
        within.marks.clear()
        try:
            for part in _message(data, within):
                yield replace(part, mark=mark + part.mark)
        except Exception as error:  # noqa: BLE001 - report it and go on with the other messages
            yield Part(mark, reason=why_unreadable("mail", error))


def _messages(handle: BinaryIO) -> Iterator[bytes | None]:
    """The bytes of each message; None for one that is too large."""
    lines: list[bytes] = []
    size = 0
    empty = True  # the line before
    while line := handle.readline(_LONGEST_LINE):
        if empty and line.startswith(b"From ") and _BEGINS.match(line):
            yield from _whole(lines, size)
            lines, size = [], 0
        else:
            size += len(line)
            if size <= LARGEST_FILE:
                lines.append(line)
        empty = not line.strip()
    yield from _whole(lines, size)


def _whole(lines: list[bytes], size: int) -> Iterator[bytes | None]:
    if size > LARGEST_FILE:
        yield None
    elif any(map(bytes.strip, lines)):
        yield _QUOTED_FROM.sub(rb"\1", b"".join(lines))


def _message(data: bytes, within: Within) -> Iterator[Part]:
    """The document of a message, and those of its attachments."""
    message = parsed(data)
    attached: list[_Message] = []
    texts = [text.strip("\r\n") for text in _texts(message, attached, [MOST_PARTS])]
    people = [f"{name}: {said}" for name in ("To", "Cc") if (said := header(message, name))]
    clues = tuple(clues_of(message))
    if not (clues or people):
        raise DocumentError("it has none of the headers of a mail")
    text = "\n\n".join(["\n".join(people), *texts]).strip("\n")
    if not text and _is_locked(message):
        yield Part("", reason="it is encrypted")
    elif text or not attached:
        yield Part("", Raw(text, clues))
    for part in attached:
        yield from within.read(_name(part), partial(_opened, part))


def _texts(message: _Message, attached: list[_Message], left: list[int]) -> list[str]:
    """The texts of a message in order. Parts that are files of their own are added to `attached`."""
    left[0] -= 1
    if left[0] < 0:
        return []
    kind = message.get_content_type()
    children = message.get_payload()
    if message.is_multipart() and isinstance(children, list) and kind != "message/rfc822":
        each = [_texts(child, attached, left) for child in children if isinstance(child, Message)]
        if kind == "multipart/alternative":
            # The plain text comes first, and the others say the same.
            return next((texts for texts in each if any(map(str.strip, texts))), [])
        return [text for texts in each for text in texts]
    if _is_file(message, kind):
        attached.append(message)
        return []
    if kind == "text/html":
        return [text_of_markup(text_of(message))]
    return [text_of(message)] if kind.startswith(("text/", "multipart/", "message/d")) else []


def _is_file(part: _Message, kind: str) -> bool:
    disposition = part.get_content_disposition()
    if disposition == "attachment" or kind == "message/rfc822":
        return True
    # To the reader, pictures within the text and signatures are not files.
    if kind.startswith("image/") or kind in _SIGNATURES:
        return False
    return not kind.startswith(("text/", "multipart/")) and bool(_file_name(part))


def _file_name(part: _Message) -> str:
    with suppress(Exception):  # the header with the name may be as broken as any other
        return " ".join(decoded(part.get_filename() or "").split())
    return ""


def _name(part: _Message) -> str:
    name = harmless(_file_name(part)).lstrip(".")
    forwarded = part.get_content_type() == "message/rfc822"
    if forwarded and not name.lower().endswith(".eml"):
        return f"{name or 'forwarded'}.eml"
    return name or "attachment"


def _opened(part: _Message) -> BinaryIO:
    if part.get_content_type() == "message/rfc822":
        inner = part.get_payload()
        message = inner[0] if isinstance(inner, list) and inner else part
        return io.BytesIO(message.as_bytes() if isinstance(message, Message) else b"")
    data = part.get_payload(decode=True)
    return io.BytesIO(data if isinstance(data, bytes) else b"")


def _is_locked(message: _Message) -> bool:
    return message.get_content_type() in _LOCKED
