"""The last to change a text: from what a format gives to `Document.text`.

Two steps. `tidy` mends characters and white space and drops nothing that a person could read. `clean`
also drops what a saved web page brings along and its author did not write: crumbs of navigation,
widgets, headlines of other articles. Each dropped piece is kept with the reason. When in doubt, keep.
"""

import re
import unicodedata
from dataclasses import dataclass

_LINE_BREAKS = re.compile("\r\n|[\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
# Zero-width marks, the soft hyphen, direction overrides (which could make a quote read as another),
# and control characters; joiners that scripts need (U+200C, U+200D) stay.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x1f\x7f-\x84\x86-\x9f\xad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]"
)
_SPACES = re.compile(r"[^\S\n\t]")
_EMPTY_LINES = re.compile(r"\n(?:[ \t]*\n)+")

_CRUMB = re.compile(
    r"(?:(?:image|images|photo|photos|video|gallery|advertisement|ad|share|tweet|print|e-?mail|save"
    r"|comments?|home|menu|search|subscribe|sign in|log in|facebook|twitter|whatsapp|linkedin"
    r"|copy link|read more|more|close|skip to (?:main )?content|back to top)[\s|/>»•·:]*)+",
    re.IGNORECASE,
)
_WIDGET = re.compile(
    r".*\b(?:comments? powered by|powered by disqus|enable javascript to (?:view|see)"
    r"|view the comments|(?:we|this (?:web)?site) uses? cookies|accept (?:all )?cookies"
    r"|sign up (?:for|to) our newsletter|share (?:this|on) (?:article|story|page|facebook|twitter)"
    r"|follow us on|all rights reserved)\b.*",
    re.IGNORECASE,
)
_PAGE_LINE = re.compile(
    r"^(?:(?:published|updated|posted|last (?:updated|modified))\s*:|by\s.{2,60}\bsource\s*:)",
    re.I | re.M,
)
_SENTENCE_END = re.compile(r"[.!?…][\"'”’)\]]*$")
_PERSONAL = re.compile(r"\b(?:you|your|yours|i|we|our|my|me|us(?!\s[A-Z]))\b")
_SPEAKER = re.compile(r"^[A-Z][\w .'-]{0,40}:")

LONGEST_WIDGET = 160


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


def tidy(text: str) -> str:
    r"""The same words in composed Unicode (NFC), with plain line breaks and spaces.

    >>> tidy("\ufeffOne\r\ntwo\u00a0three \n\n\n\nfour\x00")
    'One\ntwo three\n\nfour'
    """
    text = _INVISIBLE.sub("", _LINE_BREAKS.sub("\n", text))
    text = _SPACES.sub(" ", unicodedata.normalize("NFC", text))
    text = "\n".join(line.rstrip() for line in text.split("\n"))
    return _EMPTY_LINES.sub("\n\n", text).strip("\n")


def clean(text: str, *, saved_page: bool) -> Cleaned:
    """The text as it will stay; `saved_page` says that it may hold more than its author wrote."""
    text = tidy(text)
    if not saved_page:
        return Cleaned(text)
    blocks = text.split("\n\n")
    reasons = [_residue(block) for block in blocks]
    if any(reasons) or _PAGE_LINE.search(text):
        kept = [i for i, reason in enumerate(reasons) if reason is None]
        for before, here, after in zip(kept, kept[1:], kept[2:], strict=False):
            if _is_foreign_headline(blocks[before], blocks[here], blocks[after]):
                reasons[here] = "headline of another article"
    return Cleaned(
        "\n\n".join(b for b, r in zip(blocks, reasons, strict=True) if r is None).strip("\n"),
        tuple(Dropped(b, r) for b, r in zip(blocks, reasons, strict=True) if r is not None),
    )


def _residue(block: str) -> str | None:
    """Why a block is none of the author's words, or None where it is."""
    if not block.strip():
        return "empty"
    lines = [line.strip() for line in block.split("\n")]
    if all(_CRUMB.fullmatch(line) for line in lines):
        return "navigation"
    if all(len(line) <= LONGEST_WIDGET and _WIDGET.fullmatch(line) for line in lines):
        return "page widget"
    return None


def _is_foreign_headline(before: str, block: str, after: str) -> bool:
    """Whether a block between two paragraphs is a link to another article, left without its link."""
    words = block.split()
    if "\n" in block or not 7 <= len(words) <= 25 or _SPEAKER.match(block):
        return False
    if block.endswith("?"):
        # A question that speaks to someone is an interviewer's.
        if _PERSONAL.search(block):
            return False
    elif not block[-1].isalnum():
        return False
    return _is_prose(before) and _is_prose(after)


def _is_prose(block: str) -> bool:
    return len(block.split()) >= 20 and bool(_SENTENCE_END.search(block))
