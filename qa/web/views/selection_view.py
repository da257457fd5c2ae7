"""Words selected in a document: from positions in the browser to characters of the text.

A browser states in which piece of the text a selection begins and ends, and the number of characters
before that in the piece as shown, counted as Python does.
"""

from typing import Any

from corpus.errors import CollectionError, QuestionError
from corpus.types import Document, Span
from qa.render import citation_styles, excerpt, place, visible
from qa.types import Citation, Cited
from qa.web import texts
from qa.web.collection import Collection
from qa.web.requests import text
from qa.web.views.document_view import Stretch, shown

LONGEST_ID, LONGEST_SELECTION = 4_000, 5_000


def selected(collection: Collection, given: dict[str, Any]) -> dict[str, Any]:
    """The selected words, with their place and the forms to copy them in."""
    quote = span_of(collection, given)
    citation = Citation(quote, quote, quote, 0.0)
    return {
        "start": quote.start,
        "end": quote.end,
        "quote": visible(excerpt(quote, longest=LONGEST_SELECTION)),
        "place": place(quote),
        "copies": copies(citation),
    }


def copies(citation: Cited) -> dict[str, str]:
    """The forms in which a quote can be copied with its source."""
    return {
        "plain": citation_styles.as_text(citation),
        "markdown": citation_styles.as_markdown(citation),
        "apa": citation_styles.as_apa(citation),
    }


def span_of(collection: Collection, given: dict[str, Any]) -> Span:
    """The characters `from` and `to` of the document `id`, without the white space around them.

    Raises:
        UserError: if the document is gone or has changed, or nothing or too much is selected.
    """
    document = collection.document(text("id", given.get("id"), LONGEST_ID))
    if document is None:
        raise CollectionError(texts.DOCUMENT_GONE)
    if given.get("sha256") != document.sha256:
        raise CollectionError(texts.CHANGED_SINCE)
    try:
        start, end = (_position(document, *given[name]) for name in ("from", "to"))
    except (KeyError, TypeError, ValueError) as error:
        raise QuestionError("These places are not in the document.") from error
    words = document.text[start:end]
    start += len(words) - len(words.lstrip())
    end = start + len(words.strip())
    if start >= end:
        raise QuestionError(texts.NOTHING_SELECTED)
    if end - start > LONGEST_SELECTION:
        raise QuestionError(texts.TOO_MUCH_SELECTED.format(most=f"{LONGEST_SELECTION:,}"))
    return document.span(start, end)


def _position(document: Document, piece: int, count: int) -> int:
    """The offset after the first `count` characters shown of a piece.

    Raises:
        TypeError, ValueError: if that is not a place in the document.
    """
    length = len(document.text)
    for number in (piece, count):
        if not isinstance(number, int):
            raise TypeError(f"{number!r} is not an offset")
    if not (0 <= piece <= length and 0 <= count <= length * len(r"\u0000")):
        raise ValueError(f"{piece} and {count} are outside {length} characters")
    at = Stretch(piece, piece + count)
    if at.end <= length and shown(document.text[piece : at.end]) == document.text[piece : at.end]:
        return at.end
    # An escaped character is shown as several, of which all or some may be selected.
    while count > 0 and piece < length:
        count -= len(shown(document.text[piece]))
        piece += 1
    return piece
