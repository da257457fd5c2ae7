"""What programs write into a file about it: titles and authors that are nobody's, days of templates."""

import re
from datetime import date, datetime

from corpus.provenance import CHANGED, CREATED, Clue, Field

_NO_TITLE = re.compile(
    r"microsoft (?:word|powerpoint|excel)\b.*|untitled.*|unbenannt.*|sans titre.*|sin título.*"
    r"|(?:word )?document ?\d*|title|\(?(?:un|not )specified\)?|(?:slide|folie|page) \d+|.*\\.*"
    r"|.*\.(?:docx?|odt|rtf|pdf|indd|qxd|pptx?|xlsx?|tex|dvi|txt|html?|ps|eps|tiff?|jpe?g|png|p65|pmd)",
    re.IGNORECASE,
)
_NO_AUTHOR = re.compile(
    r"python-docx|(?:default |windows |office |microsoft )?(?:user|admin|administrator|owner|author)"
    r"|anonymous|unknown|root|guest|microsoft(?: office)?|hp|dell|acer|lenovo|pc|me|n/?a"
    r"|\(?(?:un|not )specified\)?|.*[\\@/].*|benutzer|utilisateur|usuario|scan(?:ner)?",
    re.IGNORECASE,
)
_LETTER = re.compile(r"[^\W\d_]")
LONGEST = 300
_FIRST_YEAR = 1985


def title(value: str | None, origin: str) -> tuple[Clue, ...]:
    """A title, if it is one that somebody gave.

    >>> title("Microsoft Word - draft.doc", "PDF information"), title(None, "")
    ((), ())
    """
    text = " ".join((value or "").split())
    if not _LETTER.search(text) or len(text) > LONGEST or _NO_TITLE.fullmatch(text):
        return ()
    return (Clue(Field.TITLE, text, origin),)


def author(value: str | None, origin: str) -> tuple[Clue, ...]:
    """The authors, if they are people.

    >>> [clue.value for clue in author("Ann Lee; Jo Park", "PDF information")]
    ['Ann Lee', 'Jo Park']
    """
    names = [" ".join(name.split()) for name in (value or "").split(";")][:20]
    return tuple(
        Clue(Field.AUTHOR, name, origin)
        for name in names
        if _LETTER.search(name) and len(name) <= LONGEST and not _NO_AUTHOR.fullmatch(name)
    )


def file_made(
    created: date | datetime | None, changed: date | datetime | None, origin: str
) -> tuple[Clue, ...]:
    """The day on which a file was made, or else last changed, if it can be from then.

    >>> [clue.value for clue in file_made(date(1900, 1, 1), date(2016, 5, 3), "PDF information")]
    ['2016-05-03']
    """
    for value, how in ((created, CREATED), (changed, CHANGED)):
        if value is not None and _FIRST_YEAR <= value.year <= 2100:
            return (Clue(Field.FILE_MADE, value.strftime("%Y-%m-%d"), origin + how),)
    return ()
