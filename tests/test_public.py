"""What others may import from `qa`, and that it is documented."""

import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import qa
from qa.answering.assistant import Assistant, ask
from qa.audit.verification import verify

NAMES = [
    "Answer",
    "Assistant",
    "Citation",
    "Document",
    "Filter",
    "Hit",
    "Span",
    "UserError",
    "Verdict",
    "ask",
    "verify",
]


def test_the_public_names_are_these() -> None:
    assert qa.__all__ == NAMES
    found: dict[str, object] = {}
    exec("from qa import *", found)
    assert sorted(name for name in found if not name.startswith("__")) == NAMES
    assert set(NAMES) <= set(dir(qa))


def test_each_name_is_the_thing_itself() -> None:
    for name in NAMES:
        found = getattr(qa, name)
        assert found.__name__ == name
        assert getattr(sys.modules[found.__module__], name) is found
    assert (qa.ask, qa.Assistant, qa.verify) == (ask, Assistant, verify)


@pytest.mark.parametrize("name", NAMES)
def test_each_name_is_documented(name: str) -> None:
    found = getattr(qa, name)
    first = (inspect.getdoc(found) or "").splitlines()[0]
    # A dataclass without a docstring gets its signature as one.
    assert first.endswith((".", ":"))
    assert not first.startswith(f"{name}(")
    members = (
        [m for n, m in vars(found).items() if not n.startswith("_")]
        if inspect.isclass(found)
        else []
    )
    for member in members:
        if inspect.isfunction(member) or isinstance(member, property | classmethod):
            assert inspect.getdoc(member), member


def test_any_other_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'qa' has no attribute 'nothing'"):
        qa.nothing  # noqa: B018
    with pytest.raises(ImportError):
        exec("from qa import nothing")


def test_importing_the_package_imports_none_of_it(tmp_path: Path) -> None:
    script = (
        "import qa, sys; print([m for m in sys.modules if m.startswith(('qa.', 'numpy', 'index'))])"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert ran.stdout == "[]\n"
