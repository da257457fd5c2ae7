"""Suggest questions that a collection can answer, made from its own sentences, for new users."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

from corpus.passages import sentences_within
from corpus.provenance import Sure
from corpus.types import Document
from qa.render import fold, visible

_T = TypeVar("_T")
# How many documents are searched, and how many characters of each.
MOST_DOCUMENTS, BEGINNING = 150, 3_000
LONGEST = 110
_WHEN = (
    r"(?:on (?:\w+, )?\d{1,2} [A-Z][a-z]+(?: \d{4})?|on [A-Z][a-z]+ \d{1,2}(?:, \d{4})?"
    r"|in (?:[A-Z][a-z]+ )?(?:1[4-9]|20)\d\d)"
)
_PASSIVE = re.compile(
    rf"^(?P<who>[^,;:.()\"“”]{{3,50}}?) (?P<was>was|were) (?P<done>\w+ed|built|found|held|won|made)"
    rf"(?P<rest>(?: [^,;:.()\"“”]{{2,50}}?)?) {_WHEN}\b"
)
_ACTIVE = re.compile(
    rf"^(?P<who>[^,;:.()\"“”]{{3,50}}?) (?P<did>opened|ended|started|launched|entered|signed|reached"
    rf"|landed|erupted|crossed|closed|died|visited|announced|adopted|joined|tested)"
    rf"(?P<rest>(?: [^,;:.()\"“”]{{2,50}}?)?) {_WHEN}\b"
)
_SAID = re.compile(
    r"^(?:[A-Z][\w.’'-]+ ){1,4}(?:said|warned|announced) (?:that )?(?P<what>[^,;:()\"“”]{20,70})\.$"
)
_STEMS = {"died": "die", "closed": "close", "announced": "announce"}
# A sentence that begins like this refers to the one before, or is only a lead-in: no question is made of it.
_POINTS = re.compile(
    r"^(?:it|he|she|they|this|that|these|those|there|who|which|both|its|his|her|their|we|i|you"
    r"|when|while|after|before|until|if|as|although|though|since|because|but|and|or)\b",
    re.IGNORECASE,
)


def suggest(
    documents: Iterable[Document], answers: Callable[[str], bool], *, count: int = 4
) -> list[str]:
    """Up to `count` questions, each from another document, for which `answers` returns True."""
    found: list[str] = []
    for document in documents:
        question = next((q for q in candidates(document) if answers(q)), None)
        if question and question not in found:
            found.append(question)
        if len(found) == count:
            break
    return found


def candidates(document: Document) -> Iterator[str]:
    """Questions that this document seems to answer: from its sentences in order, then about its date.

    >>> from corpus.types import Metadata, Sourced
    >>> text = "The tunnel was opened by the queen on 1 June 2016. It is long."
    >>> list(candidates(Document("a", "", text, Metadata(Sourced("A", "file name")))))
    ['When was the tunnel opened by the queen?']
    """
    sentences = sentences_within(document, 0, min(BEGINNING, len(document.text)))
    for sentence in sentences:
        words = fold(sentence.text)
        if len(words) <= 3 * LONGEST and not _POINTS.match(words):
            question = _asked(words)
            if question and len(question) <= LONGEST:
                yield visible(question)
    published = document.metadata.published
    title = fold(document.title)
    if published and published.sure is not Sure.INFERRED and len(title) <= LONGEST:
        yield visible(f"When was the article “{title}” published?")


def _asked(words: str) -> str | None:
    found = _PASSIVE.match(words) or _ACTIVE.match(words)
    if found and " and " in found["rest"]:
        return None  # the sentence reports two things, but the question would ask about one
    if found := _PASSIVE.match(words):
        return f"When {found['was']} {_lowered(found['who'])} {found['done']}{found['rest']}?"
    if found := _ACTIVE.match(words):
        did = found["did"]
        verb = _STEMS.get(did, did.removesuffix("ed"))
        return f"When did {_lowered(found['who'])} {verb}{found['rest']}?"
    if found := _SAID.match(words):
        return f"Who said that {found['what'].strip()}?"
    return None


def _lowered(who: str) -> str:
    return re.sub(r"^(?:The|A|An|Its|Their)\b", lambda match: match[0].lower(), who)


def spread_evenly(documents: Sequence[_T]) -> list[_T]:
    """At most MOST_DOCUMENTS of the documents, from all over the collection: enough for `suggest`.

    >>> spread_evenly(range(4)), spread_evenly(range(151))[-1]
    ([0, 1, 2, 3], 150)
    """
    step = max(1, -(-len(documents) // MOST_DOCUMENTS))
    return list(documents[::step])
