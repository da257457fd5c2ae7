"""What a question asks: validity, expected answer type, named entities, follow-ups."""

from typing import TYPE_CHECKING

from corpus._runtime import exported

if TYPE_CHECKING:
    from qa.question.answer_type import answer_type_match
    from qa.question.entities import Kind, NamedEntity, named_entities
    from qa.question.follow_up import resolve_follow_up
    from qa.question.suggestions import spread_over_publishers, suggest
    from qa.question.validation import at_least_one, validate

__all__ = [
    "Kind",
    "NamedEntity",
    "answer_type_match",
    "at_least_one",
    "named_entities",
    "resolve_follow_up",
    "spread_over_publishers",
    "suggest",
    "validate",
]

_HOMES = {
    "qa.question.answer_type": ("answer_type_match",),
    "qa.question.entities": (
        "Kind",
        "NamedEntity",
        "named_entities",
    ),
    "qa.question.follow_up": ("resolve_follow_up",),
    "qa.question.suggestions": (
        "spread_over_publishers",
        "suggest",
    ),
    "qa.question.validation": (
        "at_least_one",
        "validate",
    ),
}

__getattr__, __dir__ = exported(globals(), _HOMES)
