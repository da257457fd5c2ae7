"""Mend characters that were broken on the way: wrong decodings, ligatures, words cut at a line's end."""

import re
from collections import Counter
from collections.abc import Iterator

# Presentation forms that a font chose; as letters they can be searched for.
_LIGATURES = str.maketrans(
    {
        "ﬀ": "ff",
        "ﬁ": "fi",
        "ﬂ": "fl",
        "ﬃ": "ffi",
        "ﬄ": "ffl",
        "ﬅ": "st",
        "ﬆ": "st",
    }
)
# What the first byte of a character in UTF-8 is read as elsewhere, and what a later byte may be.
_SUSPECT = re.compile(
    "[\u00c2-\u00f4\u0102-\u0111\u0402-\u0459][\u0080-\u00bf\u0152-\u0192\u02c6-\u02dc\u2010-\u2122]"
)
MOST_REPAIRS = 4
LONGEST_PIECE = 400
# Pieces that look broken and cannot be repaired.
MOST_FUTILE = 50

# subtle: without the look back and the bound, a long run of letters takes quadratic time.
_CUT = re.compile(r"(?<![^\W\d_])([^\W\d_]{2,40})-\n([a-zà-öø-ÿ]{2,})([^\s]*)[ ]?")
_WORD = re.compile(r"[^\W\d_]+")
LEAST_WIDTH, MOST_WIDTH, RAGGED = 40, 130, 24
# Halves of words that are written with a hyphen wherever they stand in a line.
_FIRST_HALVES = (  # noqa: SIM905 - many quoted words are harder to read
    "all anti co counter cross double eight ex far first five four full half hard high ill inter left "
    "long low mid multi nine non north off one open over part post pre pro quasi right second self "
    "semi seven short six south sub ten third three top two ultra under vice well west east"
).split()
_SECOND_HALVES = (  # noqa: SIM905 - many quoted words are harder to read
    "and based born by class day elect foot free friendly general hour in kilometre known led level "
    "like made mile minded minute month old on or out owned per person point quality rate related "
    "round run scale share size speaking style term than the time to type up week wide year"
).split()


def repaired(text: str) -> str:
    r"""The text with what was decoded wrongly put right, by ftfy; what is right is not touched.

    >>> repaired("weâ€™re in ZÃ¼rich, â\x80\x9cZürichâ\x80\x9d")
    'we’re in Zürich, “Zürich”'
    >>> repaired("Ça coûte 5 £ – «voilà»")
    'Ça coûte 5 £ – «voilà»'
    """
    if not _SUSPECT.search(text):
        return text
    from ftfy import TextFixerConfig, fix_encoding
    from ftfy.badness import is_bad

    # Lossy sequences are guessed at, and control characters may be meant.
    config = TextFixerConfig(
        unescape_html=False,
        replace_lossy_sequences=False,
        fix_c1_controls=False,
        normalization=None,
    )
    pieces = list(_pieces(text))
    futile = 0
    for i, piece in enumerate(pieces):
        if _SUSPECT.search(piece) and is_bad(piece):
            pieces[i] = fix_encoding(piece, config)
            futile += pieces[i] == piece
            if futile == MOST_FUTILE:
                break  # whatever it is, it was not decoded wrongly
    return "".join(pieces)


def _pieces(text: str) -> Iterator[str]:
    """The text in pieces that end behind a space or a line break, where there is one.

    subtle: ftfy takes quadratic time, and a line of a hostile page may be of any length.
    """
    at = 0
    while at < len(text):
        end = at + LONGEST_PIECE
        if end < len(text):
            end = max(text.rfind(gap, at, end) for gap in " \n") + 1 or end
        yield text[at:end]
        at = end


def spelt_out(text: str) -> str:
    """The text with the letters of each Latin ligature.

    >>> spelt_out("diﬃcult ﬂats")
    'difficult flats'
    """
    return text.translate(_LIGATURES)


def rejoined(text: str) -> str:
    r"""The text with words put together that were cut at the end of a line in hard-wrapped prose.

    A word that may have a hyphen of its own is left as it is: it is joined where it also stands whole
    in the text, or where its second half is no word by itself.
    """
    cuts = list(_CUT.finditer(text))
    if not cuts:
        return text
    words = Counter(word.lower() for word in _WORD.findall(text))
    halves = Counter(part.lower() for cut in cuts for part in (cut[1], cut[2]))
    words -= halves
    return "\n\n".join(
        _CUT.sub(lambda cut: _joined(cut, words), block) if _is_wrapped(block) else block
        for block in text.split("\n\n")
    )


def _joined(cut: re.Match[str], words: Counter[str]) -> str:
    first, second = cut[1].lower(), cut[2].lower()
    before = cut.string[max(cut.start() - 1, 0) : cut.start()]
    whole = words[first + second] > 0
    alone = words[second] > 0 or second in _SECOND_HALVES
    if before == "-" or first in _FIRST_HALVES or (alone and not whole):
        return cut[0]
    return f"{cut[1]}{cut[2]}{cut[3]}\n"


def _is_wrapped(block: str) -> bool:
    """Whether all lines of a block but its last fill about the same width."""
    widths = [len(line) for line in block.split("\n")]
    full = widths[:-1]
    return (
        len(full) >= 2
        and min(full) >= LEAST_WIDTH
        and max(widths) <= MOST_WIDTH
        and max(full) - min(full) <= RAGGED
    )
