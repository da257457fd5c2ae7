"""README and docs/ are true: commands, links and file names exist, the Python runs, figures have commands."""

import ast
import contextlib
import importlib.util
import io
import re
import shlex
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

import qa.answering.assistant
from corpus.samples import samples
from index.types import Encoder
from tests.support import reference
from tests.support.english import habits_in, read_by_people
from tests.support.fakes import ROOT
from tests.support.terminals import Qa

README = ROOT / "README.md"
DOCS = sorted((ROOT / "docs").glob("*.md"))
CARD = ROOT / "qa/reader/weights/README.md"
PAGES = [README, ROOT / "CONTRIBUTING.md", CARD, *DOCS]
TEXTS = {page.relative_to(ROOT).as_posix(): page.read_text("utf-8") for page in PAGES}
_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# What was measured: a figure with a unit or a decimal point.
_UNIT = r"\d\s?(?:%|ms\b|MB\b|GB\b"
_MEASURED = re.compile(rf"{_UNIT}|s\b|seconds|minutes|a second)|\.\d")


def blocks(text: str, language: str) -> list[str]:
    return [code for name, code in _BLOCK.findall(text) if name == language]


def prose(text: str) -> str:
    return _BLOCK.sub("", text)


def commands(text: str) -> list[str]:
    lines = chain.from_iterable(block.splitlines() for block in blocks(text, "console"))
    return [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]


def words_of(line: str) -> list[str]:
    """The words of one command, without its comment and what it is piped to."""
    return shlex.split(re.split(r" [|>] ", line)[0], comments=True)


COMMANDS = sorted({command for text in TEXTS.values() for command in commands(text)})
QA = [line for line in COMMANDS if line.startswith("qa ")]
MAKE = [line for line in COMMANDS if line.startswith("make ")]
SCRIPTS = [line for line in COMMANDS if re.search(r"tests[/.]benchmarks[/.]", line)]
OTHERS = [line for line in COMMANDS if line not in {*QA, *MAKE, *SCRIPTS}]


def test_the_pages_show_commands_of_every_kind() -> None:
    assert "README.md" in TEXTS and "docs/cli.md" in TEXTS and "docs/benchmarks.md" in TEXTS
    assert len(QA) > 30 and len(MAKE) > 3 and len(SCRIPTS) > 6
    # Of all others only these, so that no command is left unchecked.
    assert {line.split()[0] for line in OTHERS} <= {"curl", ".venv/bin/python", "python"}
    modules = [line.split()[2] for line in OTHERS if line.startswith("python ")]
    assert modules
    for module in modules:
        found = importlib.util.find_spec(module)
        assert found is not None and found.origin is not None
        assert '__name__ == "__main__"' in Path(found.origin).read_text("utf-8")


@pytest.mark.parametrize("line", QA)
def test_every_qa_command_parses(
    line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    command, rest = reference.command(), words_of(line)[1:]
    while hasattr(command, "commands"):
        command = command.commands[rest.pop(0)]
    assert command.make_context(line, rest).params


@pytest.mark.parametrize("line", MAKE)
def test_every_make_target_exists(line: str) -> None:
    target = words_of(line)[1]
    assert re.search(rf"^{re.escape(target)}:", (ROOT / "Makefile").read_text("utf-8"), re.M)


@pytest.mark.parametrize("line", SCRIPTS)
def test_every_benchmark_exists(line: str) -> None:
    called = next(word for word in words_of(line) if re.match(r"tests[/.]benchmarks", word))
    path = called if called.endswith(".py") else f"{called.replace('.', '/')}.py"
    assert called in (ROOT / path).read_text("utf-8"), "its docstring shows how it is called"


@pytest.mark.parametrize("page", TEXTS)
def test_every_option_that_is_spoken_of_exists(page: str) -> None:
    known = {"--benchmark", "--show", "--seed", "--durations", "--lf"}  # not of the program itself
    known |= set(re.findall(r"--[a-z][\w-]*", reference.commands()))
    spoken = set(re.findall(r"`(?:qa [^`]*)?(--[a-z][\w-]*)", prose(TEXTS[page])))
    assert spoken - known == set()


@pytest.mark.parametrize("page", ["README.md", "docs/python.md"])
def test_the_python_runs_as_it_stands(
    page: str, default_encoder: Encoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = "\n".join(blocks(TEXTS[page], "python"))
    assert "articles/" in source
    monkeypatch.setattr(qa.answering.assistant, "load_encoder", lambda: default_encoder)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    source = source.replace('"articles/"', repr(str(samples())))
    names: dict[str, object] = {}
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(compile(source, page, "exec"), names)
    said = re.findall(r"# -> (.*)", source)
    assert said
    assert printed.getvalue().splitlines() == said


def shown(page: str) -> list[tuple[str, str]]:
    """The questions to the samples that a page shows, each with the output below it."""
    example = re.compile(r'^\$ qa (ask ".*")\n((?:(?!\$ |```).*\n)+)', re.MULTILINE)
    return [found for block in blocks(TEXTS[page], "console") for found in example.findall(block)]


EXAMPLES = [(page, words, said) for page in TEXTS for words, said in shown(page)]


def test_an_answer_a_refusal_and_a_value_are_shown() -> None:
    assert [page for page, _, _ in EXAMPLES] == [*["README.md"] * 3, "docs/metadata.md"]


@pytest.mark.parametrize(("page", "words", "expected"), EXAMPLES)
def test_what_is_shown_is_what_the_program_says(
    qa: Qa, default_encoder: Encoder, page: str, words: str, expected: str
) -> None:
    said = without_confidence(qa(*shlex.split(words)).out).strip()
    wanted, cut, _ = without_confidence(expected).strip().partition("\n…")
    assert said.startswith(wanted) if cut else said == wanted, said


def without_confidence(said: str) -> str:
    """Processors differ in the last digit of it; the word stays."""
    return re.sub(r"\([01]\.\d\d\)", "(…)", said)


def anchors(text: str) -> set[str]:
    """The names that GitHub gives to the headings of a page."""
    headings = re.findall(r"^#+ (.*)$", prose(text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in headings}


@pytest.mark.parametrize("page", TEXTS)
def test_links_lead_somewhere(page: str) -> None:
    folder = (ROOT / page).parent
    for target, anchor in re.findall(r"\]\((?!https?:)([^)#]*)(#[^)]+)?\)", TEXTS[page]):
        path = folder / target if target else ROOT / page
        assert path.exists(), target
        if anchor:
            assert anchor[1:] in anchors(path.read_text("utf-8")), f"{target}{anchor}"


def test_every_page_of_docs_is_linked_from_the_readme() -> None:
    linked = set(re.findall(r"\]\((docs/[\w-]+\.md)", TEXTS["README.md"]))
    assert linked == {page for page in TEXTS if page.startswith("docs/")}


@pytest.mark.parametrize("page", TEXTS)
def test_files_that_are_named_exist(page: str) -> None:
    named = re.findall(r"`((?:corpus|index|qa|tests|docs)/[\w/.-]*)`", prose(TEXTS[page]))
    assert [name for name in named if not (ROOT / name).exists()] == []


def defined(path: Path) -> set[str]:
    """The functions, classes and methods of a module: "name" and "Class.name"."""
    found: set[str] = set()
    for node in ast.parse(path.read_text("utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        if isinstance(node, ast.ClassDef):
            found |= {f"{node.name}.{m.name}" for m in node.body if isinstance(m, ast.FunctionDef)}
    return found


def test_the_six_hops_are_in_the_files_that_are_named() -> None:
    section = TEXTS["docs/architecture.md"].partition("six hops\n")[2].partition("\n## ")[0]
    rows = [line.split("|")[1:3] for line in section.splitlines() if line.startswith("| `")]
    assert len(rows) == 6
    for names, files in rows:
        there = set[str]().union(*(defined(ROOT / file) for file in re.findall(r"`(.*?)`", files)))
        assert set(re.findall(r"`(.*?)`", names)) <= there, names


def test_the_readme_maps_the_packages_of_each_layer() -> None:
    rows = re.findall(r"^(corpus/|index/|qa/|) +(\w.*)$", blocks(TEXTS["README.md"], "")[0], re.M)
    layer, mapped = "", set()
    for name, words in rows:
        layer = name.rstrip("/") or layer
        mapped |= {f"{layer}.{word}" for word in re.split(r" {4,}", words)[0].split()}
    all_of_them = {name for name in reference.packages() if name.count(".") == 1}
    assert mapped == all_of_them - {"corpus.samples"}


def test_what_is_generated_is_up_to_date() -> None:
    page = TEXTS["docs/architecture.md"]
    assert reference.package_map() in page, "run: make docs"
    assert TEXTS["docs/cli.md"] == reference.commands(), "run: make docs"


def sections(text: str) -> dict[str, str]:
    parts = re.split(r"^## (.*)\n", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_a_figure_is_known_when_it_is_seen() -> None:
    for text in ("takes 84 ms", "| .717 |", "F1 0.976", "89, 71 and 32 %", "0.5 GB of memory"):
        assert _MEASURED.search(text), text
    for text in ("above 200,000 passages", "XQuAD's 240 contexts", "the first 10. Then"):
        assert not _MEASURED.search(text), text


@pytest.mark.parametrize(("name", "text"), sections(TEXTS["docs/benchmarks.md"]).items())
def test_no_figure_without_the_command_that_printed_it(name: str, text: str) -> None:
    assert _MEASURED.search(prose(text)), "a section of benchmarks has figures"
    measuring = re.compile(r"qa (?:eval|index)|make bench|python (?:-m )?tests[/.]benchmarks")
    assert any(measuring.match(line) for line in commands(text))


@pytest.mark.parametrize(
    "page",
    [
        p
        for p in TEXTS
        if p not in ("docs/benchmarks.md", "docs/formats.md", "qa/reader/weights/README.md")
    ],
)
def test_other_pages_leave_figures_to_the_benchmarks(page: str) -> None:
    assert re.findall(rf".*{_UNIT}).*", prose(TEXTS[page])) == []


def limits() -> list[tuple[str, str]]:
    from corpus.formats.archives import members
    from corpus.formats.base import LARGEST_FILE, LARGEST_OFFICE
    from corpus.formats.pdf import ocr
    from corpus.formats.tabular.json_records import LARGEST_JSON
    from corpus.reading import loader, pool, worker

    return [
        ("a file that is one document", f"{LARGEST_FILE >> 20} MB"),
        ("a JSON file that is one list", f"{LARGEST_JSON >> 20} MB"),
        ("any other file that holds many documents", f"{loader.LARGEST_CONTAINER >> 30} GB"),
        (
            "what one archive may unpack to",
            f"{members.MOST_UNPACKED >> 30} GB, in at most {members.MOST_MEMBERS:,} files, "
            f"{members.DEEPEST} levels deep",
        ),
        ("what a Word, OpenDocument or EPUB file may unpack to", f"{LARGEST_OFFICE >> 20} MB"),
        ("time for one document", f"{pool.PATIENCE_S:.0f} seconds; more for large files"),
        ("memory of a reading process", f"{worker.MOST_MEMORY >> 30} GB"),
        (
            "pages given to `tesseract`",
            f"{ocr.MOST_PAGES} per file, {ocr.SECONDS:.0f} seconds in all",
        ),
    ]


def test_the_limits_are_those_of_the_program() -> None:
    for name, value in limits():
        assert f"| {name} | {value} |" in TEXTS["docs/formats.md"]


def test_every_format_is_told_of() -> None:
    from corpus.formats import FORMATS

    told = set(re.findall(r"`(\.\w+)`", TEXTS["docs/formats.md"]))
    for form in FORMATS:
        assert not form.suffixes or form.suffixes & told, form.name


@pytest.mark.parametrize("page", [*TEXTS, "Makefile"])
def test_the_english_is_plain(page: str) -> None:
    assert habits_in(read_by_people(ROOT / page)) == []


def sources() -> list[Path]:
    return [path for room in ("corpus", "index", "qa") for path in (ROOT / room).rglob("*.py")]


def test_the_english_of_the_sources_is_plain() -> None:
    assert len(sources()) > 100
    habits = {path: habits_in(read_by_people(path)) for path in sources()}
    assert {path: found for path, found in habits.items() if found} == {}


def test_texts_within_python_are_seen() -> None:
    source = ROOT / "tests/support/english.py"
    assert "again" in read_by_people(source)
    assert "What not to write" in read_by_people(source)
    assert "def habits_in" not in read_by_people(source)


@pytest.mark.parametrize("page", [*TEXTS, "Makefile", ".ci/run", "pyproject.toml"])
def test_the_project_speaks_of_itself_alone(page: str) -> None:
    text = (ROOT / page).read_text("utf-8")
    assert re.findall(r"(?<![\w.])/(?:root|home|work|Users)/\S*", text) == []
    hosts: Any = re.findall(r"https?://([^/\s)>\"]+)", text)
    assert set(hosts) <= {"127.0.0.1:7860", "creativecommons.org", "ask.example.org"}
