"""Questions stay on this machine: no library we use contacts its makers, not even a minute later."""

import ast
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote
from urllib.request import urlopen

import pytest

from corpus._runtime import SILENT
from tests.support.fakes import ROOT
from tests.support.watching import Watched, has_strace, watch

A_MINUTE_S = 62.0
with socket.create_server(("127.0.0.1", 0)) as _free:
    PORT = _free.getsockname()[1]
QUESTION = "When did the Cassini mission end?"
ANSWER = "15 September 2017"

# The program as run by a person who then thinks for a while; torch runs the second encoder.
ASK = f"""
import sys, time
begun = time.monotonic()
from index.encoders import encoder_folder
from qa.cli.main import main
for more in ([], ["--index", "other", "--encoder", str(encoder_folder())]):
    sys.argv = ["qa", "ask", {QUESTION!r}, *more]
    try:
        main()
    except SystemExit as end:
        print("ended with", end.code, flush=True)
time.sleep(max(0, {A_MINUTE_S} - (time.monotonic() - begun)))
"""
CHAT = f"""
import sys
sys.argv = ["qa", "chat", "--no-browser", "--port", "{PORT}"]
from qa.cli.main import main
main()
"""
# The watcher must see these, or it would miss others too: a name, an address, and those of a child process.
TALK = """
import socket, subprocess, sys, pathlib
pathlib.Path.home().joinpath("left").write_text("x")
try:
    socket.getaddrinfo("collector.invalid", 443)
except OSError:
    pass
child = "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).connect(('192.0.2.7', 9))"
subprocess.run([sys.executable, "-c", child])
"""


def environment(**settings: str) -> dict[str, str]:
    return {name: v for name, v in os.environ.items() if name not in SILENT} | settings


def ran(script: str, **settings: str) -> str:
    command = [sys.executable, "-c", script]
    env = environment(PYTHONPATH=str(ROOT), **settings)
    return subprocess.run(command, env=env, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("package", ["corpus", "index", "qa"])
def test_libraries_are_told_to_be_silent_before_any_is_imported(package: str) -> None:
    script = (
        f"import json, os, sys, {package}; libraries = ('onnxruntime', 'gradio', 'huggingface_hub')\n"
        f"print(json.dumps([{{name: os.environ[name] for name in {list(SILENT)}}},"
        " [name for name in libraries if name in sys.modules]]))"
    )
    assert json.loads(ran(script)) == [SILENT, []]


def test_a_worker_process_is_silent_too() -> None:
    script = "import os, corpus.reading.worker; print(os.environ['ORT_DISABLE_TELEMETRY'])"
    assert ran(script) == "1\n"


def test_what_a_person_has_set_on_purpose_is_kept() -> None:
    script = "import os, qa; print(os.environ['HF_HUB_DISABLE_TELEMETRY'])"
    assert ran(script, HF_HUB_DISABLE_TELEMETRY="0") == "0\n"


def test_onnxruntime_leaves_no_number_of_this_device(tmp_path: Path) -> None:
    script = "from index.encoders import load_onnxruntime; load_onnxruntime()"
    ran(script, HOME=str(tmp_path), XDG_CACHE_HOME=str(tmp_path / "cache"))
    assert [*tmp_path.rglob("*")] == []


def imported(path: Path) -> set[str]:
    """The top-level names of everything a module imports, by statement or by name."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add((node.module or "").split(".")[0])
        elif isinstance(node, ast.Call) and node.args:
            name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
            name = node.func.id if isinstance(node.func, ast.Name) else name
            first = node.args[0]
            if name in ("import_module", "__import__", "importorskip"):
                found |= {
                    str(part.value).split(".")[0]
                    for part in ast.walk(first)
                    if isinstance(part, ast.Constant)
                }
    return found


def test_onnxruntime_is_imported_in_one_place_only() -> None:
    paths = [p for top in ("corpus", "index", "qa", "tests") for p in (ROOT / top).rglob("*.py")]
    found = [p.relative_to(ROOT).as_posix() for p in paths if "onnxruntime" in imported(p)]
    assert found == ["index/encoders/onnx_graphs.py"]


def test_the_watcher_sees_names_addresses_children_and_files(tmp_path: Path) -> None:
    seen = watch(tmp_path, "-c", TALK)
    seen.process.communicate(timeout=60)
    assert seen.files() == ["left"]
    asked = seen.asked()
    if has_strace():
        assert "192.0.2.7" in asked
        assert len(asked) > 1, "the name was asked of a resolver"
    else:
        assert asked == ["socket.connect 192.0.2.7", "socket.getaddrinfo collector.invalid"]


@pytest.fixture(scope="module")
def asking(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    watched = watch(tmp_path_factory.mktemp("ask"), "-c", ASK)
    yield watched
    watched.end()


@pytest.fixture(scope="module")
def chatting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    watched = watch(tmp_path_factory.mktemp("chat"), "-c", CHAT)
    yield watched
    watched.end()


def own_files_only(watched: Watched, *others: str) -> bool:
    # The key that seals indexes lies with the user's data.
    allowed = (".cache/corpus-qa/", ".local/share/corpus-qa/index.key", *others)
    assert [name for name in watched.files() if not name.startswith(allowed)] == []
    return any(name.startswith(".cache/corpus-qa/") for name in watched.files())


@pytest.mark.slow
@pytest.mark.usefixtures("chatting")  # both run during the same minute
def test_asking_asks_nobody_for_a_minute(asking: Watched) -> None:
    said, _ = asking.process.communicate(timeout=400)
    assert said.count(ANSWER) >= 2 and said.count("ended with 0") == 2, said
    assert asking.asked() == []
    assert own_files_only(asking, "other/")


@pytest.mark.slow
def test_the_chat_page_asks_nobody_for_a_minute(chatting: Watched) -> None:
    end = time.monotonic() + 300
    answer: dict[str, object] = {}
    while not answer.get("citations"):
        assert time.monotonic() < end and chatting.process.poll() is None
        time.sleep(1)
        try:
            url = f"http://127.0.0.1:{PORT}/ask?question={quote(QUESTION)}"
            with urlopen(url, timeout=60) as response:
                answer = json.load(response)
        except OSError:
            continue
    assert ANSWER in json.dumps(answer)
    time.sleep(A_MINUTE_S)
    assert chatting.asked() == []
    assert own_files_only(chatting)
