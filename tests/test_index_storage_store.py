import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.errors import (
    IndexCorrupt,
    IndexFileError,
    IndexForeign,
    IndexMismatch,
    IndexMissing,
    StorageError,
)
from corpus.reading.results import State
from corpus.reading.serialization import metadata_from_json, metadata_to_json
from corpus.types import Dated, Document, Dropped, Metadata, Parsed, Problem, Sourced
from index.storage.database import FILE_NAME, FORMAT
from index.storage.rows import Entry, Filed, Record
from index.storage.sqlite import ForeignFile
from index.storage.store import Store
from index.types import Manifest
from tests.support.fakes import ROOT

MANIFEST = Manifest(FORMAT, "fake", "f" * 64, 4, 200, 1)


def document(id: str, text: str = "Rain fell. “Then” sun — 雨 😀.") -> Document:
    metadata = Metadata(
        title=Sourced("Rain", "first line", 0, 4),
        authors=(Sourced("Ann Li", "byline", 1, 7), Sourced("Bo", "meta")),
        publisher=Sourced("Valley Times", "source line", 2, 3),
        published=Dated(date(2016, 5, 3), "date line", 4, 9),
        url=Sourced("https://example.org/é?a=1", "meta"),
    )
    return Document(id, f"hash of {id} {len(text)}", text, metadata)


def entry(id: str, text: str = "Rain fell. “Then” sun — 雨 😀.", seed: int = 0) -> Entry:
    whole = document(id, text)
    vectors = np.random.default_rng(seed).normal(size=(2, 4)).astype(np.float32)
    problems = (Problem(f"{id}#2", "it holds\nno 😀"),)
    line = (id, 7, 2**62 + seed, whole.sha256, State.PARTLY, "plain text 1.1")
    parsed = Parsed(whole, (Dropped("Share\n😀", "navigation"),))
    filed = Filed(parsed, [(0, 10), (5, len(text))], list(vectors))
    return Entry(Record(*line, seconds=0.25, problems=problems), [filed])


def only(entry: Entry) -> Filed:
    [filed] = entry.filed
    return filed


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store.create(tmp_path / FILE_NAME, MANIFEST)
    yield made
    made.close()


def same(found: Document, wanted: Document) -> bool:
    """Equal in every field, not only in id and hash."""
    return (found, found.text, found.metadata) == (wanted, wanted.text, wanted.metadata)


def test_documents_passages_and_vectors_come_back_exactly(store: Store) -> None:
    entries = [entry("b.txt", seed=1), entry("a.txt", "Other words. End.", seed=2)]
    entries.append(Entry(Record("c.bin", 3, 4, "", State.SKIPPED, reason="no format")))
    store.put(entries)
    store.close()
    opened = Store.open(store.path)
    assert opened.manifest() == MANIFEST
    assert opened.ledger() == {e.record.id: e.record for e in entries}
    found = dict(opened.documents())
    assert [d.id for d in found.values()] == ["a.txt", "b.txt"]
    for key, wanted in zip(found, (entries[1], entries[0]), strict=True):
        assert same(found[key], only(wanted).parsed.document)
        assert same(opened.document(key), only(wanted).parsed.document)
    table = opened.passages()
    assert [found[int(key)].id for key in table.documents] == ["a.txt"] * 2 + ["b.txt"] * 2
    spans = list(zip(table.first.tolist(), table.last.tolist(), strict=True))
    assert spans == [*only(entries[1]).offsets, *only(entries[0]).offsets]
    wanted_rows = np.stack(
        [v for e in (entries[1], entries[0]) for v in only(e).vectors if v is not None]
    )
    assert dict(opened.dropped()) == {
        id: (Dropped("Share\n😀", "navigation"),) for id in ("a.txt", "b.txt")
    }
    assert opened.vectors(4).tobytes() == wanted_rows.tobytes()
    with pytest.raises(KeyError):
        opened.document(99)
    opened.close()


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
offsets = st.none() | st.integers(0, 9)
sourced = st.builds(Sourced, texts, texts, offsets, offsets)
dated = st.builds(Dated, st.dates(), texts, offsets, offsets)


@given(
    st.builds(
        Metadata,
        sourced,
        st.lists(sourced, max_size=3).map(tuple),
        st.none() | sourced,
        st.none() | dated,
        st.none() | dated,
        st.none() | sourced,
        st.none() | sourced,
        st.none() | sourced,
    )
)
def test_metadata_comes_back_exactly(metadata: Metadata) -> None:
    line = metadata_to_json(metadata)
    assert metadata_from_json(line) == metadata
    assert "\n" not in line


def test_an_empty_store(store: Store) -> None:
    assert store.vectors(4).shape == (0, 4)
    assert store.passages().keys.shape == (0,)
    assert (store.ledger(), list(store.documents())) == ({}, [])


def test_a_file_that_goes_takes_all_its_own_along(store: Store) -> None:
    store.put([entry("a.txt"), entry("b.txt")])
    kept = [key for key, d in store.documents() if d.id == "b.txt"]
    store.put([], ["a.txt", "never seen.txt"])
    assert [(key, d.id) for key, d in store.documents()] == [(kept[0], "b.txt")]
    assert set(store.passages().documents.tolist()) == set(kept)
    assert store.vectors(4).shape == (2, 4)
    assert set(store.ledger()) == {"b.txt"}


def test_keys_are_never_used_twice(store: Store) -> None:
    documents: list[int] = []
    passages: list[int] = []
    for _ in range(3):
        store.put([entry("a.txt")])
        documents += [key for key, _ in store.documents()]
        passages += store.passages().keys.tolist()
        store.put([], ["a.txt"])
    assert (documents, passages) == ([1, 2, 3], [1, 2, 3, 4, 5, 6])
    store.put([entry("a.txt")])
    store.reset(MANIFEST)
    store.put([entry("a.txt")])
    assert [key for key, _ in store.documents()] == [5]


def test_a_change_is_whole_or_not_at_all(store: Store) -> None:
    store.put([entry("a.txt", "One. Two and three.")])
    before = store.generation()
    broken = entry("b.txt")
    bad = Entry(broken.record, [replace(only(broken), offsets=[(0, 1)])])
    with pytest.raises(ValueError, match="zip"):
        store.put([entry("c.txt", "Something else."), bad], ["a.txt"])
    assert [d.text for _, d in store.documents()] == ["One. Two and three."]
    assert store.generation() == before
    store.put([entry("b.txt")])
    assert store.generation() != before


def test_vectors_may_come_later(store: Store) -> None:
    later = entry("a.txt")
    store.put([Entry(later.record, [replace(only(later), vectors=())]), entry("b.txt", seed=1)])
    assert store.count_pending() == 2
    assert not store.vectors(4)[:2].any() and store.vectors(4)[2:].all()
    first, second = store.pending(5)
    assert store.pending(1) == [first]
    assert (first.first, first.last, second.first) == (0, 10, 5)
    assert store.document(first.document).id == "a.txt"
    before = store.generation()
    store.put_vectors([first.key, 99], np.full((2, 4), 7, np.float32))
    assert store.generation() != before
    assert store.pending(5) == [second]
    assert store.vectors(4)[0].tolist() == [7] * 4


def test_the_documents_of_a_file_come_back_as_they_were_put(store: Store) -> None:
    one, other = (
        only(entry("a.zip/x.txt", "Rain. Sun and sleet.")),
        only(entry("a.zip/y.txt", seed=2)),
    )
    inside = [
        replace(
            f,
            parsed=replace(
                f.parsed, document=replace(f.parsed.document, file="a.zip", pages=(0, 5))
            ),
        )
        for f in (one, other)
    ]
    store.put([Entry(entry("a.zip").record, inside), entry("b.txt")])
    there = store.filed("a.zip", ["a.zip/y.txt", "never.txt", "b.txt", "a.zip/x.txt"])
    keys = {document.id: key for key, document in store.documents()}
    assert list(there) == [keys["a.zip/y.txt"], keys["a.zip/x.txt"]]
    found = [*there.values()][::-1]
    assert [f.parsed for f in found] == [f.parsed for f in inside]
    assert [(f.parsed.document.pages, f.parsed.document.source) for f in found] == [
        ((0, 5), "a.zip")
    ] * 2
    assert [list(map(list, f.offsets)) for f in found] == [
        list(map(list, f.offsets)) for f in inside
    ]
    for f, wanted in zip(found, inside, strict=True):
        for vector, right in zip(f.vectors, wanted.vectors, strict=True):
            assert vector is not None and right is not None and vector.tolist() == right.tolist()
    assert store.filed("never.txt", ["a.zip/x.txt"]) == {}


def test_touch_changes_size_and_time_only(store: Store) -> None:
    store.put([entry("a.txt"), entry("b.txt")])
    before, generation = store.ledger(), store.generation()
    store.touch(replace(before["a.txt"], size=11, mtime_ns=12))
    after = store.ledger()
    assert (after["a.txt"].size, after["a.txt"].mtime_ns) == (11, 12)
    assert after["a.txt"].sha256 == before["a.txt"].sha256
    assert after["b.txt"] == before["b.txt"]
    assert store.generation() == generation


def test_a_snapshot_stays_while_others_write_and_keeps_nobody_from_it(store: Store) -> None:
    store.put([entry("a.txt")])
    reader = Store.open(store.path)
    with reader.snapshot():
        first = reader.generation()
        store.put([entry("b.txt")], ["a.txt"])
        assert [d.id for _, d in reader.documents()] == ["a.txt"]
        assert reader.generation() == first
    assert reader.generation() == store.generation() != first
    assert [d.id for _, d in reader.documents()] == ["b.txt"]
    reader.close()


def test_a_long_transaction_keeps_no_reader_out(store: Store) -> None:
    store.put([entry("a.txt")])
    reader = Store.open(store.path)
    seen: list[str] = []

    class Watching(list[tuple[int, int]]):
        def __iter__(self) -> Iterator[tuple[int, int]]:
            seen.append(reader.generation())  # in the middle of the writer's transaction
            return super().__iter__()

    n = 4000
    vectors = np.ones((n, 4), np.float32)
    big = entry("big.txt", "x" * 4_000_000)  # more than SQLite's cache holds
    last = entry("z.txt")
    before = store.generation()
    store.put(
        [
            Entry(big.record, [replace(only(big), offsets=[(0, 1)] * n, vectors=list(vectors))]),
            Entry(last.record, [replace(only(last), offsets=Watching(only(last).offsets))]),
        ]
    )
    assert seen == [before]
    assert store.generation() != before
    reader.close()


def test_a_reader_cannot_write(store: Store) -> None:
    reader = Store.open(store.path)
    with pytest.raises(StorageError, match="cannot be written"):
        reader.put([entry("a.txt")])
    reader.close()
    assert store.ledger() == {}


def test_use_after_closing_is_a_bug_and_no_damage(store: Store) -> None:
    store.close()
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        store.generation()


def test_another_file_at_the_path_is_noticed(store: Store) -> None:
    assert not store.is_replaced()
    store.path.rename(store.path.with_name("old"))
    assert store.is_replaced()
    Store.create(store.path, MANIFEST).close()
    assert store.is_replaced()


def foreign(path: Path) -> None:
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE mine (a)")
    other.close()


def good(path: Path) -> None:
    made = Store.create(path, MANIFEST)
    made.put([entry(f"{i}.txt", "word " * 900, seed=i) for i in range(30)])
    made.close()


def truncated(path: Path) -> None:
    good(path)
    os.truncate(path, path.stat().st_size // 2)


def cut_in_the_header(path: Path) -> None:
    good(path)
    os.truncate(path, 60)


def damaged_page(path: Path) -> None:
    good(path)
    with path.open("r+b") as handle:
        handle.seek(4096)
        handle.write(b"\xa5" * 4096)


def other_format(path: Path) -> None:
    good(path)
    other = sqlite3.connect(path)
    other.execute(f"PRAGMA user_version = {FORMAT + 1}")
    other.close()


def damaged_manifest(path: Path) -> None:
    good(path)
    other = sqlite3.connect(path)
    other.execute("UPDATE manifest SET value = '{\"format\": 1}' WHERE key = 'manifest'")
    other.commit()
    other.close()


def no_tables(path: Path) -> None:
    good(path)
    other = sqlite3.connect(path)
    other.execute("DROP TABLE manifest")
    other.close()


def missing(path: Path) -> None:
    assert not path.exists()


CASES: list[tuple[Callable[[Path], object], type[IndexFileError], str]] = [
    (foreign, ForeignFile, "Move it away"),
    (lambda path: path.write_text("No database.\n" * 500), IndexCorrupt, "--rebuild"),
    (truncated, IndexCorrupt, "--rebuild"),
    (cut_in_the_header, IndexCorrupt, "--rebuild"),
    (damaged_page, IndexCorrupt, "--rebuild"),
    (damaged_manifest, IndexForeign, "--rebuild"),
    (no_tables, IndexCorrupt, "--rebuild"),
    (other_format, IndexMismatch, "--rebuild"),
    (missing, IndexMissing, "qa index FOLDER"),
    (lambda path: path.write_bytes(b""), IndexMissing, "qa index FOLDER"),
    (lambda path: path.mkdir(), StorageError, "--index DIR"),
]


@pytest.mark.parametrize(("make", "error", "fix"), CASES)
@pytest.mark.parametrize("name", [FILE_NAME, "a b?c#d%41é 雨'.sqlite"])
def test_what_cannot_be_used_says_so(
    tmp_path: Path,
    make: Callable[[Path], object],
    error: type[IndexFileError],
    fix: str,
    name: str,
) -> None:
    path = tmp_path / name
    make(path)
    with pytest.raises(IndexFileError) as caught:
        opened = Store.open(path)
        with opened.snapshot():
            opened.passages()
            list(opened.documents())
    assert type(caught.value) is error
    message = str(caught.value)
    assert repr(str(path)) in message
    assert fix in message
    assert "\n" not in message


def test_a_missing_folder_is_a_missing_index(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "none" / FILE_NAME, tmp_path / "file" / FILE_NAME):
        with pytest.raises(IndexMissing, match="There is no index"):
            Store.open(path)
    with pytest.raises(StorageError, match="cannot be opened"):
        Store.create(tmp_path / "none" / FILE_NAME, MANIFEST)


def test_damaged_rows_say_so(store: Store) -> None:
    store.put([entry("a.txt")])
    other = sqlite3.connect(store.path)
    other.execute("UPDATE documents SET metadata = '{}'")
    other.execute("UPDATE passages SET vector = x'00'")
    other.execute("UPDATE files SET problems = '[1]'")
    other.commit()
    other.close()
    for read in (lambda: list(store.documents()), lambda: store.vectors(4), store.ledger):
        with pytest.raises(IndexCorrupt, match="--rebuild"):
            read()


@pytest.mark.parametrize("name", ["with space", "a?mode=ro", "a#b", "100%41", "雨 é", "a'b"])
def test_any_folder_name_will_do(tmp_path: Path, name: str) -> None:
    path = tmp_path / name / FILE_NAME
    path.parent.mkdir()
    made = Store.create(path, MANIFEST)
    made.put([entry("a.txt")])
    made.close()
    opened = Store.open(path)
    assert [d.id for _, d in opened.documents()] == ["a.txt"]
    opened.close()
    assert [p.name for p in path.parent.iterdir()] == [FILE_NAME]


def test_what_a_killed_writer_left_is_rolled_back_by_a_reader(tmp_path: Path) -> None:
    path = tmp_path / FILE_NAME
    good(path)
    wanted = Store.open(path)
    before = (wanted.generation(), [d.id for _, d in wanted.documents()])
    wanted.close()
    # A tiny cache makes it write into the file long before it commits; then it is killed.
    script = (
        "import os, signal, sqlite3, sys\n"
        "db = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        "db.execute('PRAGMA cache_size = 1')\n"
        "db.execute('BEGIN IMMEDIATE')\n"
        "db.execute(\"UPDATE documents SET text = 'lost'\")\n"
        "db.execute(\"UPDATE manifest SET value = 'lost'\")\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    killed = subprocess.run([sys.executable, "-c", script, str(path)], cwd=ROOT, check=False)
    assert killed.returncode == -9
    assert path.with_name(f"{path.name}-wal").stat().st_size > 512
    reader = Store.open(path)
    assert (reader.generation(), [d.id for _, d in reader.documents()]) == before
    assert {d.text for _, d in reader.documents()} == {"word " * 900}
    reader.close()


def test_a_full_disk_leaves_the_old_state(store: Store) -> None:
    store.put([entry("a.txt")])
    before = store.generation()
    pages = store._db.execute("PRAGMA page_count").fetchone()[0]
    store._db.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StorageError, match=r"The disk is full.*index\.sqlite"):
        store.put([entry("b.txt", "long " * 20_000)])
    assert store.generation() == before
    assert [d.id for _, d in store.documents()] == ["a.txt"]
    store._db.execute("PRAGMA max_page_count = 100000")
    store.put([entry("b.txt", "long " * 20_000)])
    assert [d.id for _, d in store.documents()] == ["a.txt", "b.txt"]
