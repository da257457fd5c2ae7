"""Text and JSON that are safe to print on a terminal, shared by the command line and the page."""

import json
import re
from typing import Any

from corpus.types import Span

# Characters that control a terminal or can make a line look different from what it contains:
# control characters, line separators, changes of the writing direction, lone surrogates.
_CONTROL = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)


def fold(text: str) -> str:
    """The text on one line, with each run of white space as one space."""
    return re.sub(r"\s+", " ", text)


def visible(name: str) -> str:
    r"""A file name, or other untrusted text, with characters that control a terminal escaped.

    >>> visible("a\x1b[2Jb\n.txt")
    'a\\x1b[2Jb\\x0a.txt'
    """
    return _CONTROL.sub(_spelt, name)


def _spelt(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def one_line(text: str) -> str:
    r"""The text folded and made visible, so it is safe as one line on a terminal.

    >>> one_line("two\nlines\x07")
    'two lines\\x07'
    """
    return visible(fold(text))


def plain_json(value: Any, *, indent: int | None = 2) -> str:
    r"""The value as JSON in its own script; only characters that control a terminal are escaped.

    >>> plain_json({"a": "\x9b2J 日本"}, indent=None)
    '{"a": "\\u009b2J 日本"}'
    """
    # JSON has control characters only within strings, where an escape means the same.
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    return re.sub(r"(?!\n)" + _CONTROL.pattern, lambda match: f"\\u{ord(match[0]):04x}", text)


def excerpt(quote: Span, *, longest: int = 300) -> str:
    """The beginning of a quote on one line of at most `longest` characters."""
    return shortened(quote.text, longest=longest)


def shortened(text: str, *, longest: int = 1_200) -> str:
    """The beginning of a text on one line of at most `longest` characters."""
    words = fold(text).strip()
    if len(words) <= longest:
        return words
    cut = words.rfind(" ", 0, longest - 1)
    # subtle: scripts without spaces are cut between any two characters.
    return words[: cut if cut > longest // 2 else longest - 2].rstrip() + " …"
