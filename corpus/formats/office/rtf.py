"""Rich Text Format, by striprtf."""

import re
from contextlib import suppress
from datetime import date

from corpus.errors import DocumentError
from corpus.formats.base import Raw
from corpus.formats.office import properties
from corpus.provenance import Clue

SUFFIXES = frozenset({".rtf"})

_INFO = re.compile(r"\{\\info\b")
_CODE_PAGE = re.compile(r"\\ansicpg(\d{1,5})")
_TIME = re.compile(r"\{\\(creatim|revtim)\\yr(\d{1,4})\\mo(\d{1,2})\\dy(\d{1,2})")
_GROUP = re.compile(r"\{\\(title|author)\b ?((?:[^{}\\]|\\[^{}]|\\[{}]){1,2000})\}")
_TABLE_ROW = re.compile(r"^(.*\|)$", re.MULTILINE)
# The dots of a picture, which striprtf would go through one by one; no words are made of these only.
_DOTS = re.compile(r"[0-9a-fA-F\r\n]{500,}")
LONGEST_INFO = 20_000
MOST_FONTS = 5_000


def read(data: bytes) -> Raw:
    """The words, in the encoding that the file names, and its info group.

    Raises:
        DocumentError: if it is no RTF.
    """
    if not data.lstrip(b"\xef\xbb\xbf \r\n").startswith(b"{\\rt"):
        raise DocumentError("it is no RTF file: it does not begin as one")
    # Bytes beyond ASCII stand as themselves in files that keep to no rule; others are escaped.
    code_page = _CODE_PAGE.search(data[:2000].decode("latin-1"))
    source = _decoded(data, f"cp{code_page[1]}" if code_page else "cp1252")
    # subtle: striprtf takes quadratic time for a table of fonts that name no characters.
    at = source.find("\\fonttbl")
    if at >= 0 and source.count("\\f", at, at + 10 * MOST_FONTS) > MOST_FONTS:
        raise DocumentError("its table of fonts is broken")
    text = _plain(_DOTS.sub("", source))
    return Raw(_TABLE_ROW.sub(_row, text), _clues(source))


def _decoded(data: bytes, encoding: str) -> str:
    with suppress(LookupError):
        return data.decode(encoding, errors="replace")
    return data.decode("cp1252", errors="replace")


def _plain(source: str) -> str:
    from striprtf.striprtf import rtf_to_text

    # subtle: striprtf looks for links by a pattern that takes quadratic time; with a space it finds
    # none, and leaves their words as they stand.
    text: str = rtf_to_text(source.replace("\\fldinst{", "\\fldinst {"), errors="replace")
    # Signs beyond 16 bits are written as two halves.
    return text.encode("utf-16", errors="surrogatepass").decode("utf-16", errors="replace")


def _row(row: re.Match[str]) -> str:
    """A row of a table: its cells, each of which ends with a bar.

    >>> _row(re.match("(.*)", "Year|Price|"))
    'Year | Price'
    """
    return " | ".join(cell.strip() for cell in row[1].rstrip("|").split("|"))


def _clues(source: str) -> tuple[Clue, ...]:
    found = _INFO.search(source)
    if found is None:
        return ()
    info = source[found.end() : found.end() + LONGEST_INFO]
    said = {match[1]: _plain("{\\rtf1 " + match[2] + "}") for match in _GROUP.finditer(info)}
    days: dict[str, date] = {}
    for match in _TIME.finditer(info):
        with suppress(ValueError):
            days[match[1]] = date(int(match[2]), int(match[3]), int(match[4]))
    origin = "document properties"
    created, changed = days.get("creatim"), days.get("revtim")
    clues = properties.title(said.get("title"), origin) + properties.author(
        said.get("author"), origin
    )
    return clues + properties.file_made(created, changed, origin)
