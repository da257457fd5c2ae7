"""The formats that can be read, by file extension.

To add a format, write a module with `SUFFIXES` and `read(data)`, or `read(handle)` for files that hold
many documents, and add it to `FORMATS`.
"""

from corpus.formats import markdown, plain_text
from corpus.formats.archives import InnerReader, compressed, nested, zip_tar
from corpus.formats.base import Format
from corpus.formats.mail import messages, mhtml
from corpus.formats.office import docx, epub, odt, rtf
from corpus.formats.pdf import document
from corpus.formats.tabular import csv_rows, json_records, parquet_rows
from corpus.formats.web import html

__all__ = ["FORMATS", "format_for"]


def format_for(suffix: str) -> Format | None:
    """The format for files with this extension (lower case, with its dot; "" for none), or None."""
    return next((f for f in FORMATS if suffix in f.suffixes), None)


_ALONE: tuple[Format, ...] = (
    Format("plain text", plain_text.SUFFIXES, plain_text.read),
    Format("Markdown", markdown.SUFFIXES, markdown.read),
    Format("HTML", html.SUFFIXES, html.read, version=2),
    Format("MHTML", mhtml.SUFFIXES, mhtml.read),
    Format("PDF", document.SUFFIXES, document.read, helpers=document.helpers),
    Format("Word document", docx.SUFFIXES, docx.read),
    Format("old Word document", docx.OLD_SUFFIXES, docx.read_old),
    Format("OpenDocument text", odt.SUFFIXES, odt.read),
    Format("RTF", rtf.SUFFIXES, rtf.read),
    Format("EPUB", epub.SUFFIXES, epub.read),
    Format("JSON", json_records.JSON_SUFFIXES, parts=json_records.read_json),
    Format("JSON Lines", json_records.LINES_SUFFIXES, parts=json_records.read_lines),
    Format("CSV", csv_rows.SUFFIXES, parts=csv_rows.read),
    Format("Parquet", parquet_rows.SUFFIXES, parts=parquet_rows.read, helpers=parquet_rows.helpers),
)


def _helpers() -> str:
    return " ".join(filter(None, (form.helpers() for form in _ALONE if form.helpers)))


def _around(name: str, suffixes: frozenset[str], read: InnerReader) -> Format:
    """A format whose files hold files of the other formats; its version changes when one of theirs does."""
    version = sum(form.version for form in _ALONE)
    return Format(name, suffixes, parts=nested(read, format_for), version=version, helpers=_helpers)


FORMATS: tuple[Format, ...] = (
    *_ALONE,
    _around("mail", messages.MAIL_SUFFIXES, messages.read_mail),
    _around("mailbox", messages.MBOX_SUFFIXES, messages.read_mbox),
    _around("ZIP", zip_tar.ZIP_SUFFIXES, zip_tar.read_zip),
    _around("TAR", zip_tar.TAR_SUFFIXES, zip_tar.read_tar),
    _around("gzip", compressed.GZIP_SUFFIXES, compressed.read_gzip),
    _around("bzip2", compressed.BZIP2_SUFFIXES, compressed.read_bzip2),
    _around("xz", compressed.XZ_SUFFIXES, compressed.read_xz),
)
