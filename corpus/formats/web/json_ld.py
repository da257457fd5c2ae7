"""Metadata of a web page from JSON-LD, the schema.org format that news sites use."""

import json
from collections.abc import Iterable, Iterator, Sequence
from html import unescape
from typing import Any

from corpus.metadata import split_names
from corpus.provenance import Clue, Field

ORIGIN = "JSON-LD"
# More items than any article needs.
MOST_ITEMS = 2_000

_ARTICLES = ("article", "posting", "report", "question", "review", "creativework")
_PAGES = ("webpage", "itempage", "qapage", "discussionpage")
_NESTED = ("@graph", "mainEntity")

Item = dict[str, Any]


def read_items(scripts: Iterable[str]) -> list[Item]:
    """The items in the page's scripts that may be about the page, at most MOST_ITEMS."""
    items: list[Item] = []
    for script in scripts:
        try:
            data = json.loads(script, strict=False)
        except (ValueError, RecursionError):
            continue  # pages often have broken JSON; the tags repeat most of it
        for item in _items(data):
            items.append(item)
            if len(items) >= MOST_ITEMS:
                return items
    return items


def _items(data: object, depth: int = 0) -> Iterator[Item]:
    """The items in lists and graphs. Items nested elsewhere are about other pages."""
    if depth > 5:
        return
    if isinstance(data, list):
        for one in data:
            yield from _items(one, depth + 1)
    elif isinstance(data, dict):
        yield data
        for key in _NESTED:
            yield from _items(data.get(key), depth + 1)


def clues_of(items: Sequence[Item], *, addresses: set[str], titles: set[str]) -> list[Clue]:
    """The clues from the item about this page.

    That is the only article among the items, or the one with an address or title of the page. If there
    are several other articles, only a day on which they agree is certain to be about this page.
    """
    named = {
        item["@id"]: item for item in items if isinstance(item.get("@id"), str) and len(item) > 1
    }
    articles = [item for item in items if _is(item, _ARTICLES) or "@type" not in item]
    articles = [item for item in articles if _dates(item) or _titles(item)]
    ours = [i for i in articles if _addresses(i) & addresses] or [
        i for i in articles if _titles(i) & titles
    ]
    chosen = (ours or articles)[:1] if ours or len(articles) == 1 else []
    pages = [item for item in items if _is(item, _PAGES)] if not articles or chosen else []
    clues = [clue for item in chosen for clue in _article(item, named)]
    said = {clue.field for clue in clues}
    clues += [c for item in pages[:1] for c in _page(item, named) if c.field not in said]
    return clues if chosen or pages else _agreed(articles)


def _is(item: Item, kinds: tuple[str, ...]) -> bool:
    return any(kind.lower().endswith(kinds) for kind in _texts(item.get("@type")))


def _article(item: Item, named: dict[str, Item]) -> Iterator[Clue]:
    for title in (_texts(item.get("headline")) or _texts(item.get("name")))[:1]:
        yield Clue(Field.TITLE, title, ORIGIN)
    for name in _names(item.get("author") or item.get("creator"), named):
        for author in split_names(name):
            yield Clue(Field.AUTHOR, author, ORIGIN)
    for section in _texts(item.get("articleSection"))[:1]:
        yield Clue(Field.SECTION, section, ORIGIN)
    yield from _page(item, named)


def _page(item: Item, named: dict[str, Item]) -> Iterator[Clue]:
    """The clues that pages and articles have in common."""
    yield from (
        Clue(Field.PUBLISHER, name, ORIGIN) for name in _names(item.get("publisher"), named)[:1]
    )
    for field, value in _dates(item):
        yield Clue(field, value, ORIGIN)
    yield from (Clue(Field.LANGUAGE, code, ORIGIN) for code in _texts(item.get("inLanguage"))[:1])
    yield from (Clue(Field.URL, url, ORIGIN) for url in sorted(_addresses(item))[:1])


def _agreed(articles: Sequence[Item]) -> list[Clue]:
    """The days on which all articles with a day agree."""
    from corpus.metadata import find_date

    clues = []
    for field in (Field.PUBLISHED, Field.UPDATED):
        values = [value for item in articles for name, value in _dates(item) if name is field]
        days = {found.day if (found := find_date(value)) else value for value in values}
        clues += [Clue(field, value, ORIGIN) for value in values[:1] if len(days) == 1]
    return clues


def _dates(item: Item) -> list[tuple[Field, str]]:
    published = _texts(item.get("datePublished")) or _texts(item.get("dateCreated"))
    updated = _texts(item.get("dateModified"))
    return [(Field.PUBLISHED, v) for v in published[:1]] + [(Field.UPDATED, v) for v in updated[:1]]


def _titles(item: Item) -> set[str]:
    found = _texts(item.get("headline")) or _texts(item.get("name"))
    return {title.casefold() for title in found}


def _addresses(item: Item) -> set[str]:
    whole = item.get("mainEntityOfPage")
    page = whole if isinstance(whole, dict) else {}
    values = [item.get("url"), whole, page.get("@id"), page.get("url")]
    texts = [text for value in values for text in _texts(value)] or _texts(item.get("@id"))
    return {text for text in texts if text.startswith(("http://", "https://")) and "#" not in text}


def _names(value: object, named: dict[str, Item]) -> list[str]:
    """The names of people or organisations, given as text, as items or by reference."""
    if isinstance(value, list):
        return [name for one in value for name in _names(one, named)]
    if isinstance(value, dict):
        found = _texts(value.get("name"))
        other = named.get(str(value.get("@id")))
        return found or (_texts(other.get("name")) if other else [])
    return _texts(value)


def _texts(value: object) -> list[str]:
    """The texts in a value that may be one text or a list."""
    values = value if isinstance(value, list) else [value]
    texts = (" ".join(unescape(one).split()) for one in values if isinstance(one, str))
    return [text for text in texts if text]
