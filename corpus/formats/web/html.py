"""HTML: main text and metadata, found with trafilatura and from the page's own tags."""

import re
from configparser import ConfigParser

from corpus.errors import DocumentError
from corpus.formats.base import Raw
from corpus.formats.text_encoding import decode
from corpus.formats.web.json_ld import ORIGIN as LINKED
from corpus.formats.web.json_ld import clues_of, read_items
from corpus.formats.web.meta_tags import (
    drop_asides,
    found_clues,
    line_clues,
    tag_clues,
    title_clues,
)
from corpus.formats.web.visible_text import text_of_markup
from corpus.provenance import Clue, Field

SUFFIXES = frozenset({".html", ".htm", ".xhtml"})

_CHARSET = re.compile(rb"<(?:meta|\?xml)[^>]*?(?:charset|encoding)\s*=\s*[\"']?\s*([\w-]+)", re.I)

_JSON_TYPE = "application/ld+json"
# For these fields, the origin that is preferred to all others.
_BEST = {Field.AUTHOR: LINKED, Field.LANGUAGE: "html lang", Field.URL: "canonical link"}
_RULE = re.compile(r"\|[\s|:-]+")  # between the head and the body of a table


def read(data: bytes) -> Raw:
    """The main text and metadata clues of a page.

    Raises:
        DocumentError: if no text can be found in it.
    """
    return read_page(decode(data, declared=declared_encoding(data)))


def declared_encoding(data: bytes) -> str | None:
    """The encoding that a page declares, or None."""
    declared = _CHARSET.search(data[:4096])
    return declared[1].decode("ascii") if declared else None


def read_page(page: str) -> Raw:
    """The main text and metadata clues of a decoded page.

    Raises:
        DocumentError: if no text can be found in it.
    """
    import trafilatura

    text = trafilatura.extract(page, include_comments=False, include_tables=True, config=_config())
    text = _paragraphs(text) if text else text_of_markup(page)
    if not text.strip():
        raise DocumentError("no text was found in the page")
    return Raw(text, _clues(page), saved_page=True)


def _config() -> ConfigParser:
    """Trafilatura's default settings, except that short pages are read as carefully as long ones."""
    from trafilatura.settings import use_config

    config: ConfigParser = use_config()
    config["DEFAULT"]["min_extracted_size"] = "20"
    return config


def _paragraphs(text: str) -> str:
    r"""The text with empty lines between paragraphs; <br> lines, list items and rows stay together.

    >>> _paragraphs("It rained\nfor days.\nThen sun.\n- one\n- two\n| a | b |")
    'It rained\nfor days.\n\nThen sun.\n\n- one\n- two\n\na | b'
    """
    out = ""
    before = ""
    for line in text.split("\n"):
        if _RULE.fullmatch(line):
            continue
        kind = line[:2] if line[:2] in ("- ", "| ") else ""
        together = (kind == before != "") or (not kind and line[:1].islower())
        out += ("" if not out else "\n" if together else "\n\n") + line.strip("| ")
        before = kind
    return out


def _clues(page: str) -> tuple[Clue, ...]:
    """The page's metadata; each field from the best place that has it.

    Tags come first, since they are about the page itself. For authors linked data comes first, since it
    keeps several authors apart. Values merely found in the page come last, and a date found there is used
    only if none is declared: a wrong date is worse than none.
    """
    from trafilatura.metadata import extract_metadata
    from trafilatura.utils import load_html

    tree = load_html(page)
    if tree is None:
        return ()
    titles = title_clues(tree)
    tagged = tag_clues(tree)
    scripts = [s for s in tree.iter("script") if _JSON_TYPE in (s.get("type") or "").lower()]
    items = read_items(script.text or "" for script in scripts)
    linked = clues_of(
        items,
        addresses={clue.value for clue in tagged if clue.field is Field.URL},
        titles={c.value.casefold() for c in (*tagged, *titles) if c.field is Field.TITLE},
    )
    for script in scripts:
        # Trafilatura would read the first one it finds, whichever article it describes.
        script.getparent().remove(script)
    lines = line_clues(tree)
    drop_asides(tree)
    # Only declared dates: a date somewhere in the page may be any date.
    dates = {"extensive_search": False, "original_date": True}
    found = found_clues(extract_metadata(tree, date_config=dates), page)
    dated = (Field.PUBLISHED, Field.UPDATED)
    if items or any(clue.field in dated for clue in tagged):
        found = [clue for clue in found if clue.field is not Field.PUBLISHED]
    return _best([*tagged, *linked, *titles, *lines, *found])


def _best(clues: list[Clue]) -> tuple[Clue, ...]:
    """The best clue for each field, and all authors from the best place."""
    kept: list[Clue] = []
    for field in Field:
        ours = [clue for clue in clues if clue.field is field and clue.value]
        origins = [clue.origin for clue in ours]
        first = next((o for o in (_BEST.get(field, ""), *origins) if o in origins), "")
        ours = [clue for clue in ours if clue.origin == first]
        kept += ours if field is Field.AUTHOR else ours[:1]
    return tuple(dict.fromkeys(kept))
