import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from corpus.reading import pool
from corpus.reading.files import walk
from corpus.reading.loader import read
from corpus.reading.pool import read_all
from corpus.reading.results import Loaded, Skipped, SourceFile, State
from corpus.types import Problem
from tests.support.fakes import ROOT, write

# A worker whose parser does what a text tells it to.
HOSTILE = f"""
import json, os, signal, sys, time
sys.path[:] = json.loads(sys.argv[1]) + [{str(ROOT)!r}]
from corpus.reading import loader as loading, worker
from corpus.formats.base import Format, Part, Raw
sound = loading.clean
def clean(text, **options):
    if "HANG" in text: time.sleep(600)
    if "LOOP" in text:
        while True: pass
    if "EXIT" in text: os._exit(3)
    if "CRASH" in text: os.kill(os.getpid(), signal.SIGSEGV)
    if "EAT" in text: bytearray(16 << 30)
    if "PRINT" in text: print("hello"); os.write(1, b"x" * 99); os.write(2, b"y" * 999_999)
    return sound(text, **options)
loading.clean = clean
def parts(handle):
    for number, line in enumerate(handle.read().decode().split("\\n\\n"), start=1):
        yield Part(f"#{{number}}", Raw(line))
known = loading.format_for
loading.format_for = lambda name: Format("lines", frozenset(), parts=parts) if "lines" in name else known(name)
worker.main()
"""


@pytest.fixture
def hostile(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "_START", HOSTILE)


def files(root: Path) -> list[SourceFile]:
    return [file for file in walk(root) if isinstance(file, SourceFile)]


def outcomes(found: Sequence[SourceFile], *, patience_s: float = 30) -> dict[str, Loaded | Skipped]:
    return {found.file.id: found for found in read_all(found, patience_s=patience_s)}


def test_many_files_come_back_as_they_are_read_here(tmp_path: Path) -> None:
    write(
        tmp_path,
        **{f"d{i}": f"Title {i}\n\nBy Ann Lee\n\nRain fell {i} times. 雨 😀" for i in range(40)},
    )
    (tmp_path / "empty.txt").write_bytes(b"")
    (tmp_path / "odd.xyz").write_bytes(b"x")
    found = outcomes(files(tmp_path))
    assert len(found) == 42
    for file in files(tmp_path):
        here, there = read(file), found[file.id]
        if isinstance(here, Loaded):
            assert isinstance(there, Loaded)
            assert (there.sha256, there.parsed, there.problems) == (here.sha256, here.parsed, ())
            assert there.parsed[0].document.metadata == here.parsed[0].document.metadata
            assert there.parsed[0].document.text == here.parsed[0].document.text
        else:
            assert there == here


@pytest.mark.usefixtures("hostile")
def test_a_file_that_kills_its_reader_fails_alone(tmp_path: Path) -> None:
    write(
        tmp_path,
        a="Rain fell.",
        b="EXIT now.",
        c="CRASH now.",
        d="EAT it all.",
        e="PRINT it.",
        f="End.",
    )
    found = outcomes(files(tmp_path))
    reasons = {id: one.reason for id, one in found.items() if isinstance(one, Skipped)}
    assert reasons == {
        "b.txt": "the process that read it ended with code 3",
        "c.txt": "the process that read it was ended by SIGSEGV",
        "d.txt": "there is not enough memory to read it",
    }
    for id in reasons:
        one = found[id]
        assert isinstance(one, Skipped)
        assert one.state is State.LATER and len(one.sha256) == 64
    whole = [one.documents[0].text for one in found.values() if isinstance(one, Loaded)]
    assert sorted(whole) == ["End.", "PRINT it.", "Rain fell."]


@pytest.mark.usefixtures("hostile")
@pytest.mark.parametrize("how", ["HANG", "LOOP"])
def test_a_file_that_takes_for_ever_is_given_up(tmp_path: Path, how: str) -> None:
    write(tmp_path, a="Rain fell.", b=f"{how} now.", c="End.")
    found = outcomes(files(tmp_path), patience_s=1.5)
    bad = found["b.txt"]
    assert isinstance(bad, Skipped)
    assert bad.reason == "a document in it took more than 2 s to read"
    assert isinstance(found["a.txt"], Loaded) and isinstance(found["c.txt"], Loaded)


@pytest.mark.usefixtures("hostile")
def test_what_was_read_before_a_file_broke_off_is_kept(tmp_path: Path) -> None:
    (tmp_path / "mail.lines").write_text("One.\n\nTwo.\n\nEXIT.\n\nFour.")
    # The format is known to the worker alone.
    [file] = files(tmp_path)
    found = outcomes([file])["mail.lines"]
    assert isinstance(found, Loaded)
    assert [(d.id, d.text, d.source) for d in found.documents] == [
        ("mail.lines#1", "One.", "mail.lines"),
        ("mail.lines#2", "Two.", "mail.lines"),
    ]
    assert found.problems == (Problem("mail.lines", "the process that read it ended with code 3"),)
    assert found.state is State.LATER


@pytest.mark.usefixtures("hostile")
def test_who_stops_asking_is_not_kept_waiting(tmp_path: Path) -> None:
    write(tmp_path, **{f"d{i:02d}": "HANG." if i > 2 else "Rain." for i in range(40)})
    before = threading.active_count()
    found = read_all(files(tmp_path), patience_s=60)
    assert isinstance(found, Iterator)
    next(found)
    began = time.monotonic()
    found.close()  # type: ignore[attr-defined]
    assert time.monotonic() - began < 5
    assert threading.active_count() <= before + 2  # those that forward lines end by themselves


def test_modules_in_the_folder_of_documents_are_not_run(tmp_path: Path) -> None:
    (tmp_path / "corpus").mkdir()
    for name in ("json.py", "corpus/__init__.py", "sitecustomize.py"):
        (tmp_path / name).write_text("import os\nos._exit(7)\n")
    write(tmp_path, a="Rain fell.")
    code = (
        "import sys; sys.path[:] = [p for p in sys.path if p]; sys.path.append(sys.argv[1])\n"
        "from pathlib import Path\n"
        "from corpus.reading.pool import read_all\n"
        "from corpus.reading.files import walk\n"
        "print([d.text for one in read_all([f for f in walk(Path()) if f.id == 'a.txt']) for d in one.documents])"
    )
    command = [sys.executable, "-P", "-c", code, str(ROOT)]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (ran.stdout, ran.stderr) == ("['Rain fell.']\n", "")


@pytest.mark.slow
def test_a_killed_asker_leaves_no_reader_behind(tmp_path: Path) -> None:
    write(tmp_path, a="Rain fell.")
    code = (
        "import sys, time; sys.path.append(sys.argv[1])\n"
        "import threading\n"
        "from pathlib import Path\n"
        "from corpus.reading.pool import Worker\n"
        "from corpus.reading.files import walk\n"
        "worker = Worker(30)\n"
        "list(worker.read(next(walk(Path(sys.argv[2]))), threading.Event()))\n"
        "print(worker.process.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    command = [sys.executable, "-c", code, str(ROOT), str(tmp_path)]
    asker = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert asker.stdout is not None
    pid = int(asker.stdout.readline())
    os.kill(pid, 0)
    asker.kill()
    asker.wait()
    asker.stdout.close()
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and is_running(pid):
        time.sleep(0.05)
    assert not is_running(pid)


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat")
    # One that has ended and whom nobody has buried yet does not run.
    return not state.exists() or state.read_text().rpartition(")")[2].split()[0] != "Z"
