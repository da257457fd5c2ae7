"""The documents of a collection, one page at a time: searched, sorted, and counted over time."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from corpus.types import Described, Description
from index.types import Filter
from qa.render import one_line, visible
from qa.web.collection import Collection, CopiesById

# The most entries sent to a browser, whatever the size of the collection.
MOST_ROWS, MOST_PUBLISHERS, MOST_UNREAD = 200, 100, 100
# The most copies to send with the document that leads them.
MOST_COPIES = 50
# The most publishers with a colour of their own in the chart, and the most bars in it.
COLOURS, MOST_MONTHS, MOST_YEARS = 5, 36, 60

_Key = Callable[[Description], Any]
_ORDERS: dict[str, tuple[_Key, bool]] = {
    "title": (lambda d: d.title.casefold(), False),
    "publisher": (lambda d: (not d.publisher, d.publisher.casefold()), False),
    "newest": (lambda d: d.published or date.min, True),
    "oldest": (lambda d: d.published or date.max, False),
}
ORDERS = tuple(_ORDERS)


@dataclass(frozen=True, slots=True)
class Wanted:
    """The rows to list: those with all words of `search`, in an order, starting at `offset`."""

    search: str = ""
    order: str = "title"
    offset: int = 0
    limit: int = 50
    filter: Filter = field(default_factory=Filter)


def list_view(collection: Collection, wanted: Wanted, *, together: bool = False) -> dict[str, Any]:
    """The wanted rows as plain values, and the number of documents.

    With `together`, a row also contains the matching copies of its document; `rows` counts these rows. The
    row's document is the one that leads the copies, or the first in order if that one does not match.
    """
    documents = collection.documents()
    words = wanted.search.casefold().split()
    found = [d for d in documents if wanted.filter.accepts(d) and _has(d, words)]
    key, backwards = _ORDERS.get(wanted.order, _ORDERS["title"])
    found.sort(key=key, reverse=backwards)
    known = collection.copies()
    groups = _gathered(found, known) if together else [[document] for document in found]
    # The lead may sort differently from the first of its copies.
    groups.sort(key=lambda group: key(group[0]), reverse=backwards)
    page = groups[wanted.offset : wanted.offset + min(wanted.limit, MOST_ROWS)]
    told = _Rows(documents, known)
    return {
        "total": len(documents),
        "matching": len(found),
        "rows": len(groups),
        "offset": wanted.offset,
        "documents": [
            {
                **told.row(document),
                "copies": [told.row(copy) for copy in copies[:MOST_COPIES]],
                "copies_total": len(copies),
            }
            if together
            else told.row(document)
            for document, *copies in page
        ],
    }


def _gathered(found: Sequence[Description], copies: CopiesById) -> list[list[Description]]:
    """The documents in groups of copies, with the leading one first in each."""
    groups: dict[str, list[Description]] = {}
    for document in found:
        group = groups.setdefault(copies.lead(document.id), [])
        if document.id in copies.leads:
            group.append(document)
        else:
            group.insert(0, document)
    return list(groups.values())


class _Rows:
    """Makes rows of documents, with counts over all documents made only once."""

    def __init__(self, documents: Sequence[Description], copies: CopiesById) -> None:
        self._copies = copies
        self._held = Counter(document.source for document in documents)
        self._named = Counter(document.title.casefold() for document in documents)

    def row(self, document: Description) -> dict[str, Any]:
        """A document as one row.

        `held` is the number of documents in its file, which are removed together; `alike` is True if
        another one has the same title; `copy_of` leads it, and `relation` is its relation to that one.
        """
        relation = self._copies.relations.get(document.id)
        return {
            "id": document.id,
            "document": visible(document.id),
            "file": visible(document.source),
            "held": self._held[document.source],
            "title": visible(document.title),
            "alike": self._named[document.title.casefold()] > 1,
            "authors": [visible(name) for name in document.authors],
            "publisher": visible(document.publisher),
            "published": document.published.isoformat() if document.published else None,
            "characters": document.length,
            "copy_of": self._copies.leads.get(document.id),
            "relation": relation.value if relation else None,
        }


def overview_view(collection: Collection) -> dict[str, Any]:
    """An overview of the collection: publishers, documents over time, and files that were not read."""
    documents = collection.documents()
    publishers = Counter(d.publisher for d in documents if d.publisher).most_common()
    unread = collection.unread()
    return {
        "total": len(documents),
        "publishers": [{"name": n, "count": c} for n, c in publishers[:MOST_PUBLISHERS]],
        "over_time": over_time(documents, [name for name, _ in publishers[:COLOURS]]),
        "unread_total": len(unread),
        "unread": [
            {"file": visible(r.id), "reason": one_line(r.reason)} for r in unread[:MOST_UNREAD]
        ],
    }


def over_time(documents: Sequence[Described], named: Sequence[str]) -> dict[str, Any]:
    """The number of documents in each month, or, for a long time, in each year, decade or several decades.

    `counts` of a bar has one entry for each publisher in `named`, and one for all others.
    """
    days = sorted(d.published for d in documents if d.published)
    if not days:
        return {"named": [], "bars": [], "undated": len(documents)}
    step = _step(days[0], days[-1])
    bars: dict[int, list[int]] = {
        n: [0] * (len(named) + 1) for n in range(_place(days[0], step), _place(days[-1], step) + 1)
    }
    for document in documents:
        if document.published:
            known = document.publisher in named
            column = named.index(document.publisher) if known else len(named)
            bars[_place(document.published, step)][column] += 1
    return {
        "named": list(named),
        "bars": [_bar(n, step, counts) for n, counts in bars.items()],
        "undated": len(documents) - len(days),
    }


def _has(document: Description, words: Sequence[str]) -> bool:
    if not words:
        return True
    named = " ".join([document.title, document.publisher, *document.authors, document.id])
    held = named.casefold()
    return all(word in held for word in words)


def _step(first: date, last: date) -> int:
    """The number of months in a bar: 1, 12, or a multiple of ten years."""
    years = last.year - first.year + 1
    if 12 * years + last.month - first.month - 11 <= MOST_MONTHS:
        return 1
    return 12 if years <= MOST_YEARS else 120 * -(-years // (10 * MOST_YEARS))


def _place(day: date, step: int) -> int:
    return (12 * day.year + day.month - 1) // step


def _bar(place: int, step: int, counts: list[int]) -> dict[str, Any]:
    first, after = _month(place * step), _month((place + 1) * step)
    last = date.fromordinal(after.toordinal() - 1)
    label = f"{first:%b %Y}" if step == 1 else str(first.year)
    if step > 12:
        label += f"–{last.year}"
    return {"label": label, "after": str(first), "before": str(last), "counts": counts}


def _month(months: int) -> date:
    return date(max(1, months // 12), months % 12 + 1, 1)
