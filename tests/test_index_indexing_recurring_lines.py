"""Recurring lines in an index: counted when it is time, left out of old and new files alike."""

import random
from pathlib import Path

import pytest

import index.indexing.recurring_lines
import index.indexing.updater
from corpus.cleaning.boilerplate import RECURRING
from corpus.reading.pool import read_all
from corpus.types import Dropped
from index.indexing.recurring_lines import known_lines
from index.indexing.updater import update
from index.storage.database import FILE_NAME
from index.storage.store import Store
from index.types import Changes
from qa.answering.assistant import Assistant
from qa.audit.document_list import dropped_lines, list_documents
from qa.audit.verification import State, verify
from qa.reader.sentence_reader import SentenceReader
from tests.support.boilerplate import prose
from tests.support.fakes import SMALL, FakeEncoder, contents, write

INVITES = "Have your say, and tell us what you think of it."
NOTICE = "The views expressed here are those of their authors."


def put(root: Path, *numbers: int, lines: tuple[str, ...] = (INVITES, NOTICE)) -> None:
    for number in numbers:
        chance = random.Random(number)
        paragraphs = [prose(chance), *lines[:1], prose(chance), *lines[1:]]
        head = f"Report no. {number}\n\nPublished: 3 May 2016\nSource: Valley Times"
        write(root, **{f"r{number}": "\n\n".join([head, *paragraphs])})


def build(root: Path, place: Path) -> Changes:
    return update(root, place, FakeEncoder(), chunking=SMALL)


def dropped(place: Path) -> dict[str, list[str]]:
    store = Store.open(place / FILE_NAME)
    found = dict(store.dropped())
    store.close()
    assert {piece.reason for pieces in found.values() for piece in pieces} <= {RECURRING}
    return {id: [piece.text for piece in pieces] for id, pieces in found.items()}


def same_as_fresh(root: Path, place: Path) -> None:
    other = place.parent / "fresh"
    other.mkdir(exist_ok=True)
    update(root, other, FakeEncoder(), chunking=SMALL, rebuild=True)
    assert contents(place) == contents(other)
    assert dropped(place) == dropped(other)


def test_lines_go_from_the_first_run_on(folder: Path, place: Path) -> None:
    put(folder, *range(6))
    assert build(folder, place) == Changes(added=9)
    assert dropped(place) == {f"r{n}.txt": [INVITES, NOTICE] for n in range(6)}
    store = Store.open(place / FILE_NAME)
    texts = [document.text for _, document in store.documents()]
    assert not any(INVITES in text or NOTICE in text for text in texts)
    assert store.count_pending() == 0
    assert {record.rules for record in store.ledger().values()} == {store.ledger()["sun.txt"].rules}
    store.close()


def test_an_unchanged_run_reads_and_counts_nothing(
    folder: Path, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(folder, *range(6))
    build(folder, place)
    store = Store.open(place / FILE_NAME)
    before = store.generation()
    monkeypatch.setattr(index.indexing.recurring_lines, "LineCounts", None)
    monkeypatch.setattr(
        index.indexing.updater, "read_all", lambda files, **how: iter([None] * len(files))
    )
    assert build(folder, place) == Changes(unchanged=9)
    assert store.generation() == before
    store.close()


def test_a_new_file_is_cleaned_at_once_and_read_once(
    folder: Path, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(folder, *range(6))
    build(folder, place)
    put(folder, 6)
    read: list[str] = []

    def noting(files, **how):  # type: ignore[no-untyped-def]
        read.extend(file.id for file in files)
        return read_all(files, **how)

    monkeypatch.setattr(index.indexing.updater, "read_all", noting)
    assert build(folder, place) == Changes(added=1, unchanged=9)
    assert read == ["r6.txt"]
    assert dropped(place)["r6.txt"] == [INVITES, NOTICE]
    same_as_fresh(folder, place)


@pytest.mark.parametrize("seed", range(3))
def test_step_by_step_is_as_at_once(folder: Path, place: Path, seed: int) -> None:
    chance = random.Random(seed)
    numbers = chance.sample(range(12), 12)
    while numbers:
        some = [numbers.pop() for _ in range(min(len(numbers), chance.randint(1, 5)))]
        put(folder, *some)
        build(folder, place)
    same_as_fresh(folder, place)
    assert len(dropped(place)) == 12


def test_a_line_that_recurs_no_longer_comes_back(folder: Path, place: Path) -> None:
    put(folder, *range(6))
    build(folder, place)
    for number in range(2):
        (folder / f"r{number}.txt").unlink()
    assert build(folder, place) == Changes(changed=4, removed=2, unchanged=3)
    assert dropped(place) == {}
    same_as_fresh(folder, place)


@pytest.mark.parametrize("name", ["settle", "known_lines"])
def test_killed_before_files_are_read_again_it_goes_on(
    folder: Path, place: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(folder, *range(6))
    real, calls = getattr(index.indexing.updater, name), [0]

    def killed(store: Store) -> object:
        calls[0] += 1
        if name == "known_lines" and calls[0] == 1:
            return real(store)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(index.indexing.updater, name, killed)
        with pytest.raises(KeyboardInterrupt):
            build(folder, place)
    build(folder, place)
    assert len(dropped(place)) == 6
    same_as_fresh(folder, place)


def test_a_large_collection_is_counted_when_it_has_grown_by_half(
    folder: Path, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index.indexing.recurring_lines, "SMALL", 0)
    put(folder, 0, 1, 2, 3)
    build(folder, place)  # seven documents, four with the lines
    put(folder, 4, 5)
    build(folder, place)
    assert dropped(place) == {}
    put(folder, 6, 7)
    assert build(folder, place) == Changes(added=2, changed=6, unchanged=3)
    assert len(dropped(place)) == 8
    for number in range(4):
        (folder / f"r{number}.txt").unlink()
    build(folder, place)
    assert dropped(place) == {}
    same_as_fresh(folder, place)


def test_a_publisher_that_a_person_put_right_counts(folder: Path, place: Path) -> None:
    put(folder, *range(5))
    rows = "".join(f"r{n}.txt,Other Times\n" for n in range(2))
    (folder / "metadata.csv").write_text(f"file,publisher\n{rows}", "utf-8")
    build(folder, place)
    assert dropped(place) == {}
    (folder / "metadata.csv").unlink()
    build(folder, place)
    assert len(dropped(place)) == 5
    same_as_fresh(folder, place)


def test_what_was_left_out_is_listed_with_the_reason(folder: Path, place: Path) -> None:
    put(folder, *range(5))
    build(folder, place)
    listed = [one for one in list_documents(folder, place) if one.document.id == "r1.txt"]
    assert listed[0].dropped == (Dropped(INVITES, RECURRING), Dropped(NOTICE, RECURRING))
    assert dropped_lines(listed) == (
        f"r1.txt\n    recurring line: {INVITES}\n    recurring line: {NOTICE}"
    )


def test_an_answer_of_a_cleaned_document_stands(folder: Path, place: Path) -> None:
    put(folder, *range(5))
    write(
        folder,
        r9="The bridge\n\nPublished: 3 May 2016\nSource: Valley Times\n\n"
        f"It rained. {prose(random.Random(9))}\n\n{INVITES}\n\nThe bridge was closed on 5 May 2016.",
    )
    encoder = FakeEncoder()
    assistant = Assistant.open(
        folder, index_dir=place, encoder=encoder, reader=SentenceReader(encoder)
    )
    answer = assistant.ask("When was the bridge closed?", min_confidence=0)
    receipt = answer.to_dict()
    cited = next(c for c in answer.quotes if "closed" in c.quote.text)
    assert INVITES not in cited.document.text
    verdicts = verify(receipt, index_dir=place)
    assert {verdict.state for verdict in verdicts} == {State.STANDS}
    # Without the index nobody knows of the lines, and they stand in the text again.
    moved = verify(receipt, index_dir=place / "nothing")
    found = next(v for v in moved if "closed" in v.quote)
    assert (found.state, found.start) == (State.MOVED, cited.quote.start + len(INVITES) + 2)
    store = Store.open(place / FILE_NAME)
    assert len(known_lines(store)) == 2
    store.close()
