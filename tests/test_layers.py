"""The house: arrows point one way, packages are entered by their public names, importing is cheap."""

import ast
import json
import re
import subprocess
import sys
from collections import Counter
from functools import cache
from graphlib import CycleError, TopologicalSorter
from importlib import import_module
from pathlib import Path

import pytest

from tests.support.fakes import ROOT

LAYERS = ("corpus", "index", "qa")
HEAVY = ["torch", "transformers", "sentence_transformers", "gradio", "faiss"]

# From the bottom up: each line stands on the lines above it, never on those below or on its own.
ORDER = [
    ["corpus._runtime", "corpus.errors", "corpus.provenance", "corpus.samples", "corpus.words"],
    ["corpus.types"],
    ["corpus.passages", "corpus.duplicates"],
    ["corpus.cleaning"],
    ["corpus.metadata"],
    ["corpus.formats"],
    ["corpus.reading"],
    ["index.types"],
    ["index.passage_text", "index.storage"],
    ["index.encoders", "index.retrievers"],
    ["index.search"],
    ["index.indexing"],
    ["qa.defaults", "qa.cancellation", "qa.types"],
    ["qa.render"],
    ["qa.question"],
    ["qa.reader"],
    ["qa.answering", "qa.audit"],
    ["qa.evaluation", "qa.web"],
    ["qa.training"],
    ["qa.cli"],
]
RANK = {room: rank for rank, rooms in enumerate(ORDER) for room in rooms}

# The packages within a package, in the same way; what the package itself holds may be used by all of them.
INNER = {
    "corpus.formats": [
        ["web"],
        ["archives", "office", "tabular"],
        ["mail", "pdf"],
    ],
    "qa.reader": [["confidence", "span_model"]],
    "qa.training": [["core"]],
    "qa.web": [["access"], ["collection"], ["views"], ["api"]],
}

MOST_ENTRIES, MOST_LINES = 12, 400
PAGE = (ROOT / "qa" / "web" / "page").resolve()


def modules() -> dict[str, Path]:
    """Our modules by their dotted names; a package has its own."""
    found = {}
    for path in (p for layer in LAYERS for p in (ROOT / layer).rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


MODULES = modules()
PACKAGES = sorted(name for name, path in MODULES.items() if path.name == "__init__.py")


@cache
def imports(source: str) -> set[tuple[str, str]]:
    """What a module imports of our own, wherever in it: pairs of a module and a name in it."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {(alias.name, "") for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are written out in full"
            assert node.module
            found |= {(node.module, alias.name) for alias in node.names}
    return {(module, name) for module, name in found if module.split(".")[0] in (*LAYERS, "tests")}


def home(module: str, name: str) -> str:
    """The module that a name comes from."""
    if f"{module}.{name}" in MODULES:
        return f"{module}.{name}"
    if MODULES[module].name == "__init__.py" and name:
        return homes(module).get(name, module)
    return module


def homes(package: str) -> dict[str, str]:
    """The modules of a package's public names."""
    listed: dict[str, tuple[str, ...]] = getattr(import_module(package), "_HOMES", {})
    return {name: module for module, names in listed.items() for name in names}


def arrows() -> dict[str, set[str]]:
    """Which modules each module imports; what a package only hands on is not counted as its own."""
    return {
        module: {home(*pair) for pair in imports(path.read_text("utf-8"))} - {module}
        for module, path in MODULES.items()
        if path.name != "__init__.py"
    }


ARROWS = arrows()


def room(module: str) -> str:
    """The package, or the module at the top of a layer, that a module is in."""
    return ".".join(module.split(".")[:2])


def test_the_reading_of_imports_sees_them_all() -> None:
    source = "import qa.web as w\nfrom index.search import Index\ndef f():\n    import corpus, os\n"
    assert imports(source) == {("qa.web", ""), ("index.search", "Index"), ("corpus", "")}
    assert home("index.search", "Index") == "index.search.hybrid"


def test_every_room_has_its_place_in_the_order() -> None:
    assert {room(module) for module in MODULES} - set(LAYERS) == set(RANK)


def test_no_room_stands_on_one_that_is_not_below_it() -> None:
    wrong = [
        f"{module} -> {other}"
        for module, others in ARROWS.items()
        for other in others
        if room(module) != room(other) and RANK[room(other)] >= RANK[room(module)]
    ]
    assert wrong == []


@pytest.mark.parametrize("package", INNER)
def test_the_packages_within_a_package_keep_their_order(package: str) -> None:
    ranks = {f"{package}.{name}": n for n, row in enumerate(INNER[package]) for name in row}
    assert {p for p in PACKAGES if p.rpartition(".")[0] == package} == set(ranks)

    def inner(module: str) -> str:
        return ".".join(module.split(".")[:3])

    wrong = [
        f"{module} -> {other}"
        for module, others in ARROWS.items()
        for other in others
        if inner(module) in ranks
        and inner(other) in ranks
        and inner(module) != inner(other)
        and ranks[inner(other)] >= ranks[inner(module)]
    ]
    assert wrong == []


def test_no_files_import_each_other_in_a_circle() -> None:
    try:
        order = [*TopologicalSorter(ARROWS).static_order()]
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))
    assert set(order) >= set(ARROWS)


def test_a_package_is_entered_by_its_public_names_alone() -> None:
    wrong = []
    for module, path in MODULES.items():
        if path.name == "__init__.py":
            continue
        here = module.rpartition(".")[0]
        for of, name in imports(path.read_text("utf-8")):
            package = of if MODULES[of].name == "__init__.py" else of.rpartition(".")[0]
            if package == here or package in LAYERS or here.startswith(f"{package}."):
                continue
            if of != package or name not in import_module(package).__all__:
                wrong.append(f"{module}: from {of} import {name}")
    assert wrong == []


@pytest.mark.parametrize("package", [p for p in PACKAGES if p not in LAYERS])
def test_a_package_makes_public_what_others_use_and_says_what_it_does(package: str) -> None:
    found = import_module(package)
    said = (found.__doc__ or "").strip()
    assert said.endswith(".") and "\n\n" not in said, "one sentence"
    public = getattr(found, "__all__", [])
    assert sorted(public) == sorted(set(public))
    for name in public:
        assert getattr(found, name) is not None
        # subtle: importing a module sets its name in the package, over whatever was exported.
        here = f"{package}.{name}"
        assert here not in MODULES or getattr(found, name) is import_module(here), here
    used = {
        name
        for module, path in MODULES.items()
        if not module.startswith(f"{package}.") and module != package
        for of, name in imports(path.read_text("utf-8"))
        if of == package
    }
    tested = {
        name
        for path in (ROOT / "tests").rglob("*.py")
        for of, name in imports(path.read_text("utf-8"))
        if of == package
    }
    assert set(public) - used - tested == set()


def test_no_public_name_is_hidden_by_a_module_of_its_name() -> None:
    """Importing a module sets its name in its package, in place of what was there."""
    named = {f"{package}.{name}" for package in PACKAGES for name in homes(package)}
    assert named & set(MODULES) == set()


def page_imports(path: Path) -> set[Path]:
    """The files that a file of the page imports."""
    lines = r'^(?:import|export) .* from "(\..+)";$'
    found = re.findall(lines, path.read_text("utf-8"), re.MULTILINE)
    return {(path.parent / name).resolve() for name in found}


def test_no_files_of_the_page_import_each_other_in_a_circle() -> None:
    scripts = {path.resolve(): page_imports(path) for path in PAGE.rglob("*.js")}
    assert PAGE / "core" / "dom.js" in scripts[PAGE / "core" / "server.js"]
    assert set().union(*scripts.values()) <= set(scripts), "what is imported is there"
    try:
        order = [*TopologicalSorter(scripts).static_order()]
    except CycleError as error:
        pytest.fail(" -> ".join(path.name for path in error.args[1]))
    assert order[-1] == PAGE / "main.js"


def test_the_page_s_core_stands_on_nothing_but_itself() -> None:
    core = PAGE / "core"
    assert {path.parent for one in core.glob("*.js") for path in page_imports(one)} == {core}


def test_no_folder_is_crowded_and_no_file_is_long() -> None:
    folders = {path.parent for path in [*MODULES.values(), *PAGE.rglob("*.*")]}
    for folder in folders:
        entries = {p.name for p in folder.iterdir()} - {"__init__.py", "__pycache__", "py.typed"}
        if folder.parent.name != "samples":
            assert len(entries) <= MOST_ENTRIES, folder
    for path in (p for layer in LAYERS for p in (ROOT / layer).rglob("*")):
        if path.suffix in (".py", ".js", ".css"):
            assert len(path.read_text("utf-8").splitlines()) <= MOST_LINES, path


def test_a_file_name_is_used_once() -> None:
    shared = {"__init__", "types", "base", "load", "lines"}
    names = Counter(path.stem for path in MODULES.values() if path.stem not in shared)
    assert {name for name, count in names.items() if count > 1} == set()


@pytest.mark.parametrize("modules", ["corpus", "corpus, index", "qa"])
def test_importing_loads_nothing_heavy(modules: str, tmp_path: Path) -> None:
    script = (
        f"import json, sys, {modules}\nprint(json.dumps([m for m in {HEAVY} if m in sys.modules]))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert json.loads(ran.stdout) == []
