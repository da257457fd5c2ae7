"""Metadata of a web page from its tags: meta, link, time, title and headings, and microdata."""

import re
from collections.abc import Iterator
from typing import Any

from corpus.metadata import LONGEST_TITLE, find_authors, find_dates, split_names
from corpus.provenance import FOUND, Clue, Field

# The names of meta tags for each field, the most reliable first.
_META = {
    Field.TITLE: "og:title citation_title dc.title dcterms.title parsely-title sailthru.title "
    "twitter:title",
    Field.AUTHOR: "citation_author author article:author parsely-author dc.creator dcterms.creator "
    "sailthru.author byl",
    Field.PUBLISHER: "og:site_name citation_journal_title dc.publisher dcterms.publisher publisher "
    "application-name",
    Field.PUBLISHED: "article:published_time datepublished citation_publication_date dc.date.issued "
    "dc.date dcterms.created dcterms.issued parsely-pub-date sailthru.date pubdate pub-date "
    "publishdate publish-date publication_date date",
    Field.UPDATED: "article:modified_time datemodified og:updated_time last-modified lastmod "
    "dcterms.modified dc.date.modified",
    Field.SECTION: "article:section parsely-section sailthru.section section",
    Field.URL: "og:url parsely-link",
    Field.LANGUAGE: "dc.language dcterms.language content-language og:locale language",
}
_OPEN_GRAPH = ("og:", "article:")
_ITEMS = {
    "headline": Field.TITLE,
    "datepublished": Field.PUBLISHED,
    "datemodified": Field.UPDATED,
    "articlesection": Field.SECTION,
}
# Parts of a page that are not about its article.
_ASIDE = re.compile(
    r"comment|related|sidebar|aside|footer|recommend|promo|teaser|widget|disqus", re.I
)
_CHANGED = re.compile(r"updated|modified", re.I)
_FIRST = re.compile(r"publish|entry-date|posted|pubdate|post-date", re.I)
_SITE = re.compile(r"\s+(?:[|»–—-]|::?)\s+|\s*[：｜]\s*")
LONGEST_SITE = 40
# Class names and ids of the lines between a heading and its text.
_ABOUT = re.compile(r"byline|author|meta|date|time|posted|pub|info|credit|writer", re.I)
MOST_LINES = 12


def tag_clues(tree: Any) -> list[Clue]:
    """The clues that a page's tags declare; the most reliable for each field comes first."""
    return [*_meta(tree), *_links(tree), *_microdata(tree), *_times(tree), *_language(tree)]


def _meta(tree: Any) -> Iterator[Clue]:
    values: dict[str, list[str]] = {}
    for tag in tree.iter("meta"):
        value = " ".join((tag.get("content") or "").split())
        name = (
            tag.get("property") or tag.get("name") or tag.get("itemprop") or tag.get("http-equiv")
        )
        # Tags within a microdata item are read with that item.
        if value and name and not (tag.get("itemprop") and _item_of(tag) is not None):
            values.setdefault(name.strip().lower(), []).append(value)
    for field, names in _META.items():
        for name in names.split():
            found = values.get(name, [])
            if field is Field.AUTHOR:
                found = [author for value in found for author in split_names(value)]
            origin = "OpenGraph" if name.startswith(_OPEN_GRAPH) else "meta tag"
            if found:
                yield from (
                    Clue(field, one, origin)
                    for one in (found if field is Field.AUTHOR else found[:1])
                )
                break


def _links(tree: Any) -> Iterator[Clue]:
    for tag in tree.iter("link"):
        href = (tag.get("href") or "").strip()
        if "canonical" in (tag.get("rel") or "").lower().split() and href.startswith("http"):
            yield Clue(Field.URL, href, "canonical link")
            return


def _language(tree: Any) -> Iterator[Clue]:
    root = next(tree.iter("html"), tree)
    if code := root.get("lang") or root.get("{http://www.w3.org/XML/1998/namespace}lang"):
        yield Clue(Field.LANGUAGE, code, "html lang")


def _microdata(tree: Any) -> Iterator[Clue]:
    """The article's properties from the page's microdata."""
    for tag in tree.xpath("//*[@itemprop][not(self::meta)]|//meta[@itemprop='name']"):
        name = tag.get("itemprop").lower()
        if _is_aside(tag):
            continue
        value = tag.get("datetime") or tag.get("content") or tag.text_content()
        value = " ".join(value.split())
        if not value:
            continue
        if name in _ITEMS:
            yield Clue(_ITEMS[name], value, "microdata")
        elif name == "name" and (owner := _item_of(tag)) is not None:
            role = (owner.get("itemprop") or "").lower()
            if role == "author":
                yield Clue(Field.AUTHOR, value, "microdata")
            elif role == "publisher":
                yield Clue(Field.PUBLISHER, value, "microdata")


def _item_of(tag: Any) -> Any:
    """The microdata item around a tag, if that item is itself a property of another; else None."""
    for above in _above(tag):
        if above.get("itemscope") is not None:
            return above if above.get("itemprop") else None
    return None


def _times(tree: Any) -> Iterator[Clue]:
    """The day of each <time> whose name ties it to the article, and the day on which all others agree."""
    days: dict[str, str] = {}
    for tag in tree.iter("time"):
        value = (tag.get("datetime") or "").strip()
        if not value or tag.get("itemprop") or _is_aside(tag):
            continue
        named = " ".join(tag.get(key) or "" for key in ("class", "name", "property"))
        if _FIRST.search(named) or tag.get("pubdate") is not None:
            yield Clue(Field.PUBLISHED, value, "time element")
        elif _CHANGED.search(named):
            yield Clue(Field.UPDATED, value, "time element")
        else:
            days.setdefault(value[:10], value)
    if len(days) == 1:
        yield from (Clue(Field.PUBLISHED, value, "time element") for value in days.values())


def _is_aside(tag: Any) -> bool:
    return any(
        above.tag in ("aside", "footer", "nav")
        or _ASIDE.search(f"{above.get('class') or ''} {above.get('id') or ''}")
        for above in _above(tag)
    )


def _above(tag: Any, most: int = 30) -> Iterator[Any]:
    """The tags around a tag, innermost first, and at most `most`, since nesting may be very deep."""
    for _ in range(most):
        tag = tag.getparent()
        if tag is None or tag.tag in ("body", "html"):
            return
        yield tag


def title_clues(tree: Any) -> list[Clue]:
    """The title: a heading that the title tag repeats, else the title tag; and the site's name."""
    title = next((" ".join(tag.text_content().split()) for tag in tree.iter("title")), "")
    if not title:
        tops = [" ".join(tag.text_content().split()) for tag in tree.iter("h1")]
        return (
            [Clue(Field.TITLE, text, "heading") for text in tops if text] if len(tops) == 1 else []
        )
    headings = [" ".join(tag.text_content().split()) for tag in tree.iter("h1", "h2", "h3")]
    repeated = [
        text for text in headings[:20] if len(text) > 3 and text.casefold() in title.casefold()
    ]
    if not repeated:
        return [Clue(Field.TITLE, title, "title tag")]
    best = max(repeated, key=len)
    parts = [part.strip() for part in _SITE.split(title)]
    clues = [Clue(Field.TITLE, best, "heading")]
    site = parts[-1] if len(parts) > 1 else ""
    is_site = site[:3].lower() != "by " and site.casefold() not in best.casefold()
    if site and is_site and len(site) <= LONGEST_SITE:
        clues.append(Clue(Field.PUBLISHER, site, "title tag"))
    return clues


def line_clues(tree: Any) -> list[Clue]:
    """The byline and dates from the lines about the article that are separate from its text.

    They are read by the same rules as the lines of a text.
    """
    found: list[str] = []
    for tag in tree.iter("p", "div", "span", "li", "small"):
        named = f"{tag.get('class') or ''} {tag.get('id') or ''}"
        if len(found) < MOST_LINES and _ABOUT.search(named) and not _is_aside(tag):
            line = " ".join(tag.text_content().split()) if len(tag) < MOST_LINES else ""
            found += [line] if 0 < len(line) <= LONGEST_TITLE else []
    text = "-\n" + "\n".join(dict.fromkeys(found))
    published, updated = find_dates(text)
    clues = [Clue(Field.AUTHOR, author.value, author.origin) for author in find_authors(text)]
    for field, day in ((Field.PUBLISHED, published), (Field.UPDATED, updated)):
        if day and day.start is not None:
            clues.append(Clue(field, text[day.start : day.end], day.origin))
    return clues


def drop_asides(tree: Any) -> None:
    """Remove the parts of a page that are not about its article."""
    for tag in list(tree.iter("aside", "footer", "nav", "div", "section", "ul", "ol")):
        named = f"{tag.get('class') or ''} {tag.get('id') or ''}"
        if tag.tag in ("aside", "footer", "nav") or _ASIDE.search(named):
            above = tag.getparent()
            if above is not None:
                above.remove(tag)


def found_clues(found: object, page: str) -> list[Clue]:
    """The clues that trafilatura finds in a page."""
    clues: list[Clue] = []
    if isinstance(title := getattr(found, "title", None), str) and title.strip():
        clues.append(Clue(Field.TITLE, " ".join(title.split()), FOUND))
    if isinstance(authors := getattr(found, "author", None), str):
        clues += [Clue(Field.AUTHOR, name, FOUND) for name in split_names(authors)]
    if isinstance(day := getattr(found, "date", None), str) and day and not _is_guess(day, page):
        clues.append(Clue(Field.PUBLISHED, day, FOUND))
    return clues


def _is_guess(day: str, page: str) -> bool:
    """Whether a day (ISO 8601) was read from numbers that could also mean another day."""
    year, month, number = (int(part) for part in day[:10].split("-"))
    if number > 12 or number == month:
        return False
    numbers = rf"(?<!\d)(?:0?{number}[./-]0?{month}|0?{month}[./-]0?{number})[./-]{year}(?!\d)"
    return bool(re.search(numbers, page))
