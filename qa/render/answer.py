"""Answers as text and JSON, and what the command line and the page share of that."""

from dataclasses import dataclass

from corpus.passages import without_bullet
from corpus.provenance import Sure
from corpus.types import Document, Span
from qa.render.grouping import group
from qa.render.text import excerpt, fold, one_line, plain_json, visible
from qa.types import Answer, Citation

# Copies of a document that are named beside it.
MOST_COPIES = 3


NO_ANSWER = "These documents do not answer that."


@dataclass(frozen=True, slots=True)
class Marked:
    """A sentence in three parts, white space folded: what stands before the quote, it, and after."""

    before: str
    quote: str
    after: str


def mark(citation: Citation) -> Marked:
    r"""The sentence of a citation with its quote set apart.

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
    """Who says it: title, authors, publisher and day, as far as the document gives them."""
    publisher = document.metadata.publisher
    named = document.publisher
    if publisher and publisher.sure is Sure.INFERRED:
        named += " (inferred)"
    day = document.published
    parts = [document.title, ", ".join(document.authors), named, _day(day) if day else ""]
    return visible(" · ".join(part for part in parts if part))


def _day(day: object) -> str:
    return f"{day:%d %B %Y}".lstrip("0")


def place(span: Span) -> str:
    """Where it stands: the document's id, the page where it has pages, and the characters.

    The numbers of the characters are offsets in `Document.text`, half-open.
    """
    number = span.document.page(span.start)
    page = f"page {number}, " if number else ""
    return f"{visible(span.document.id)}, {page}characters {span.start}–{span.end}"


def also_in(citation: Citation) -> str:
    """The copies in which the same sentence stands, on one line; "" where there are none."""
    named = [copy_line(copy.document) for copy in citation.also_in[:MOST_COPIES]]
    more = len(citation.also_in) - len(named)
    return "; ".join([*named, *([f"{more} more"] if more else [])])


def copy_line(document: Document) -> str:
    """A copy's title with its publisher, or its id where it names none, and its day."""
    day = document.published
    facts = [document.publisher or document.id, _day(day) if day else ""]
    return one_line(f"{document.title} ({', '.join(filter(None, facts))})")


def sources_line(answer: Answer) -> str:
    """How many sources say the best answer independently; "" where it stands in one document."""
    best = group(answer.citations)[0]
    if best.documents < 2:
        return ""
    sources = "1 independent source" if best.sources == 1 else f"{best.sources} independent sources"
    return f"{sources}, {best.documents} documents"


def to_text(answer: Answer) -> str:
    """The answer for a plain terminal: quote, then numbered sentences with their sources."""
    if not answer.found:
        return "\n".join([NO_ANSWER, *_closest_lines(answer)])
    lines = []
    if _says_more(answer.citations[0]):
        lines += [visible(mark(answer.citations[0]).quote), ""]
    for number, citation in enumerate(answer.citations, start=1):
        marked = mark(citation)
        sentence = f"{marked.before}«{marked.quote}»{marked.after}"
        lines.append(f"[{number}] {visible(sentence)}")
        lines.append(f"    {source_line(citation.document)}")
        lines.append(f"    {place(citation.quote)}")
        if copies := also_in(citation):
            lines.append(f"    also in: {copies}")
    if sources := sources_line(answer):
        lines.append(f"Sources: {sources}")
    lines.append(f"Confidence: {answer.sureness} ({answer.confidence:.2f})")
    return "\n".join(lines)


def _says_more(citation: Citation) -> bool:
    """Whether the sentence says more than the quote, so that the quote alone is worth a line."""
    marked = mark(citation)
    return bool(marked.before or marked.after)


def _closest_lines(answer: Answer) -> list[str]:
    lines = []
    for citation in answer.closest:
        lines += [
            "",
            f"Closest: {visible(excerpt(citation.quote))}",
            f"    {source_line(citation.document)}",
            f"    {place(citation.quote)}",
        ]
    return lines


def to_json(answer: Answer, *, indent: int | None = 2) -> str:
    """The receipt of an answer as JSON; on one line with `indent=None`."""
    return plain_json(answer.to_dict(), indent=indent)
