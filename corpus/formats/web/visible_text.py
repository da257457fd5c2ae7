"""All visible words of a piece of HTML: for books, mails and records, which have no page furniture."""

import re
from html import unescape

_UNSEEN = re.compile(
    r"<!--.*?(?:-->|\Z)|<(head|script|style|noscript|template)\b.*?(?:</\1\s*>|\Z)",
    re.DOTALL | re.IGNORECASE,
)
_TAG = re.compile(r"</?[A-Za-z!?][^<>]*>")
_ITEM = re.compile(r"<li\b[^<>]*>", re.IGNORECASE)
_CELL = re.compile(r"</t[dh]\s*>\s*(?=<t[dh]\b)", re.IGNORECASE)
_LINE = re.compile(r"</?(?:tr|dt|dd|option|caption)\b[^<>]*>|</li\s*>", re.IGNORECASE)
_BREAK = re.compile(r"<br\b[^<>]*>", re.IGNORECASE)
_BLOCK = re.compile(
    r"</?(?:p|div|ul|ol|h[1-6]|section|article|header|footer|nav|main|table|form|aside"
    r"|blockquote|pre|dl|figure|figcaption|hr|title|body)\b[^<>]*>",
    re.IGNORECASE,
)
_PREFORMATTED = re.compile(r"(</?pre\b[^<>]*>)", re.IGNORECASE)
_LOOKS_LIKE_HTML = re.compile(
    r"</(?:p|div|li|h[1-6]|span|a|b|i|em|strong)\s*>|<(?:br|p)\s*/?>", re.I
)
_SPACE = re.compile(r"[ \t\r\n\f]+")
# Noncharacters, which no text contains, mark line ends until all spaces have been collapsed.
_NEW_LINE, _BROKEN, _NEW_BLOCK, _KEPT_SPACE = "\ufdd1", "\ufdd2", "\ufdd3", "\ufdd4"
_OURS = re.compile("[\ufdd1-\ufdd4]")
_ENDS = re.compile("[ \ufdd1-\ufdd3]*[\ufdd1-\ufdd3][ \ufdd1-\ufdd3]*")


def text_of_markup(markup: str) -> str:
    r"""The visible text, paragraph by paragraph, with list items and table rows on their own lines.

    >>> text_of_markup("<h1>Grain</h1><p>Bread &amp;\nbutter.<br>Salt.<ul><li>one<li>two</ul>")
    'Grain\n\nBread & butter.\nSalt.\n\n- one\n- two'
    >>> text_of_markup("<table><tr><td>Year</td><td>Price</td></tr><tr><td>2016</td><td>5</td></table>")
    'Year | Price\n2016 | 5'
    """
    markup = _preformatted(_UNSEEN.sub("", _OURS.sub("", markup)))
    text = _ITEM.sub(f"{_NEW_LINE}- ", _CELL.sub(" | ", markup))
    text = _BREAK.sub(_BROKEN, _LINE.sub(_NEW_LINE, text))
    text = _BLOCK.sub(_NEW_BLOCK, text)
    text = _SPACE.sub(" ", unescape(_TAG.sub("", text)))
    return _ENDS.sub(_end, text).replace(_KEPT_SPACE, " ").strip("\n ")


def _preformatted(markup: str) -> str:
    """The markup with each run of white space collapsed to one space, except in <pre>."""
    pieces = _PREFORMATTED.split(markup)
    inside = False
    for i, piece in enumerate(pieces):
        if i % 2:
            inside = not piece.startswith("</")
        elif inside:
            lines = piece.replace(" ", _KEPT_SPACE).splitlines()
            pieces[i] = _BROKEN.join(lines)
        else:
            pieces[i] = _SPACE.sub(" ", piece)
    return "".join(pieces)


def _end(run: re.Match[str]) -> str:
    """An empty line if a block begins or ends here or a line is broken twice; else a line break."""
    return "\n\n" if _NEW_BLOCK in run[0] or run[0].count(_BROKEN) > 1 else "\n"


def without_tags(markup: str) -> str:
    """The visible words of a piece of HTML, with its line breaks unchanged.

    >>> without_tags("<p>Bread &amp; butter<!-- or <jam> --></p>")
    'Bread & butter'
    """
    return unescape(_TAG.sub("", _UNSEEN.sub("", markup))).strip()


def looks_like_html(text: str) -> bool:
    """Whether a value that may be text or HTML is HTML."""
    return bool(_LOOKS_LIKE_HTML.search(text, 0, 20_000))
