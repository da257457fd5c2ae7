"""Decode the bytes of a text file, whatever its encoding."""

import codecs
import io
import re
from collections.abc import Iterator
from contextlib import suppress
from typing import BinaryIO
from unicodedata import category

from corpus.errors import DocumentError
from corpus.formats.base import LARGEST_FILE

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


# The encodings that pages really mean by these names. Browsers read them the same way.
_WIDER = {
    "iso-8859-1": "cp1252",
    "latin-1": "cp1252",
    "latin1": "cp1252",
    "us-ascii": "cp1252",
    "ascii": "cp1252",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift-jis": "cp932",
    "x-sjis": "cp932",
    "iso-8859-9": "cp1254",
    "utf8": "utf-8",
}


_SIGNS = "€‚„…‰‹“”•™›¡¢£¤¥¦§©«¬®°±²³¶·¹»¼½¾¿"


_WESTERN = frozenset(_SIGNS + "\xa0‘’–—" + "àâäáãåæçéèêëíìîïñóòôöøœúùûüßÀÂÄÁÃÅÆÇÉÈÊËÍÎÏÑÓÔÖØŒÚÛÜ")


_HIGH = re.compile(rb"[\x80-\xff]")


_GAP = re.compile(rb"[\n\r\t ,]")


_CONTROLS = re.compile(rb"[\x01-\x08\x0e-\x1a\x7f]")


# Kana in Japanese, lower-case vowels in Russian. The detector takes short texts of these for Korean.
_TYPICAL = (
    ("cp932", "[\u3041-\u3093]"),
    ("euc-jp", "[\u3041-\u3093]"),
    ("cp1251", "[аеиоуыюя]"),
    ("koi8-r", "[аеиоуыюя]"),
)


# On longer texts the detector is slow and no better.
SAMPLE = 64_000


def decode(data: bytes, *, declared: str | None = None) -> str:
    """The text of a file, whatever its encoding.

    A byte order mark decides, or a pattern of zero bytes that shows UTF-16. Otherwise the first of these
    that fits is used: UTF-8, the `declared` encoding, the best guess of charset-normalizer,
    Windows-1252.

    Raises:
        DocumentError: if the bytes are not text.
    """
    for bom, marked in _BOMS:
        if data.startswith(bom):
            return data.decode(marked, errors="replace")
    if (wide := _wide_encoding(data[:SAMPLE])) is not None:
        return data.decode(wide, errors="replace")
    if b"\x00" in data[:SAMPLE]:
        raise DocumentError("it is a binary file, not text")
    declared = _WIDER.get((declared or "").lower().replace("_", "-"), declared)
    for encoding in filter(None, ("utf-8", declared)):
        with suppress(UnicodeDecodeError, LookupError):
            return data.decode(encoding)
    return data.decode(encoding_of(data), errors="replace")


def encoding_of(data: bytes) -> str:
    """The encoding of text that is not valid UTF-8: UTF-8 if little of it is wrong, else a guess."""
    text = data.decode("utf-8", errors="replace")
    return "utf-8" if _is_damaged(text, data) else _guess(_telling_lines(data))


def _wide_encoding(sample: bytes) -> str | None:
    """The byte order of UTF-16 without a mark, where one byte of each ASCII character is zero, or None."""
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    encoding = "utf-16-le" if odd > even else "utf-16-be"
    if len(sample) < 4 or min(even, odd) * 10 > max(even, odd):
        return None
    # The high byte of a Cyrillic letter, say, is always 4. No other encoding of text has such bytes.
    controls = len(_CONTROLS.findall(sample)) + even + odd
    if max(even, odd) * 100 < len(sample) or controls * 10 < len(sample) * 4:
        return None
    text = sample.decode(encoding, errors="replace")
    strange = sum(category(char) in ("Cc", "Cn", "Co") and char not in "\r\n\t" for char in text)
    return encoding if strange * 50 <= len(text) else None


def _is_damaged(text: str, data: bytes) -> bool:
    """Whether a text is UTF-8 except for a few bytes: cut within a character, or pasted together.

    All of the text is counted, since the first non-ASCII characters may come late.
    """
    wrong = text.count("\ufffd")
    ascii_only = len(data) - len(data.translate(None, bytes(range(128))))
    return len(text) - ascii_only - wrong > 4 * wrong


def _telling_lines(data: bytes) -> bytes:
    """At most SAMPLE bytes of the lines with non-ASCII bytes; other lines do not reveal the encoding."""
    if len(data) <= SAMPLE:
        return data
    found: list[bytes] = []
    size = at = 0
    while size < SAMPLE and (high := _HIGH.search(data, at)):
        start = max(data.rfind(b"\n", at, high.start()) + 1, at, high.start() - SAMPLE // 8)
        at = data.find(b"\n", high.start()) + 1 or len(data)
        found.append(_whole_characters(data[start:at], high.start() - start, SAMPLE - size))
        size += len(found[-1]) or SAMPLE
    return b"".join(found)


def _whole_characters(line: bytes, high: int, size: int) -> bytes:
    """At most `size` bytes of a line whose first non-ASCII byte is at `high`, without cutting a character.

    The second byte of a character is never a space or a comma in any encoding, and in a line without
    these most characters take two bytes.
    """
    if len(line) <= size:
        return line
    if gaps := list(_GAP.finditer(line, high, max(size, high))):
        return line[: gaps[-1].end()]
    return line[: size - (size - high) % 2] if size > high else b""


def _is_western(sample: bytes) -> bool:
    """Whether the sample reads as Windows-1252 text with Western European signs and accents.

    For such texts the detector finds similar encodings just as likely, and can take a pound sign for a
    Polish letter.
    """
    with suppress(UnicodeDecodeError):
        text = sample.decode("cp1252")
        rare = [char for char in text if char > "\x7f"]
        letters = len(re.findall("[A-Za-z]", text))
        return (
            bool(rare)  # otherwise there is no evidence for it
            and set(rare) <= _WESTERN
            and sum(char.isalpha() for char in rare) * 3 <= letters
            and not re.search(f"[^\\W\\d_][{_SIGNS}][^\\W\\d_]", text)
        )
    return False


def _is_typical(sample: bytes, encoding: str, signs: str) -> bool:
    """Whether the sample, read in this encoding, has as many of these signs as only its script has."""
    with suppress(UnicodeDecodeError):
        # subtle: the sample may end within a character, which only an incremental decoder accepts.
        text = codecs.getincrementaldecoder(encoding)().decode(sample)
        foreign = sum(char > "\x7f" for char in text)
        ascii_letters = len(re.findall("[A-Za-z]", text))
        return foreign > ascii_letters and len(re.findall(signs, text)) * 10 >= foreign * 3
    return False


def _guess(sample: bytes) -> str:
    if _is_western(sample):
        return "cp1252"
    for encoding, signs in _TYPICAL:
        if _is_typical(sample, encoding, signs):
            return encoding
    from charset_normalizer import from_bytes

    best = from_bytes(sample).best()
    if best is None:
        if len(_CONTROLS.findall(sample)) > len(sample) // 20:
            raise DocumentError("it is a binary file, not text")
        return "cp1252"
    return best.encoding


_MARKS = (b"\xff\xfe", b"\xfe\xff")


def lines_of(handle: BinaryIO) -> Iterator[str]:
    """Each line with its line end.

    Lines that are valid UTF-8 are read as such. All others are read in the encoding found for the first
    of them.

    Raises:
        DocumentError: if a line is `LARGEST_FILE` bytes or longer, or if the file is not text.
    """
    sample = handle.read(SAMPLE)
    handle.seek(0)
    if sample.startswith(_MARKS) or sample.count(0) * 5 > len(sample):
        # Two or four bytes for each character: the file must be decoded before it is split into lines.
        data = handle.read(LARGEST_FILE + 1)
        if len(data) > LARGEST_FILE:
            raise DocumentError(f"it is in UTF-16 and larger than {LARGEST_FILE >> 20} MB")
        yield from io.StringIO(decode(data), newline="")
        return
    fallback = ""
    first = True
    while line := handle.readline(LARGEST_FILE):
        if len(line) == LARGEST_FILE:
            raise DocumentError(f"a line in it is longer than {LARGEST_FILE >> 20} MB")
        try:
            text = line.decode("utf-8-sig" if first else "utf-8")
        except UnicodeDecodeError:
            fallback = fallback or _encoding(line, handle)
            text = line.decode(fallback, errors="replace")
        first = False
        yield text


def _encoding(line: bytes, handle: BinaryIO) -> str:
    at = handle.tell()
    following = handle.read(SAMPLE)
    handle.seek(at)
    return encoding_of(line + following)
