"""Answers as text, JSON and citations."""

from typing import TYPE_CHECKING

from corpus._runtime import exported

if TYPE_CHECKING:
    from qa.render.answer import (
        copy_line,
        mark,
        metadata_line,
        place,
        source_line,
        to_json,
        to_text,
    )
    from qa.render.citation_styles import web_address
    from qa.render.grouping import group
    from qa.render.text import excerpt, fold, one_line, plain_json, shortened, visible

__all__ = [
    "citation_styles",
    "copy_line",
    "excerpt",
    "fold",
    "group",
    "mark",
    "metadata_line",
    "one_line",
    "place",
    "plain_json",
    "shortened",
    "source_line",
    "to_json",
    "to_text",
    "visible",
    "web_address",
]

_HOMES = {
    "qa.render.answer": (
        "copy_line",
        "mark",
        "metadata_line",
        "place",
        "source_line",
        "to_json",
        "to_text",
    ),
    "qa.render.citation_styles": ("web_address",),
    "qa.render.grouping": ("group",),
    "qa.render.text": (
        "excerpt",
        "fold",
        "one_line",
        "plain_json",
        "shortened",
        "visible",
    ),
}

__getattr__, __dir__ = exported(globals(), _HOMES)
