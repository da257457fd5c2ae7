"""Phrases that plain English does without, and the texts of a file that people read."""

import ast
import io
import re
import tokenize
from pathlib import Path

# What not to write, and what to write instead.
HABITS = {
    r"\banew\b": "again",
    r"\bof late\b": "recently",
    r"\bput by\b": "set aside",
    r"\bbeside the index\b": "in the index folder",
    r"\bname a folder\b": "pass a folder",
    r"(?<!there )\bis no (?:link|folder|file)\b": "is not a …",
}


def habits_in(text: str) -> list[str]:
    """Each of these phrases as it is written in the text, with what to write instead.

    >>> habits_in("Build the index\\nanew.")
    ['anew: write "again"']
    """
    flat = " ".join(text.split())
    return [
        f'{found[0]}: write "{better}"'
        for pattern, better in HABITS.items()
        for found in re.finditer(pattern, flat, re.IGNORECASE)
    ]


def read_by_people(path: Path) -> str:
    """What people read of a file: of Python its strings, docstrings and comments, of others everything."""
    source = path.read_text("utf-8")
    if path.suffix != ".py":
        return source
    strings = [
        node.value
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    comments = [token.string.lstrip("# ") for token in tokens if token.type == tokenize.COMMENT]
    return "\n".join([*strings, *comments])
