"""Markdown with YAML front matter. The markup is removed, the words are kept."""

import re
from collections.abc import Iterator, Sequence

from corpus.formats.base import Raw
from corpus.formats.text_encoding import decode
from corpus.formats.web import without_tags
from corpus.provenance import Clue, Field

SUFFIXES = frozenset({".md", ".markdown", ".mdown"})

_FENCE = re.compile(r"\A\s*---[ \t]*\n(.*?\n)(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_KEYS = {
    Field.TITLE: ("title", "headline"),
    Field.AUTHOR: ("author", "authors", "by", "byline"),
    Field.PUBLISHER: ("publisher", "source", "site", "site_name"),
    Field.PUBLISHED: ("date", "published", "publish_date", "pubdate"),
    Field.UPDATED: ("updated", "modified", "lastmod"),
    Field.URL: ("url", "link", "canonical", "source_url"),
    Field.SECTION: ("section", "category", "categories"),
    Field.LANGUAGE: ("lang", "language", "locale"),
}


def read(data: bytes) -> Raw:
    """The text without markup, block by block, and the clues from its front matter."""
    text = decode(data).replace("\r\n", "\n").replace("\r", "\n").lstrip("\ufeff")
    clues: tuple[Clue, ...] = ()
    if match := _FENCE.match(text):
        found = _front_matter(match[1])
        if found is not None:
            text, clues = text[match.end() :], found
    return Raw(_plain(text), clues)


def _front_matter(block: str) -> tuple[Clue, ...] | None:
    """The clues of a YAML block, or None if it is not YAML and the text must be left as it is."""
    import yaml

    try:
        # BaseLoader does not convert dates and numbers: we quote the document's own characters.
        values = yaml.load(block, Loader=yaml.BaseLoader)  # noqa: S506 - it builds only strings
    except (yaml.YAMLError, RecursionError, ValueError, OverflowError):
        return None  # the last two for escapes like "\\UFFFFFFFF"
    if not isinstance(values, dict):
        return None
    named = {str(key).strip().lower(): value for key, value in values.items()}
    return tuple(
        Clue(field, " ".join(item.split()), "front matter")
        for field, keys in _KEYS.items()
        for item in _strings(next((named[k] for k in keys if named.get(k)), None))
        if item.strip()
    )


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        yield from (item for item in value if isinstance(item, str))


def _plain(text: str) -> str:
    """The blocks in order, separated by empty lines; each table row and list item has its own line."""
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

    tokens: Sequence[Token] = MarkdownIt("commonmark").enable("table").parse(text)
    blocks: list[str] = []
    cells: list[str] | None = None
    depth = 0
    item = ""
    for token in tokens:
        if token.type == "tr_open":
            cells = []
        elif token.type == "tr_close":
            blocks.append("\n" + " | ".join(cells or ()))
            cells = None
        elif token.type == "list_item_open":
            item = f"{token.info}{token.markup} " if token.info else "- "
        elif token.type == "inline":
            words = _inline(token.children or [])
            if cells is not None:
                cells.append(words)
            else:
                # Only an item's first paragraph gets the bullet or number.
                blocks.append((f"\n{item}" if item else "\n\n") + words)
                item = ""
        elif token.type in ("fence", "code_block"):
            blocks.append("\n\n" + token.content.rstrip("\n"))
        elif token.type == "html_block":
            blocks.append("\n\n" + without_tags(token.content))
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            depth -= 1
        if token.type in ("table_open", "bullet_list_open", "ordered_list_open"):
            blocks.append("\n" if depth == 0 else "")
            depth += token.type != "table_open"
    return "".join(blocks)


def _inline(tokens: Sequence["object"]) -> str:
    words = []
    for token in tokens:
        kind, content = getattr(token, "type", ""), getattr(token, "content", "")
        if kind in ("text", "code_inline", "image"):
            words.append(content)
        elif kind in ("softbreak", "hardbreak"):
            words.append("\n")
    return "".join(words)
