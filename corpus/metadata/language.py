"""Detect the language of a text."""

from functools import lru_cache
from typing import Any

# With fewer letters the detector only guesses; characters that stand for words count for several.
ENOUGH = 80
# The part of a text to look at; detection does not improve with longer texts.
SAMPLE = 4_000
# Below this probability, the language is unknown.
LIKELY = 0.9
_LETTERS_A_SIGN = 4


def detect(text: str) -> str:
    """The ISO 639-1 code of the text's language, by py3langid; "" if it is too short or unclear.

    >>> detect("Rain.")
    ''
    """
    sample = text[:SAMPLE]
    letters = sum(_LETTERS_A_SIGN if char > "\u2e80" else 1 for char in sample if char.isalpha())
    if letters < ENOUGH:
        return ""
    try:
        code, probability = _identifier().classify(sample)
    except OSError:
        # It unpacks its model into a temporary file; if the disk is full, the text is still read.
        return ""
    return str(code) if probability >= LIKELY else ""


@lru_cache(maxsize=1)
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def tag(value: str) -> str:
    """A declared language as a tag (BCP 47); "" if it is not a language.

    >>> tag("en_GB"), tag("EN"), tag("English"), tag("x-default")
    ('en-GB', 'en', 'en', '')
    """
    words = value.strip().replace("_", "-").split("-")
    code = _NAMES.get(words[0].lower(), words[0].lower())
    if not (code.isascii() and code.isalpha() and 2 <= len(code) <= 3):
        return ""
    regions = [word.upper() for word in words[1:] if len(word) == 2 and word.isalpha()]
    return "-".join([code, *regions[:1]])


_NAMES = {
    "english": "en",
    "deutsch": "de",
    "german": "de",
    "français": "fr",
    "french": "fr",
    "español": "es",
    "spanish": "es",
    "chinese": "zh",
    "japanese": "ja",
    "russian": "ru",
    "arabic": "ar",
    "portuguese": "pt",
    "italian": "it",
    "korean": "ko",
}
