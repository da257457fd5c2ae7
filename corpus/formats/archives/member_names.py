"""Names of files within a file, as used in document ids."""

import re
from pathlib import PurePosixPath

_ODD = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def harmless(name: str) -> str:
    r"""A member's name made safe for an id: it cannot leave its folder or hide characters.

    >>> harmless("..\\..\\etc/./passwd"), harmless("C:/talks.html"), harmless("/a\nb.txt")
    ('etc/passwd', 'talks.html', 'a\\nb.txt')
    """
    steps = re.sub(r"^[A-Za-z]:", "", name.replace("\\", "/")).split("/")
    clean = "/".join(step for step in steps if step.strip() not in ("", ".", ".."))
    return _ODD.sub(lambda odd: odd[0].encode("unicode_escape").decode(), clean)


def is_hidden(name: str) -> bool:
    """Whether a member is hidden, or is metadata that macOS added."""
    steps = name.split("/")
    return "__MACOSX" in steps or any(step.startswith(".") for step in steps)


def suffix_of(name: str) -> str:
    """The extension of a name, lower case, with its dot; "" for none.

    >>> suffix_of("2017/Talks.HTML"), suffix_of("README"), suffix_of("x.jsonl.gz")
    ('.html', '', '.gz')
    """
    return PurePosixPath(name).suffix.lower()
