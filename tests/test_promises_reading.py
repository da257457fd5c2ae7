"""Trouble of the machine is not a fault of a file: the file is tried again, and nothing already read is lost."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from corpus.reading import State, pool
from corpus.types import Document
from index.indexing.ingest import MOST_TRIES
from index.indexing.updater import update
from index.storage import FILE_NAME, Record, Store
from index.types import Changes
from qa.audit import index_status, status_lines
from tests.support.fakes import ROOT, SMALL, FakeEncoder, write
from tests.support.workers import OBEDIENT, is_running, workers

pytestmark = pytest.mark.slow  # readers are really killed
linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs /proc")


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Make workers obey the texts; while this file exists, memory (or the disk) is short."""
    path = tmp_path / "short"
    monkeypatch.setattr(pool, "_START", OBEDIENT)
    monkeypatch.setenv("SHORT", str(path))
    return path


def mails(count: int, *, bad: int | None = None, word: str = "SLOW") -> str:
    """A mailbox with this many messages, one of which contains another word."""
    return "".join(
        f"From ann@example.org Mon May  2 10:00:{n % 60:02d} 2016\n"
        f"From: Ann Lee <ann@example.org>\nSubject: Letter {n}\n"
        f"Date: Mon, 2 May 2016 10:00:00 +0000\n\n"
        f"{word if n == bad else 'SLOW' if bad is None else 'Quick'}: letter {n} tells of rain.\n\n"
        for n in range(count)
    )


def run(root: Path, place: Path, encoder: FakeEncoder | None = None) -> Changes:
    return update(root, place, encoder or FakeEncoder(), chunking=SMALL)


def ledger(place: Path) -> dict[str, Record]:
    store = Store.open(place / FILE_NAME)
    try:
        return store.ledger()
    finally:
        store.close()


def documents(place: Path) -> list[Document]:
    store = Store.open(place / FILE_NAME)
    try:
        return [document for _, document in store.documents()]
    finally:
        store.close()


def ids(place: Path) -> set[str]:
    return {document.id for document in documents(place)}


LETTERS = {f"letters.mbox#{n}" for n in range(1, 35)}


@linux
@pytest.mark.usefixtures("short")
@pytest.mark.parametrize("after_s", [0.0, 0.2, 0.4, 0.6])
def test_a_reader_that_is_killed_at_any_moment_loses_no_document(
    tmp_path: Path, place: Path, after_s: float
) -> None:
    root = tmp_path / "docs"
    write(root, rain="Rain fell.", sun="The sun shone.")
    (root / "letters.mbox").write_text(mails(34))
    killed: list[int] = []

    def kill() -> None:
        end = time.monotonic() + 60
        while not (found := workers()) and time.monotonic() < end:
            time.sleep(0.01)
        time.sleep(after_s)
        for pid in found:
            os.kill(pid, signal.SIGKILL)
            killed.append(pid)

    killer = threading.Thread(target=kill)
    killer.start()
    run(root, place)
    killer.join()
    assert len(killed) == 1
    assert ids(place) == LETTERS | {"rain.txt", "sun.txt"}
    assert {one.state for one in ledger(place).values()} == {State.READ}
    assert run(root, place) == Changes(unchanged=3)


@pytest.mark.parametrize(
    ("word", "why"),
    [
        ("KILL", "the process that read it was ended by SIGKILL"),
        ("EAT", "there is not enough memory to read it"),
        ("FULL", "it could not be read: No space left on device"),
        ("WAIT", "a document in it took more than 8 s to read"),
    ],
)
def test_what_came_from_outside_is_tried_again_by_the_next_run(
    tmp_path: Path,
    place: Path,
    short: Path,
    monkeypatch: pytest.MonkeyPatch,
    word: str,
    why: str,
) -> None:
    given = {**(pool.read_all.__kwdefaults__ or {}), "patience_s": 8.0 if word == "WAIT" else 60.0}
    monkeypatch.setattr(pool.read_all, "__kwdefaults__", given)
    root = tmp_path / "docs"
    write(root, rain="Rain fell.", some=f"{word} in the valley.")
    short.touch()
    run(root, place)
    record = ledger(place)["some.txt"]
    assert record.state is State.LATER
    assert record.reason == f"{why}; the next run tries again (1 of 3 tries)"
    assert ids(place) == {"rain.txt"}
    said = status_lines(index_status(root, place))
    assert "1 read, 1 to be tried again" in said
    assert f"some.txt: {record.reason}" in said
    short.unlink()
    run(root, place)
    assert ids(place) == {"rain.txt", "some.txt"}
    assert ledger(place)["some.txt"].state is State.READ


def test_what_a_killed_reader_had_read_stays_and_is_not_encoded_again(
    tmp_path: Path, place: Path, short: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "SLICE_DOCUMENTS", 4)
    root = tmp_path / "docs"
    root.mkdir()
    (root / "letters.mbox").write_text(mails(34, bad=29, word="KILL"))
    short.touch()
    run(root, place)
    before = {f"letters.mbox#{n}" for n in range(1, 30)}
    assert ids(place) == before
    [problem] = ledger(place)["letters.mbox"].problems
    assert problem.reason == (
        "the process that read it was ended by SIGKILL; the next run tries again (1 of 3 tries)"
    )
    short.unlink()
    encoder = FakeEncoder()
    run(root, place, encoder)
    assert ids(place) == LETTERS
    encoded = {int(n) for text in encoder.encoded for n in re.findall(r"etter (\d+)", text)}
    assert encoded == {29, 30, 31, 32, 33}, "only what had not been read"
    assert ledger(place)["letters.mbox"].state is State.READ


def test_a_document_that_memory_does_not_hold_leaves_the_others_and_is_tried_again(
    tmp_path: Path, place: Path, short: Path
) -> None:
    root = tmp_path / "docs"
    root.mkdir()
    (root / "letters.mbox").write_text(mails(34, bad=9, word="EAT"))
    short.touch()
    run(root, place)
    assert ids(place) == LETTERS - {"letters.mbox#10"}
    assert ledger(place)["letters.mbox"].state is State.LATER
    short.unlink()
    run(root, place)
    assert ids(place) == LETTERS


def test_a_new_version_that_cannot_be_read_yet_does_not_take_the_old_one_away(
    tmp_path: Path, place: Path, short: Path
) -> None:
    root = tmp_path / "docs"
    root.mkdir()
    (root / "letters.mbox").write_text(mails(34, bad=99))
    run(root, place)
    (root / "letters.mbox").write_text(mails(35, bad=0, word="KILL"))
    short.touch()
    run(root, place)
    assert ids(place) == LETTERS
    short.unlink()
    run(root, place)
    assert ids(place) == LETTERS | {"letters.mbox#35"}


def test_a_file_is_tried_in_three_runs_then_when_it_changes(
    tmp_path: Path, place: Path, short: Path
) -> None:
    root = tmp_path / "docs"
    write(root, rain="Rain fell.", some="KILL in the valley.")
    short.touch()
    for tries in range(1, MOST_TRIES):
        run(root, place)
        assert ledger(place)["some.txt"].rules == f"again {tries}"
    run(root, place)
    record = ledger(place)["some.txt"]
    assert record.state is State.FAILED
    assert record.reason.endswith("; tried in 3 runs; the next try is when the file changes")
    short.unlink()
    assert run(root, place) == Changes(unchanged=2, skipped=1)
    assert ids(place) == {"rain.txt"}
    write(root, some="KILL in the valley, again.")
    run(root, place)
    assert ids(place) == {"rain.txt", "some.txt"}


def test_giving_up_keeps_what_was_read_and_drops_what_only_the_old_version_held(
    tmp_path: Path, place: Path, short: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "SLICE_DOCUMENTS", 2)
    root = tmp_path / "docs"
    write(root, rain="Rain fell.")
    (root / "letters.mbox").write_text(mails(12, bad=99))
    run(root, place)
    (root / "letters.mbox").write_text(mails(12, bad=6, word="KILL"))
    short.touch()
    for _ in range(MOST_TRIES):
        run(root, place)
    assert ledger(place)["letters.mbox"].state is State.PARTLY
    assert ids(place) == {"rain.txt"} | {f"letters.mbox#{n}" for n in range(1, 7)}


@linux
@pytest.mark.parametrize("busy", ["HANG", "LOOP", "GREP", "Rain"])
def test_a_reader_ends_within_seconds_of_who_asked(tmp_path: Path, busy: str) -> None:
    write(tmp_path / "docs", a=f"{busy} now.")
    code = (
        "import sys, threading, time; sys.path.append(sys.argv[1])\n"
        "from pathlib import Path\n"
        "from corpus.reading import pool, walk\n"
        "from tests.support.workers import OBEDIENT\n"
        "pool._START = OBEDIENT\n"
        "worker = pool.Worker(600)\n"
        "worker._running()\n"
        "print(worker.process.pid, flush=True)\n"
        "list(worker.read(next(walk(Path(sys.argv[2]))), threading.Event()))\n"
        "time.sleep(600)\n"
    )
    command = [sys.executable, "-c", code, str(ROOT), str(tmp_path / "docs")]
    asker = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert asker.stdout is not None
    pid = int(asker.stdout.readline())
    time.sleep(2.5)  # by then it is working on it
    assert is_running(pid)
    asker.kill()
    asker.wait()
    asker.stdout.close()
    end = time.monotonic() + 5
    while is_running(pid) and time.monotonic() < end:
        time.sleep(0.05)
    assert not is_running(pid)
