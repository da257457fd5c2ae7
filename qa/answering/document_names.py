"""Find the documents that a question means: by title, author or publisher, or all that are in play."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from corpus.passages import sentences_within
from corpus.types import Described, Description, Document
from corpus.words import CARDINALS
from index.retrievers import tokenize
from index.types import Hit

Listed = Document | Description
"""A document, with or without its text."""

# subtle: a report, a document or an analysis may well be something that the articles write about; an
# article or a commentary hardly ever is.
PIECE = r"(?:article|stor(?:y|ie)|piece|commentar(?:y|ie)|column|op-?ed|editorial|headline|essay|page|post)s?"
_THING = r"(?:report|document|text|interview|transcript|analys[ie]s|file|pdf|paper)s?"
ANY_ITEM = rf"(?:{PIECE}|{_THING}|items?)"
_PIECE = re.compile(rf"\b{PIECE}\b", re.IGNORECASE)
_SPOKEN_OF = re.compile(rf"\b(?:this|that|the) (?:\w+ ){{0,4}}{_THING}\b", re.IGNORECASE)
_NOUN = re.compile(rf"\b{_THING}\b", re.IGNORECASE)
_ONE = re.compile(
    rf"\b(?:it|this|that)\b(?! {ANY_ITEM})|\b(?:this|that|the) {ANY_ITEM}\b", re.IGNORECASE
)
_SEVERAL = re.compile(
    rf"\b(?:they|them|these|those|both|all)\b|\b(?:{PIECE[:-1]}|{_THING[:-1]}|item)s\b",
    re.IGNORECASE,
)
_NUMBER = re.compile(rf"\b(\d+|both|{'|'.join(CARDINALS)})\b", re.IGNORECASE)
# Words that such questions are made of, and that do not name a document.
_ASIDE = frozenset(
    tokenize(
        "article articles story stories piece commentary column oped editorial report document text page"
        " interview transcript headline essay analysis post published posted written printed released"
        " dated come appear appeared wrote author authored writer publisher publication date day year"
        " month newspaper paper outlet magazine site source agency byline penned called titled entitled"
        " named headed carried ran updated modified revised file pdf item made created saved title both all"
        " oldest earliest newest latest recent recently first last name one"
    )
)
_QUOTED = re.compile(r"[\"“”„«]([^\"“”„«»]{4,})[\"“”»]")
# A part of a title (before its colon, say) names a document if it has at least this many terms.
FEWEST_TERMS = 3
# If a question mentions an article, this share of its other words must name the document.
NAMED_AS_PIECE = 0.5
# If it does not ("Who wrote THAAD in Seongju?"), this share of them must, and they must make up this
# share of the title: "When did rinderpest appear?" is about the world, even if a title has the word.
NAMED, WHOLE_TITLE = 0.75, 0.75
# "When were the articles published?" means all documents if there are at most this many.
MOST_IN_PLAY = 10
# A question that only points ("When were they published?") may still mean something else.
POINTED_AT = 0.7

Similar = Callable[[str, Sequence[str]], Sequence[float]]
"""The similarity of each title to a question, as cosines."""
# The subject of an article is named in its first characters.
BEGINNING, BY_BEGINNING = 300, 0.6
# A title in other words must have at least this cosine to the question, and this lead over the next title.
# Measured with the default encoder: nine paraphrases of titles had 0.31 to 0.60 (one of them ambiguous),
# questions about articles that are not there 0.12 to 0.22.
LIKE, LIKER = 0.3, 0.12


@dataclass(frozen=True, slots=True)
class Candidates:
    """The documents that a question may mean.

    `listed` are all documents that it is asked of, and `hits` are the passages found for it. `narrowed`
    says whether the user had chosen documents. `similar` compares the question with titles.
    """

    listed: Sequence[Listed]
    hits: Sequence[Hit]
    narrowed: bool
    similar: Similar


Named = list[tuple[Listed, float]]
"""Documents, each with the share of the question's words that name it (0..1)."""


def naming_terms(question: str) -> list[str]:
    """The terms of a question that may name a document.

    >>> naming_terms("When was the article on Luther published?")
    ['luther']
    """
    return [term for term in tokenize(question) if term not in _ASIDE]


def documents_meant(question: str, among: Candidates) -> Named:
    """The documents that a question about documents means; none if it is about something else."""
    asked = naming_terms(question)
    number = _number_in(question)
    if number is not None:
        asked = [term for term in asked if term not in _number_terms(question)]
    if not asked:
        return _pointed_at(question, among, number)
    is_piece = bool(_PIECE.search(question))
    parts = _parts(question) if is_piece else []
    each = [_best_named(part, naming_terms(part), among.listed, is_piece=True) for part in parts]
    if len(each) > 1 and all(each):
        return list({one.id: (one, share) for named in each for one, share in named}.values())
    if not is_piece and _is_told_of(question, asked, among.hits):
        return []
    named = _best_named(question, asked, among.listed, is_piece=is_piece)
    if named or not is_piece:
        return named
    return _by_beginning(asked, among.hits) or _in_other_words(question, among)


def _number_in(question: str) -> int | None:
    """The number of documents that a question mentions, as in "the two articles"; None if it gives none."""
    match = re.search(
        rf"\b(?P<n>\d+|both|{'|'.join(CARDINALS)}) (?:of (?:the|these|those) )?{ANY_ITEM}\b|\b(?P<both>both)\b",
        question,
        re.IGNORECASE,
    )
    if match is None:
        return None
    word = (match["n"] or "both").lower()
    if word == "both":
        return 2
    return int(word) if word.isdecimal() else CARDINALS.index(word)


def _number_terms(question: str) -> set[str]:
    return {term for word in _NUMBER.findall(question) for term in tokenize(word)}


def _pointed_at(question: str, among: Candidates, number: int | None) -> Named:
    """All documents in play, if a question names none but points at them: "Who wrote them?"."""
    documents = list(among.listed)
    several = number not in (None, 1) or bool(_SEVERAL.search(question))
    if not documents or len(documents) > MOST_IN_PLAY:
        return []
    if several:
        fits = len(documents) > 1 and number in (None, len(documents))
    else:
        fits = len(documents) == 1 and bool(_ONE.search(question))
    speaks = bool(re.search(rf"\b{ANY_ITEM}\b", question, re.IGNORECASE))
    return [(one, 1.0 if speaks else POINTED_AT) for one in documents] if fits else []


def _parts(question: str) -> list[str]:
    """The topics in "the articles on this and that"."""
    match = re.search(
        rf"\b{PIECE[:-1]}s\b (?:on|about|of|by|called|titled)?(?P<rest>.+)", question, re.IGNORECASE
    )
    parts = re.split(r"\band\b|,", match["rest"]) if match else []
    return [part for part in parts if naming_terms(part)]


def _best_named(
    question: str, asked: list[str], listed: Sequence[Listed], *, is_piece: bool
) -> Named:
    """The documents that a question names best."""
    shares = [(document, _share(asked, document)) for document in listed]
    likely = [pair for pair in shares if pair[1] >= NAMED]
    whole = [pair for pair in likely if _is_meant(question, pair[0], is_piece=is_piece)]
    if whole or not is_piece:
        # A document whose title is written out comes before one that has the same words and more.
        shares = whole
    best = max((share for _, share in shares), default=0.0)
    return [pair for pair in shares if pair[1] == best >= NAMED_AS_PIECE]


def _share(asked: Sequence[str], document: Listed) -> float:
    """The share of the question's terms in the document's title, publisher, authors and id."""
    names = " ".join([document.title, document.publisher, *document.authors, document.id])
    held = set(tokenize(re.sub(r"[/_.-]", " ", names))) | set(tokenize(names))
    return sum(term in held for term in asked) / len(asked)


def _is_meant(question: str, document: Described, *, is_piece: bool) -> bool:
    """Whether the question writes out the document's title, or mentions its publisher's report."""
    if _writes_out(question, document.title, is_piece=is_piece):
        return True
    asked, publisher = set(tokenize(question)), set(tokenize(document.publisher))
    of_publisher = bool(publisher) and publisher <= asked
    return of_publisher and bool(_SPOKEN_OF.search(question))


def _writes_out(question: str, title: str, *, is_piece: bool) -> bool:
    """Whether the question gives the title: most of it, a whole part of it, or some of it in quotes.

    >>> _writes_out("When was The next test published?", "The next test of ties: now", is_piece=False)
    False
    >>> _writes_out("When was “The next test” published?", "The next test of ties: now", is_piece=False)
    True
    """
    asked, held = set(tokenize(question)), set(tokenize(title))
    # A title of one word may be the word for anything.
    enough = held if is_piece or len(held) > 1 else set()
    if enough and len(held & asked) >= WHOLE_TITLE * len(held):
        return True
    parts = [set(tokenize(part)) for part in re.split(r"[:|–—]", title)]
    if any(len(part) >= FEWEST_TERMS and part <= asked for part in parts):
        return True
    quoted = [set(tokenize(words)) for words in _QUOTED.findall(question)]
    return any(words and words <= held for words in quoted)


def _is_told_of(question: str, asked: Sequence[str], hits: Sequence[Hit]) -> bool:
    """Whether a document mentions the report that is asked about, which then is something in the world."""
    noun = _NOUN.search(question)
    if noun is None:
        return False
    wanted = {*asked, *tokenize(noun[0])}
    return any(
        wanted <= set(tokenize(sentence.text))
        for hit in hits
        for sentence in sentences_within(hit.passage.document, hit.passage.start, hit.passage.end)
        if not wanted <= set(tokenize(hit.passage.document.title))
    )


def _by_beginning(asked: Sequence[str], hits: Sequence[Hit]) -> Named:
    """The one document among those found that begins with all that the question names."""
    found = {hit.passage.document.id: hit.passage.document for hit in hits}.values()
    named = [one for one in found if set(asked) <= set(tokenize(one.text[:BEGINNING]))]
    return [(named[0], BY_BEGINNING)] if len(named) == 1 else []


def _in_other_words(question: str, among: Candidates) -> Named:
    """The one document among those found whose title clearly means the same as the question, if any."""
    found = list({hit.passage.document.id: hit.passage.document for hit in among.hits}.values())
    if not found:
        return []
    likeness = among.similar(question, [document.title for document in found])
    ranked = sorted(zip(likeness, found, strict=True), key=lambda pair: -pair[0])
    best, document = ranked[0]
    next_best = ranked[1][0] if len(ranked) > 1 else 0.0
    if best < LIKE or best - next_best < LIKER:
        return []
    return [(document, NAMED_AS_PIECE)]
