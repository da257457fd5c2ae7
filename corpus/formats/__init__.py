"""One small file for each format: bytes in, raw text and what the format itself knows out.

To add a format, write a module with `SUFFIXES` and `read(data)`, and name it in `FORMATS`.
"""

from corpus.formats import html, markdown, plain
from corpus.formats.raw import Format

FORMATS: tuple[Format, ...] = (
    Format("plain text", plain.SUFFIXES, plain.read),
    Format("Markdown", markdown.SUFFIXES, markdown.read),
    Format("HTML", html.SUFFIXES, html.read),
)

__all__ = ["FORMATS", "format_for"]


def format_for(suffix: str) -> Format | None:
    """The format that takes files with this ending (lower case, with its dot; "" for none)."""
    return next((f for f in FORMATS if suffix in f.suffixes), None)
