"""Copies do not fill the places of a search, and nothing that only one of them says is lost."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from corpus.duplicates.shingles import shingle, without_head, words
from corpus.types import Document
from index.indexing.near_duplicates import forget
from index.indexing.updater import update
from index.search.deduplication import passage_at
from index.search.hybrid import Index
from index.types import Filter
from qa.answering.assistant import Assistant
from qa.audit.overview import index_status, status_lines
from qa.audit.verification import State, verify
from qa.reader.sentence_reader import SentenceReader
from qa.render.answer import to_json, to_text
from qa.render.grouping import group
from qa.types import Answer
from qa.web.views.answer_view import citation_view
from tests.support.articles import FERRY, LAUNCH, made
from tests.support.fakes import SMALL, FakeEncoder, write

MONDAY, TUESDAY = date(2021, 5, 3), date(2021, 5, 4)
FOG = "On Tuesday the ferry lay in the harbour because of fog, and 31 passengers slept in the town hall."
RISEN = FERRY[3].replace("9 crowns", "12 crowns")
ARTICLES = [
    made("courier.txt", *FERRY, publisher="Sound Courier", day=MONDAY),
    made("gull.txt", *FERRY[:3], title="Islands get a ship", publisher="Daily Gull", day=TUESDAY),
    made("mirror.txt", *FERRY, title="A ship at last", publisher="Evening Mirror", day=TUESDAY),
    made("later.txt", *FERRY[:3], RISEN, FOG, publisher="Sound Courier", day=date(2021, 5, 5)),
    made("launch.txt", *LAUNCH, title="Arel celebrates", publisher="Tovik Post", day=MONDAY),
]
COST = "How many crowns did the yard of Kessel take?"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    path = tmp_path / "news"
    for document in ARTICLES:
        write(path, **{document.id.removesuffix(".txt"): document.text})
    write(path, bread="Bread\n\nThe bakery of Tovik sells rye bread for 4 crowns. It opens at six.")
    return path


@pytest.fixture
def index(root: Path, place: Path) -> Iterator[Index]:
    update(root, place, FakeEncoder(), chunking=SMALL)
    found = Index.open(place, FakeEncoder())
    yield found
    found.close()


def cited(
    index: Index, question: str, k: int = 5, filter: Filter = Filter()
) -> list[tuple[str, str]]:
    hits = index.search(question, k=k, filter=filter)
    assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1))
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert len({hit.passage for hit in hits}) == len(hits)
    return [(hit.passage.document.id, hit.passage.text) for hit in hits]


def test_metadata_is_read_as_it_was_made(index: Index) -> None:
    read = {d.id: (d.title, d.publisher, d.published) for d in index.documents()}
    for document in ARTICLES:
        assert read[document.id] == (document.title, document.publisher, document.published)


def test_one_of_a_cluster_is_returned_and_names_the_others(index: Index) -> None:
    hits = index.search(COST, k=30)
    holding = [hit for hit in hits if "41 million" in hit.passage.text]
    assert {hit.passage.document.id for hit in holding} == {"courier.txt"}
    first = holding[0]
    assert first.article == "courier.txt"
    assert {(c.document.id, c.relation.value) for c in first.copies} == {
        ("gull.txt", "copy"), ("mirror.txt", "same text"), ("later.txt", "version"),
    }  # fmt: skip
    assert {hit.article for hit in hits} == {"courier.txt", "launch.txt", "bread.txt"}
    alone = next(hit for hit in hits if hit.passage.document.id == "bread.txt")
    assert (alone.article, alone.copies) == ("bread.txt", ())


def test_what_only_a_version_says_is_found(index: Index) -> None:
    assert any("31 passengers" in text for _, text in cited(index, "Who slept in the town hall?"))
    prices = [
        (id, price)
        for id, text in cited(index, "What does a single ticket cost?", k=10)
        for price in ("costs 9 crowns", "costs 12 crowns")
        if price in text
    ]
    # A changed figure is news, however alike the rest is.
    assert sorted(prices) == [("courier.txt", "costs 9 crowns"), ("later.txt", "costs 12 crowns")]


@pytest.mark.parametrize(
    ("filter", "ids"),
    [
        (Filter(publishers=("Daily Gull",)), {"gull.txt"}),
        (Filter(documents=("mirror.txt",)), {"mirror.txt"}),
        (Filter(after=date(2021, 5, 5)), {"later.txt"}),
        (Filter(publishers=("Sound Courier",)), {"courier.txt"}),
    ],
)
def test_a_filter_finds_the_copy_itself(index: Index, filter: Filter, ids: set[str]) -> None:
    found = cited(index, COST, k=30, filter=filter)
    assert {id for id, text in found if "41 million" in text} == ids


def test_a_filter_without_the_lead_keeps_the_best_of_the_others(index: Index) -> None:
    both = Filter(publishers=("Daily Gull", "Evening Mirror"))
    hits = index.search(COST, k=30, filter=both)
    assert len([hit for hit in hits if "41 million" in hit.passage.text]) == 1
    first = next(hit for hit in hits if "41 million" in hit.passage.text)
    assert first.article == "courier.txt"
    relations = {copy.document.id: copy.relation.value for copy in first.copies}
    assert {"courier.txt", "later.txt"} < set(relations)


def test_a_copy_that_the_question_names_is_kept(index: Index) -> None:
    found = cited(index, "What did the Daily Gull say of the yard of Kessel?")
    assert "gull.txt" in {id for id, _ in found}
    assert "gull.txt" not in {id for id, _ in cited(index, COST, k=30)}


def test_nothing_that_any_document_says_is_lost(index: Index) -> None:
    hits = index.search(COST, k=99)
    assert len(hits) < len(index)
    kept = np.concatenate([shingle(words(without_head(hit.passage))) for hit in hits])
    state = index._current()
    for row in range(len(index)):
        passage = passage_at(state.table, state.documents, row)
        assert np.isin(shingle(words(without_head(passage))), kept).all(), passage.text


def test_more_is_searched_where_copies_fill_all(
    root: Path, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.search.hybrid.DEPTH", 4)
    for n in range(12):
        write(root, **{f"same{n:02d}": ARTICLES[0].text})
    update(root, place, FakeEncoder(), chunking=SMALL)
    index = Index.open(place, FakeEncoder())
    found = cited(index, "tickets cost crowns", k=4)
    assert len(found) == 4
    assert not [id for id, _ in found if id.startswith("same")]
    index.close()


def test_forgetting_the_lead_brings_a_copy_forward(root: Path, place: Path, index: Index) -> None:
    forget(place, ["courier.txt"])
    found = [id for id, text in cited(index, COST, k=30) if "41 million" in text]
    assert found == ["mirror.txt"]


@pytest.fixture
def answer(root: Path, place: Path) -> Iterator[tuple[Answer, Path]]:
    encoder = FakeEncoder()
    with Assistant.open(
        root, index_dir=place, encoder=encoder, reader=SentenceReader(encoder)
    ) as assistant:
        yield assistant.ask("What cost 41 million crowns?", min_confidence=0), root


def ids(documents: list[Document]) -> set[str]:
    return {document.id for document in documents}


def test_the_answer_counts_independent_sources(answer: tuple[Answer, Path]) -> None:
    given, root = answer
    quote = next(c for c in given.quotes if "41 million" in c.sentence.text)
    assert quote.article == quote.document.id == "courier.txt"
    assert ids([c.document for c in quote.also_in]) == {"gull.txt", "mirror.txt", "later.txt"}
    same = next(one for one in group(given.citations) if quote in one.citations)
    assert (same.sources, same.documents) == (1, 4)
    view = citation_view(quote)
    assert {copy["id"] for copy in view["also_in"]} == {"gull.txt", "mirror.txt", "later.txt"}
    lines = to_text(given)
    assert "Islands get a ship (Daily Gull, 4 May 2021)" in lines
    (root / "receipt.json").write_text(to_json(given), "utf-8")
    receipt = given.to_dict()
    assert {c["document"] for c in receipt["citations"][0]["also_in"]} <= ids(
        [c.document for c in quote.also_in]
    )
    assert {verdict.state for verdict in verify(receipt, root)} == {State.STANDS}


def test_the_status_counts_copies(answer: tuple[Answer, Path]) -> None:
    _, root = answer
    found = index_status(root, root.parent / "index")
    assert dict(found.copies) == {"copy": 1, "same text": 1, "version": 1}
    assert found.to_dict()["copies"] == dict(found.copies)
    assert "copies      3 of the documents (" in status_lines(found)
