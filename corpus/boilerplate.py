"""Lines that stand in many documents of one publisher: none of them is about any one of these.

A text never changes after it is read. So the lines are found in a collection that has been read, and
are known before the next reading: `recurring_lines` is a pure function of the documents, `without` is
one of a text and the lines.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from urllib.parse import urlsplit

from corpus.cleaning import Cleaned, Dropped
from corpus.types import Document

REASON = "stands in many documents of this publisher"
FEWEST = 5
"""Documents of a publisher in which a line must stand; fewer may be a series with one title."""
SHARE = 0.3
"""Of the publisher's documents, those in which a line must stand."""
LONGEST = 300
"""Characters of a block; a longer one that recurs is a text of its own, and worth finding."""


def publisher_key(document: Document) -> str:
    """Whose lines its own are compared with: its publisher's, else those of its site, else of nobody."""
    site = urlsplit(document.url).hostname if document.url else None
    return (document.publisher or site or "").casefold()


def recurring_lines(
    documents: Iterable[Document], *, fewest: int = FEWEST, share: float = SHARE
) -> dict[str, frozenset[str]]:
    """The short blocks that stand in at least so many documents, and that share, of a publisher.

    Only whole blocks between empty lines count, so nothing is taken out of prose; those that hold the
    metadata of a document (its publisher's name, a date line) do not. Publishers without any are left
    out, and so are documents of which it is not known who published them.
    """
    totals: Counter[str] = Counter()
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for document in documents:
        if key := publisher_key(document):
            totals[key] += 1
            counts[key].update(_candidates(document))
    found = {
        key: frozenset(
            block for block, count in counts[key].items() if count >= max(fewest, share * total)
        )
        for key, total in totals.items()
        if total >= fewest
    }
    return {key: blocks for key, blocks in found.items() if blocks}


def _candidates(document: Document) -> set[str]:
    metadata = document.metadata
    named = [metadata.title, *metadata.authors, metadata.publisher, metadata.published]
    named += [metadata.updated, metadata.url, metadata.section]
    starts = [value.start for value in named if value and value.start is not None]
    blocks = set()
    at = 0
    for block in document.text.split("\n\n"):
        holds = any(at <= start < at + len(block) for start in starts)
        if block.strip() and len(block) <= LONGEST and not holds:
            blocks.add(block)
        at += len(block) + 2
    return blocks


def without(cleaned: Cleaned, lines: frozenset[str]) -> Cleaned:
    """A cleaned text without the blocks that are among these lines; what is dropped is named.

    A text with pages stays as it is, and so does one of which nothing else would be left.
    """
    blocks = cleaned.text.split("\n\n")
    kept = [block for block in blocks if block not in lines]
    if cleaned.pages or len(kept) == len(blocks) or not any(block.strip() for block in kept):
        return cleaned
    dropped = tuple(Dropped(block, REASON) for block in blocks if block in lines)
    return Cleaned("\n\n".join(kept).strip("\n"), cleaned.dropped + dropped)
