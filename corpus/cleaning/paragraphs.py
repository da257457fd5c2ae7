"""Split a text into paragraphs, and tell which of them may be removed if they recur."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from corpus.duplicates import words
from corpus.types import Document

# A longer paragraph is content, even if it recurs.
LONGEST = 300


LEAST_WORDS, LEAST_PLAIN_WORDS = 3, 5


# A shorter line may end anywhere.
LEAST_WIDTH = 40


# A paragraph of at least this many words is prose; after the last of these the article is over.
PROSE_WORDS = 20


_LINE = re.compile(r"[^\n]+")


_SENTENCE_END = re.compile(r"[.!?…][\"'”’)\]]*$")


_ITEM = re.compile(r"\s*(?:[-–—•*·]|\(?\w{1,3}[.)])\s")


# "status: open", as in a record; an address such as "https://..." does not match.
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


# A statement of what somebody did, or of what something is, is content and may recur. A site's own
# lines are about now.
_TOLD = re.compile(
    r"\b(?:was|were|had|did|said|says|told|\w{3,}ed|became|began|bought|brought|built|came|chose|cut|fell"
    r"|felt|found|gave|went|got|grew|held|hit|kept|knew|lost|led|left|made|met|paid|put|ran|rose|saw|sent"
    r"|set|sold|spent|spoke|stood|thought|took|will|won|would|wrote)\b"
    r"|^\S+(?: \S+){0,7} (?:is|are) (?:an?|the|one)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph of a text: the offsets of its characters (half-open), and its own text."""

    start: int
    end: int
    text: str


def paragraphs(text: str) -> list[Paragraph]:
    r"""All paragraphs of a text. Wrapped lines belong to one paragraph, the lines of a list do not.

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
    """Whether a line continues the sentence of the line above it."""
    if line[:1].isspace() or _ITEM.match(line) or _COLUMNS.search(line):
        return False
    unfinished = len(before) >= LEAST_WIDTH and not _SENTENCE_END.search(before)
    return line[:1].islower() or (unfinished and not _COLUMNS.search(before))


def removable(document: Document, found: Sequence[Paragraph], place: int) -> bool:
    """Whether a paragraph may be removed if it recurs: it is short, and names or counts nothing.

    Lines that name the document, its authors or its sources are kept, and so are quotations, tables and
    records.
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
    """Whether a text has at least this many words, also in scripts without spaces."""
    return len(text.split()) >= least or len(words(text)) >= least


def _sayings(document: Document) -> list[int]:
    """The offsets at which the document's text states its metadata."""
    return [value.start for _, value in document.metadata.values() if value.start is not None]


def _is_field(one: Paragraph) -> bool:
    return len(one.text) <= LONGEST and bool(_FIELD.match(one.text))


def _is_row(one: Paragraph) -> bool:
    """Whether a paragraph looks like a table row: columns, or figures outside a sentence."""
    if _COLUMNS.search(one.text):
        return True
    short = len(one.text.split()) < PROSE_WORDS and not _SENTENCE_END.search(one.text)
    return short and bool(_FIGURES.search(one.text)) and not is_invitation(one.text)


def plain_boilerplate(found: Sequence[Paragraph], place: int) -> bool:
    """Whether a paragraph that is not an invitation may still be boilerplate, as it says nothing new.

    It reports no event, defines nothing, has no figures, is not a list item or a field, and is either a
    whole sentence or comes after the last prose.
    """
    text = found[place].text.strip()
    if not _has_words(text, LEAST_PLAIN_WORDS) or _FIGURES.search(text) or _TOLD.search(text):
        return False
    if _ITEM.match(text) or _FIELD.match(text):
        return False
    behind = found[place + 1 :]
    last = not any(len(one.text.split()) >= PROSE_WORDS for one in behind) and place > 0
    return last or bool(_SENTENCE_END.search(text))


# For each kind of invitation, a stem that all of them contain, which rules out most lines quickly, and
# the pattern of the whole phrase.
_KINDS = {
    # letters and accounts
    "newsletter": "newsletters?",
    "sign up": "sign up (?:now|here|today|free|to|for)",
    "subscri": r"subscribe (?:now|here|today|to|for|and)|subscriptions? (?:offers?|options?)|unsubscribe",
    "your": r"(?:in|to|into) your (?:e-?mail )?inbox|have your say|on your favou?rite podcast"
    r"|share your (?:views|thoughts|story|stories|experiences?)"
    r"|your (?:support|donation|contribution) (?:helps|makes|keeps|means)"
    r"|(?:send|e-?mail) (?:us )?your (?:letters|comments|stories|pictures|photos|views|tips)",
    "become": r"become a (?:\w+ )?(?:member|subscriber|supporter|patron|friend of)",
    "free trial": "free trial",
    "account": "create an account",
    " in ": "(?:log|sign) in (?:to|or)",
    "unlimited": "unlimited (?:digital )?access",
    "exclusive": "exclusive (?:content|access|offers?)",
    # other places of the site
    "follow": r"follow (?:us|me|@\w+|\w+(?: \w+){0,3} on (?:twitter|facebook|instagram|x|mastodon|bluesky"
    r"|linkedin|youtube|telegram|whatsapp))",
    " us ": "(?:find|like|join) us on|get in touch with us",
    "podcast": r"our (?:\w+ )?podcasts?|listen to (?:the|our) [\w' ]{0,30}podcast",
    " app": r"(?:download|get|install) (?:the|our) [\w' ]{0,20}apps?|the app store",
    "google play": "google play",
    "click": r"click (?:here|on the link)",
    "more": r"read more|more (?:on this|like this|from (?:us|our))|for more (?:news|stories|from)",
    "latest": "for (?:all )?the latest (?:news|headlines|updates)",
    "site": r"visit our (?:web)?site|external (?:web)?sites",
    # requests to readers
    "join the": r"join the (?:\w+ )?(?:conversation|debate|discussion|community)",
    "tell us": "tell us (?:what|your|about)",
    "let us": "let us know (?:what|in|by|at)",
    "have a": "have a (?:story|tip|confidential)",
    "comments": r"comments (?:are|will be|on this) (?:now )?(?:closed|moderated|open|pre-moderated|article)",
    "support": r"(?:support|help fund|fund) (?:our|independent|quality|local) (?:\w+ )?(?:journalism|reporting|work)",
    # rights and disclaimers
    "rights reserved": "all rights reserved",
    "©": "©",
    "copyright": r"copyright (?:©|\(c\)|\d{4}|by|of)",
    "not be": r"(?:may|must|can)(?:not| not) be (?:re)?(?:published|produced|broadcast|distributed|printed|used)",
    "permission": r"without (?:the )?(?:prior |express |written )*permission of the (?:publisher|editor)s?",
    "views": r"views (?:expressed|stated|presented|here|in this (?:article|column|piece))",
    "opinion": r"opinions? (?:expressed|stated|presented|here|in this (?:article|column|piece))",
    "reflect": r"do(?:es)? not (?:necessarily )?(?:reflect|represent)",
    "not responsible": "(?:is|are) not responsible for the content",
    "republish": "republish (?:our|this)",
    "advertis": r"advertisements?|advertise with|advertis(?:ing|er) (?:feature|content)",
    "affiliate": "affiliate links?",
    "commission": r"earn (?:a |us a )?(?:small )?commission",
    "our ": r"our (?:editorial (?:standards|policy|guidelines|code)|privacy policy|cookie policy|terms)",
    "cookies": "we use cookies",
    # German, French, Spanish, Italian, Portuguese
    "rechte vorbehalten": "alle rechte vorbehalten",
    "abonnieren": "(?:jetzt|hier|kostenlos) abonnieren|abonnieren sie",
    "folgen sie": "folgen sie uns",
    "zum thema": "mehr zum thema",
    "droits réservés": "tous droits réservés",
    "vous": "abonnez-vous|inscrivez-vous",
    "suivez": "suivez-nous",
    "derechos": "todos los derechos reservados",
    "suscr": "suscr[íi]b(?:e|a)(?:te|se)",
    "boletín": "boletín",
    "diritti": "tutti i diritti riservati",
    "iscriviti": "iscriviti",
    "seguici": "seguici",
    "direitos": "todos os direitos reservados",
}


_SPOKEN = {
    stem: re.compile(pattern if stem == "©" else rf"\b(?:{pattern})\b")
    for stem, pattern in _KINDS.items()
}


def is_invitation(text: str) -> bool:
    """Whether a paragraph addresses the reader as a site does: invitations, notices, disclaimers.

    >>> is_invitation("Sign up to our weekly newsletter"), is_invitation("Terms were not disclosed.")
    (True, False)
    """
    lowered = " ".join(text.split()).lower()
    return any(stem in lowered and said.search(lowered) for stem, said in _SPOKEN.items())
