"""One small file for each format: bytes in, raw text and what the format itself knows out.

To add a format, write a module with `SUFFIXES` and `read(data)`, or for files that hold many documents
`read(handle)`, and name it in `FORMATS`.
"""

from corpus.formats import (
    archives,
    compressed,
    epub,
    html,
    mail,
    markdown,
    mhtml,
    opendocument,
    parquet,
    pdf,
    plain,
    records,
    rtf,
    tables,
    word,
)
from corpus.formats.nesting import InnerReader, nested
from corpus.formats.raw import Format

__all__ = ["FORMATS", "format_for"]


def format_for(suffix: str) -> Format | None:
    """The format that takes files with this ending (lower case, with its dot; "" for none)."""
    return next((f for f in FORMATS if suffix in f.suffixes), None)


_ALONE: tuple[Format, ...] = (
    Format("plain text", plain.SUFFIXES, plain.read),
    Format("Markdown", markdown.SUFFIXES, markdown.read),
    Format("HTML", html.SUFFIXES, html.read, version=2),
    Format("MHTML", mhtml.SUFFIXES, mhtml.read),
    Format("PDF", pdf.SUFFIXES, pdf.read, helpers=pdf.helpers),
    Format("Word document", word.SUFFIXES, word.read),
    Format("old Word document", word.OLD_SUFFIXES, word.read_old),
    Format("OpenDocument text", opendocument.SUFFIXES, opendocument.read),
    Format("RTF", rtf.SUFFIXES, rtf.read),
    Format("EPUB", epub.SUFFIXES, epub.read),
    Format("JSON", records.JSON_SUFFIXES, parts=records.read_json),
    Format("JSON Lines", records.LINES_SUFFIXES, parts=records.read_lines),
    Format("CSV", tables.SUFFIXES, parts=tables.read),
    Format("Parquet", parquet.SUFFIXES, parts=parquet.read, helpers=parquet.helpers),
)


def _helpers() -> str:
    return " ".join(filter(None, (form.helpers() for form in _ALONE if form.helpers)))


def _around(name: str, suffixes: frozenset[str], read: InnerReader) -> Format:
    """A format whose files hold files of all others: when one of these is read otherwise, so is it."""
    version = sum(form.version for form in _ALONE)
    return Format(name, suffixes, parts=nested(read, format_for), version=version, helpers=_helpers)


FORMATS: tuple[Format, ...] = (
    *_ALONE,
    _around("mail", mail.MAIL_SUFFIXES, mail.read_mail),
    _around("mailbox", mail.MBOX_SUFFIXES, mail.read_mbox),
    _around("ZIP", archives.ZIP_SUFFIXES, archives.read_zip),
    _around("TAR", archives.TAR_SUFFIXES, archives.read_tar),
    _around("gzip", compressed.GZIP_SUFFIXES, compressed.read_gzip),
    _around("bzip2", compressed.BZIP2_SUFFIXES, compressed.read_bzip2),
    _around("xz", compressed.XZ_SUFFIXES, compressed.read_xz),
)
