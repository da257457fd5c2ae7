"""Turn the raw text of a format into the body of `Document.text`; `metadata` only adds a head to it.

There are two steps. `tidy` repairs characters and white space and drops nothing that a person could
read. `clean` also drops the parts of a saved web page that its author did not write: bits of
navigation, widgets, headlines of other articles. Each dropped piece is recorded with the reason. When
in doubt, keep.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from corpus.cleaning.page_furniture import HEADLINE, introduces_others, residue
from corpus.cleaning.unicode import MOST_REPAIRS, rejoined, repaired, spelt_out
from corpus.types import Dropped

_LINE_BREAKS = re.compile("\r\n|[\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
# Zero-width marks, the soft hyphen, direction overrides (which could change how a quote reads), and
# control characters. Joiners that some scripts need (U+200C, U+200D) are kept.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x1f\x7f-\x84\x86-\x9f\xad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff"
    "\ud800-\udfff]"  # half a surrogate pair, which an escape can name but no file can hold
)
# A noncharacter, which no text contains: formats with pages put it at the start of each page.
PAGE_MARK = "\ufdd0"
# subtle: not the plain space, or every word of a text would stand for itself in memory while it is
# replaced.
_ODD_SPACE = re.compile(r"[^\S\n\t ]")
_PLAIN_SPACES = {
    code: " " for code in range(0x3001) if chr(code).isspace() and chr(code) not in "\n\t "
}
_EMPTY_LINES = re.compile(r"\n(?:[ \t]*\n)+")

_PAGE_LINE = re.compile(
    r"^(?:(?:published|updated|posted|last (?:updated|modified))\s*:|by\s.{2,60}\bsource\s*:)",
    re.I | re.M,
)
_SENTENCE_END = re.compile(r"[.!?…][\"'”’)\]]*$")
# subtle: in capitals, "US" is a country.
_PERSONAL = re.compile(r"\b(?:[Yy]ou|[Yy]ours?|I|[Ww]e|[Oo]urs?|[Mm]y|[Mm]e|us)\b")
_HEADLINE_START = re.compile(r"(?!\d{1,3}[.)]\s)[\"'“‘«(]?\w")  # but not a list item
_SPEAKER = re.compile(r"^[A-Z][\w .'-]{0,40}:")

LONGEST_LABEL = 150
# More marks on one letter than any script uses. Composing such a run takes quadratic time, so a page of
# them, made for fun or as an attack, would take hours.
MOST_MARKS = 30
# subtle: marks are not word characters, and few other characters form runs as long as this.
_MARKS = re.compile(rf"[^\w\s\x00-\u02ff]{{{MOST_MARKS + 1},}}")


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A cleaned text, the pieces dropped from it, and the offset at which each page starts."""

    text: str
    dropped: tuple[Dropped, ...] = ()
    pages: tuple[int, ...] = ()


def tidy(text: str) -> str:
    r"""The same words in composed Unicode (NFC), with plain line breaks and spaces.

    >>> tidy("\ufeffOne\r\ntwo\u00a0three \n\n\n\nfour\x00")
    'One\ntwo three\n\nfour'
    """
    mended = _plain(repaired(text))
    # subtle: a repair may yield an invisible character, which hid that the text around it is broken too.
    for _ in range(MOST_REPAIRS):
        again = repaired(mended)
        if again == mended:
            break
        mended = _plain(again)
    return mended


def _plain(text: str) -> str:
    text = spelt_out(_INVISIBLE.sub("", _LINE_BREAKS.sub("\n", text)))
    # subtle: normalisation can change the number of marks, so the runs are cut again. Otherwise tidying
    # twice would change more than tidying once.
    text = _fewer_marks(unicodedata.normalize("NFC", _fewer_marks(text)))
    if _ODD_SPACE.search(text):
        text = text.translate(_PLAIN_SPACES)
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
    """The cleaned text. Pass `saved_page` if the text may hold more than its author wrote.

    With `paged`, the text has a PAGE_MARK at the start of each page. The marks are always removed;
    `pages` of the result has their places.
    """
    if paged:
        return _with_pages(rejoined(tidy(text)))
    text = tidy(text.replace(PAGE_MARK, ""))
    if not saved_page:
        return Cleaned(text)
    blocks = rejoined(text).split("\n\n")
    reasons = _reasons(blocks)
    return Cleaned(
        "\n\n".join(b for b, r in zip(blocks, reasons, strict=True) if r is None).strip("\n"),
        tuple(Dropped(b, r) for b, r in zip(blocks, reasons, strict=True) if r is not None),
    )


def _with_pages(text: str) -> Cleaned:
    r"""The text without its page marks, and the offsets at which they stood.

    >>> _with_pages(f"{PAGE_MARK}One.\n\n{PAGE_MARK}Two.")
    Cleaned(text='One.\n\nTwo.', dropped=(), pages=(0, 6))
    """
    parts = text.split(PAGE_MARK)
    pages, length = [], len(parts[0])
    for part in parts[1:]:
        pages.append(length)
        length += len(part)
    return Cleaned("".join(parts), pages=tuple(pages))


def _reasons(blocks: Sequence[str]) -> list[str | None]:
    """The reason to drop each block, or None to keep it."""
    reasons = [residue(block) for block in blocks]
    if any(reasons):
        reasons = [r or residue(b, sure=True) for b, r in zip(blocks, reasons, strict=True)]
    for i in _listed_headlines(blocks, reasons):
        reasons[i] = HEADLINE
    if any(reasons) or any(_PAGE_LINE.search(block) for block in blocks):
        kept = [i for i, reason in enumerate(reasons) if reason is None]
        for i in _foreign_headlines([blocks[i] for i in kept]):
            reasons[kept[i]] = HEADLINE
    return reasons


def _listed_headlines(blocks: Sequence[str], reasons: Sequence[str | None]) -> list[int]:
    """The indices of the blocks that are headlines in a list of other articles."""
    found = []
    listing = False
    for i, block in enumerate(blocks):
        if introduces_others(block):
            # subtle: above the article, the same words head a list that ends with its title.
            listing = any(map(_is_prose, blocks[:i]))
        elif reasons[i] is None:
            listing = listing and all(map(_is_label, block.split("\n")))
            found += [i] if listing else []
    return found


def _is_label(line: str) -> bool:
    """Whether a line may be a headline in a list."""
    ends = bool(_SENTENCE_END.search(line)) and not line.endswith("?")
    return len(line) <= LONGEST_LABEL and not ends


def _foreign_headlines(blocks: Sequence[str]) -> list[int]:
    """The indices of the blocks between paragraphs that were links to other articles."""
    between = [
        i
        for i in range(1, len(blocks) - 1)
        if _is_headline(blocks[i]) and _is_prose(blocks[i - 1]) and _is_prose(blocks[i + 1])
    ]
    questions = [i for i in between if blocks[i].endswith("?")]
    # Questions are an interviewer's if one addresses someone, or if only questions are in between.
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
