"""Copies in a store: found once, the same however they came there, and whole after a kill."""

import random
import shutil
from datetime import date
from pathlib import Path

import pytest

import index.indexing.near_duplicates
from corpus.duplicates.clusters import Fingerprint, Relation, fingerprint
from corpus.reading.results import State
from corpus.types import Document, Parsed
from index.indexing.near_duplicates import cluster
from index.storage.database import FILE_NAME
from index.storage.rows import Entry, Filed, Record
from index.storage.store import Store, load_copies
from index.types import Manifest
from tests.support.articles import FERRY, LAUNCH, made, weather

MONDAY, TUESDAY = date(2021, 5, 3), date(2021, 5, 4)
ARTICLES = [
    made("a.txt", *FERRY, publisher="Sound Courier", day=MONDAY),
    made("b.txt", *FERRY[:3], title="Islands get a ship", publisher="Daily Gull", day=TUESDAY),
    made("c.md", *FERRY, publisher="Sound Courier"),
    made(
        "d.txt", *FERRY[:3], "Fog kept it in the harbour.", publisher="Sound Courier", day=TUESDAY
    ),
    made("e.txt", *LAUNCH, publisher="Daily Gull", day=MONDAY),
    made("f.txt", *LAUNCH, publisher="Daily Gull", day=MONDAY, sha256="e.txt"),
    made("g.txt", weather(3, 17, 9, 40, 12), day=MONDAY),
    made("h.txt", weather(4, 18, 8, 60, 15), day=TUESDAY),
    made("i.txt", "No boats sail today."),
    made("j.txt", "No boats sail today."),
]
CLUSTERS = {
    ("b.txt", "a.txt", "copy"),
    ("c.md", "a.txt", "same text"),
    ("d.txt", "a.txt", "version"),
    ("f.txt", "e.txt", "same file"),
    ("j.txt", "i.txt", "same text"),
}


def entry(document: Document) -> Entry:
    record = Record(document.id, 1, 1, document.sha256, State.READ)
    return Entry(record, [Filed(Parsed(document), [(0, len(document.text))])])


@pytest.fixture
def store(place: Path) -> Store:
    return Store.create(place / FILE_NAME, Manifest(3, "fake", "f" * 64, 4, 200, 1))


def found(store: Store) -> set[tuple[str, str, str]]:
    ids = {key: document.id for key, document in store.documents()}
    copies = load_copies(store)
    for lead, members in copies.members.items():
        assert members[0] == lead
        assert all(copies.leads[member] == lead for member in members)
    assert set(copies.relations) == {key for key, lead in copies.leads.items() if key != lead}
    return {(ids[k], ids[copies.leads[k]], r.value) for k, r in copies.relations.items()}


def test_copies_are_found_and_an_unchanged_store_is_left_alone(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.put([entry(document) for document in ARTICLES])
    before = store.generation()
    assert cluster(store)
    assert found(store) == CLUSTERS
    assert store.generation() != before
    after = store.generation()
    monkeypatch.setattr(index.indexing.near_duplicates, "_sketch", None)
    assert not cluster(store)
    assert store.generation() == after


@pytest.mark.parametrize("seed", range(6))
def test_step_by_step_is_as_at_once(store: Store, seed: int) -> None:
    rng = random.Random(seed)
    articles = rng.sample(ARTICLES, len(ARTICLES))
    while articles:
        some = [articles.pop() for _ in range(min(len(articles), rng.randint(1, 4)))]
        store.put([entry(document) for document in some])
        # One that is there already goes, and comes back with another key.
        gone = rng.choice([document for _, document in store.documents()])
        store.put([], [gone.id])
        cluster(store)
        store.put([entry(gone)])
        cluster(store)
    assert found(store) == CLUSTERS


def test_when_the_lead_goes_another_one_leads(store: Store) -> None:
    store.put([entry(document) for document in ARTICLES])
    cluster(store)
    store.put([], ["a.txt", "i.txt"])
    # Before anything is clustered again nothing refers to what is gone.
    assert found(store) == {("f.txt", "e.txt", "same file")}
    cluster(store)
    assert {pair[:2] for pair in found(store)} == {
        ("c.md", "d.txt"), ("b.txt", "d.txt"), ("f.txt", "e.txt"),
    }  # fmt: skip


@pytest.mark.parametrize("name", ["_sketch", "_compare", "_put", "cluster_by_likeness"])
def test_killed_anywhere_it_goes_on(
    store: Store, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.put([entry(document) for document in ARTICLES[:6]])
    cluster(store)
    known = found(store)
    store.put([entry(document) for document in ARTICLES[6:]], ["b.txt"])

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(index.indexing.near_duplicates, name, killed)
        with pytest.raises(KeyboardInterrupt):
            cluster(store)
    assert found(store) == {pair for pair in known if pair[0] != "b.txt"}
    assert cluster(store)
    assert found(store) == {pair for pair in CLUSTERS if pair[0] != "b.txt"}


def test_other_rules_begin_anew(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    store.put([entry(document) for document in ARTICLES])
    cluster(store)
    monkeypatch.setattr(index.indexing.near_duplicates, "CLUSTER_RULES", 2)
    monkeypatch.setattr(index.indexing.near_duplicates, "likeness", lambda one, other: 0.0)
    assert cluster(store)
    same = {Relation.SAME_TEXT.value, Relation.SAME_FILE.value}
    assert {pair for pair in found(store) if pair[2] not in same} == set()
    assert {pair[0] for pair in found(store)} == {"c.md", "f.txt", "j.txt"}


def test_new_documents_alone_are_sketched_and_compared(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.put([entry(document) for document in ARTICLES[:-1]])
    cluster(store)
    sketched: list[str] = []

    def noting(document: Document) -> Fingerprint:
        sketched.append(document.id)
        return fingerprint(document)

    monkeypatch.setattr(index.indexing.near_duplicates, "fingerprint", noting)
    monkeypatch.setattr(index.indexing.near_duplicates, "likeness", None)
    store.put([entry(ARTICLES[-1])])
    cluster(store)
    assert sketched == ["j.txt"]
    assert found(store) == CLUSTERS


def test_an_empty_store_has_no_copies(store: Store, place: Path) -> None:
    cluster(store)
    assert found(store) == set()
    store.put([entry(ARTICLES[0])])
    cluster(store)
    assert found(store) == set()
    shutil.rmtree(place)


def test_copies_of_a_copy_go_where_it_goes(store: Store) -> None:
    """All of them, also those that are compared with the lead through the first of them alone."""
    cut = [made(f"{name}.txt", *FERRY[:3], publisher=name, day=TUESDAY) for name in "bcdef"]
    whole = made("a.txt", *FERRY, publisher="Sound Courier", day=MONDAY)
    store.put([entry(document) for document in [*cut, whole]])
    assert cluster(store)
    assert found(store) == {(f"{name}.txt", "a.txt", "copy") for name in "bcdef"}
