import re
from dataclasses import FrozenInstanceError
from datetime import date

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from corpus.types import Dated, Document, Metadata, Sourced, Span

RAIN = Document("a.txt", "ab", "Rain fell. Then sun.", Metadata(Sourced("Rain", "file name")))
offsets = st.integers(0, len(RAIN.text))


@given(offsets, offsets)
def test_a_span_is_its_slice(a: int, b: int) -> None:
    assume(a <= b)
    span = RAIN.span(a, b)
    assert span.text == RAIN.text[a:b]
    assert len(span) == b - a
    assert span == Span(RAIN, a, b)


@pytest.mark.parametrize(("start", "end"), [(-1, 3), (5, 4), (0, 21), (21, 21)])
def test_a_span_outside_of_its_document_is_a_bug_said_with_the_numbers(
    start: int, end: int
) -> None:
    message = f"span {start}:{end} does not lie in 'a.txt' of 20 characters"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        Span(RAIN, start, end)


@given(offsets, offsets, offsets, offsets)
def test_spans_overlap_when_they_share_a_character(a: int, b: int, c: int, d: int) -> None:
    assume(a <= b and c <= d)
    shared = set(range(a, b)) & set(range(c, d))
    assert RAIN.span(a, b).overlaps(RAIN.span(c, d)) == bool(shared)


def test_spans_of_two_documents_never_overlap() -> None:
    other = Document("b.txt", "ab", RAIN.text, RAIN.metadata)
    assert not RAIN.span(0, 4).overlaps(other.span(0, 4))


def test_documents_are_equal_when_their_ids_and_hashes_are() -> None:
    text, metadata = "Other words.", Metadata(Sourced("Other", "first line"))
    assert Document("a.txt", "ab", text, metadata) == RAIN
    assert Document("a.txt", "cd", RAIN.text, RAIN.metadata) != RAIN
    assert Document("b.txt", "ab", RAIN.text, RAIN.metadata) != RAIN


def test_the_same_words_found_twice_are_one_quote() -> None:
    assert {RAIN.span(0, 4), RAIN.span(0, 4), RAIN.span(5, 9)} == {
        RAIN.span(0, 4),
        RAIN.span(5, 9),
    }


def test_a_document_gives_its_metadata_as_plain_values() -> None:
    metadata = Metadata(
        Sourced("Rain", "first line", 0, 4),
        (Sourced("Ann Lee", "byline"), Sourced("Jo Park", "byline")),
        Sourced("The Paper", "source line"),
        Dated(date(2016, 5, 3), "published line"),
        None,
        Sourced("https://paper.example/rain", "front matter"),
    )
    document = Document("a.txt", "", "Rain", metadata)
    assert document.title == "Rain"
    assert document.authors == ("Ann Lee", "Jo Park")
    assert document.publisher == "The Paper"
    assert document.published == date(2016, 5, 3)
    assert document.url == "https://paper.example/rain"


def test_what_a_document_does_not_say_is_empty() -> None:
    assert (RAIN.title, RAIN.authors, RAIN.publisher, RAIN.published, RAIN.url) == (
        "Rain",
        (),
        "",
        None,
        "",
    )


def test_values_do_not_change() -> None:
    with pytest.raises(FrozenInstanceError):
        RAIN.text = "Snow fell."  # type: ignore[misc]
