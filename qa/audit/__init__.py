"""List what an index contains, and verify saved answers."""

from typing import TYPE_CHECKING

from corpus._runtime import exported

if TYPE_CHECKING:
    from qa.audit.document_list import (
        difference,
        document_lines,
        document_to_dict,
        dropped_lines,
        list_documents,
        unmatched,
    )
    from qa.audit.overview import index_status, status_lines
    from qa.audit.receipts import load_key, load_receipts, signed
    from qa.audit.verification import (
        State,
        Verdict,
        verdicts_to_json,
        verdicts_to_text,
        verify,
        verify_all,
    )

__all__ = [
    "State",
    "Verdict",
    "difference",
    "document_lines",
    "document_to_dict",
    "dropped_lines",
    "index_status",
    "list_documents",
    "load_key",
    "load_receipts",
    "signed",
    "status_lines",
    "unmatched",
    "verdicts_to_json",
    "verdicts_to_text",
    "verify",
    "verify_all",
]

_HOMES = {
    "qa.audit.document_list": (
        "difference",
        "document_lines",
        "document_to_dict",
        "dropped_lines",
        "list_documents",
        "unmatched",
    ),
    "qa.audit.overview": (
        "index_status",
        "status_lines",
    ),
    "qa.audit.receipts": (
        "load_key",
        "load_receipts",
        "signed",
    ),
    "qa.audit.verification": (
        "State",
        "Verdict",
        "verdicts_to_json",
        "verdicts_to_text",
        "verify",
        "verify_all",
    ),
}

__getattr__, __dir__ = exported(globals(), _HOMES)
