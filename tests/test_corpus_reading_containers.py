"""Files that hold many documents: read slice by slice, committed as they come, gone on with after a kill."""

import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import index.indexing.updater
import qa.cli.progress
from corpus.reading import loader, pool
from corpus.reading.files import walk
from corpus.reading.loader import load, read, slices
from corpus.reading.pool import LINES_AHEAD, SLICE_CHARACTERS, SLICE_DOCUMENTS, Worker, read_all
from corpus.reading.results import Loaded, Skipped, SourceFile, State, joined
from corpus.types import Parsed, Problem
from index.indexing.ingest import NOT_READ_ON, UNFINISHED
from index.indexing.updater import update
from index.search.hybrid import Index
from index.storage.database import FILE_NAME
from index.storage.rows import Entry
from index.storage.store import Store
from index.types import Changes, Progress
from tests.support.fakes import ROOT, SMALL, FakeEncoder, contents, write
from tests.test_corpus_reading_pool import HOSTILE

Record = tuple[str, str]
"""The title and the text of a line of JSON; of one without a title, the line is no JSON."""


def line(record: Record) -> str:
    title, text = record
    return json.dumps({"title": title, "text": text}) if title else text


def put(path: Path, records: Sequence[Record], tick: int = 1) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{line(record)}\n" for record in records), "utf-8")
    os.utime(path, ns=(tick, tick))  # two writes may fall within one tick of the disk's clock


def made(numbers: Sequence[int]) -> list[Record]:
    """Records of four passages each."""
    return [
        (
            f"Story {n}",
            f"Rain fell {n} times in the long and wet valley of w{n} on that one day.\n\n"
            f"Then came word{n} with all of its many friends from the old town by the sea. It ended.",
        )
        for n in numbers
    ]


def only(root: Path) -> SourceFile:
    [file] = walk(root)
    assert isinstance(file, SourceFile)
    return file


def build(root: Path, place: Path, encoder: FakeEncoder | None = None) -> Changes:
    return update(root, place, encoder or FakeEncoder(), chunking=SMALL)


def same_as_fresh(root: Path, place: Path) -> None:
    other = Path(tempfile.mkdtemp(dir=place.parent))
    build(root, other)
    assert contents(place) == contents(other)
    assert ledger(place) == ledger(other)


def ledger(place: Path) -> dict[str, tuple[object, ...]]:
    """All that it says of each file but the time that reading took."""
    store = Store.open(place / FILE_NAME)
    found = store.ledger().values()
    store.close()
    return {
        r.id: (r.size, r.mtime_ns, r.sha256, r.state, r.rules, r.reason, r.problems) for r in found
    }


def counted(place: Path) -> tuple[int, int]:
    """How many passages there are, and how many of them have no vector."""
    store = Store.open(place / FILE_NAME)
    found = len(store.passages().keys), store.count_pending()
    store.close()
    return found


# Reading.

# A worker that notes how many records it has read, and how many documents stood in it at most.
WATCHED = f"""
import gc, json, sys
sys.path[:] = json.loads(sys.argv[1]) + [{str(ROOT)!r}]
from corpus.reading import loader as loading, worker
from corpus.types import Document
sound, most = loading.clean, [0, 0]
def clean(text, **options):
    most[0] += 1
    if most[0] % 50 == 0:
        most[1] = max(most[1], sum(type(one) is Document for one in gc.get_objects()))
    open("NOTES", "w").write(json.dumps(most))
    return sound(text, **options)
loading.clean = clean
worker.main()
"""


def documents_alive() -> int:
    import gc

    from corpus.types import Document

    return sum(type(one) is Document for one in gc.get_objects())


@pytest.mark.slow
def test_neither_side_holds_more_than_a_few_slices(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    notes = tmp_path / "notes.json"
    monkeypatch.setattr(pool, "_START", WATCHED.replace("NOTES", str(notes)))
    count, length = 5_000, 1_000
    put(
        tmp_path / "docs" / "a.jsonl",
        [(f"Title {n}", f"w{n} " * (length // 6)) for n in range(count)],
    )
    before = documents_alive()
    found = read_all([only(tmp_path / "docs")])
    first = next(found)
    assert isinstance(first, Loaded) and first.more and len(first.parsed) == SLICE_DOCUMENTS
    # Nobody takes what comes: the worker stops when what is between it and us is full.
    seen = -1
    while seen != (now := json.loads(notes.read_text() or "[0, 0]")[0]):
        seen = now
        time.sleep(1)
    in_pipe = 65_536 // length + 2
    waiting = (4 + 2) * SLICE_DOCUMENTS + LINES_AHEAD + in_pipe
    assert SLICE_DOCUMENTS < seen <= SLICE_DOCUMENTS + waiting < count / 4
    sizes, alive, ids = [], [], [document.id for document in first.documents]
    for one in found:
        assert isinstance(one, Loaded)
        assert sum(len(document.text) for document in one.documents) <= SLICE_CHARACTERS
        ids += [document.id for document in one.documents]
        sizes.append(len(one.parsed))
        if len(sizes) % 10 == 0:
            alive.append(documents_alive() - before)
    assert ids == [f"a.jsonl#{n}" for n in range(1, count + 1)]
    assert max(sizes) == SLICE_DOCUMENTS
    assert max(alive) <= 2 * SLICE_DOCUMENTS + waiting
    read_there, most = json.loads(notes.read_text())
    assert read_there == count and 1 <= most <= 3


def test_large_documents_make_small_slices(tmp_path: Path) -> None:
    long = "Long words are here. " * (SLICE_CHARACTERS // 42)
    put(tmp_path / "a.jsonl", [(f"Title {n}", long) for n in range(5)])
    found = [one for one in read_all([only(tmp_path)]) if isinstance(one, Loaded)]
    assert [(len(one.parsed), one.more) for one in found] == [(3, True), (2, False)] or [
        (len(one.parsed), one.more) for one in found
    ] == [(2, True), (2, True), (1, False)]


def test_slices_together_are_what_is_read_at_once(tmp_path: Path) -> None:
    records = made(range(SLICE_DOCUMENTS * 2))  # so that the last slice has no document
    put(tmp_path / "a.jsonl", [("", "no JSON"), *records, ("", "bad"), ("", "worse")])
    file = only(tmp_path)
    whole, some = read(file), list(read_all([file]))
    assert isinstance(whole, Loaded) and not whole.more
    assert len(some) > 2 and all(isinstance(one, Loaded) and one.more for one in some[:-1])
    again = joined(some)
    assert isinstance(again, Loaded)
    assert (again.sha256, again.parsed, again.problems) == (
        whole.sha256,
        whole.parsed,
        whole.problems,
    )
    assert [d.text for d in again.documents] == [d.text for d in whole.documents]
    assert [problem.id for problem in whole.problems] == [f"a.jsonl#{n}" for n in (1, 130, 131)]
    [loaded] = load(tmp_path)
    assert isinstance(loaded, Loaded) and loaded.parsed == whole.parsed
    assert max(len(one.parsed) for one in slices(file) if isinstance(one, Loaded)) == 1


def test_a_container_without_a_document_is_skipped_as_a_whole(tmp_path: Path) -> None:
    put(tmp_path / "a.jsonl", [("", "no JSON"), ("", "none either")])
    [found] = read_all([only(tmp_path)])
    assert isinstance(found, Skipped) and found.state is State.FAILED
    assert "none of its 2 parts can be read" in found.reason


def test_what_was_given_stays_where_there_is_not_enough_memory_for_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path / "a.jsonl", made(range(5)))
    sound = loader._pieces

    def full(*given: Any) -> Iterator[Parsed | Problem]:
        yield from islice(sound(*given), 2)
        raise MemoryError

    monkeypatch.setattr(loader, "_pieces", full)
    found = read(only(tmp_path))
    assert isinstance(found, Loaded) and not found.more
    assert [document.id for document in found.documents] == ["a.jsonl#1", "a.jsonl#2"]
    assert found.problems == (Problem("a.jsonl", "there is not enough memory to read it"),)


@pytest.mark.slow
def test_the_time_that_nobody_came_for_a_document_is_not_its_own(tmp_path: Path) -> None:
    write(tmp_path / "first", a="Rain.")
    put(tmp_path / "second" / "a.jsonl", made(range(1_500)))
    worker, over = Worker(60), threading.Event()
    list(worker.read(only(tmp_path / "first"), over))  # its start takes longer than a document
    worker.patience_s = 2
    found = worker.read(only(tmp_path / "second"), over)
    some = [next(found)]
    time.sleep(4)
    whole = joined([*some, *found])
    worker.close()
    assert isinstance(whole, Loaded)
    assert (len(whole.parsed), whole.problems) == (1_500, ())
    assert whole.seconds > 0


@pytest.mark.parametrize("how", ["EXIT", "HANG"])
def test_a_worker_that_breaks_off_keeps_what_it_gave(
    tmp_path: Path, place: Path, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "_START", HOSTILE)
    given = {**(read_all.__kwdefaults__ or {}), "patience_s": 5.0}
    monkeypatch.setattr(read_all, "__kwdefaults__", given)
    texts = [f"Text no. {n} is here." for n in range(150)]
    root = tmp_path / "docs"
    root.mkdir()
    (root / "mail.lines").write_text("\n\n".join([*texts, f"{how} now.", "Behind it."]))
    found = list(read_all([only(root)]))
    assert [isinstance(one, Loaded) and len(one.parsed) for one in found] == [64, 64, 22] * 2
    assert [isinstance(one, Loaded) and one.restart for one in found] == [False, False, True] + [
        False
    ] * 3
    whole = joined(found[3:])  # it was tried once more, alone
    assert isinstance(whole, Loaded) and whole.state is State.LATER
    assert [d.text for d in whole.documents] == texts
    [problem] = whole.problems
    assert problem.id == "mail.lines" and ("code 3" if how == "EXIT" else "5 s") in problem.reason
    assert build(root, place) == Changes(added=1)
    assert [row[2] for row in sorted(contents(place), key=lambda row: int(row[0][11:]))] == texts
    store = Store.open(place / FILE_NAME)
    [said] = store.ledger()["mail.lines"].problems
    assert said.reason == f"{problem.reason}; the next run tries again (1 of 3 tries)"
    store.close()
    assert build(root, place) == Changes(changed=1)


# Taking in.


def here(most: int) -> Callable[..., Iterator[Loaded | Skipped]]:
    """`read_all` without processes; slices of at most so many documents, of all files in turns."""

    def in_slices(file: SourceFile) -> Iterator[Loaded | Skipped]:
        some: list[Loaded | Skipped] = []
        for one in slices(file):
            some.append(one)
            if len(some) == most or isinstance(one, Skipped) or not one.more:
                yield joined(some)
                some = []

    def read_here(files: Sequence[SourceFile], **how: object) -> Iterator[Loaded | Skipped]:
        going = [in_slices(file) for file in files]
        while going:
            for one in [*going]:
                try:
                    yield next(one)
                except StopIteration:
                    going.remove(one)

    return read_here


@pytest.fixture
def sliced(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files are read three documents at a time, and each slice is committed for itself."""
    monkeypatch.setattr(index.indexing.updater, "read_all", here(3))
    monkeypatch.setattr(index.indexing.updater, "MOST_READ", 1)


class Killed(Exception):
    """What stands for a kill."""


def build_killed(root: Path, place: Path, commits: int, encoder: FakeEncoder | None = None) -> bool:
    """Build, but be killed before the commit of that number; whether it came so far."""
    left = [commits]
    sound = Store.put

    def counting(store: Store, entries: Sequence[Entry], gone: Sequence[str] = ()) -> None:
        if not left[0]:
            raise Killed
        left[0] -= 1
        sound(store, entries, gone)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Store, "put", counting)
        try:
            build(root, place, encoder)
        except Killed:
            return True
    return False


@pytest.mark.usefixtures("sliced")
def test_slices_are_there_before_the_file_is_read(tmp_path: Path, place: Path) -> None:
    root = tmp_path / "docs"
    put(root / "a.jsonl", made(range(10)))
    assert build_killed(root, place, 2)
    found = Index.open(place, FakeEncoder())
    assert [document.id for document in found.documents()] == [f"a.jsonl#{n}" for n in range(1, 7)]
    assert found.search("word4", k=1)[0].passage.document.id == "a.jsonl#5"
    found.close()
    store = Store.open(place / FILE_NAME)
    record, keys = store.ledger()["a.jsonl"], set(store.document_keys().tolist())
    assert (record.state, record.rules) == (State.PARTLY, UNFINISHED)
    assert record.problems == (Problem("a.jsonl", NOT_READ_ON),)
    assert build(root, place) == Changes(changed=1)
    # What was committed is not written again.
    assert keys < set(store.document_keys().tolist())
    store.close()
    same_as_fresh(root, place)
    assert build(root, place) == Changes(unchanged=1)


@pytest.mark.usefixtures("sliced")
def test_a_container_that_did_not_change_is_not_written(tmp_path: Path, place: Path) -> None:
    root = tmp_path / "docs"
    put(root / "a.jsonl", [("", "bad"), *made(range(8)), ("", "no JSON")])
    build(root, place)
    store = Store.open(place / FILE_NAME)
    problems = store.ledger()["a.jsonl"].problems
    assert [problem.id for problem in problems] == ["a.jsonl#1", "a.jsonl#10"]
    before = store.generation()
    os.utime(root / "a.jsonl", ns=(2, 2))
    assert build(root, place) == Changes(unchanged=1)
    assert store.ledger()["a.jsonl"].mtime_ns == 2
    # Other bytes, but the same documents: only the file's hash is another.
    keys = store.document_keys().tolist()
    put(root / "a.jsonl", [("", "bad"), *made(range(8)), ("", "no JSON"), ("", "")], tick=3)
    encoder = FakeEncoder()
    assert build(root, place, encoder) == Changes(changed=1)
    assert (store.document_keys().tolist(), encoder.encoded) == (keys, [])
    assert store.generation() != before
    store.close()
    same_as_fresh(root, place)


def edited(kind: str, records: list[Record]) -> list[Record]:
    """Seven records in another state, and the new one that comes with some."""
    [new] = made([99])
    return {
        "grown": [*records, new],
        "shifted down": [new, *records],
        "shifted down by much": [new, *records[4:], *records[:4]],
        "shifted up": [*records[4:], new],
        "shrunk": records[:5],
        "turned around": [*records[::-1], new],
        "changed": [*records[:3], new, *records[4:]],
    }[kind]


@pytest.mark.usefixtures("sliced")
@pytest.mark.parametrize(
    "kind",
    [
        "grown",
        "shifted down",
        "shifted down by much",
        "shifted up",
        "shrunk",
        "turned around",
        "changed",
    ],
)
def test_of_a_changed_container_only_what_is_new_is_encoded(
    tmp_path: Path, place: Path, kind: str
) -> None:
    root = tmp_path / "docs"
    records = made(range(7))
    put(root / "a.jsonl", records)
    build(root, place)
    put(root / "a.jsonl", edited(kind, records), tick=2)
    # Killed after each commit, and gone on with.
    encoder, runs = FakeEncoder(), 0
    while build_killed(root, place, 1, encoder):
        runs += 1
    assert runs > 0
    assert all(text.startswith("Story 99") for text in encoder.encoded)
    assert len(encoder.encoded) == len(set(encoder.encoded)) == 3 * (kind != "shrunk")
    same_as_fresh(root, place)
    store = Store.open(place / FILE_NAME)
    with store.reading() as db:
        if kind.startswith("shifted"):
            assert db.execute("SELECT count(*) FROM spare").fetchone() == (0,)
    store.close()


@pytest.mark.usefixtures("sliced")
def test_what_a_container_holds_no_longer_goes_at_its_end(tmp_path: Path, place: Path) -> None:
    root = tmp_path / "docs"
    put(root / "a.jsonl", made(range(9)))
    build(root, place)
    put(root / "a.jsonl", made([0, 11, 12, 13, 14]), tick=2)
    assert build_killed(root, place, 1)
    ids = [row[0] for row in contents(place)]
    assert ids == [f"a.jsonl#{n}" for n in range(1, 10)]
    build(root, place)
    assert [row[0] for row in contents(place)] == ids[:5]
    same_as_fresh(root, place)
    # Nothing is left of one that is gone, or that can be read no more.
    put(root / "a.jsonl", made([21, 22, 23, 24, 25]), tick=3)
    write(root, b="Other words.")
    assert build_killed(root, place, 1)
    put(root / "a.jsonl", [("", "no JSON")], tick=4)
    assert build(root, place) == Changes(added=1, changed=1, skipped=1)
    assert [row[0] for row in contents(place)] == ["b.txt"]
    same_as_fresh(root, place)


numbers = st.lists(st.integers(0, 12), max_size=12)


@settings(max_examples=60)
@pytest.mark.slow
@given(
    states=st.lists(
        st.tuples(numbers, numbers, st.integers(0, 6), st.integers(1, 4)), min_size=1, max_size=4
    ),
    recurring=st.booleans(),
)
def test_any_states_and_kills_give_what_a_fresh_build_gives(
    states: list[tuple[list[int], list[int], int, int]], recurring: bool
) -> None:
    with tempfile.TemporaryDirectory() as top, pytest.MonkeyPatch.context() as patch:
        root, place = Path(top) / "docs", Path(top) / "index"
        place.mkdir()
        write(root, always="Something is here.")
        patch.setattr(index.indexing.updater, "MOST_READ", 1)
        texts: set[str] = set()
        for tick, (one, other, commits, most) in enumerate(states, start=1):
            patch.setattr(index.indexing.updater, "read_all", here(most))
            for name, some in (("a", one), ("b", other)):
                records = made(some)
                if recurring:
                    end = "\n\nSubscribe to our newsletter today."
                    records = [(title, text + end) for title, text in records]
                # Zeros stand for what cannot be read.
                records = [("", "bad") if not n else r for n, r in zip(some, records, strict=True)]
                put(root / f"{name}.jsonl", records, tick=tick)
            encoder = FakeEncoder()
            build_killed(root, place, commits, encoder)
            texts |= set(encoder.encoded)
        build(root, place)
        same_as_fresh(root, place)


@pytest.mark.slow
@pytest.mark.parametrize("before", [0, 0, 300, 300])
def test_killed_while_a_container_is_read_it_goes_on(
    tmp_path: Path, place: Path, before: int
) -> None:
    root = tmp_path / "docs"
    known = FakeEncoder()
    if before:
        put(root / "a.jsonl", made(range(1, before)))
        build(root, place, known)
    # Each record that was there has another number now.
    put(root / "a.jsonl", made(range(500)), tick=2)
    rng = random.Random(int.from_bytes(os.urandom(4), "big"))
    kept = keys(place)
    for _ in range(2):
        command = [sys.executable, "-m", "tests.support.fakes", str(root), str(place), "0.001"]
        child = subprocess.Popen(command, cwd=ROOT)
        # From when some of it is there; rarely it is through before the kill.
        while keys(place) <= kept and child.poll() is None:
            time.sleep(0.01)
        time.sleep(rng.random() * 0.4)
        child.kill()
        child.wait()
        found = keys(place)
        assert before or kept <= found
        kept = found
    passages, pending = counted(place)
    encoder = FakeEncoder()
    build(root, place, encoder)
    missing = counted(place)[0] - (passages - pending)
    assert len(encoder.encoded) <= missing if before else len(encoder.encoded) == missing
    assert not set(encoder.encoded) & set(known.encoded)
    assert len(encoder.encoded) == len(set(encoder.encoded))
    assert before or kept <= keys(place)
    same_as_fresh(root, place)


def keys(place: Path) -> set[int]:
    """The keys of the documents that are there."""
    if not (place / FILE_NAME).exists():
        return set()
    try:
        store = Store.open(place / FILE_NAME)
    except Exception:  # noqa: BLE001 - it is being made
        return set()
    found = set(store.document_keys().tolist())
    store.close()
    return found


@pytest.mark.usefixtures("sliced")
def test_progress_tells_of_documents_while_a_container_is_read(tmp_path: Path, place: Path) -> None:
    root = tmp_path / "docs"
    put(root / "a.jsonl", made(range(7)))
    steps: list[Progress] = []
    update(root, place, FakeEncoder(), chunking=SMALL, progress=steps.append)
    reading = [(s.done, s.documents) for s in steps if not s.searchable and s.stage is None]
    assert list(dict.fromkeys(reading)) == [(0, 0), (0, 3), (0, 6), (1, 7)]
    assert steps[-1].documents == 7


def test_the_line_in_a_log_tells_of_documents(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(qa.cli.progress, "note", said.append)
    monkeypatch.setattr(qa.cli.progress, "SECONDS_A_LINE", 0)
    with qa.cli.progress.indexing() as advance:
        advance(Progress(0, 1, 0, waiting=20, documents=5_000))
        advance(Progress(3, 4, 0, waiting=20, documents=3))
    assert said == [
        "Reading: 0 of 1 files, 5,000 documents, 20 passages",
        "Reading: 3 of 4 files, 20 passages",
    ]
