"""The main text and metadata of web pages."""

from typing import TYPE_CHECKING

from corpus._runtime import exported

if TYPE_CHECKING:
    from corpus.formats.web.html import declared_encoding, read_page
    from corpus.formats.web.visible_text import looks_like_html, text_of_markup, without_tags

__all__ = [
    "declared_encoding",
    "html",
    "looks_like_html",
    "read_page",
    "text_of_markup",
    "without_tags",
]

_HOMES = {
    "corpus.formats.web.html": (
        "declared_encoding",
        "read_page",
    ),
    "corpus.formats.web.visible_text": (
        "looks_like_html",
        "text_of_markup",
        "without_tags",
    ),
}

__getattr__, __dir__ = exported(globals(), _HOMES)
