"""Repair broken text: wrong decodings, ligatures, words hyphenated at the end of a line."""

import re
from collections import Counter
from collections.abc import Iterator

# Presentation forms chosen by a font. Only as plain letters can they be searched for.
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
# The first and a later byte of a UTF-8 character, each as read in another encoding.
_SUSPECT = re.compile(
    "[\u00c2-\u00f4\u0102-\u0111\u0402-\u0459][\u0080-\u00bf\u0152-\u0192\u02c6-\u02dc\u2010-\u2122]"
)
MOST_REPAIRS = 4
LONGEST_PIECE = 400
# After this many pieces that look broken but cannot be repaired, give up.
MOST_FUTILE = 50

# subtle: without the lookbehind and the bound, a long run of letters takes quadratic time.
_CUT = re.compile(r"(?<![^\W\d_])([^\W\d_]{2,40})-\n([a-zà-öø-ÿ]{2,})([^\s]*)[ ]?")
_WORD = re.compile(r"[^\W\d_]+")
LEAST_WIDTH, MOST_WIDTH, RAGGED = 40, 130, 24
# Halves of words that are always written with a hyphen, not only at the end of a line.
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
    r"""The text with wrong decodings repaired by ftfy. Correct text is left alone.

    >>> repaired("weâ€™re in ZÃ¼rich, â\x80\x9cZürichâ\x80\x9d")
    'we’re in Zürich, “Zürich”'
    >>> repaired("Ça coûte 5 £ – «voilà»")
    'Ça coûte 5 £ – «voilà»'
    """
    if not _SUSPECT.search(text):
        return text
    from ftfy import TextFixerConfig, fix_encoding
    from ftfy.badness import is_bad

    # Lossy sequences could only be guessed, and control characters may be intended.
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
                break  # whatever is wrong, it is not the decoding
    return "".join(pieces)


def _pieces(text: str) -> Iterator[str]:
    """The text in pieces that end after a space or a line break, if there is one.

    subtle: ftfy takes quadratic time, and a hostile page may have lines of any length.
    """
    at = 0
    while at < len(text):
        end = at + LONGEST_PIECE
        if end < len(text):
            end = max(text.rfind(gap, at, end) for gap in " \n") + 1 or end
        yield text[at:end]
        at = end


def spelt_out(text: str) -> str:
    """The text with each Latin ligature replaced by its letters.

    >>> spelt_out("diﬃcult ﬂats")
    'difficult flats'
    """
    return text.translate(_LIGATURES)


def rejoined(text: str) -> str:
    r"""The text with words rejoined that were hyphenated at the end of a line in hard-wrapped prose.

    A word is rejoined if it also appears whole in the text, or if its second half is not a word by
    itself. Otherwise it may have a hyphen of its own and is left alone.
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
    """Whether all lines of a block except the last have about the same width."""
    widths = [len(line) for line in block.split("\n")]
    full = widths[:-1]
    return (
        len(full) >= 2
        and min(full) >= LEAST_WIDTH
        and max(widths) <= MOST_WIDTH
        and max(full) - min(full) <= RAGGED
    )
