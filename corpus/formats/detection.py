"""Recognise a file's format by its first bytes, if they leave no doubt."""

import re
import zipfile
from typing import BinaryIO

_HEAD = 4096
_STARTS = (
    (b"%PDF-", ".pdf"),
    (b"{\\rtf", ".rtf"),
    (b"\x1f\x8b\x08", ".gz"),
    (b"\xfd7zXZ\x00", ".xz"),
    (b"PAR1", ".parquet"),
)
_BZIP2 = b"1AY&SY"
# A mailbox: a "From " line, then headers. Many mailboxes are named .txt or have no extension.
_MAILBOX = re.compile(
    rb"From [^\r\n]{1,200}\d\d:\d\d[^\r\n]{0,100}\r?\n(?:[A-Za-z][A-Za-z-]{1,40}: ?[^\r\n]*\r?\n){2}"
)
_PAGE = (b"<!doctype html", b"<html")
_WORD_97 = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIPPED = frozenset({".docx", ".dotx", ".docm", ".odt", ".ott", ".epub"})
_ODF = b"application/vnd.oasis.opendocument.text"


def sniffed(handle: BinaryIO, suffix: str) -> str:
    """The usual extension of files of this kind, or "" if the first bytes do not tell.

    `suffix` is the file's actual extension. It decides which kind is assumed if the contents of a ZIP
    file cannot tell.
    """
    handle.seek(0)
    head = handle.read(_HEAD)
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    for start, found in _STARTS:
        if text.startswith(start):
            return found
    if _MAILBOX.match(head):
        return ".mbox"
    if head[:3] == b"BZh" and head[4:10] == _BZIP2:
        return ".bz2"
    if head[257:262] == b"ustar":
        return ".tar"
    if head.startswith(b"PK\x03\x04"):
        return _zip_kind(handle, head, suffix)
    if head.startswith(_WORD_97):
        return ".doc"
    # This includes the page that a server sends instead of a file.
    return ".html" if text[:15].lower().startswith(_PAGE) else ""


def _zip_kind(handle: BinaryIO, head: bytes, suffix: str) -> str:
    """The extension for the kind of ZIP-based file this is; "" for a spreadsheet or slides."""
    # subtle: their standards require that this entry comes first and is not compressed.
    if head[30:38] == b"mimetype":
        said = head[38:100]
        if said.startswith(b"application/epub+zip"):
            return ".epub"
        return ".odt" if said.startswith(_ODF) else ""
    try:
        with zipfile.ZipFile(handle) as archive:
            names = {info.filename for info in archive.infolist()[:1000]}
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        return "" if suffix in _ZIPPED else ".zip"
    if "[Content_Types].xml" in names:
        return ".docx" if any(name.startswith("word/document") for name in names) else ""
    if "META-INF/container.xml" in names:
        return ".epub"
    return "" if suffix in _ZIPPED else ".zip"
