"""The arrows between our packages point one way, and importing them is cheap."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.fakes import ROOT

# What each layer may import of our own.
LAYERS = {"corpus": {"corpus"}, "index": {"corpus", "index"}, "qa": {"corpus", "index", "qa"}}
HEAVY = ["torch", "transformers", "sentence_transformers", "gradio", "faiss"]


def imports(source: str) -> set[str]:
    """The top-level packages that a module imports, wherever in it."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are written out in full"
            assert node.module
            found.add(node.module.split(".")[0])
    return found


def test_the_reading_of_imports_sees_them_all() -> None:
    source = "import qa.web as w\nfrom index.search.hybrid import Index\ndef f():\n    import corpus, os\n"
    assert imports(source) == {"qa", "index", "corpus", "os"}


@pytest.mark.parametrize("layer", LAYERS)
def test_no_layer_knows_of_those_above_it(layer: str) -> None:
    modules = sorted((ROOT / layer).rglob("*.py"))
    assert ROOT / layer / "__init__.py" in modules
    wrong = {
        str(path.relative_to(ROOT)): sorted(above)
        for path in modules
        if (above := (imports(path.read_text("utf-8")) & {*LAYERS, "tests"}) - LAYERS[layer])
    }
    assert wrong == {}


@pytest.mark.parametrize("modules", ["corpus", "corpus, index", "qa"])
def test_importing_loads_nothing_heavy(modules: str, tmp_path: Path) -> None:
    script = (
        f"import json, sys, {modules}\nprint(json.dumps([m for m in {HEAVY} if m in sys.modules]))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert json.loads(ran.stdout) == []
