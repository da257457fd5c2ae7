"""Understand a question: its terms, entities, expected answer type, and what it follows up."""

from typing import TYPE_CHECKING

from corpus._runtime import exported

if TYPE_CHECKING:
    from qa.question.answer_type import answer_type_match
    from qa.question.entities import named_entities
    from qa.question.suggestions import spread_evenly, suggest
    from qa.question.understanding import parse, question_kind, search_scopes, understand
    from qa.question.validation import at_least_one, validate

__all__ = [
    "answer_type_match",
    "at_least_one",
    "named_entities",
    "parse",
    "question_kind",
    "search_scopes",
    "spread_evenly",
    "suggest",
    "understand",
    "validate",
]

_HOMES = {
    "qa.question.answer_type": ("answer_type_match",),
    "qa.question.entities": ("named_entities",),
    "qa.question.suggestions": ("spread_evenly", "suggest"),
    "qa.question.understanding": ("parse", "question_kind", "search_scopes", "understand"),
    "qa.question.validation": ("at_least_one", "validate"),
}

__getattr__, __dir__ = exported(globals(), _HOMES)
