"""Files are taken out of an index, and the others stay as they are."""

from pathlib import Path

import pytest

from corpus.errors import IndexLocked, IndexMissing
from index.indexing.near_duplicates import forget
from index.indexing.updater import update
from index.search.hybrid import Index
from index.storage.lock import writing
from tests.support.fakes import SMALL, FakeEncoder, contents


def test_a_file_is_forgotten_and_the_others_stay(folder: Path, place: Path) -> None:
    encoder = FakeEncoder()
    update(folder, place, encoder, chunking=SMALL)
    before = contents(place)
    index = Index.open(place, encoder, root=folder)
    forget(place, ["rain.txt", "nothing.txt"])
    assert contents(place) == [row for row in before if row[0] != "rain.txt"]
    assert "rain.txt" not in {hit.passage.document.id for hit in index.search("heavy rain", k=50)}


def test_all_can_be_forgotten_and_come_back(folder: Path, place: Path) -> None:
    encoder = FakeEncoder()
    update(folder, place, encoder, chunking=SMALL)
    before = contents(place)
    forget(place, [row[0] for row in before])
    index = Index.open(place, encoder, root=folder)
    assert (index.documents(), index.search("rain")) == ([], [])
    update(folder, place, encoder, chunking=SMALL)
    assert contents(place) == before
    assert len(index.documents()) == 3


def test_it_waits_for_its_turn_and_needs_an_index(folder: Path, place: Path) -> None:
    with pytest.raises(IndexMissing):
        forget(place, ["rain.txt"])
    update(folder, place, FakeEncoder(), chunking=SMALL)
    with writing(place), pytest.raises(IndexLocked):
        forget(place, ["rain.txt"], wait_s=0)
