"""Views for the page, as plain values."""

from typing import TYPE_CHECKING

from corpus._runtime import exported

if TYPE_CHECKING:
    from qa.web.views.answer_view import Asked, shown_answer
    from qa.web.views.document_view import WINDOW, Stretch, left_out_view, source_view
    from qa.web.views.listing_view import MOST_ROWS, ORDERS, Wanted, list_view, overview_view
    from qa.web.views.selection_view import LONGEST_ID, selected, span_of

__all__ = [
    "LONGEST_ID",
    "MOST_ROWS",
    "ORDERS",
    "WINDOW",
    "Asked",
    "Stretch",
    "Wanted",
    "left_out_view",
    "list_view",
    "overview_view",
    "selected",
    "shown_answer",
    "source_view",
    "span_of",
]

_HOMES = {
    "qa.web.views.answer_view": (
        "Asked",
        "shown_answer",
    ),
    "qa.web.views.document_view": (
        "WINDOW",
        "Stretch",
        "left_out_view",
        "source_view",
    ),
    "qa.web.views.listing_view": (
        "MOST_ROWS",
        "ORDERS",
        "Wanted",
        "list_view",
        "overview_view",
    ),
    "qa.web.views.selection_view": (
        "LONGEST_ID",
        "selected",
        "span_of",
    ),
}

__getattr__, __dir__ = exported(globals(), _HOMES)
