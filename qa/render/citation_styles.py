"""A quote with its source, ready to paste into your own text."""

import re

from corpus.types import Document, written_day
from qa.render.answer import also_in, metadata_line, place, source_line
from qa.render.text import fold, visible
from qa.types import Citation, Cited, MetadataCitation

_MARKDOWN = re.compile(r"([\\`*_{}\[\]()<>#+!|~])")
# Only schemes that are safe to open in a browser; "javascript:" is not.
_ADDRESS = re.compile(r"https?://[^\s<>()\"]+", re.IGNORECASE)


def as_text(citation: Cited) -> str:
    """The quote and its source on one line.

    >>> from corpus.types import Metadata, Sourced
    >>> d = Document("a.txt", "", "Kim left.", Metadata(Sourced("On Kim", "file name")))
    >>> as_text(Citation(d.span(0, 3), d.span(0, 9), d.span(0, 9), 1.0))
    '“Kim” (On Kim; a.txt, characters 0–3)'
    """
    if isinstance(citation, MetadataCitation):
        document = citation.document
        return f"{metadata_line(citation)}. {source_line(document)}; {visible(document.id)}"
    return f"“{_quote(citation)}” ({source_line(citation.document)}; {place(citation.quote)})"


def as_markdown(citation: Cited) -> str:
    """The quote as a block quotation in Markdown, with its source below; markup in them is escaped."""
    document = citation.document
    title = f"*{_plain(document.title)}*"
    if address := web_address(document):
        title = f"[{title}](<{address}>)"
    if isinstance(citation, MetadataCitation):
        facts = [title, *(_plain(part) for part in _facts(document)), _plain(document.id)]
        return f"{_plain(metadata_line(citation))}\n\n— {', '.join(facts)}"
    facts = [title, *(_plain(part) for part in _facts(document)), _plain(place(citation.quote))]
    lines = [f"> {_plain(_quote(citation))}", ">", f"> — {', '.join(facts)}"]
    if copies := also_in(citation):
        lines += [">", f"> Also in: {_plain(copies)}"]
    return "\n".join(lines)


def as_apa(citation: Cited) -> str:
    """The quote and its reference, close to the style of the American Psychological Association."""
    document = citation.document
    who = fold(", ".join(document.authors) or document.publisher or document.title)
    day = document.published
    year = str(day.year) if day else "n.d."
    full = f"{day.year}, {day:%B} {day.day}" if day else "n.d."
    # The publisher or the title may replace the author; then it is not repeated.
    rest = [name for name in (document.title, document.publisher) if name and name != who]
    reference = " ".join([f"{who} ({full}).", *(f"{fold(name)}." for name in rest)])
    address = web_address(document)
    if isinstance(citation, MetadataCitation):
        said = f"{metadata_line(citation)} ({who}, {year})"
    else:
        number = document.page(citation.quote.start)
        page = f", p. {number}" if number else ""
        said = f"“{_quote(citation)}” ({who}, {year}{page})"
    lines = [said, f"{reference} {address}".strip()]
    return "\n".join(visible(line) for line in lines)


def web_address(document: Document) -> str:
    """The web address at which the document was published; "" if there is none."""
    return document.url if _ADDRESS.fullmatch(document.url) else ""


def _quote(citation: Citation) -> str:
    return visible(fold(citation.quote.text).strip())


def _facts(document: Document) -> list[str]:
    written = written_day(document.published) if document.published else ""
    return [part for part in (", ".join(document.authors), document.publisher, written) if part]


def _plain(words: str) -> str:
    return _MARKDOWN.sub(r"\\\1", visible(fold(words)))
