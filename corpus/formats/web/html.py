"""HTML: main text and metadata by trafilatura."""

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
# The place that is believed before all others, where one is.
_BEST = {Field.AUTHOR: LINKED, Field.LANGUAGE: "html lang", Field.URL: "canonical link"}
_RULE = re.compile(r"\|[\s|:-]+")  # between the head and the body of a table


def read(data: bytes) -> Raw:
    """The main text of a page, and the clues of its head.

    Raises:
        DocumentError: if no text can be found in it.
    """
    return read_page(decode(data, declared=declared_encoding(data)))


def declared_encoding(data: bytes) -> str | None:
    """The encoding that a page says it is in."""
    declared = _CHARSET.search(data[:4096])
    return declared[1].decode("ascii") if declared else None


def read_page(page: str) -> Raw:
    """The same of a page whose characters are known.

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
        if _RULE.fullmatch(line):
            continue
        kind = line[:2] if line[:2] in ("- ", "| ") else ""
        together = (kind == before != "") or (not kind and line[:1].islower())
        out += ("" if not out else "\n" if together else "\n\n") + line.strip("| ")
        before = kind
    return out


def _clues(page: str) -> tuple[Clue, ...]:
    """What the page says of itself: for each field, from the place that tells it best.

    Tags are about the page itself and go first; for authors the linked data does, which keeps several
    apart. What is merely found in the page is asked last, and its date only where none is declared: a
    wrong date is worse than none.
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
        # Trafilatura would read the first one that it finds, of whatever article.
        script.getparent().remove(script)
    lines = line_clues(tree)
    drop_asides(tree)
    # Only what the page declares: a date that merely stands somewhere in it may be any date.
    dates = {"extensive_search": False, "original_date": True}
    found = found_clues(extract_metadata(tree, date_config=dates), page)
    dated = (Field.PUBLISHED, Field.UPDATED)
    if items or any(clue.field in dated for clue in tagged):
        found = [clue for clue in found if clue.field is not Field.PUBLISHED]
    return _best([*tagged, *linked, *titles, *lines, *found])


def _best(clues: list[Clue]) -> tuple[Clue, ...]:
    """One clue of each field, and all authors that its best place names."""
    kept: list[Clue] = []
    for field in Field:
        ours = [clue for clue in clues if clue.field is field and clue.value]
        origins = [clue.origin for clue in ours]
        first = next((o for o in (_BEST.get(field, ""), *origins) if o in origins), "")
        ours = [clue for clue in ours if clue.origin == first]
        kept += ours if field is Field.AUTHOR else ours[:1]
    return tuple(dict.fromkeys(kept))
