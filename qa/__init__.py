"""From a question to a cited answer.

from qa import Assistant, ask

answer = ask("Who said the policy of strategic patience is over?", "articles/")
print(answer.text, answer.citations[0].document.title)
"""

from typing import TYPE_CHECKING

from corpus._runtime import exported

if TYPE_CHECKING:
    from corpus.errors import UserError
    from corpus.types import Document, Span
    from index.types import Filter, Hit
    from qa.answering import Assistant, ask
    from qa.audit import Verdict, verify
    from qa.types import Answer, Citation

__all__ = [
    "Answer",
    "Assistant",
    "Citation",
    "Document",
    "Filter",
    "Hit",
    "Span",
    "UserError",
    "Verdict",
    "ask",
    "verify",
]

_HOMES = {
    "corpus.errors": ("UserError",),
    "corpus.types": ("Document", "Span"),
    "index.types": ("Filter", "Hit"),
    "qa.answering.assistant": ("Assistant", "ask"),
    "qa.types": ("Answer", "Citation"),
    "qa.audit.verification": ("Verdict", "verify"),
}


__getattr__, __dir__ = exported(globals(), _HOMES)
