"""Lines that recur under the articles of one publisher go; what recurs and is content stays."""

import random
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.cleaning.boilerplate import RECURRING, scope, without_lines
from corpus.cleaning.line_counts import LineCounts
from corpus.cleaning.paragraphs import is_invitation, paragraphs
from corpus.metadata.description import describe
from corpus.types import Document, Dropped, Metadata, Parsed, Sourced
from tests.support.articles import made
from tests.support.boilerplate import Page, collection, prose

INVITES = "Sign up to our newsletter for more of this."


def document(page: Page) -> Document:
    metadata = describe(page.text, (), page.name, today=date(2020, 1, 1))
    return Document(f"papers/{page.name}.txt", page.name, page.text, metadata)


def article(
    number: int, *lines: str, publisher: str = "Gazette", words: str | None = None
) -> Document:
    """One with prose of its own, or with the given words."""
    chance = random.Random(number)
    title = f"Story {number}" if words is None else "A story"
    told = words or prose(chance)
    one = made(f"{number}.txt", told, *lines, prose(chance), title=title, publisher=publisher)
    return replace(one, metadata=replace(one.metadata, language=Sourced("en", "detected")))


def recurring(documents: list[Document]) -> frozenset[bytes]:
    census = LineCounts()
    for one in documents:
        census.add(one)
    return census.lines()


def left_out(documents: list[Document]) -> set[str]:
    lines = recurring(documents)
    return {piece.text for one in documents for piece in without_lines(Parsed(one), lines).dropped}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_of_a_collection_what_nobody_wrote_goes_and_no_content(seed: int) -> None:
    pages = collection(seed)
    documents = [document(page) for page in pages]
    lines = recurring(documents)
    right = wrong = there = 0
    for page, one in zip(pages, documents, strict=True):
        cleaned = without_lines(Parsed(one), lines)
        gone = {piece.text for piece in cleaned.dropped}
        right += len(gone & page.boilerplate)
        wrong += len(gone - page.boilerplate)
        there += len(page.boilerplate)
        assert {line for line in page.content if line not in cleaned.document.text} == set()
    print(f"precision {right / (right + wrong):.3f}, recall {right / there:.3f}")
    assert wrong == 0
    assert right / there >= 0.85


def test_what_goes_leaves_the_rest_as_it_was() -> None:
    one = made(
        "a.txt", "First. " * 30, INVITES, "Then.\nMore\nEnd.", INVITES, publisher="Gazette", url="x"
    )
    others = [article(number, INVITES) for number in range(5)]
    cleaned = without_lines(
        Parsed(one, (Dropped("Menu", "navigation"),)), recurring([one, *others])
    )
    assert cleaned.document.text == one.text.replace(f"\n\n{INVITES}", "")
    assert cleaned.dropped == (
        Dropped("Menu", "navigation"), Dropped(INVITES, RECURRING), Dropped(INVITES, RECURRING),
    )  # fmt: skip
    assert cleaned.document.metadata == one.metadata
    # A second look finds nothing more, and the line is counted still.
    assert without_lines(cleaned, recurring([one, *others])) is cleaned


def test_gaps_and_places_are_moved() -> None:
    text = f"{INVITES}\n\nOne day\n\n{INVITES}\nTwo.\n\nBy Ann Lee"
    title, author = text.index("One day"), text.index("Ann Lee")
    metadata = Metadata(
        Sourced("One day", "title", title, title + 7),
        (Sourced("Ann Lee", "byline", author, author + 7),),
    )
    one = Document("b/a.pdf", "", text, metadata, pages=(0, title, author - 3))
    lines = recurring(
        [replace(one, id=f"b/{n}", text=f"{text}\n\n{prose(random.Random(n))}") for n in range(5)]
    )
    cleaned = without_lines(
        Parsed(replace(one, text=text + "\n\n" + "Rain. " * 30)), lines
    ).document
    assert cleaned.text.startswith("One day\n\nTwo.\n\nBy Ann Lee\n\n")
    assert cleaned.pages == (0, 0, 15)
    places = (cleaned.metadata.title, *cleaned.metadata.authors)
    assert [cleaned.text[v.start : v.end] for v in places] == ["One day", "Ann Lee"]


@pytest.mark.parametrize("count", [4, 5])
def test_five_articles_are_enough_and_four_are_not(count: int) -> None:
    documents = [article(number, INVITES) for number in range(count)]
    assert left_out(documents) == ({INVITES} if count == 5 else set())


def test_what_is_rare_in_a_large_paper_stays() -> None:
    documents = [article(number, *[INVITES] * (number < 6)) for number in range(700)]
    assert left_out(documents) == set()
    assert left_out(documents[:500]) == {INVITES}


def test_copies_of_one_article_count_once() -> None:
    words = prose(random.Random(0))
    documents = [article(number, INVITES, words=words) for number in range(9)]
    assert left_out(documents) == set()
    assert left_out([*documents, *(article(number, INVITES) for number in range(10, 14))]) == {
        INVITES
    }


def test_each_publisher_is_counted_for_itself() -> None:
    documents = [article(n, INVITES, publisher=f"Paper {n % 2}") for n in range(9)]
    lines = recurring(documents)
    assert [len(without_lines(Parsed(one), lines).dropped) for one in documents] == [1, 0] * 4 + [1]


def test_the_circle_is_the_publisher_then_the_site_then_the_folder() -> None:
    assert scope(made("a/b.txt", publisher="The Gazette")) == "publisher the gazette"
    assert scope(made("a/b.txt", url="https://www.gazette.example/1")) == "site gazette.example"
    assert scope(made("a/b.txt", url="https://[broken/1")) == "folder a"
    assert scope(made("a/b.zip/2017/c.txt")) == "folder a/b.zip/2017"
    assert scope(made("mails/a.mbox#3")) == "folder mails"


@pytest.mark.parametrize(
    "line",
    [
        "Source: our newsletter, to which all may subscribe to",
        "By Newsletter Staff, who may be followed, follow us on X",
        "status | sign up to our newsletter | open",
        "Sign up to our newsletter " + "and to all that it brings " * 12,
        "Our newsletter",
    ],
)
def test_what_names_a_source_stands_in_a_table_or_is_long_or_a_word_or_two_stays(line: str) -> None:
    assert is_invitation(line)
    assert left_out([article(number, line) for number in range(30)]) == set()


def test_the_title_stays_though_it_recurs() -> None:
    documents = [
        made(f"{n}.txt", prose(random.Random(n)), title=INVITES, publisher="Gazette")
        for n in range(9)
    ]
    assert left_out(documents) == set()


@pytest.mark.parametrize(
    ("line", "goes"),
    [
        ("Every reader keeps this paper free.", True),
        ("Every reader kept this paper free.", False),
        ("Every reader keeps 100 papers free.", False),
        ("Gazette is a paper for every reader.", False),
        ("“Every reader keeps this paper free.”", False),
        ("Reader: every reader keeps this paper free.", False),
        ("Every reader of this paper", False),
    ],
)
def test_what_invites_nobody_goes_only_if_it_tells_nothing(line: str, goes: bool) -> None:
    documents = [article(number, line) for number in range(24)]
    assert left_out(documents) == ({line} if goes else set())
    assert left_out(documents[:19]) == set()
    assert left_out([article(number, line, publisher="") for number in range(24)]) == set()
    rare = [article(number) for number in range(100, 130)]
    assert left_out([*documents, *rare]) == set()


def test_rows_of_a_table_stay() -> None:
    rows = ("Shr 10 cts vs 5 cts", "Please read the notes and click here\nNet 15 mln vs 3 mln")
    documents = [
        made(
            f"{n}.txt", prose(random.Random(n)), "\n".join(rows), title=f"No. {n}", publisher="Wire"
        )
        for n in range(30)
    ]
    assert left_out(documents) == set()


def test_a_text_that_would_lose_most_of_it_loses_nothing() -> None:
    lines = recurring([article(number, INVITES) for number in range(5)])
    short = made("s.txt", INVITES, "Rain.", title="S", publisher="Gazette")
    assert without_lines(Parsed(short), lines).document is short


def test_lines_that_were_left_out_are_counted_when_it_is_counted_again() -> None:
    documents = [article(number, INVITES) for number in range(6)]
    lines = recurring(documents)
    census = LineCounts()
    for one in documents:
        cleaned = without_lines(Parsed(one), lines)
        census.add(cleaned.document, cleaned.dropped)
    assert census.lines() == lines
    assert census.holding(lines) == list(range(6))


def test_nothing_recurs_in_nothing() -> None:
    assert LineCounts().lines() == frozenset()
    assert recurring([made("a.txt", "Rain.")]) == frozenset()


@given(st.text(st.sampled_from("aB \n.-|1"), max_size=200))
def test_paragraphs_hold_every_line_of_a_text_in_order(text: str) -> None:
    found = paragraphs(text)
    assert [line for one in found for line in one.text.split("\n")] == [
        line for line in text.split("\n") if line
    ]
    assert all(text[one.start : one.end] == one.text for one in found)
    assert sorted(found, key=lambda one: one.start) == found
