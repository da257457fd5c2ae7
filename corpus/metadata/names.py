"""Names of people, and the lines that name them as authors."""

import re

from corpus.metadata.dates import MONTH
from corpus.metadata.lines import Line

LONGEST_BYLINE = 120

# subtle: a word with a colon after it is the next label ("By Chen Xu Source:Global Times"), "And" in
# capitals joins two names, and the "Jan." of "By Ann Lee Jan. 5, 2017" is a month.
_WORD = (
    rf"(?<!\w)(?!\w+\s*:|AND\b|Published\b|Updated\b|Posted\b|(?i:{MONTH})\s+\d)"
    r"[^\W\d_a-z][\w.'’-]*(?<!['’][sS])"
)
NAME = rf"{_WORD}(?:[^\S\n]+(?:(?:de|da|di|du|van|von|der|den|al|bin|el|la|le)[^\S\n]+)*{_WORD}){{1,3}}"
_AND = r"(?:and|AND|und|et|y|e|и)"
# subtle: in "By Ann Lee, Coastal Wire" the second is not an author; a list of authors ends with "and".
NAMES = rf"{NAME}(?:(?:\s*,\s*{NAME})*,?\s+(?:{_AND}|&)\s+{NAME})?"
_LISTED = rf"{NAME}(?:(?:,?\s+{_AND}\s+|\s*[,;&]\s*){NAME})*"
# What may follow names: a place or paper, another label, a date. Prose may not.
_AFTER = (
    r"(?=\s*(?:$|[|/•·(–—-]|,\s*[^\Wa-z]|(?:for|For|in|on|at)\s+[^\Wa-z]|\w+\s*:|\d"
    rf"|(?i:published|updated|posted|{MONTH}\s+\d{{1,2}})\b))"
)
_BYLINE = re.compile(
    r"(?P<label>(?:Written |WRITTEN |Posted |Reported )?(?:by|By|BY)\s+|(?:Author|Autore?|Автор)\s*:\s*"
    r"|(?:Posted|Published|Written) on [^\n]{5,40}? by )"
    rf"(?P<names>{NAMES}){_AFTER}"
)
_LIST = re.compile(rf"(?:Authors|Autoren|Auteurs|Autores)\s*:\s*(?P<names>{_LISTED}){_AFTER}")
# In other languages the word may also begin a title, so these labels are ignored in the first line.
_FOREIGN = re.compile(rf"(?P<label>Von|VON|Par|PAR|Por|POR|Di)\s+(?P<names>{NAMES}){_AFTER}")
_CHINESE = re.compile(
    r"[^\n]*?(?:作者|记者|記者)\s*[:：]\s*(?P<names>[\u3400-\u9fff·]{2,12})(?=\s|$)"
)
# Under a post, where commenters are named in another form.
_POSTED = re.compile(rf"Posted by (?P<names>{NAME}) at (?=\d{{1,2}}:\d\d)")
_NO_NAME = re.compile(
    r"(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|january|february|march|april|june|july|august"
    r"|september|october|november|december|this|these|that|our|all|your)\b",
    re.IGNORECASE,
)
SENTENCE_END = re.compile(r"(?:[^\W\d_]{2}|\d)[.!?]$")
_BY = re.compile(r"(?:written\s+|posted\s+|reported\s+)?(?:by|von|par|por)\s+", re.I)
_SEPARATOR = re.compile(r"\s*(?:;|\s(?:and|und|et)\s|&)\s*")
_BEHIND = re.compile(r"\s[|»•·–—]\s.*")


def byline(text: str, line: Line, *, is_first: bool = False) -> re.Match[str] | None:
    """The names in the line, if it is a byline and not a sentence that begins with "By"."""
    if line.end - line.start > LONGEST_BYLINE:
        return None
    if not line.in_head:
        return _POSTED.match(text, line.start, line.end)
    patterns = (_BYLINE, _LIST, _CHINESE) if is_first else (_BYLINE, _LIST, _CHINESE, _FOREIGN)
    match = next(filter(None, (p.match(text, line.start, line.end) for p in patterns)), None)
    if match is None:
        return None
    # subtle: in hard-wrapped prose "by Ann Lee" may fill a line; a byline stands alone.
    label = match.groupdict().get("label") or ""
    if label.strip() == "by" and text[max(line.start - 2, 0) : line.start].strip("\n"):
        return None
    if _NO_NAME.match(match["names"]) or SENTENCE_END.search(text, line.start, line.end):
        return None
    return match


def split_names(value: str) -> list[str]:
    """The names in a page's declared author; web addresses are left out.

    >>> split_names("By Ann Lee and Jo Park"), split_names("https://social.example/ann")
    (['Ann Lee', 'Jo Park'], [])
    """
    names: list[str] = []
    for part in _SEPARATOR.split(_BEHIND.sub("", " ".join(value.split()))):
        pieces = part.split(",")
        # "Lee, Ann" is one name, "Ann Lee, Jo Park" are two.
        several = len(pieces) > 1 and all(" " in piece.strip() for piece in pieces)
        names += pieces if several else [part]
    found = (_BY.sub("", name.strip(), count=1).strip(" ,") for name in names)
    return list(dict.fromkeys(n for n in found if n and "://" not in n and "@" not in n))
