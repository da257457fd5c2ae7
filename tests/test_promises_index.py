"""An index that comes with a folder is not trusted, whatever somebody has done to it."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from corpus.errors import IndexForeign, StorageError
from corpus.reading.results import State
from corpus.types import Document, Metadata, Parsed, Sourced
from index.encoders import onnx_conversion
from index.indexing.updater import update
from index.search.hybrid import Index
from index.storage import arrays, seal
from index.storage.database import FILE_NAME
from index.storage.rows import Entry, Filed, Record
from index.storage.store import Store
from tests.support.fakes import ROOT, FakeEncoder, contents, ranking, write
from tests.support.forgeries import FORGERIES, LIE, QUESTION, Place

pytestmark = pytest.mark.slow

COUNT = 40
# Seconds that one forged folder may take on a machine that is busy with other work.
MOST_S = 30.0
# Still as good as before: nothing that is quoted has changed.
HARMLESS = ("another journal", "other pages")


def texts() -> dict[str, str]:
    return {
        f"d{i:02d}": f"The valley {i} report\n\nThe river rose by {i + 2} metres in valley {i}. "
        f"Nobody was hurt in village {i * 7}. The road was closed for {i + 3} days."
        for i in range(COUNT)
    }


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a sound index that this user built."""
    docs = tmp_path_factory.mktemp("good") / "docs"
    write(docs, **texts())
    (docs / ".qa").mkdir()
    update(docs, docs / ".qa", FakeEncoder())
    return docs


def handed_on(good: Path, place: Path) -> Place:
    """A copy of the folder, with files outside of it that must not be touched."""
    shutil.copytree(good, place / "docs")
    outside = place / "outside"
    outside.mkdir()
    (outside / "victim.txt").write_text("what was there\n")
    return Place(place / "docs", outside)


def files(folder: Path) -> dict[str, Any]:
    """Everything in a folder: the content of files, and the targets of links."""
    return {
        str(path.relative_to(folder)): path.readlink()
        if path.is_symlink()
        else path.read_bytes()
        if path.is_file()
        else path.stat().st_mode
        for path in sorted(folder.rglob("*"))
    }


def asked(jobs: list[list[Any]], how: str) -> dict[str, dict[str, Any]]:
    """The result of each, from child processes: if one dies, this is recorded and another goes on."""
    found: dict[str, dict[str, Any]] = {}
    while left := [job for job in jobs if job[0] not in found]:
        child = subprocess.Popen(
            [sys.executable, "-m", "tests.support.forgeries", how],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        try:
            out, err = child.communicate(
                "\n".join(map(json.dumps, left)) + "\n", timeout=MOST_S * 4
            )
        except subprocess.TimeoutExpired:
            child.kill()
            out, err = child.communicate()
        for line in out.splitlines():
            if line.startswith("["):
                name, result = json.loads(line)
                found[name] = result
        if len(done := [job for job in left if job[0] in found]) < len(left):
            died = left[len(done)][0]
            found[died] = {"died": child.returncode, "err": err[-2000:]}
    return found


@pytest.fixture(scope="module", params=["read", "updated"])
def results(
    request: pytest.FixtureRequest, good: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, tuple[Place, dict[str, Any], dict[str, Any]]]:
    """For each forgery: the places, the files outside before it, and the result of a question.

    Some ask the index as it is, with mapped arrays; the others update it first.
    """
    top = tmp_path_factory.mktemp(request.param)
    places, before, jobs = {}, {}, []
    for number, (name, forge) in enumerate(FORGERIES.items()):
        place = handed_on(good, top / str(number))
        forge(place)
        places[name], before[name] = place, files(place.outside)
        jobs.append([name, str(place.docs), str(place.outside), request.param == "updated"])
    found = asked(jobs, "mapped" if request.param == "read" else "small")
    return {name: (places[name], before[name], found[name]) for name in FORGERIES}


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forged_index_crashes_nothing_writes_nowhere_else_and_is_not_believed(
    name: str, results: dict[str, tuple[Place, dict[str, Any], dict[str, Any]]]
) -> None:
    place, before, found = results[name]
    assert "died" not in found, f"the process died: {found}"
    assert not found["bug"], found["bug"]
    assert found["seconds"] < MOST_S
    assert found["error"] or found["quotes"], "neither an answer nor an error"
    for id, quote in found["quotes"]:
        assert quote in (place.docs / id).read_text(), "words that no document holds"
    assert {tuple(row) for row in found["titles"]} <= {
        (f"{key}.txt", text.partition("\n")[0]) for key, text in texts().items()
    }
    assert files(place.outside) == before, "something outside was changed"
    assert not (place.docs.parent / "pickle-ran").exists()
    own = {f"{name}.txt": text for name, text in texts().items()}
    assert {path.name: path.read_text() for path in place.docs.glob("*.txt")} == own
    if name == "somebody else's folder of that name":
        assert (place.qa / "derived-notes" / "mine.txt").read_text() == "mine"
    if name in HARMLESS:
        assert found["quotes"]


def test_an_index_that_was_moved_or_copied_is_still_this_users(good: Path, tmp_path: Path) -> None:
    update(good, good / ".qa", FakeEncoder())
    copy, moved = tmp_path / "copy", tmp_path / "moved"
    shutil.copytree(good, copy)
    index = Index.open(good / ".qa", FakeEncoder())
    wanted = ranking(index, QUESTION)
    index.close()
    for step in (lambda: None, lambda: copy.rename(moved)):
        step()
        place = copy if copy.exists() else moved
        encoder = FakeEncoder()
        told: list[str] = []
        update(place, place / ".qa", encoder, on_wait=told.append)
        assert (encoder.encoded, told) == ([], [])
        index = Index.open(place / ".qa", encoder)
        assert ranking(index, QUESTION) == wanted
        index.close()


@pytest.fixture
def of_another_user(good: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder whose index was built by somebody else's program from texts that contain a lie."""
    docs = tmp_path / "docs"
    own = os.environ["XDG_DATA_HOME"]
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "others"))
    write(docs, **texts())
    honest = (docs / "d07.txt").read_text()
    stamp = (docs / "d07.txt").stat()
    (docs / "d07.txt").write_text(LIE[: len(honest)].ljust(len(honest)))
    os.utime(docs / "d07.txt", ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    (docs / ".qa").mkdir()
    update(docs, docs / ".qa", FakeEncoder())
    (docs / "d07.txt").write_text(honest)
    os.utime(docs / "d07.txt", ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    monkeypatch.setenv("XDG_DATA_HOME", own)
    yield docs


def test_an_index_of_another_user_is_refused_and_made_again_where_it_may_be(
    of_another_user: Path,
) -> None:
    docs, told = of_another_user, list[str]()
    with pytest.raises(IndexForeign, match=r"did not build it.*--rebuild.*--trust-index"):
        Index.open(docs / ".qa", FakeEncoder())
    update(docs, docs / ".qa", FakeEncoder(), on_wait=told.append)
    assert len(told) == 1
    assert "not known to be yours" in told[0]
    index = Index.open(docs / ".qa", FakeEncoder())
    assert LIE[:40] not in " ".join(document.text for document in index.documents())
    index.close()


def test_an_index_of_another_user_is_taken_over_only_if_one_says_so(of_another_user: Path) -> None:
    docs, encoder = of_another_user, FakeEncoder()
    update(docs, docs / ".qa", encoder, trust=True)
    assert encoder.encoded == []
    index = Index.open(docs / ".qa", encoder)
    assert LIE[:40] in " ".join(document.text for document in index.documents())
    index.close()
    store = Store.open(docs / ".qa" / FILE_NAME)
    store.check(*seal.COUNTED)
    store.close()


@pytest.mark.parametrize(
    "line",
    [
        "UPDATE passages SET last = 100000",
        "UPDATE passages SET vector = x'00'",
        "UPDATE documents SET metadata = '[]'",
        "CREATE TABLE mine (a)",
    ],
)
def test_what_is_taken_over_is_looked_at_before(of_another_user: Path, line: str) -> None:
    db = sqlite3.connect(of_another_user / ".qa" / FILE_NAME, isolation_level=None)
    db.execute(line)
    db.close()
    with pytest.raises(Exception, match="--rebuild"):
        update(of_another_user, of_another_user / ".qa", FakeEncoder(), trust=True)


def test_rows_of_before_and_of_another_index_do_not_pass_for_those_of_now(tmp_path: Path) -> None:
    docs, place = tmp_path / "docs", tmp_path / "index"
    write(docs, a="The bridge opened in 1990. It is red.")
    place.mkdir()
    update(docs, place, FakeEncoder())
    shutil.copytree(place, tmp_path / "before")
    write(docs, a="The bridge opened in 1991. It is red.")
    update(docs, place, FakeEncoder())
    forge = (
        f"ATTACH '{tmp_path / 'before' / FILE_NAME}' AS old; "
        "UPDATE documents SET (text, digest, seal) = (SELECT text, digest, seal FROM old.documents)"
    )
    db = sqlite3.connect(place / FILE_NAME, isolation_level=None)
    for line in forge.split("; "):
        db.execute(line)
    db.close()
    store = Store.open(place / FILE_NAME)
    [key] = store._db.execute("SELECT key FROM documents").fetchone()
    with pytest.raises(Exception, match="something else has changed"):
        store.document(key)
    store.close()


def test_the_secret_is_this_users_alone_and_is_not_next_to_the_index(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    found = {*map(bytes, _made_at_once(8))}
    assert len(found) == 1
    [path] = (tmp_path / "data").rglob("*.key")
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.read_bytes() == found.pop()
    path.write_bytes(b"short")
    with pytest.raises(StorageError, match="XDG_DATA_HOME"):
        seal.user_secret()


def _made_at_once(count: int) -> list[bytes]:
    found: list[bytes] = []
    threads = [
        threading.Thread(target=lambda: found.append(seal.user_secret())) for _ in range(count)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == count
    return found


def test_who_has_an_index_open_keeps_it_whatever_is_made_in_its_place(
    good: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arrays, "SMALL", 0)  # mapped
    docs = tmp_path / "docs"
    shutil.copytree(good, docs)
    update(docs, docs / ".qa", FakeEncoder())
    index = Index.open(docs / ".qa", FakeEncoder())
    state = index._state
    assert isinstance(state.dense.vectors, np.memmap)
    before = [*map(bytes, state.dense.vectors)], [d.text for d in state.documents.values()]
    (docs / "d01.txt").write_text("Something else.")
    update(docs, docs / ".qa", FakeEncoder(), rebuild=True)
    (docs / ".qa" / FILE_NAME).write_bytes(b"")  # and then it is damaged
    update(docs, docs / ".qa", FakeEncoder(), rebuild=True)
    kept = [*map(bytes, state.dense.vectors)]
    assert kept == before[0]
    index.close()


WRITER = """
import sys
import numpy as np
from pathlib import Path
from tests.test_promises_index import batch
from index.storage.store import Store
store = Store.open(Path(sys.argv[1]), writable=True)
print("at work", flush=True)
for i in range(10_000):
    store.put([batch(i)])
"""


def batch(number: int) -> Entry:
    """Entries that make a commit of some megabytes."""
    id = f"{number}.txt"
    parsed = Parsed(Document(id, id, "word " * 900_000, Metadata(Sourced(id, "x"))))
    return Entry(Record(id, 1, 1, id, State.READ), [Filed(parsed)])


def test_a_writer_that_is_stopped_anywhere_keeps_no_reader_out(good: Path, tmp_path: Path) -> None:
    docs = tmp_path / "docs"
    shutil.copytree(good, docs)
    path = docs / ".qa" / FILE_NAME
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert writer.stdout
    try:
        writer.stdout.readline()
        for i in range(12):
            time.sleep(0.05 + 0.013 * i)
            writer.send_signal(signal.SIGSTOP)
            began = time.monotonic()
            store = Store.open(path)
            assert "d07.txt" in {one.id for _, one in store.descriptions()}
            store.close()
            assert time.monotonic() - began < 5
            writer.send_signal(signal.SIGCONT)
    finally:
        writer.kill()
        writer.wait()
        writer.stdout.close()
    # It really was killed in the middle of something.
    assert {row[0] for row in contents(docs / ".qa")} >= {f"d{i:02d}.txt" for i in range(COUNT)}


def test_what_a_killed_conversion_left_is_removed_at_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(onnx_conversion.VARIABLE, str(tmp_path))
    folder = onnx_conversion.conversion_folder("a", "b")
    left = folder / "unfinished-x"
    left.mkdir(parents=True)
    (left / "plain.onnx").write_bytes(bytes(1000))
    (folder / ".unfinished-model.onnx-y").write_bytes(bytes(1000))
    (folder / "kept.onnx").write_bytes(b"kept")
    (folder / "lock").touch()
    assert onnx_conversion.open_converted("name", "c", "d") is None
    assert sorted(path.name for path in folder.iterdir()) == ["kept.onnx", "lock"]
