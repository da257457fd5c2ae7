"""The paragraphs of a text, and which of them may be no part of the article if they recur."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from corpus.invitations import is_invitation
from corpus.shingles import words
from corpus.types import Dated, Document, Sourced

# A longer paragraph is text, whoever repeats it.
LONGEST = 300
LEAST_WORDS, LEAST_PLAIN_WORDS = 3, 5
# A line that is shorter may end anywhere.
LEAST_WIDTH = 40
# A paragraph of so many words is prose; behind the last of these a text is over.
PROSE_WORDS = 20

_LINE = re.compile(r"[^\n]+")
_SENTENCE_END = re.compile(r"[.!?…][\"'”’)\]]*$")
_ITEM = re.compile(r"\s*(?:[-–—•*·]|\(?\w{1,3}[.)])\s")
# "status: open", as a record has it; an address is none.
_FIELD = re.compile(r"[^\W\d_][\w /&().-]{0,30}:\s(?!\s*$)")
_NAMED = re.compile(
    r"[(\[]?(?:(?:additional |other |further )*(?:reporting|editing|writing|written|compiled|edited|translated"
    r"|report|words|text|story)?\s*by\b|(?:author|byline|source|editors?|writers?|reporters?|published|updated"
    r"|posted|photos?|photographs?|pictures?|images?|credit|contact|press contacts?|from|to|date|von|par|por|di)"
    r"\b\s*:|(?:mr|mrs|ms|dr|prof|sir)\b\.?\s)",
    re.IGNORECASE,
)
_QUOTED = re.compile('["“”„«»]')
_FIGURES = re.compile(r"\d")
_COLUMNS = re.compile(r"\t|\||\S {2,}\S.*\S {2,}\S")
# What somebody did, or what something is, is told once and may be told again; a site speaks of now.
_TOLD = re.compile(
    r"\b(?:was|were|had|did|said|says|told|\w{3,}ed|became|began|bought|brought|built|came|chose|cut|fell"
    r"|felt|found|gave|went|got|grew|held|hit|kept|knew|lost|led|left|made|met|paid|put|ran|rose|saw|sent"
    r"|set|sold|spent|spoke|stood|thought|took|will|won|would|wrote)\b"
    r"|^\S+(?: \S+){0,7} (?:is|are) (?:an?|the|one)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph of a text: its characters, half-open, and the words in them."""

    start: int
    end: int
    text: str


def paragraphs(text: str) -> list[Paragraph]:
    r"""All of a text's paragraphs; lines that are wrapped are of one, lines of a list are not.

    >>> [one.text for one in paragraphs("A sentence that fills a line of some width and\ngoes on.\nEnd")]
    ['A sentence that fills a line of some width and\ngoes on.', 'End']
    """
    return [Paragraph(start, end, text[start:end]) for start, end in _stretches(text)]


def _stretches(text: str) -> Iterator[tuple[int, int]]:
    start = end = -1
    before = ""
    for line in _LINE.finditer(text):
        if start >= 0 and line.start() == end + 1 and _goes_on(before, line[0]):
            end = line.end()
        else:
            if start >= 0:
                yield start, end
            start, end = line.span()
        before = line[0]
    if start >= 0:
        yield start, end


def _goes_on(before: str, line: str) -> bool:
    """Whether a line goes on with the sentence of the one above it."""
    if line[:1].isspace() or _ITEM.match(line) or _COLUMNS.search(line):
        return False
    unfinished = len(before) >= LEAST_WIDTH and not _SENTENCE_END.search(before)
    return line[:1].islower() or (unfinished and not _COLUMNS.search(before))


def removable(document: Document, found: Sequence[Paragraph], place: int) -> bool:
    """Whether a paragraph may go if it recurs: it is short, and names or counts nothing.

    Lines that name the document, its authors or its sources stay, and what somebody says, and what stands
    in a table or a record.
    """
    one = found[place]
    if len(one.text) > LONGEST or not _has_words(one.text, LEAST_WORDS):
        return False
    if _COLUMNS.search(one.text) or _QUOTED.search(one.text) or _NAMED.match(one.text.lstrip()):
        return False
    if any(one.start <= start < one.end for start in _sayings(document)):
        return False
    invites = is_invitation(one.text)
    near = [found[i] for i in (place - 1, place + 1) if 0 <= i < len(found)]
    touching = [other for other in near if other.end + 1 == one.start or one.end + 1 == other.start]
    if any(_is_field(other) for other in touching) and _FIELD.match(one.text):
        return False
    return not any(_is_row(other) for other in (touching if invites else near))


def _has_words(text: str, least: int) -> bool:
    """Whether a text has so many words, in scripts without spaces as well."""
    return len(text.split()) >= least or len(words(text)) >= least


def _sayings(document: Document) -> list[int]:
    """Where what a document says of itself stands in it."""
    known = document.metadata
    values: list[Sourced | Dated | None] = [
        known.title, known.publisher, known.published, known.updated, known.url, known.section,
        known.language, *known.authors,
    ]  # fmt: skip
    return [value.start for value in values if value and value.start is not None]


def _is_field(one: Paragraph) -> bool:
    return len(one.text) <= LONGEST and bool(_FIELD.match(one.text))


def _is_row(one: Paragraph) -> bool:
    """Whether a paragraph looks like a row of a table: columns, or figures outside of a sentence."""
    if _COLUMNS.search(one.text):
        return True
    short = len(one.text.split()) < PROSE_WORDS and not _SENTENCE_END.search(one.text)
    return short and bool(_FIGURES.search(one.text)) and not is_invitation(one.text)


def plain_boilerplate(found: Sequence[Paragraph], place: int) -> bool:
    """Whether a paragraph that invites nobody may be boilerplate nevertheless: it says nothing new.

    It tells of nothing that happened, defines nothing, has no figures, quotes nobody, and is a whole
    sentence or stands behind the last prose.
    """
    text = found[place].text.strip()
    if not _has_words(text, LEAST_PLAIN_WORDS) or _FIGURES.search(text) or _TOLD.search(text):
        return False
    if _ITEM.match(text) or _FIELD.match(text):
        return False
    behind = found[place + 1 :]
    last = not any(len(one.text.split()) >= PROSE_WORDS for one in behind) and place > 0
    return last or bool(_SENTENCE_END.search(text))
