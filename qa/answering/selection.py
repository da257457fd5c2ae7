"""Choose the answer: read the passages found, weigh the quotes, keep those that are sure enough."""

from collections.abc import Sequence
from dataclasses import replace

from corpus.duplicates import words
from corpus.types import Document
from index.types import Hit
from qa.cancellation import Stop, check
from qa.defaults import MOST_CITATIONS, NEAR_BEST, NEAREST_READ
from qa.reader import Reader, SentenceReader
from qa.types import Answer, Citation, Cited, Form, Found


def select_answer(
    found: Found, reader: Reader, nearest: SentenceReader, *, stop: Stop | None = None
) -> Answer:
    """The answer in the passages found; if no quote is sure enough, the sentences closest to the question.

    Raises:
        Stopped: soon after `stop` is set.
    """
    check(stop)
    if found.about.citations:
        return _about_documents(found)
    read = [] if found.about.is_silent else _weighed(found, reader, stop)
    best = max((p for _, p in read), default=0.0)
    bound = max(found.provenance.min_confidence, best * NEAR_BEST)
    sure = [citation for citation, p in read if p >= bound][:MOST_CITATIONS]
    near = found.passages[:NEAREST_READ]
    closest = [] if sure else nearest.read(found.question, near, stop=stop)
    quotes = with_sources(sure, found.hits)
    near_by: list[Cited] = [*found.about.instead, *closest] if not sure else []
    nearby = with_sources(near_by[:MOST_CITATIONS], found.hits)
    return Answer(found.question, quotes, nearby, found.hits, best, found.provenance)


def _about_documents(found: Found) -> Answer:
    """The answer from metadata; if it is not sure enough, the citations are only shown as closest."""
    likely = [citation.score for citation in found.about.citations]
    sure = min(likely) if found.about.form is not Form.BEST else max(likely)
    cited = with_sources(found.about.citations, found.hits)
    given = sure >= found.provenance.min_confidence
    return Answer(
        found.question,
        cited if given else (),
        () if given else cited[:MOST_CITATIONS],
        found.hits,
        sure,
        found.provenance,
        found.about.form,
    )


def _weighed(found: Found, reader: Reader, stop: Stop | None) -> list[tuple[Citation, float]]:
    """The citations, the likeliest first, each with its probability of being right (0..1)."""
    read = reader.read(found.question, found.passages, stop=stop)
    likely = reader.confidence.probabilities(found.question, found.hits, read)
    return sorted(zip(read, likely, strict=True), key=lambda pair: -pair[1])


def with_sources(citations: Sequence[Cited], hits: Sequence[Hit]) -> tuple[Cited, ...]:
    """The citations, each with the copies of its passage that also contain its sentence."""
    found = {hit.passage: hit for hit in hits}
    return tuple(
        _with_sources(citation, found.get(citation.passage))
        if isinstance(citation, Citation)
        else citation
        for citation in citations
    )


def _with_sources(citation: Citation, hit: Hit | None) -> Citation:
    if hit is None:
        return citation
    said = words(citation.sentence.text)
    copies = tuple(copy for copy in hit.copies if _stands(said, copy.document))
    return replace(citation, also_in=copies, article=hit.article)


def _stands(said: Sequence[str], document: Document) -> bool:
    """Whether a document contains these words in this order, whatever the white space and punctuation."""
    return bool(said) and f" {' '.join(said)} " in f" {' '.join(words(document.text))} "
