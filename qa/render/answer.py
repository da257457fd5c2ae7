"""Answers as text and JSON, shared by the command line and the page."""

from dataclasses import dataclass

from corpus.passages import without_bullet
from corpus.provenance import Sure, told_by
from corpus.types import Document, Span, written_day
from qa.render.grouping import group
from qa.render.text import excerpt, fold, one_line, plain_json, visible
from qa.types import Answer, Citation, Cited, Form, MetadataCitation

# The most copies of a document to name next to it.
MOST_COPIES = 3


NO_ANSWER = "These documents do not answer that."


@dataclass(frozen=True, slots=True)
class Marked:
    """A sentence in three parts, with white space folded: before the quote, the quote, and after it."""

    before: str
    quote: str
    after: str


def mark(citation: Citation) -> Marked:
    r"""The sentence of a citation, split around its quote.

    >>> from corpus.types import Document, Metadata, Sourced
    >>> d = Document("a", "", "It was\nKim who left.", Metadata(Sourced("A", "file name")))
    >>> mark(Citation(d.span(7, 10), d.span(0, 20), d.span(0, 20), 1.0))
    Marked(before='It was ', quote='Kim', after=' who left.')
    """
    quote, sentence = citation.quote, without_bullet(citation.sentence)
    text = quote.document.text
    return Marked(
        fold(text[sentence.start : quote.start]).lstrip(),
        fold(quote.text),
        fold(text[quote.end : sentence.end]).rstrip(),
    )


def source_line(document: Document) -> str:
    """The source on one line: title, authors, publisher and day, as far as they are known."""
    publisher = document.metadata.publisher
    named = document.publisher
    if publisher and publisher.sure is Sure.INFERRED:
        named += " (inferred)"
    day = document.published
    parts = [document.title, ", ".join(document.authors), named, written_day(day) if day else ""]
    return visible(" · ".join(part for part in parts if part))


def metadata_line(citation: MetadataCitation) -> str:
    """A fact about a document and where it was found, on one line; nothing in it is a quote.

    >>> from corpus.provenance import Field
    >>> from corpus.types import Document, Metadata, Sourced
    >>> known = Sourced("Ann Lee", "front matter")
    >>> d = Document("a", "", "Rain.", Metadata(Sourced("A", "file name"), (known,)))
    >>> metadata_line(MetadataCitation.of(d, Field.AUTHOR, known, 1.0))
    'Author: Ann Lee (from the front matter)'
    """
    name = citation.field.value.capitalize()
    return one_line(f"{name}: {citation.text} ({found_in(citation)})")


def found_in(citation: MetadataCitation) -> str:
    """Where the fact was found, and whether it is only inferred from there."""
    told = told_by(citation.origin)
    if citation.sure is Sure.INFERRED and not told.startswith("inferred"):
        return f"inferred, {told}"
    return told


def place(span: Span) -> str:
    """The place of a span: the document's id, the page if it has pages, and the characters.

    The characters are offsets in `Document.text`, half-open.
    """
    number = span.document.page(span.start)
    page = f"page {number}, " if number else ""
    return f"{visible(span.document.id)}, {page}characters {span.start}–{span.end}"


def also_in(citation: Citation) -> str:
    """The copies that contain the same sentence, on one line; "" if there are none."""
    named = [copy_line(copy.document) for copy in citation.also_in[:MOST_COPIES]]
    more = len(citation.also_in) - len(named)
    return "; ".join([*named, *([f"{more} more"] if more else [])])


def copy_line(document: Document) -> str:
    """A copy's title with its publisher (or its id if the publisher is unknown) and its day."""
    day = document.published
    facts = [document.publisher or document.id, written_day(day) if day else ""]
    return one_line(f"{document.title} ({', '.join(filter(None, facts))})")


def sources_line(answer: Answer) -> str:
    """How many independent sources give the best answer; "" if only one document does."""
    best = group(answer.citations)[0]
    if answer.form is not Form.BEST:
        return ""
    if best.documents < 2:
        return ""
    sources = "1 independent source" if best.sources == 1 else f"{best.sources} independent sources"
    return f"{sources}, {best.documents} documents"


def to_text(answer: Answer) -> str:
    """The answer for a plain terminal: the quote, then numbered sentences with their sources."""
    if not answer.found:
        return "\n".join([NO_ANSWER, *_closest_lines(answer)])
    lines = []
    if answer.form is not Form.BEST or _says_more(answer.citations[0]):
        lines += [one_line(answer.text), ""]
    for number, citation in enumerate(answer.citations, start=1):
        first, *rest = _cited_lines(citation)
        lines += [f"[{number}] {first}", *(f"    {line}" for line in rest)]
    if sources := sources_line(answer):
        lines.append(f"Sources: {sources}")
    lines.append(f"Confidence: {answer.sureness} ({answer.confidence:.2f})")
    return "\n".join(lines)


def _cited_lines(citation: Cited) -> list[str]:
    """The lines of a citation: its text, its source, its place, and its copies."""
    if isinstance(citation, MetadataCitation):
        document = citation.document
        return [metadata_line(citation), source_line(document), visible(document.id)]
    marked = mark(citation)
    sentence = visible(f"{marked.before}«{marked.quote}»{marked.after}")
    lines = [sentence, source_line(citation.document), place(citation.quote)]
    copies = also_in(citation)
    return [*lines, f"also in: {copies}"] if copies else lines


def _says_more(citation: Cited) -> bool:
    """Whether the citation says more than the answer; then the answer gets a line of its own."""
    if isinstance(citation, MetadataCitation):
        return True
    marked = mark(citation)
    return bool(marked.before or marked.after)


def _closest_lines(answer: Answer) -> list[str]:
    lines = []
    for citation in answer.closest:
        if isinstance(citation, MetadataCitation):
            said, where = f"Known: {metadata_line(citation)}", visible(citation.document.id)
        else:
            said = f"Closest: {visible(excerpt(citation.quote))}"
            where = place(citation.quote)
        lines += ["", said, f"    {source_line(citation.document)}", f"    {where}"]
    return lines


def to_json(answer: Answer, *, indent: int | None = 2) -> str:
    """The receipt of an answer as JSON; `indent=None` puts it on one line."""
    return plain_json(answer.to_dict(), indent=indent)
