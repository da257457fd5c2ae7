"""HTML: main text and metadata by trafilatura."""

import re
from configparser import ConfigParser

from corpus.errors import DocumentError
from corpus.formats.raw import Clue, Field, Raw, decode

SUFFIXES = frozenset({".html", ".htm", ".xhtml"})

_CHARSET = re.compile(rb"<(?:meta|\?xml)[^>]*?(?:charset|encoding)\s*=\s*[\"']?\s*([\w-]+)", re.I)


def read(data: bytes) -> Raw:
    """The main text of a page, and the clues of its head.

    Raises:
        DocumentError: if no text can be found in it.
    """
    import trafilatura
    from trafilatura.metadata import extract_metadata

    declared = _CHARSET.search(data[:4096])
    page = decode(data, declared=declared[1].decode("ascii") if declared else None)
    text = trafilatura.extract(page, include_comments=False, include_tables=True, config=_config())
    text = _paragraphs(text) if text else _all_text(page)
    if not text.strip():
        raise DocumentError("no text was found in the page")
    # Only what the page declares: a date that merely stands somewhere in it may be any date.
    dates = {"extensive_search": False, "original_date": True}
    return Raw(text, _clues(extract_metadata(page, date_config=dates)), saved_page=True)


def _config() -> ConfigParser:
    """Trafilatura's own settings, but short pages are read as carefully as long ones."""
    from trafilatura.settings import use_config

    config: ConfigParser = use_config()
    config["DEFAULT"]["min_extracted_size"] = "20"
    return config


def _paragraphs(text: str) -> str:
    r"""Empty lines between paragraphs; lines that a <br> broke, items and rows stay together.

    >>> _paragraphs("It rained\nfor days.\nThen sun.\n- one\n- two\n| a | b |")
    'It rained\nfor days.\n\nThen sun.\n\n- one\n- two\n\na | b'
    """
    out = ""
    before = ""
    for line in text.split("\n"):
        kind = line[:2] if line[:2] in ("- ", "| ") else ""
        together = (kind == before != "") or (not kind and line[:1].islower())
        out += ("" if not out else "\n" if together else "\n\n") + line.strip("| ")
        before = kind
    return out


def _clues(found: object) -> tuple[Clue, ...]:
    fields = (
        (Field.TITLE, "title"),
        (Field.AUTHOR, "author"),
        (Field.PUBLISHER, "sitename"),
        (Field.PUBLISHED, "date"),
        (Field.URL, "url"),
    )
    return tuple(
        Clue(field, " ".join(value.split()), "page metadata")
        for field, name in fields
        for value in _values(field, getattr(found, name, None))
    )


def _values(field: Field, value: object) -> list[str]:
    if not isinstance(value, str) or not value.strip():
        return []
    # trafilatura joins several authors with semicolons.
    return value.split(";") if field is Field.AUTHOR else [value]


def _all_text(page: str) -> str:
    """Every visible word, for a page in which no main text stands out."""
    from lxml import html

    try:
        root = html.document_fromstring(page)
    except (ValueError, html.etree.ParserError):
        return ""
    for element in root.iter("script", "style", "noscript", "template", "head"):
        element.clear(keep_tail=True)
    return "\n".join(words.strip() for words in root.itertext() if words.strip())
