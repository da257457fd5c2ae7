"""What `qa status` says of an index."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from corpus.errors import CollectionError, IndexMissing
from corpus.reading.results import State
from index.storage.rows import Record
from qa.answering.assistant import Assistant
from qa.audit.overview import MOST_SHOWN, index_status, status_lines
from tests.support.fakes import FakeEncoder, write


@pytest.fixture
def indexed(folder: Path) -> Path:
    (folder / "bad.exe").write_bytes(b"MZ nonsense")
    (folder / "empty.txt").write_text("")
    (folder / "undated.txt").write_text("Notes\n\nNothing is known of these.")
    Assistant.open(folder, encoder=FakeEncoder()).index.close()
    return folder


def test_the_figures(indexed: Path) -> None:
    found = index_status(indexed)
    texts = {d.id: d.text for d in Assistant.open(indexed, encoder=FakeEncoder()).documents()}
    assert set(texts) == {"rain.txt", "sun.txt", "deep/trains.txt", "undated.txt"}
    assert (found.documents, found.passages) == (4, 4)
    assert found.characters == sum(len(text) for text in texts.values())
    assert (found.dated, found.earliest, found.latest) == (3, date(2016, 5, 3), date(2017, 6, 9))
    assert found.publishers == (("Valley Times", 2), ("Coast Daily", 1))
    assert [(r.id, r.reason) for r in found.skipped if r.id == "empty.txt"] == [
        ("empty.txt", "it is empty")
    ]
    assert [r.id for r in found.skipped] == ["bad.exe", "empty.txt"]
    assert found.directory == indexed / ".qa"
    assert found.size == sum(p.stat().st_size for p in (indexed / ".qa").rglob("*") if p.is_file())
    assert found.manifest.encoder == "fake-ffff"


def test_as_plain_values(indexed: Path) -> None:
    found = index_status(indexed)
    values = found.to_dict()
    assert values["index"] == str(indexed / ".qa")
    assert (values["documents"], values["passages"], values["dated"]) == (4, 4, 3)
    assert (values["earliest"], values["latest"]) == ("2016-05-03", "2017-06-09")
    assert values["publishers"] == {"Valley Times": 2, "Coast Daily": 1}
    empty = {"file": "empty.txt", "state": "failed", "reason": "it is empty"}
    assert values["skipped"][1] == empty
    assert values["files"] == {"read": 4, "skipped": 1, "failed": 1}
    assert (values["passages_waiting"], values["problems"]) == (0, [])
    assert values["made_with"] == found.manifest.to_dict()
    assert (values["bytes"], values["characters"]) == (found.size, found.characters)


def test_for_a_person(indexed: Path) -> None:
    lines = status_lines(index_status(indexed)).splitlines()
    assert lines[:2] == ["documents   4", "passages    4"]
    assert "published   2016-05-03 to 2017-06-09 (3 dated)" in lines
    assert "publishers  Valley Times (2), Coast Daily (1)" in lines
    assert "files       4 read, 1 skipped, 1 failed" in lines
    assert lines[-1] == "  empty.txt: it is empty"


def test_many_skipped_files_are_counted_and_hostile_names_shown_harmless(indexed: Path) -> None:
    bad = Record("\x1b[2J.txt", 1, 1, "", State.FAILED, reason="it\nholds \x1b]0;x\x07")
    found = replace(index_status(indexed), skipped=(bad,) * (MOST_SHOWN + 3))
    lines = status_lines(found).splitlines()
    assert lines[-1] == "  and 3 more: --json lists them all"
    assert lines[-2] == "  \\x1b[2J.txt: it holds \\x1b]0;x\\x07"


def test_nothing_known_is_said(indexed: Path) -> None:
    found = replace(index_status(indexed), dated=0, earliest=None, latest=None, publishers=())
    assert "published   none known\npublishers  none known\n" in status_lines(found)
    assert found.to_dict()["earliest"] is None


def test_many_publishers_are_counted(indexed: Path) -> None:
    found = replace(index_status(indexed), publishers=tuple((f"P{i}", 9 - i) for i in range(7)))
    assert "publishers  P0 (9), P1 (8), P2 (7), P3 (6), P4 (5) and 2 more\n" in status_lines(found)


def test_no_folder_and_no_index(tmp_path: Path) -> None:
    with pytest.raises(CollectionError, match="There is no folder"):
        index_status(tmp_path / "none")
    with pytest.raises(IndexMissing):
        index_status(tmp_path)


def test_asking_for_the_status_makes_nothing(tmp_path: Path) -> None:
    write(tmp_path / "docs", rain="Heavy rain fell on the valley.")
    with pytest.raises(IndexMissing, match="qa index"):
        index_status(tmp_path / "docs")
    assert [p.name for p in (tmp_path / "docs").iterdir()] == ["rain.txt"]
