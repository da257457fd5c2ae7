"""From what a format gives to the body of `Document.text`; `metadata` only puts a head before it.

Two steps. `tidy` mends characters and white space and drops nothing that a person could read. `clean`
also drops what a saved web page brings along and its author did not write: crumbs of navigation,
widgets, headlines of other articles. Each dropped piece is kept with the reason. When in doubt, keep.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

_LINE_BREAKS = re.compile("\r\n|[\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
# Zero-width marks, the soft hyphen, direction overrides (which could make a quote read as another),
# and control characters; joiners that scripts need (U+200C, U+200D) stay.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x1f\x7f-\x84\x86-\x9f\xad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff"
    "\ud800-\udfff]"  # halves of a surrogate pair, which an escape can name and no file can hold
)
# A noncharacter, which no text holds: formats with pages put it where a page begins.
PAGE_MARK = "\ufdd0"
_SPACES = re.compile(r"[^\S\n\t]")
_EMPTY_LINES = re.compile(r"\n(?:[ \t]*\n)+")

_CRUMB = re.compile(
    r"(?:(?:image|images|photo|photos|video|gallery|advertisement|ad|share|tweet|print|e-?mail|save"
    r"|comments?|home|menu|search|subscribe|sign in|log in|facebook|twitter|whatsapp|linkedin"
    r"|copy link|read more|more|close|skip to (?:main )?content|back to top)[\s|/>»•·:]*)+",
    re.IGNORECASE,
)
# A trail of links to where the page stands: "Home > World > Asia".
_TRAIL_HEADS = frozenset({"home", "news", "front page"})
_TRAIL_SEPARATOR = re.compile(r"[>»›/|]")
_TRAIL_STEP = re.compile(r"\w[\w &-]{0,30}")
# subtle: prose can say that "they follow us on our way"; but for names, a widget opens its line.
_WIDGET = re.compile(
    r".*\b(?:comments? powered by|powered by disqus|enable javascript to (?:view|see))\b.*"
    r"|(?:please )?(?:view (?:all |the )*comments|(?:we|this (?:web)?site) uses? cookies"
    r"|accept (?:all )?cookies|sign up (?:for|to) our newsletter|follow us on (?:facebook|instagram|linkedin|telegram|twitter|wechat|weibo|x|youtube)"
    r"|share (?:this (?:article|story|page)|(?:this )?on (?:facebook|twitter|x|linkedin|whatsapp)))\b"
    r".*|(?:.*(?:©|copyright|\(c\)).*\s)?all rights reserved\.?",
    re.IGNORECASE,
)
_PAGE_LINE = re.compile(
    r"^(?:(?:published|updated|posted|last (?:updated|modified))\s*:|by\s.{2,60}\bsource\s*:)",
    re.I | re.M,
)
_SENTENCE_END = re.compile(r"[.!?…][\"'”’)\]]*$")
# subtle: in capitals, "US" is a country.
_PERSONAL = re.compile(r"\b(?:[Yy]ou|[Yy]ours?|I|[Ww]e|[Oo]urs?|[Mm]y|[Mm]e|us)\b")
_HEADLINE_START = re.compile(r"(?!\d{1,3}[.)]\s)[\"'“‘«(]?\w")  # and no item of a list
_SPEAKER = re.compile(r"^[A-Z][\w .'-]{0,40}:")

LONGEST_WIDGET = 160
# A menu of a whole page fits in this; longer lines are text, and are not searched for crumbs.
LONGEST_NAVIGATION = 1_000
# More marks on one letter than any script writes. Composing takes quadratic time in such a run, so
# that a page of them, made to look odd or to do harm, would take hours.
MOST_MARKS = 30
# subtle: no mark is a word character, and few other signs stand in runs as long as this.
_MARKS = re.compile(rf"[^\w\s\x00-\u02ff]{{{MOST_MARKS + 1},}}")


@dataclass(frozen=True, slots=True)
class Dropped:
    """A piece of the original that is not part of the document's text, and why."""

    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A text as it will stay, and what it lost on the way."""

    text: str
    dropped: tuple[Dropped, ...] = ()
    pages: tuple[int, ...] = ()


def tidy(text: str) -> str:
    r"""The same words in composed Unicode (NFC), with plain line breaks and spaces.

    >>> tidy("\ufeffOne\r\ntwo\u00a0three \n\n\n\nfour\x00")
    'One\ntwo three\n\nfour'
    """
    text = _INVISIBLE.sub("", _LINE_BREAKS.sub("\n", text))
    # subtle: one mark can be composed of two, so that the runs are to be cut again, or tidying twice
    # would change more than tidying once.
    text = _fewer_marks(unicodedata.normalize("NFC", _fewer_marks(text)))
    text = _SPACES.sub(" ", text)
    text = "\n".join(line.rstrip() for line in text.split("\n"))
    return _EMPTY_LINES.sub("\n\n", text).strip("\n")


def _fewer_marks(text: str) -> str:
    return _MARKS.sub(_cut_marks, text)


def _cut_marks(run: re.Match[str]) -> str:
    kept = []
    marks = 0
    for char in run[0]:
        marks = marks + 1 if unicodedata.combining(char) else 0
        if marks <= MOST_MARKS:
            kept.append(char)
    return "".join(kept)


def clean(text: str, *, saved_page: bool, paged: bool = False) -> Cleaned:
    """The text as it will stay; `saved_page` says that it may hold more than its author wrote.

    With `paged`, PAGE_MARK stands in it where a page begins, and `pages` of the result says where
    that is; the mark itself never stays.
    """
    if paged:
        return _with_pages(tidy(text))
    text = tidy(text.replace(PAGE_MARK, ""))
    if not saved_page:
        return Cleaned(text)
    blocks = text.split("\n\n")
    reasons = [_residue(block) for block in blocks]
    if any(reasons) or _PAGE_LINE.search(text):
        kept = [i for i, reason in enumerate(reasons) if reason is None]
        for i in _foreign_headlines([blocks[i] for i in kept]):
            reasons[kept[i]] = "headline of another article"
    return Cleaned(
        "\n\n".join(b for b, r in zip(blocks, reasons, strict=True) if r is None).strip("\n"),
        tuple(Dropped(b, r) for b, r in zip(blocks, reasons, strict=True) if r is not None),
    )


def _with_pages(text: str) -> Cleaned:
    r"""The text without its marks, and where they stood.

    >>> _with_pages(f"{PAGE_MARK}One.\n\n{PAGE_MARK}Two.")
    Cleaned(text='One.\n\nTwo.', dropped=(), pages=(0, 6))
    """
    parts = text.split(PAGE_MARK)
    pages, length = [], len(parts[0])
    for part in parts[1:]:
        pages.append(length)
        length += len(part)
    return Cleaned("".join(parts), pages=tuple(pages))


def _residue(block: str) -> str | None:
    """Why a block is none of the author's words, or None where it is."""
    if not block.strip():
        return "empty"
    lines = [line.strip() for line in block.split("\n")]
    if all(_is_navigation(line) for line in lines):
        return "navigation"
    if all(len(line) <= LONGEST_WIDGET and _WIDGET.fullmatch(line) for line in lines):
        return "page widget"
    return None


def _is_navigation(line: str) -> bool:
    if len(line) > LONGEST_NAVIGATION:
        return False
    return bool(_CRUMB.fullmatch(line)) or _is_trail(line)


def _is_trail(line: str) -> bool:
    """Whether a line is a trail; split, since one pattern for all of it can be read in many ways.

    >>> _is_trail("Home > World > Asia"), _is_trail("Home is where the bread is.")
    (True, False)
    """
    head, *steps = (part.strip() for part in _TRAIL_SEPARATOR.split(line))
    return bool(steps) and head.lower() in _TRAIL_HEADS and all(map(_TRAIL_STEP.fullmatch, steps))


def _foreign_headlines(blocks: Sequence[str]) -> list[int]:
    """Which blocks are links to other articles, left without their links, between paragraphs."""
    between = [
        i
        for i in range(1, len(blocks) - 1)
        if _is_headline(blocks[i]) and _is_prose(blocks[i - 1]) and _is_prose(blocks[i + 1])
    ]
    questions = [i for i in between if blocks[i].endswith("?")]
    # Questions are an interviewer's if one speaks to someone, or if nothing else stands between.
    asked = any(b.endswith("?") and not _is_prose(b) and _PERSONAL.search(b) for b in blocks)
    if asked or len(questions) == len(between) > 1:
        return [i for i in between if i not in questions]
    return between


def _is_headline(block: str) -> bool:
    if "\n" in block or not 8 <= len(block.split()) <= 25:
        return False
    if _SPEAKER.match(block) or not _HEADLINE_START.match(block):
        return False
    return block[-1].isalnum() or block[-1] == "?"


def _is_prose(block: str) -> bool:
    ended = bool(_SENTENCE_END.search(block))
    return ended and len(block.split()) >= 20 and not _is_headline(block)
