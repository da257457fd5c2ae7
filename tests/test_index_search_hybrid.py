import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corpus.errors import FilterError, IndexMismatch, IndexMissing
from corpus.reading.results import State
from corpus.types import Document, Metadata, Parsed, Sourced
from index.indexing.updater import update
from index.passage_text import bm25_text, encoder_text
from index.retrievers.bm25 import BM25Index
from index.retrievers.dense import DenseIndex
from index.retrievers.fusion import convex_combination, reciprocal_rank_fusion
from index.retrievers.postings import Postings, update_postings
from index.search.hybrid import DEPTH, Index
from index.storage.arrays import Sign
from index.storage.database import FILE_NAME
from index.storage.lock import writing
from index.storage.rows import Entry, Filed, PassageTable, Record
from index.storage.sqlite import discard
from index.storage.store import Store
from index.types import Filter
from tests.support.fakes import ROOT, SMALL, FakeEncoder, ranking, sign, write

QUESTION = "rain in the valley and trains"


@pytest.fixture
def built(folder: Path, place: Path) -> Path:
    update(folder, place, FakeEncoder(), chunking=SMALL)
    return place


@pytest.fixture
def index(built: Path) -> Iterator[Index]:
    opened = Index.open(built, FakeEncoder())
    yield opened
    opened.close()


def test_search_is_the_fusion_of_both_sides(built: Path, index: Index) -> None:
    encoder = FakeEncoder()
    store = Store.open(built / FILE_NAME)
    documents = dict(store.documents())
    table, vectors = store.passages(), store.vectors(encoder.dimension)
    spans = [
        documents[int(key)].span(int(a), int(b))
        for key, a, b in zip(table.documents, table.first, table.last, strict=True)
    ]
    store.close()
    scores = BM25Index.fit([bm25_text(span) for span in spans]).scores(QUESTION)
    lexical = {i: float(s) for i, s in enumerate(scores) if s > 0}
    dense = dict(enumerate((vectors @ encoder.encode_questions([QUESTION])[0]).tolist()))
    assert len(spans) <= DEPTH
    fused = convex_combination(lexical, dense)
    order = sorted(fused, key=lambda i: (-round(fused[i], 6), i))
    hits = index.search(QUESTION, k=99)
    assert [hit.passage for hit in hits] == [spans[i] for i in order]
    assert [hit.rank for hit in hits] == list(range(1, len(spans) + 1))
    for hit, i in zip(hits, order, strict=True):
        assert hit.score == pytest.approx(fused[i], abs=1e-6)
        assert hit.lexical == (pytest.approx(lexical[i]) if i in lexical else None)
        assert hit.dense == pytest.approx(dense[i], abs=1e-6)
    assert index.search(QUESTION, k=2) == hits[:2]
    assert index.search(QUESTION, k=0) == []
    assert index.search_many([QUESTION, "sun"], k=2) == [hits[:2], index.search("sun", k=2)]


def test_the_fusion_can_be_chosen(built: Path) -> None:
    index = Index.open(built, FakeEncoder(), fusion=reciprocal_rank_fusion)
    hit = index.search("tunnel opened on Wednesday", k=1)[0]
    assert hit.score == pytest.approx(2 / 61)
    index.close()


filters = st.builds(
    lambda publishers, days, documents: Filter(publishers, days[0], days[1], documents),
    st.sampled_from([(), ("valley times",), ("COAST DAILY", "x"), ("nobody",)]),
    st.lists(st.none() | st.dates(date(2016, 4, 1), date(2017, 7, 1)), min_size=2, max_size=2).map(
        lambda d: sorted(d) if d[0] and d[1] else d
    ),
    st.sampled_from([(), ("deep/",), ("deep",), ("rain.txt", "none.txt"), ("deep/trains.txt",)]),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(filter=filters)
def test_a_filter_is_as_if_there_were_no_other_documents(index: Index, filter: Filter) -> None:
    wanted = {d.id for d in index.documents() if _by_hand(d.id, filter)}
    assert {d.id for d in index.documents() if filter.accepts(d)} == wanted
    state = index._current()
    rows = [i for i, key in enumerate(state.table.documents) if state.documents[key].id in wanted]
    allowed = np.zeros(len(index), np.bool_)
    allowed[rows] = True
    scores = state.lexical.scores(QUESTION)
    cosines = state.dense.vectors @ FakeEncoder().encode_questions([QUESTION])[0]
    fused = convex_combination(
        {i: float(scores[i]) for i in rows if scores[i] > 0}, {i: float(cosines[i]) for i in rows}
    )
    hits = index.search(QUESTION, k=99, filter=filter)
    assert {hit.passage.document.id for hit in hits} == wanted
    np.testing.assert_allclose([h.score for h in hits], sorted(fused.values())[::-1], atol=1e-6)


KNOWN = {
    "rain.txt": ("valley times", date(2016, 5, 3)),
    "sun.txt": ("coast daily", date(2017, 6, 9)),
    "deep/trains.txt": ("valley times", date(2017, 6, 1)),
}


def _by_hand(id: str, filter: Filter) -> bool:
    publisher, day = KNOWN[id]
    if filter.publishers and publisher not in [name.lower() for name in filter.publishers]:
        return False
    if filter.after and day < filter.after:
        return False
    if filter.before and day > filter.before:
        return False
    folder = id.split("/")[0] + "/" if "/" in id else "no folder"
    return not filter.documents or id in filter.documents or folder in filter.documents


def test_filters_that_make_no_sense_and_documents_without_a_date(
    folder: Path, built: Path, index: Index
) -> None:
    with pytest.raises(FilterError, match="2017-01-02 and before 2017-01-01"):
        Filter(after=date(2017, 1, 2), before=date(2017, 1, 1))
    write(folder, undated="Rain without a day. More rain.")
    update(folder, built, FakeEncoder(), chunking=SMALL)
    hits = index.search("rain without a day", k=1)
    assert hits[0].passage.document.id == "undated.txt"
    found = index.search("rain without a day", k=99, filter=Filter(after=date(1, 1, 1)))
    assert {h.passage.document.id for h in found} == set(KNOWN)


def test_it_follows_updates_of_this_and_of_other_processes(
    folder: Path, built: Path, index: Index
) -> None:
    assert len(index.documents()) == 3
    write(folder, snow="Snow on the hill. It stayed for a month.")
    update(folder, built, FakeEncoder(), chunking=SMALL)
    assert index.search("snow on the hill", k=1)[0].passage.document.id == "snow.txt"

    write(folder, fog="Fog at sea. Ships waited for hours.")
    (folder / "snow.txt").unlink()
    child = [sys.executable, "-m", "tests.support.fakes", str(folder), str(built), "0"]
    subprocess.run(child, cwd=ROOT, check=True)
    assert index.search("fog at sea", k=1)[0].passage.document.id == "fog.txt"
    assert [d.id for d in index.documents()] == [
        "deep/trains.txt",
        "fog.txt",
        "rain.txt",
        "sun.txt",
    ]
    assert len(list(built.glob("derived-*"))) == 1  # those of past generations are gone


def test_it_follows_a_rebuild_and_a_new_file_at_its_path(
    folder: Path, built: Path, index: Index
) -> None:
    before = ranking(index, QUESTION)
    update(folder, built, FakeEncoder(), chunking=SMALL, rebuild=True)
    assert ranking(index, QUESTION) == before
    write(folder, fog="Fog at sea. Ships waited for hours.")
    shutil.rmtree(built)
    with pytest.raises(IndexMissing, match="qa index FOLDER"):
        index.search("fog")
    built.mkdir()
    update(folder, built, FakeEncoder(), chunking=SMALL)
    assert index.search("fog at sea", k=1)[0].passage.document.id == "fog.txt"


def test_a_rebuild_with_another_encoder_is_never_searched_with_this_one(
    folder: Path, built: Path, index: Index
) -> None:
    other = FakeEncoder(sha256="e" * 64)  # of the same dimension, so nothing else would tell
    update(folder, built, other, chunking=SMALL, rebuild=True)
    with pytest.raises(
        IndexMismatch,
        match=r"fake-eeee .*, not with fake-ffff .*--encoder NAME.*qa index FOLDER --rebuild",
    ):
        index.search("rain")


def flipped(path: Path) -> None:
    # In the numbers, where nothing but a checksum can tell.
    for array in path.glob("*.npy"):
        data = bytearray(array.read_bytes())
        if len(data) > 128:
            data[-1] ^= 0x40
        array.write_bytes(data)


def pickled(path: Path) -> None:
    for array in path.glob("*.npy"):
        np.save(array, np.asarray([{}], object), allow_pickle=True)


def of_another_index(path: Path) -> None:
    if path.name == "lexical":
        BM25Index.fit(["one", "two"]).save(path, sign)
    elif path.name == "vectors":
        DenseIndex.fit(np.eye(32, dtype=np.float32)[:2]).save(path, sign)


def cut(path: Path) -> None:
    for array in path.iterdir():
        os.truncate(array, array.stat().st_size // 2)


def file_in_its_place(path: Path) -> None:
    shutil.rmtree(path)
    path.write_bytes(b"a file")


DAMAGE: list[Callable[[Path], object]] = [
    shutil.rmtree,
    flipped,
    pickled,
    of_another_index,
    cut,
    lambda path: [array.write_bytes(b"") for array in path.iterdir()],
    lambda path: [array.write_bytes(b"garbage" * 99) for array in path.iterdir()],
    lambda path: (path / "arrays.json").unlink(),
    lambda path: path.rename(path.with_name(f"{path.name}-00")),
    file_in_its_place,
]


def said(path: Path) -> dict[str, bytes]:
    return {array.name: array.read_bytes() for array in sorted(path.glob("*.npy"))}


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize("kind", ["lexical", "vectors", "tables"])
def test_what_is_derived_is_made_anew(
    built: Path, damage: Callable[[Path], object], kind: str
) -> None:
    index = Index.open(built, FakeEncoder())
    before = ranking(index, QUESTION)
    index.close()
    path = next(built.glob(f"derived-*/{kind}"))
    content = said(path)
    others = [one for one in path.parent.iterdir() if one != path]
    for untouched in others:
        os.utime(untouched, ns=(2, 2))
    damage(path)
    index = Index.open(built, FakeEncoder())
    assert ranking(index, QUESTION) == before
    index.close()
    if damage is not of_another_index or kind != "tables":
        assert said(path) == content
    assert [one.stat().st_mtime_ns for one in others] == [2] * len(others)


def test_half_written_folders_of_killed_processes_are_swept_up(built: Path) -> None:
    place = next(built.glob("derived-*"))
    old, new = place / ".lexical-abc", place / ".vectors-def"
    for path in (old, new):
        path.mkdir()
    (old / "counts.npy").write_bytes(b"x")
    os.utime(old, (1, 1))
    (place / "lexical" / "arrays.json").unlink()  # so that something is written
    Index.open(built, FakeEncoder()).close()
    assert (old.exists(), new.exists()) == (False, True)


@pytest.mark.slow
def test_threads_search_while_an_update_runs(folder: Path, place: Path) -> None:
    for i in range(12):
        write(folder, **{f"d{i:02d}": f"Item {i}\n\n" + f"Rain and item{i} again. " * 40})
    update(folder, place, FakeEncoder(), chunking=SMALL)
    index = Index.open(place, FakeEncoder())
    errors: list[BaseException] = []
    searches = [0] * 4
    done = threading.Event()

    def search(me: int) -> None:
        count = 0
        try:
            while not done.is_set():
                hits = index.search("rain item7", k=5)
                assert [h.rank for h in hits] == [1, 2, 3, 4, 5]
                ids = [d.id for d in index.documents()]
                assert len(ids) >= count, "a search saw an older state than the one before it"
                count = len(ids)
                assert {h.passage.document.id for h in hits} <= set(ids)
                assert all("item7" in h.passage.text for h in hits[:2])
                searches[me] += 1
        except (Exception, pytest.fail.Exception) as error:  # noqa: BLE001  # shown by the test
            errors.append(error)

    threads = [threading.Thread(target=search, args=(me,)) for me in range(4)]
    for thread in threads:
        thread.start()
    for i in range(12, 36):
        write(folder, **{f"d{i:02d}": f"Item {i}\n\n" + f"Rain and item{i} again. " * 40})
        if i % 4 == 3:
            update(folder, place, FakeEncoder(), chunking=SMALL)
            time.sleep(0.05)
    done.set()
    for thread in threads:
        thread.join(30)
    assert errors == []
    assert min(searches) > 0
    reopened = Index.open(place, FakeEncoder())
    assert len(index.documents()) == 39
    assert ranking(index, "rain item20") == ranking(reopened, "rain item20")
    index.close()
    reopened.close()


def test_many_threads_meet_a_new_state_at_once(folder: Path, built: Path, index: Index) -> None:
    write(folder, fog="Fog at sea. Ships waited for hours.")
    update(folder, built, FakeEncoder(), chunking=SMALL)
    barrier = threading.Barrier(8)
    found: list[str] = []

    def search() -> None:
        barrier.wait(10)
        found.append(index.search("fog at sea", k=1)[0].passage.document.id)

    threads = [threading.Thread(target=search) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert found == ["fog.txt"] * 8


def test_a_writer_is_not_kept_waiting_while_a_reader_fits(
    folder: Path, built: Path, index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Counting takes minutes in a large collection. Here it takes as long as another whole update.
    write(folder, fog="Fog at sea. Ships waited for hours.")
    update(folder, built, FakeEncoder(), chunking=SMALL)
    for derived in built.glob("derived-*"):
        shutil.rmtree(derived)
    count = update_postings
    done: list[bool] = []

    def slow(*given: Any) -> Postings:
        if not done:
            done.append(True)
            write(folder, hail="Hail at noon. It broke windows.")
            writer = threading.Thread(
                target=update, args=(folder, built, FakeEncoder()), kwargs={"chunking": SMALL}
            )
            writer.start()
            writer.join(10)
            assert not writer.is_alive(), "the writer waits for the reader"
        return count(*given)

    monkeypatch.setattr("index.search.generation.update_postings", slow)
    assert index.search("fog at sea", k=1)[0].passage.document.id == "fog.txt"
    assert done
    assert index.search("hail at noon", k=1)[0].passage.document.id == "hail.txt"


def test_what_is_loaded_is_of_one_state(
    folder: Path, built: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A rebuild wants to come between two reads; it gives every document another key.
    for derived in ("tables", "vectors"):
        shutil.rmtree(next(built.glob(f"derived-*/{derived}")))
    writer = threading.Thread(
        target=update,
        args=(folder, built, FakeEncoder()),
        kwargs={"chunking": SMALL, "rebuild": True},
    )
    read = Store.passages

    def slow(store: Store) -> PassageTable:
        table = read(store)
        if writer.ident is None:
            writer.start()
            writer.join(0.5)
        return table

    monkeypatch.setattr(Store, "passages", slow)
    index = Index.open(built, FakeEncoder())
    assert sorted(index._state.documents) == [1, 2, 3]
    assert set(index._state.table.documents.tolist()) == {1, 2, 3}
    writer.join(10)
    assert sorted(index._current().documents) == [4, 5, 6]
    index.close()


def one_more(built: Path, name: str) -> None:
    """What a writer at work commits: another document."""
    store = Store.open(built / FILE_NAME, writable=True)
    text = f"{name} at sea."
    parsed = Parsed(Document(f"{name}.txt", name, text, Metadata(Sourced(name, "x"))))
    store.put(
        [
            Entry(
                Record(f"{name}.txt", 1, 1, name, State.READ),
                [Filed(parsed, [(0, len(text))], list(FakeEncoder().encode_passages([text])))],
            )
        ]
    )
    store.close()


def test_while_a_writer_is_at_work_the_state_is_loaded_from_time_to_time(
    built: Path, index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved = {path.name for path in built.glob("derived-*")}
    with writing(built):
        for name in ("fog", "hail"):
            one_more(built, name)
            assert len(index.documents()) == 3
        monkeypatch.setattr("index.search.hybrid.PATIENCE_S", 0)
        index._took_s = 0
        assert len(index.documents()) == 5
        one_more(built, "snow")
        monkeypatch.setattr("index.search.hybrid.PATIENCE_S", 60)
        assert len(index.documents()) == 5
        # Nothing is saved of what the next commit replaces, and what is there stays.
        assert {path.name for path in built.glob("derived-*")} == saved
    assert index.search("snow at sea", k=1)[0].passage.document.id == "snow.txt"
    assert len(index.documents()) == 6
    assert len({path.name for path in built.glob("derived-*")} - saved) == 1


def test_a_document_that_is_gone_is_searched_for_in_the_newer_state(
    built: Path, index: Index
) -> None:
    # A writer at work: the state that is held would do, were its documents still there.
    with writing(built):
        store = Store.open(built / FILE_NAME, writable=True)
        store.put([], gone=["rain.txt"])
        store.close()
        hits = index.search("rain in the valley", k=9)
    assert {hit.passage.document.id for hit in hits} == {"sun.txt", "deep/trains.txt"}


def test_a_file_made_anew_in_its_place_never_lends_its_documents(
    folder: Path, built: Path, index: Index
) -> None:
    state = index._state
    before = {key: document.id for key, document in state.documents.items()}
    write(folder, **{"aa": "Another first document. It has nothing to say."})
    discard(built / FILE_NAME)
    update(folder, built, FakeEncoder(), chunking=SMALL)
    # The same keys mean other documents now; who has the old file open keeps the old ones.
    assert {key: state.documents._read(key).id for key in before} == before
    hits = index.search("another first document", k=1)
    assert hits[0].passage.document.id == "aa.txt"


def test_documents_are_kept_at_hand_up_to_a_size(
    built: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.search.library.AT_HAND", 300)
    index = Index.open(built, FakeEncoder())
    documents = index._state.documents
    first, *others = documents
    one = documents[first]
    assert documents[first] is one
    for key in others:
        assert documents[key].id != one.id
    assert documents[first] is not one
    assert documents[first].text == one.text
    index.close()


def test_the_name_of_a_killed_writer_keeps_nothing_back(built: Path, index: Index) -> None:
    (built / "writer.json").write_text('{"pid": 1, "host": "x", "since": "y"}')
    one_more(built, "fog")
    assert len(index.documents()) == 4
    assert not (built / "writer.json").exists()


def test_a_search_is_not_kept_waiting_by_a_load_while_a_writer_is_at_work(
    built: Path, index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    count, started, go_on = update_postings, threading.Event(), threading.Event()

    def slow(*given: Any) -> Postings:
        started.set()
        assert go_on.wait(10)
        return count(*given)

    monkeypatch.setattr("index.search.generation.update_postings", slow)
    monkeypatch.setattr("index.search.hybrid.PATIENCE_S", 0)
    index._took_s = 0
    with writing(built):
        one_more(built, "fog")
        thread = threading.Thread(target=index.search, args=("fog at sea",))
        thread.start()
        assert started.wait(10)
        assert len(index.documents()) == 3
        go_on.set()
        thread.join(10)
    assert len(index.documents()) == 4


def test_the_saved_vectors_are_read_outside_of_the_snapshot(
    folder: Path, built: Path, index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, before = DenseIndex.open, len(index)
    done: list[bool] = []

    def slow(path: Path, sign: Sign) -> DenseIndex:
        found = read(path, sign)
        if not done:
            done.append(True)
            # As many passages as before, so that only the generation's name tells.
            path = folder / "sun.txt"
            path.write_text(path.read_text().replace("Beaches", "Harbours"))
            update(folder, built, FakeEncoder(), chunking=SMALL)
        return found

    monkeypatch.setattr(DenseIndex, "open", slow)
    again = Index.open(built, FakeEncoder())
    assert done
    assert len(again) == before
    fresh = again._encoder.encode_passages(
        [encoder_text(h.passage) for h in again.search("harbours were full")]
    )
    cosines = fresh @ again._encoder.encode_questions(["harbours were full"])[0]
    np.testing.assert_allclose(
        [h.dense or 0 for h in again.search("harbours were full")], cosines, atol=1e-6
    )
    again.close()


def test_a_bare_string_is_no_list_of_names() -> None:
    with pytest.raises(FilterError, match=r'Write \("Coast Daily",\)'):
        Filter(publishers="Coast Daily")  # type: ignore[arg-type]
    with pytest.raises(FilterError, match=r'documents .*Write \("deep/",\)'):
        Filter(documents="deep/")  # type: ignore[arg-type]
    listed = Filter(publishers=["Coast Daily"])  # type: ignore[arg-type]
    assert listed == Filter(publishers=("Coast Daily",))
