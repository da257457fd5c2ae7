"""The README is true: its commands exist, its Python runs, and it names every file."""

import contextlib
import io
import re
import shlex
from pathlib import Path

import pytest
import typer.main

import qa.answering.assistant
from corpus.samples import samples
from index.types import Encoder
from qa.cli.main import app
from tests.support.fakes import ROOT

README = (ROOT / "README.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def commands() -> list[str]:
    lines = [line for block in blocks("console") for line in block.splitlines()]
    return [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]


QA = [line for line in commands() if line.startswith("qa ")]
MAKE = [line for line in commands() if line.startswith("make ")]
SCRIPTS = [line for line in commands() if re.search(r"tests[/.]benchmarks[/.]", line)]


@pytest.mark.parametrize("line", QA)
def test_every_qa_command_parses(
    line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    words = shlex.split(re.split(r" [|>] ", line)[0])
    command = typer.main.get_command(app)
    rest = words[1:]
    while hasattr(command, "commands"):
        command = command.commands[rest.pop(0)]
    assert command.make_context(line, rest).params


@pytest.mark.parametrize("line", MAKE)
def test_every_make_target_exists(line: str) -> None:
    target = shlex.split(line)[1]
    assert re.search(rf"^{re.escape(target)}:", (ROOT / "Makefile").read_text("utf-8"), re.M)


@pytest.mark.parametrize("line", SCRIPTS)
def test_every_benchmark_exists(line: str) -> None:
    words = shlex.split(line)
    called = next(word for word in words if re.match(r"tests[/.]benchmarks", word))
    path = called if called.endswith(".py") else f"{called.replace('.', '/')}.py"
    assert called in (ROOT / path).read_text("utf-8"), "its docstring shows how it is called"


def test_the_python_runs_as_it_stands(
    default_encoder: Encoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = "\n".join(blocks("python"))
    assert "articles/" in source
    monkeypatch.setattr(qa.answering.assistant, "load_encoder", lambda: default_encoder)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    source = source.replace('"articles/"', repr(str(samples())))
    names: dict[str, object] = {}
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(compile(source, "README.md", "exec"), names)
    said = re.findall(r"# -> (.*)", source)
    assert said
    assert printed.getvalue().splitlines() == said


def test_every_file_has_its_sentence() -> None:
    files = [p for layer in ("corpus", "index", "qa") for p in (ROOT / layer).rglob("*")]
    names = {
        p.relative_to(ROOT).as_posix()
        for p in files
        if p.suffix in (".py", ".sql", ".css", ".js") and p.name != "__init__.py"
    }
    told = set(re.findall(r"^\| `((?:corpus|index|qa)/[\w/.]+)` \| \S", README, re.MULTILINE))
    assert told == names


def test_links_lead_somewhere() -> None:
    targets = re.findall(r"\]\((?!https?:)([^)#]+)\)", README)
    assert targets
    assert [target for target in targets if not (ROOT / target).exists()] == []
