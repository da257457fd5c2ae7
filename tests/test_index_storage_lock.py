import os
import subprocess
import sys
from pathlib import Path
from threading import Event, Thread

import pytest

from corpus.errors import IndexLocked, StorageError
from index.storage.lock import writing
from tests.support.fakes import ROOT

HOLD = (
    "import sys, time\nfrom pathlib import Path\nfrom index.storage.lock import writing\n"
    "with writing(Path(sys.argv[1])):\n    print('held', flush=True)\n    time.sleep(60)\n"
)


def holder(place: Path) -> "subprocess.Popen[str]":
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(place)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    assert process.stdout.readline() == "held\n"
    return process


def test_a_second_writer_is_told_who_holds_it_and_a_killed_one_blocks_nobody(place: Path) -> None:
    process = holder(place)
    told: list[str] = []
    try:
        with pytest.raises(IndexLocked) as caught, writing(place, wait_s=0.2, on_wait=told.append):
            pytest.fail("two writers at once")
        assert f"Process {process.pid} on " in str(caught.value)
        assert repr(str(place)) in str(caught.value)
        assert len(told) == 1
        assert told[0].startswith(f"Waiting: process {process.pid} on ")
    finally:
        process.kill()
        process.wait()
        assert process.stdout
        process.stdout.close()
    assert (place / "writer.json").exists()
    told.clear()
    with writing(place, wait_s=0, on_wait=told.append):
        assert f'"pid": {os.getpid()}' in (place / "writer.json").read_text()
    assert told == []
    assert not (place / "writer.json").exists()


def test_a_second_writer_waits_its_turn(place: Path) -> None:
    order: list[str] = []
    waiting = Event()

    def second() -> None:
        with writing(place, on_wait=lambda words: waiting.set()):
            order.append("second")

    thread = Thread(target=second)
    with writing(place):
        thread.start()
        assert waiting.wait(10)
        order.append("first")
    thread.join(10)
    assert order == ["first", "second"]


def test_an_error_in_the_block_lets_go(place: Path) -> None:
    with pytest.raises(KeyboardInterrupt), writing(place):
        raise KeyboardInterrupt
    with writing(place, wait_s=0):
        assert (place / "writer.json").exists()


@pytest.mark.parametrize("left", ["", "{", "[]", "3", '{"pid": 1}'])
def test_a_name_that_cannot_be_read_is_another_process(place: Path, left: str) -> None:
    told: list[str] = []
    with writing(place):
        (place / "writer.json").write_text(left)
        with (
            pytest.raises(IndexLocked, match="Another process is writing"),
            writing(place, wait_s=0, on_wait=told.append),
        ):
            pytest.fail("two writers at once")
    assert told == ["Waiting: another process is writing this index."]


def test_a_place_that_cannot_be_written(place: Path) -> None:
    (place / "file").write_text("")
    with (
        pytest.raises(StorageError, match=r"cannot be written.*--index DIR"),
        writing(place / "file" / "below"),
    ):
        pytest.fail("written below a file")
