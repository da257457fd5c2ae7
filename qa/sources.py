"""In which other documents a quote stands, too, and which of them are one source."""

from collections.abc import Sequence
from dataclasses import replace

from corpus.shingles import words
from corpus.types import Document
from index.types import Hit
from qa.types import Citation


def with_sources(citations: Sequence[Citation], hits: Sequence[Hit]) -> tuple[Citation, ...]:
    """The citations with the copies that hold their sentence, from the hits that they were read in."""
    found = {hit.passage: hit for hit in hits}
    return tuple(_with_sources(citation, found.get(citation.passage)) for citation in citations)


def _with_sources(citation: Citation, hit: Hit | None) -> Citation:
    if hit is None:
        return citation
    said = words(citation.sentence.text)
    copies = tuple(copy for copy in hit.copies if _stands(said, copy.document))
    return replace(citation, also_in=copies, article=hit.article)


def _stands(said: Sequence[str], document: Document) -> bool:
    """Whether a document has these words in this order, whatever stands between them."""
    return bool(said) and f" {' '.join(said)} " in f" {' '.join(words(document.text))} "
