import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.errors import CollectionError, IndexCorrupt, IndexMismatch, IndexMissing, StorageError
from corpus.passages.chunking import Chunking
from corpus.reading.pool import read_all
from corpus.reading.results import Loaded, Skipped, SourceFile
from corpus.samples import samples
from corpus.types import Dated, Document, Metadata, Sourced
from index.indexing.updater import BATCH, MOST_READ, update
from index.passage_text import bm25_text, context, encoder_text, fitted
from index.search.hybrid import Index
from index.storage.database import FILE_NAME
from index.storage.rows import Entry
from index.storage.sqlite import ForeignFile
from index.storage.store import Store
from index.types import Changes, Phase, Progress, Vectors
from tests.support.fakes import ROOT, SMALL, FakeEncoder, contents, ranking, write


def build(root: Path, place: Path, encoder: FakeEncoder | None = None) -> Changes:
    return update(root, place, encoder or FakeEncoder(), chunking=SMALL)


def fresh(root: Path, place: Path) -> Path:
    """A new index of `root`, made from nothing in a directory beside `place`."""
    other = Path(tempfile.mkdtemp(dir=place.parent))
    build(root, other)
    return other


def same_as_fresh(root: Path, place: Path) -> None:
    other = fresh(root, place)
    assert contents(place) == contents(other)
    one, two = Index.open(place, FakeEncoder()), Index.open(other, FakeEncoder())
    for question in ("rain in the valley", "trains", "word w1 w2 w3", "nothing of this"):
        assert ranking(one, question) == ranking(two, question)
    assert one.documents() == two.documents()
    one.close()
    two.close()


def test_what_is_indexed_beside_a_passage_is_never_quoted(folder: Path, place: Path) -> None:
    encoder = FakeEncoder()
    assert build(folder, place, encoder) == Changes(added=3)
    index = Index.open(place, encoder)
    hit = index.search("tunnel opened", k=1)[0]
    document = hit.passage.document
    assert document.id == "deep/trains.txt"
    assert context(document) == "Trains under the mountain (01 June 2017)"
    assert encoder_text(hit.passage) == f"{context(document)}\n{hit.passage.text}"
    assert hit.passage.text == document.text[hit.passage.start : hit.passage.end]
    assert "(01 June 2017)" not in document.text
    assert encoder.encoded.count(encoder_text(hit.passage)) == 1
    undated = Document(
        "a", "", "A", Metadata(Sourced("T", "x"), updated=Dated(date(2017, 1, 1), "y"))
    )
    assert context(undated) == "T"
    index.close()


def test_only_what_changed_is_encoded(folder: Path, place: Path) -> None:
    build(folder, place)
    store = Store.open(place / FILE_NAME)
    generation = store.generation()

    encoder = FakeEncoder()
    assert build(folder, place, encoder) == Changes(unchanged=3)
    assert encoder.encoded == []

    os.utime(folder / "rain.txt", ns=(1, 1))
    assert build(folder, place, encoder) == Changes(unchanged=3)
    assert encoder.encoded == []
    assert store.ledger()["rain.txt"].mtime_ns == 1
    assert store.generation() == generation

    write(folder, rain="New words about rain\n\nQuite other ones than before.")
    assert build(folder, place, encoder) == Changes(changed=1, unchanged=2)
    assert {text.split("\n")[0] for text in encoder.encoded} == {"New words about rain"}
    assert store.generation() != generation
    store.close()
    same_as_fresh(folder, place)


def test_deleted_and_renamed_files(folder: Path, place: Path) -> None:
    build(folder, place)
    (folder / "sun.txt").unlink()
    (folder / "rain.txt").rename(folder / "wet.txt")
    assert build(folder, place) == Changes(added=1, removed=2, unchanged=1)
    assert [row[0] for row in contents(place)] == ["deep/trains.txt", "wet.txt"]
    same_as_fresh(folder, place)


def test_bad_files_stop_nothing_and_are_not_read_again_in_vain(folder: Path, place: Path) -> None:
    (folder / "bad.txt").write_bytes(b"\x00\x01\x02\x00" * 99)
    (folder / "picture.xyz").write_bytes(b"xyz")
    (folder / "empty.txt").write_bytes(b"")
    assert build(folder, place) == Changes(added=6, skipped=3)
    store = Store.open(place / FILE_NAME)
    generation, ledger = store.generation(), store.ledger()
    assert sorted(id for id, record in ledger.items() if record.reason) == [
        "bad.txt",
        "empty.txt",
        "picture.xyz",
    ]
    assert "format" in ledger["picture.xyz"].reason
    assert build(folder, place) == Changes(unchanged=6, skipped=3)
    assert (store.generation(), store.ledger()) == (generation, ledger)
    store.close()
    write(folder, bad="Good words now. They can be read.")
    assert build(folder, place) == Changes(changed=1, unchanged=5, skipped=2)
    same_as_fresh(folder, place)


def test_a_file_that_could_not_be_opened_is_tried_again(folder: Path, place: Path) -> None:
    # A link to a folder is refused; then a file of the same size and time stands there. What matters
    # is that a refusal without a hash is never taken for knowledge of the bytes.
    path = folder / "rain.txt"
    build(folder, place)
    store = Store.open(place / FILE_NAME, writable=True)
    known = store.ledger()["rain.txt"]
    with store.changing(renew=True) as db:
        db.execute("DELETE FROM documents WHERE id = 'rain.txt'")
        db.execute(
            "UPDATE files SET sha256 = '', reason = 'it cannot be opened: Permission denied' "
            "WHERE id = 'rain.txt'"
        )
    store.close()
    assert (path.stat().st_size, path.stat().st_mtime_ns) == (known.size, known.mtime_ns)
    assert build(folder, place) == Changes(changed=1, unchanged=2)
    same_as_fresh(folder, place)


def test_the_index_in_the_folder_is_no_document(folder: Path) -> None:
    for place in (folder, folder / "made"):
        place.mkdir(exist_ok=True)
        write(place, notes="Notes of mine. They stay.")
        build(folder, place)
        Index.open(place, FakeEncoder()).close()
        assert {p.name for p in place.iterdir()} > {FILE_NAME, "writer.lock"}
        again = build(folder, place)
        assert (again.added, again.changed, again.removed) == (0, 0, 0)
        assert f"{place.relative_to(folder) / 'notes.txt'}" in [row[0] for row in contents(place)]


def test_progress_counts_files_and_passages(folder: Path, place: Path) -> None:
    steps: list[Progress] = []
    update(folder, place, FakeEncoder(), chunking=SMALL, progress=steps.append)
    assert list(dict.fromkeys((s.done, s.total) for s in steps)) == [(i, 3) for i in range(4)]
    assert [s.passages for s in steps] == sorted(s.passages for s in steps)
    index = Index.open(place, FakeEncoder())
    assert steps[-1].passages == len(index)
    parts = {stage: [s.part for s in steps if s.stage == stage] for stage in Phase}
    assert parts == {
        Phase.LINES: [],  # so few documents are counted in a moment
        Phase.COPIES: [(0, 3)],
        Phase.SEARCH: [(0, len(index))],
    }
    assert next(s for s in steps if s.stage == Phase.COPIES).searchable
    index.close()


names = st.sampled_from(["a", "b", "c", "sub/a", "sub/d"])
words = st.lists(st.sampled_from(["rain", "sun", "w1", "w2", "w3", "trains."]), max_size=40)
edits = st.one_of(
    st.tuples(st.just("write"), names, words.map(" ".join)),
    st.tuples(st.just("delete"), names, st.just("")),
    st.tuples(st.just("rename"), names, names),
    st.tuples(st.just("touch"), names, st.just("")),
    st.tuples(st.just("break"), names, st.just("")),
    st.tuples(st.just("index"), st.just(""), st.just("")),
)


def edit(root: Path, kind: str, name: str, value: str, tick: int) -> None:
    path = root / f"{name}.txt"
    if kind == "write":
        path.parent.mkdir(exist_ok=True)
        path.write_text(value)
    elif kind == "break":
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"\x00\xff\x00" * 50)
    elif kind in ("delete", "rename", "touch") and path.exists():
        if kind == "delete":
            path.unlink()
        elif kind == "rename":
            target = root / f"{value}.txt"
            target.parent.mkdir(exist_ok=True)
            path = path.replace(target)
    if path.exists() and kind != "rename":
        os.utime(path, ns=(tick, tick))  # two edits may fall within one tick of the disk's clock


@settings(max_examples=25)
@given(steps=st.lists(edits, min_size=3, max_size=12))
def test_any_edits_give_what_a_fresh_build_gives(steps: list[tuple[str, str, str]]) -> None:
    with tempfile.TemporaryDirectory() as top:
        root, place = Path(top) / "docs", Path(top) / "index"
        place.mkdir()
        root.mkdir()
        for tick, (kind, name, value) in enumerate([*steps, ("index", "", "")], start=1):
            if kind != "index":
                edit(root, kind, name, value, tick * 10**9)
                continue
            try:
                build(root, place)
            except CollectionError:
                # An empty folder may be a disk that is not mounted: its index stays.
                assert contents(place) == [] or not any(p.is_file() for p in root.rglob("*"))
                with pytest.raises(CollectionError):
                    fresh(root, place)
            else:
                same_as_fresh(root, place)


def test_an_empty_folder_and_one_without_documents(tmp_path: Path, place: Path) -> None:
    root = tmp_path / "docs"
    root.mkdir()
    with pytest.raises(CollectionError, match=r"docs' holds no files"):
        build(root, place)
    (root / "a.xyz").write_bytes(b"x")
    (root / "b.txt").write_bytes(b"")
    with pytest.raises(CollectionError, match=r"None of the 2 files .*docs.* read: .*empty"):
        build(root, place)
    with pytest.raises(CollectionError, match="gone"):
        build(tmp_path / "gone", place)
    write(root, b="Now there are words.")
    assert build(root, place) == Changes(changed=1, unchanged=1, skipped=1)
    same_as_fresh(root, place)


def test_an_emptied_folder_keeps_its_index_since_a_disk_may_not_be_mounted(
    folder: Path, place: Path
) -> None:
    build(folder, place)
    before = contents(place)
    shutil.rmtree(folder)
    folder.mkdir()
    with pytest.raises(CollectionError, match="holds no files"):
        build(folder, place)
    assert contents(place) == before


def test_the_last_document_goes(folder: Path, place: Path) -> None:
    build(folder, place)
    index = Index.open(place, FakeEncoder())
    assert index.search("rain", k=1)[0].passage.document.id == "rain.txt"
    shutil.rmtree(folder)
    folder.mkdir()
    (folder / "picture.png").write_bytes(b"not a text")
    with pytest.raises(CollectionError, match="None of the 1 files"):
        build(folder, place)
    assert (index.search("rain"), len(index), index.documents()) == ([], 0, [])
    index.close()
    again = Index.open(place, FakeEncoder())
    assert again.search("rain") == []
    write(folder, rain="Rain again. Much of it.")
    build(folder, place)
    assert [h.passage.document.id for h in again.search("rain", k=1)] == ["rain.txt"]
    again.close()


def test_another_encoder_or_other_passages_need_a_rebuild(folder: Path, place: Path) -> None:
    build(folder, place)
    before = contents(place)
    other = FakeEncoder(sha256="e" * 64, dimension=8)
    with pytest.raises(IndexMismatch, match=r"fake-ffff .*fake-eeee .*--rebuild"):
        build(folder, place, other)
    with pytest.raises(IndexMismatch, match=r"16 tokens overlapping by 1, not of 200 by 1"):
        update(folder, place, FakeEncoder())
    assert contents(place) == before
    assert update(folder, place, other, chunking=SMALL, rebuild=True) == Changes(added=3)
    index = Index.open(place, other)
    assert index.manifest.dimension == 8
    assert index.search("rain", k=1)[0].passage.document.id == "rain.txt"
    index.close()
    with pytest.raises(IndexMismatch, match="fake-eeee"):
        Index.open(place, FakeEncoder())


@pytest.mark.parametrize("damage", ["text", "middle", "format", "empty"])
def test_a_rebuild_mends_a_damaged_index(folder: Path, place: Path, damage: str) -> None:
    build(folder, place)
    path = place / FILE_NAME
    if damage == "text":
        path.write_text("no database\n" * 999)
    elif damage == "empty":
        path.write_bytes(b"")
    elif damage == "format":
        store = Store.open(path, writable=True)
        store._db.execute("PRAGMA user_version = 99")
        store.close()
    else:
        data = bytearray(path.read_bytes())
        data[8192:16384] = b"\xa5" * 8192
        path.write_bytes(data)
        with pytest.raises(IndexCorrupt, match="--rebuild"):
            build(folder, place)
    (place / f"{FILE_NAME}-journal").write_bytes(b"left over")
    assert update(folder, place, FakeEncoder(), chunking=SMALL, rebuild=True) == Changes(added=3)
    same_as_fresh(folder, place)


def test_the_index_of_the_samples_is_made_anew_by_itself(place: Path, folder: Path) -> None:
    """Nobody there has a folder to name; a folder of one's own is not thrown away unasked."""
    for root in (samples(), folder):
        there = place / root.name
        update(root, there, FakeEncoder())
        store = Store.open(there / FILE_NAME, writable=True)
        store._db.execute("PRAGMA user_version = 99")
        store.close()
    assert update(samples(), place / samples().name, FakeEncoder()).added == 16
    with pytest.raises(IndexMismatch, match="--rebuild"):
        update(folder, place / folder.name, FakeEncoder())


def test_another_programs_database_is_left_alone(folder: Path, place: Path) -> None:
    path = place / FILE_NAME
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE precious (a)")
    other.close()
    before = path.read_bytes()
    for rebuild in (False, True):
        with pytest.raises(ForeignFile, match="Move it away"):
            update(folder, place, FakeEncoder(), rebuild=rebuild)
    assert path.read_bytes() == before


class Interrupted(FakeEncoder):
    """An encoder whose user loses patience at the third batch, or at another one."""

    def __init__(self, last: int = 3) -> None:
        super().__init__()
        self.last, self.batches = last, 0

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        self.batches += 1
        if self.batches == self.last:
            raise KeyboardInterrupt
        return super().encode_passages(texts)


def many(root: Path, n: int = 60) -> None:
    rng = random.Random(5)
    for i in range(n):
        text = " ".join(f"w{rng.randrange(50)} word w{i}." for _ in range(30))
        write(root, **{f"d{i:02d}": f"Document number {i}\n\n{text}"})


def test_an_interrupted_run_goes_on_where_it_was(tmp_path: Path, place: Path) -> None:
    root = tmp_path / "docs"
    many(root)
    impatient = Interrupted()
    with pytest.raises(KeyboardInterrupt):
        build(root, place, impatient)
    store = Store.open(place / FILE_NAME)
    assert store.count_pending() == len(store.passages().keys) - 2 * BATCH > 0
    store.close()
    patient = FakeEncoder()
    assert build(root, place, patient) == Changes(unchanged=60)
    assert not set(patient.encoded) & set(impatient.encoded)
    same_as_fresh(root, place)


@pytest.mark.slow
@pytest.mark.parametrize("longest_s", [0.15, 0.3, 0.5, 0.7, 0.9])
def test_killed_at_any_moment_it_can_be_read_and_goes_on(
    tmp_path: Path, place: Path, longest_s: float
) -> None:
    root = tmp_path / "docs"
    many(root)
    rng = random.Random(int.from_bytes(os.urandom(4), "big"))
    opened = 0
    for round in range(6):
        command = [sys.executable, "-m", "tests.support.fakes", str(root), str(place), "0.003"]
        child = subprocess.Popen(command, cwd=ROOT)
        while not _writes(child.pid, place) and child.poll() is None:
            time.sleep(0.01)
        deadline = time.monotonic() + rng.random() * longest_s
        while child.poll() is None and (time.monotonic() < deadline or (round == 5 and not opened)):
            opened += _readable(place, missing=opened == 0)
        child.kill()
        child.wait()
        opened += _readable(place, missing=opened == 0)
    build(root, place)
    assert opened
    same_as_fresh(root, place)


def _writes(pid: int, place: Path) -> bool:
    path = place / "writer.json"
    return path.exists() and f'"pid": {pid},' in path.read_text()


def _readable(place: Path, *, missing: bool) -> bool:
    """Whether there is an index yet, which then can be searched."""
    try:
        index = Index.open(place, FakeEncoder())
    except IndexMissing:
        assert missing, "an index that was there has gone"
        return False
    ids = [document.id for document in index.documents()]
    assert ids == sorted(set(ids) & {f"d{i:02d}.txt" for i in range(60)})
    before = len(index)  # the writer may be adding more
    assert min(3, before) <= len(index.search("word", k=3)) <= min(3, len(index))
    index.close()
    return True


FULL = """
import resource, sys
from pathlib import Path
from corpus.errors import StorageError
from index.indexing.updater import update
from index.storage.store import FILE_NAME
from tests.support.fakes import SMALL, FakeEncoder
root, place = Path(sys.argv[1]), Path(sys.argv[2])
limit = (place / FILE_NAME).stat().st_size + 8192
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
try:
    update(root, place, FakeEncoder(), chunking=SMALL)
except StorageError as error:
    print(error)
"""


@pytest.mark.slow
def test_a_full_disk_leaves_the_old_state(folder: Path, place: Path) -> None:
    build(folder, place)
    before = contents(place)
    write(folder, big="Long words are here. " * 40_000)
    child = [sys.executable, "-c", FULL, str(folder), str(place)]
    ran = subprocess.run(child, cwd=ROOT, capture_output=True, text=True, check=True)
    assert ran.stdout.startswith("The disk is full")
    assert repr(str(place / FILE_NAME)) in ran.stdout
    assert contents(place) == before
    assert build(folder, place) == Changes(added=1, unchanged=3)
    same_as_fresh(folder, place)


READ_ONLY = """
import os, shutil, sys
from pathlib import Path
from corpus.errors import StorageError
from index.indexing.updater import update
from index.search.hybrid import Index
from tests.support.fakes import SMALL, FakeEncoder, ranking
root, place = Path(sys.argv[1]), Path(sys.argv[2])
update(root, place, FakeEncoder(), chunking=SMALL)
index = Index.open(place, FakeEncoder())
before = ranking(index, "rain in the valley")
index.close()
for derived in place.glob("derived-*"):
    shutil.rmtree(derived)
for path in place.iterdir():
    path.chmod(0o444)
place.chmod(0o555)
data = Path(os.environ["XDG_DATA_HOME"])
if os.getuid() == 0:
    for path in (data, *data.rglob("*")):  # the same secret: it stays the same user's
        os.chown(path, 65534, 65534)
    os.setuid(65534)  # root may write anywhere
assert not os.access(place, os.W_OK)
index = Index.open(place, FakeEncoder())
assert ranking(index, "rain in the valley") == before
assert sorted(p.name for p in place.iterdir()) == ["index.sqlite", "writer.lock"]
for rebuild in (False, True):
    try:
        update(root, place, FakeEncoder(), chunking=SMALL, rebuild=rebuild)
    except StorageError as error:
        print(error)
"""


@pytest.mark.slow
def test_an_index_that_may_only_be_read(folder: Path) -> None:
    with tempfile.TemporaryDirectory() as top:
        Path(top).chmod(0o755)
        root, place = Path(top) / "docs", Path(top) / "index"
        shutil.copytree(folder, root)
        place.mkdir()
        child = [sys.executable, "-c", READ_ONLY, str(root), str(place)]
        env = {**os.environ, "XDG_DATA_HOME": str(Path(top) / "data")}
        ran = subprocess.run(child, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
        place.chmod(0o755)
        assert ran.stderr == ""
        lines = ran.stdout.splitlines()
        assert len(lines) == 2
        for line in lines:
            assert line.startswith(f"The index in {str(place)!r} cannot be written")


def test_a_place_that_is_a_file_says_so(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="cannot be written"):
        build(folder, tmp_path / "docs" / "rain.txt")


def test_authors_and_publisher_are_counted_but_not_encoded(folder: Path, place: Path) -> None:
    build(folder, place)
    index = Index.open(place, FakeEncoder())
    passages = [hit.passage for hit in index.search("Coast Daily", k=50)]
    sun = [p for p in passages if p.document.id == "sun.txt"]
    assert sun
    assert all(bm25_text(p) == f"Coast Daily {encoder_text(p)}" for p in sun)
    assert not any("Coast Daily" in encoder_text(p).split("\n", 1)[0] for p in sun)
    counted = [hit for hit in index.search("Daily", k=50) if hit.lexical]
    assert {hit.passage for hit in counted} == set(sun)
    index.close()


def test_an_index_is_of_one_folder(folder: Path, place: Path, tmp_path: Path) -> None:
    build(folder, place)
    before = contents(place)
    other = tmp_path / "other"
    write(other, mine="Other words. Not those.")
    with pytest.raises(IndexMismatch) as caught:
        build(other, place)
    for words in (str(folder), str(other), "--rebuild", "--index DIR"):
        assert words in str(caught.value)
    assert contents(place) == before
    with pytest.raises(IndexMismatch, match="is of the folder"):
        Index.open(place, FakeEncoder(), root=other)
    Index.open(place, FakeEncoder(), root=folder).close()
    for same in (folder / "deep" / "..", Path(os.path.relpath(folder))):
        assert build(same, place) == Changes(unchanged=3)
    with pytest.raises(CollectionError, match="There is no folder"):
        update(tmp_path / "gone", place, FakeEncoder(), chunking=SMALL, rebuild=True)
    assert contents(place) == before
    assert update(other, place, FakeEncoder(), chunking=SMALL, rebuild=True) == Changes(added=1)
    assert build(other, place) == Changes(unchanged=1)


def test_an_open_index_notices_that_it_was_given_to_another_folder(
    folder: Path, place: Path, tmp_path: Path
) -> None:
    build(folder, place)
    index = Index.open(place, FakeEncoder(), root=folder)
    write(tmp_path / "other", mine="Other words. Not those.")
    update(tmp_path / "other", place, FakeEncoder(), chunking=SMALL, rebuild=True)
    with pytest.raises(IndexMismatch, match="is of the folder"):
        index.search("rain")
    index.close()


def test_a_folder_may_move_together_with_its_index(folder: Path) -> None:
    place = folder / ".qa"
    place.mkdir()
    build(folder, place)
    moved = folder.rename(folder.with_name("moved"))
    assert build(moved, moved / ".qa") == Changes(unchanged=3)
    Index.open(moved / ".qa", FakeEncoder(), root=moved).close()
    with pytest.raises(IndexMismatch, match=r"moved', not of .*deep"):
        build(moved / "deep", moved / ".qa")


def test_an_index_without_a_root_takes_the_first_folder(folder: Path, place: Path) -> None:
    build(folder, place)
    store = Store.open(place / FILE_NAME, writable=True)
    with store.changing(renew=False) as db:
        db.execute("DELETE FROM manifest WHERE key = 'root'")
    assert build(folder, place) == Changes(unchanged=3)
    assert store.root() == str(folder.resolve())
    store.close()


def test_a_mistaken_folder_without_files_claims_no_index(
    folder: Path, place: Path, tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(CollectionError, match="holds no files"):
        build(tmp_path / "empty", place)
    assert build(folder, place) == Changes(added=3)


class Batches(FakeEncoder):
    """An encoder that remembers how much it was given at once."""

    def __init__(self) -> None:
        super().__init__()
        self.sizes: list[int] = []

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        self.sizes.append(len(texts))
        return super().encode_passages(texts)


def test_passages_are_encoded_in_batches_that_are_told(tmp_path: Path, place: Path) -> None:
    root = tmp_path / "docs"
    write(root, a="A short one. It is first.", b="Long words are here today. " * 1000)
    encoder, steps = Batches(), list[Progress]()
    update(root, place, encoder, chunking=SMALL, progress=steps.append)
    index = Index.open(place, FakeEncoder())
    assert sum(encoder.sizes) == len(index) > 3 * BATCH
    assert set(encoder.sizes[:-1]) == {BATCH}
    told = [(s.passages, s.waiting) for s in steps if s.done == 2 and s.stage is None]
    done = [*range(0, len(index), BATCH), len(index)]
    assert told == [(0, len(index)), *((n, len(index) - n) for n in done)]
    index.close()
    same_as_fresh(root, place)


def test_texts_are_there_before_their_vectors(tmp_path: Path, place: Path) -> None:
    root = tmp_path / "docs"
    write(root, a="A short one. It is first.", b="Long words are here today. " * 1000)
    with pytest.raises(KeyboardInterrupt):
        build(root, place, Interrupted(last=1))
    index = Index.open(place, FakeEncoder())
    [hit] = index.search("short", k=1)
    assert (hit.passage.document.id, hit.dense) == ("a.txt", None)
    index.close()
    assert build(root, place) == Changes(unchanged=2)
    same_as_fresh(root, place)


def test_of_a_changed_file_only_new_passages_are_encoded(tmp_path: Path, place: Path) -> None:
    root = tmp_path / "docs"
    write(root, a="First things are said here. " * 40, b="Other words.")
    build(root, place)
    write(root, a="First things are said here. " * 40 + "\n\nAnd this is new.")
    encoder = Batches()
    assert update(root, place, encoder, chunking=SMALL) == Changes(changed=1, unchanged=1)
    index = Index.open(place, FakeEncoder())
    assert 0 < sum(encoder.sizes) <= 2 < len(index)
    index.close()
    same_as_fresh(root, place)


def test_files_are_read_again_by_new_rules(
    tmp_path: Path, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "docs"
    write(root, a="One. Two.", b="Three. Four.")
    (root / "c.xyz").write_text("no format")
    build(root, place)
    read: list[str] = []

    def watched(files: Sequence[SourceFile], **how: Any) -> Iterator[Loaded | Skipped]:
        read.extend(file.id for file in files)
        return read_all(files, **how)

    monkeypatch.setattr("index.indexing.updater.read_all", watched)
    assert build(root, place) == Changes(unchanged=3, skipped=1)
    assert read == ["c.xyz"]
    monkeypatch.setattr("corpus.reading.loader.RULES", 99)
    assert build(root, place) == Changes(unchanged=3, skipped=1)
    assert read == ["c.xyz", "a.txt", "b.txt", "c.xyz"]
    store = Store.open(place / FILE_NAME)
    assert {record.rules for record in store.ledger().values()} == {"plain text 1.99", ""}
    store.close()


def test_many_files_without_passages_are_committed_in_parts(
    tmp_path: Path, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "docs"
    write(root, a="One that can be read.")
    for i in range(2 * MOST_READ):
        (root / f"b{i:04d}.xyz").write_bytes(b"")
    sizes: list[int] = []
    put = Store.put

    def watched(store: Store, entries: Sequence[Entry], gone: Sequence[str] = ()) -> None:
        sizes.append(len(entries))
        put(store, entries, gone)

    monkeypatch.setattr(Store, "put", watched)
    assert build(root, place) == Changes(added=1 + 2 * MOST_READ, skipped=2 * MOST_READ)
    assert sizes == [MOST_READ, MOST_READ, 1]


def test_passages_fit_what_the_encoder_reads(tmp_path: Path, place: Path) -> None:
    root = tmp_path / "docs"
    write(root, a="T\n\n" + "Five words make a sentence. " * 200)
    update(root, place, FakeEncoder(most_tokens=120))
    index = Index.open(place, FakeEncoder())
    assert index.manifest.budget == 64
    assert {len(h.passage.text.split()) for h in index.search("words", k=3)} <= {60, 61, 62, 63, 64}
    index.close()
    with pytest.raises(IndexMismatch, match="of 64 tokens overlapping by 1, not of 200 by 1"):
        update(root, place, FakeEncoder())
    assert fitted(SMALL, 1_000) == SMALL
    assert (fitted(Chunking(), 64).budget, fitted(SMALL, 5).budget) == (32, 8)


def test_a_long_title_is_cut_at_a_word() -> None:
    def title(text: str) -> str:
        return context(Document("a", "", "A", Metadata(Sourced(text, "x"))))

    assert title("x" * 150) == "x" * 150
    assert title("four " * 400) == ("four " * 30).strip()
    assert title("abcdefg " * 300) == ("abcdefg " * 18).strip()
    assert title("雨" * 400) == "雨" * 150


CLOSED = """
import os, sys
from pathlib import Path
from index.indexing.updater import update
from tests.support.fakes import SMALL, FakeEncoder, contents, write
root, place = Path(sys.argv[1]), Path(sys.argv[2])
def run():
    print(update(root, place, FakeEncoder(), chunking=SMALL).removed, [r[0] for r in contents(place)])
run()
if os.getuid() == 0:  # root may list anything
    data = Path(os.environ["XDG_DATA_HOME"])
    for top in (root, place, data):
        for path in (top, *top.rglob("*")):
            os.chown(path, 65534, 65534)
    os.setuid(65534)
(root / "deep").chmod(0)
run()
(root / "deep").chmod(0o755)
run()
(root / "deep" / "trains.txt").unlink()
run()
"""


@pytest.mark.slow
def test_what_is_in_a_folder_that_cannot_be_listed_is_not_gone(folder: Path) -> None:
    with tempfile.TemporaryDirectory() as top:
        root, place = Path(top) / "docs", Path(top) / "index"
        shutil.copytree(folder, root)
        place.mkdir()
        Path(top).chmod(0o755)
        child = [sys.executable, "-c", CLOSED, str(root), str(place)]
        env = {**os.environ, "XDG_DATA_HOME": str(Path(top) / "data")}
        ran = subprocess.run(child, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
        assert ran.stderr == ""
        three = "0 ['deep/trains.txt', 'rain.txt', 'sun.txt']"
        assert ran.stdout.splitlines()[0] == three
        assert ran.stdout.splitlines()[1] == three
        # What is gone now is the line about the folder itself.
        assert ran.stdout.splitlines()[2] == three.replace("0", "1", 1)
        assert ran.stdout.splitlines()[3] == "1 ['rain.txt', 'sun.txt']"


def test_a_folder_that_became_a_link_is_gone(folder: Path, place: Path) -> None:
    build(folder, place)
    (folder / "deep").rename(folder.parent / "elsewhere")
    (folder / "deep").symlink_to(folder.parent / "elsewhere")
    build(folder, place)
    assert [row[0] for row in contents(place)] == ["rain.txt", "sun.txt"]


def test_other_settings_of_an_encoder_need_a_rebuild(folder: Path, place: Path) -> None:
    one, two = FakeEncoder(), FakeEncoder()
    one.config_sha256, two.config_sha256 = "1" * 64, "2" * 64
    build(folder, place, one)
    with pytest.raises(IndexMismatch, match=r"other settings .*1111.*2222.*qa index FOLDER --reb"):
        build(folder, place, two)
    with pytest.raises(IndexMismatch, match=r"other settings .*1111.*2222.*--encoder NAME"):
        Index.open(place, two)
    index = Index.open(place, one)
    assert index.manifest.encoder_config_sha256 == "1" * 64
    index.close()
