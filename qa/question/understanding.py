"""The question at the door: checked, written out where it follows up another, and taken apart once."""

import re
from dataclasses import replace

from index.retrievers import tokenize
from index.types import Filter
from qa.question.answer_type import expected_answer_type
from qa.question.coreference import points_outside
from qa.question.entities import named_entities
from qa.question.follow_up import resolve_follow_up
from qa.question.validation import validate
from qa.types import NamedEntity, Question, Turn

_ASKS_WITH = re.compile(
    r"\b(how\s+(?:many|much|long|old|far|often)|who|whom|whose|what|when|where|which|why|how)\b",
    re.IGNORECASE,
)
_HOW = re.compile(r"\bhow \w+", re.IGNORECASE)
_POINTS = re.compile(
    r"\b(?:it|its|he|him|his|she|her|hers|they|them|theirs?|this|that|these|those|then)\b|\bthere\W*$",
    re.IGNORECASE,
)


def understand(asked: str | Question, *, after: Turn | None = None) -> Question:
    """The question, understood; one that was understood before is given back as it is.

    After another question it may follow that up: then it is written out, and asked first of the documents
    that were quoted before. One that points back at something which is not clear stays as it was typed,
    and is asked of these documents, too.

    >>> before = Turn("When did China join the talks?", "in 2003", ("talks.md",))
    >>> question = understand("And where?", after=before)
    >>> question.text, question.asked, question.within
    ('Where did China join the talks?', 'And where?', ('talks.md',))
    >>> understand("Who led the talks?", after=before).within
    ()

    Raises:
        QuestionError: if it is empty or too long.
    """
    if isinstance(asked, Question):
        return asked
    typed = validate(asked)
    meant = resolve_follow_up(typed, after)
    question = parse(meant or typed)
    follows = meant is not None or question.points_back or points_outside(typed)
    return replace(question, asked=typed, within=after.documents if after and follows else ())


def parse(text: str) -> Question:
    """A question that follows no other, taken apart.

    >>> parse("How many people met Ann Lee in 2016?").kind
    'how many'
    """
    entities = tuple(named_entities(text))
    return Question(
        text=text,
        terms=frozenset(tokenize(text)),
        entities=entities,
        kind=question_kind(text),
        answer_type=expected_answer_type(text),
        points_back=_points_back(text, entities),
        asked=text,
    )


def search_scopes(question: Question, filter: Filter) -> list[Filter]:
    """Where a question is searched, one after the other until there is an answer.

    A follow-up is looked for in the documents of the answer before, and then everywhere; one that only
    points back, nowhere else. Whoever chose documents gets these.
    """
    if not question.within or filter.documents:
        return [filter]
    narrowed = replace(filter, documents=question.within)
    return [narrowed] if question.points_back else [narrowed, filter]


def question_kind(question: str) -> str:
    """The word that a question asks with.

    >>> question_kind("In what year did it open?"), question_kind("How many left?"), question_kind("Rain")
    ('what', 'how many', 'other')
    """
    found = _ASKS_WITH.search(question)
    return " ".join(found[0].lower().split()) if found else "other"


def _points_back(question: str, entities: tuple[NamedEntity, ...]) -> bool:
    """Whether a question only points at what it is about: it can be understood only after another.

    >>> [_points_back(question, ()) for question in ("Who led it?", "When was that?", "Who led the talks?")]
    [True, True, False]
    >>> _points_back("Where was there a drought?", ()), _points_back("How long is the bridge?", ())
    (False, False)
    """
    asked = set(tokenize(_HOW.sub("", question)))
    return not entities and (not asked or (len(asked) == 1 and bool(_POINTS.search(question))))
