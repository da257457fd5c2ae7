"""What a question names: people, places and things by their capitals, figures by their digits."""

import re

from index.retrievers import STOP_WORDS
from qa.question.noun_phrases import BE, DO, WH
from qa.types import EntityKind, NamedEntity

# A name of one word, or of several with "of", "the" and the like between them.
_LINK = r"(?:of|the|de|la|von|van|al|and|&)"
_WORD = r"[^\W\d_a-zß-öø-ÿ](?:[\w’'-]|\.(?=\w))*"
_NAME = re.compile(rf"\b{_WORD}(?:\s(?:{_LINK}\s){{0,2}}{_WORD})*")
_FIGURE = re.compile(r"(?<![\w.,])\d+(?:[.,:]\d+)*(?:st|nd|rd|th|s)?(?!\w)")
_YEAR = re.compile(r"(?:1\d|20)\d\ds?")
_POSSESSIVE = re.compile(r"['’]s?$")
# Words that begin a question, or stand in it with a capital, and name nothing.
_COMMON = STOP_WORDS | BE | DO | WH | {"name", "list", "give", "tell", "according", "besides", "i"}


def named_entities(question: str) -> list[NamedEntity]:
    """The names and figures of a question, in their order; no names where case says nothing.

    >>> [(one.kind.value, one.text) for one in named_entities("When did Ann Lee's bridge near Oslo get 3 lanes?")]
    [('name', 'Ann Lee'), ('name', 'Oslo'), ('number', '3')]
    >>> named_entities("who built the oslo bridge"), named_entities("WHO BUILT THE BRIDGE")
    ([], [])
    """
    found = [
        NamedEntity(
            EntityKind.YEAR if _YEAR.fullmatch(f[0]) and len(f[0]) >= 4 else EntityKind.NUMBER,
            f[0],
            *f.span(),
        )
        for f in _FIGURE.finditer(question)
    ]
    words = [word for word in re.findall(r"[^\W\d_]+", question) if word.lower() not in _COMMON]
    # A question in capitals, or With A Capital For Each Word, tells nothing by them.
    if any(word[0].islower() for word in words) or len(words) == 1:
        found += [name for match in _NAME.finditer(question) if (name := _name(match, question))]
    return sorted(found, key=lambda one: one.start)


def _name(match: re.Match[str], question: str) -> NamedEntity | None:
    """The name less what only begins the sentence, and less a possessive."""
    start, text = match.start(), match[0]
    while text.split()[0].lower().rstrip(".'’") in _COMMON:
        head = re.match(r"\S+\s*", text)
        assert head is not None
        start, text = start + head.end(), text[head.end() :]
        if not text:
            return None
    if not question[:start].strip() and " " not in text and not text.isupper():
        return None  # subtle: the first word of a sentence has a capital in any case
    text = _POSSESSIVE.sub("", text)
    return (
        NamedEntity(EntityKind.NAME, text, start, start + len(text))
        if len(text) > 2 or text.isupper()
        else None
    )
