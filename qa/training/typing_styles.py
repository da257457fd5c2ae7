"""Questions the way people type them: in lower case, without the mark, as keywords, with a slip."""

import random
import re

from index.terms import STOP_WORDS

_LETTERS = re.compile(r"\w+")


def as_typed(question: str, random: random.Random) -> str:
    """The question in one or two of the ways in which people type."""
    styles = [_without_mark, _lower, _keywords, _with_slip]
    for style in random.sample(styles, random.choice([1, 1, 2])):
        question = style(question, random)
    return question


def _without_mark(question: str, _: random.Random) -> str:
    return question.rstrip("?!. ") or question


def _lower(question: str, _: random.Random) -> str:
    return question.lower()


def _keywords(question: str, random: random.Random) -> str:
    """Without its function words; the question word may stay ("when", "how many")."""
    words = question.rstrip("?!. ").split()
    first = 1 if random.random() < 0.5 else 0
    kept = words[:first] + [w for w in words[first:] if w.lower() not in STOP_WORDS]
    return " ".join(kept) if len(kept) > 1 else question


def _with_slip(question: str, random: random.Random) -> str:
    """One slip in a word of five letters or more: two letters change places, or one goes or doubles."""
    long = [found for found in _LETTERS.finditer(question) if len(found[0]) >= 5]
    if not long:
        return question
    found = random.choice(long)
    word, i = found[0], random.randrange(1, len(found[0]) - 1)
    slipped = random.choice(
        [
            word[:i] + word[i + 1] + word[i] + word[i + 2 :],
            word[:i] + word[i + 1 :],
            word[:i] + word[i] + word[i:],
        ]
    )
    return question[: found.start()] + slipped + question[found.end() :]
