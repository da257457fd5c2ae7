"""The parts of docs/ that are made from the program itself: the commands, and the map of the packages.

    python -m tests.support.reference

writes them; a test compares what stands there with what would be written.
"""

import re
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import typer.main

from qa.cli.main import app
from tests.support.fakes import ROOT

COMMANDS = ROOT / "docs" / "cli.md"
MAP = ROOT / "docs" / "architecture.md"
WIDTH = 100  # characters, whatever terminal this runs in
_MAP = re.compile(r"(<!-- packages: .*? -->\n).*?(<!-- end of packages -->)", re.DOTALL)
_HEAD = """# Commands

This page is written by `make docs` from `--help`. [What to do with them](../README.md#ask-your-own-documents).

"""


def commands() -> str:
    """The help of the program and of every command, as Markdown."""
    return _HEAD + "\n".join(_section(*found) for found in _walk(command(), "qa"))


def command() -> Any:
    """The program, as click knows it."""
    return typer.main.get_command(app)


def _walk(command: Any, name: str, parent: Any = None) -> Iterator[tuple[Any, str]]:
    context = command.context_class(
        command, info_name=name, parent=parent, terminal_width=WIDTH, **command.context_settings
    )
    yield context, context.command_path
    for inner in getattr(command, "commands", {}).values():
        yield from _walk(inner, inner.name, context)


def _section(context: Any, path: str) -> str:
    return f"## {path}\n\n```text\n{context.get_help().rstrip()}\n```\n"


def packages() -> list[str]:
    """Our packages, each before those within it."""
    inits = (p for layer in ("corpus", "index", "qa") for p in (ROOT / layer).rglob("__init__.py"))
    return sorted(".".join(path.parent.relative_to(ROOT).parts) for path in inits)


def package_map() -> str:
    """Every package with the first sentence of its docstring, as a table."""
    rows = [f"| `{name.replace('.', '/')}/` | {_sentence(name)} |" for name in packages()]
    return "\n".join(["", "| package | what it does |", "| --- | --- |", *rows, "", ""])


def _sentence(package: str) -> str:
    return " ".join((import_module(package).__doc__ or "").split("\n\n")[0].split())


def with_map(page: str) -> str:
    """The page with the map of the packages as it is now."""
    return _MAP.sub(lambda found: found[1] + package_map() + found[2], page)


def main() -> None:
    """Write both."""
    COMMANDS.write_text(commands(), "utf-8")
    MAP.write_text(with_map(MAP.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    main()
