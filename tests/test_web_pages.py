"""What the source shows besides its text: where pages begin, and what was left out of it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Browser, Locator, expect

from corpus.types import Document, Dropped, Metadata, Sourced
from qa.web import texts
from qa.web.collection.collection import Collection
from qa.web.views.document_view import (
    LONGEST_PIECE,
    MOST_PIECES,
    WINDOW,
    Stretch,
    left_out_view,
    source_view,
)
from tests.support.fakes import write
from tests.support.making import pdf
from tests.support.pages import keep_screenshot, served, visiting
from tests.test_web_selecting import CLIPBOARD, SELECT, copied

Served = tuple[str, Collection]
# The second page begins in the midst of a sentence, and of what answers.
PAGES = (
    ("The river below the tunnel", "After a week of heavy rain the river rose by two"),
    ("metres in June. Many had waited since dawn.", "Then the trains began to run."),
    ("The bridge was closed. Nobody was hurt in the night.",),
)


def paged(text: str, *pages: int) -> Document:
    return Document("a.pdf", "0" * 64, text, Metadata(Sourced("A", "file name")), pages=pages)


@given(st.text("ab \n😀", min_size=1, max_size=60), st.data())
def test_pages_are_marked_where_they_begin_and_change_nothing_else(
    text: str, data: st.DataObject
) -> None:
    ends = st.integers(0, len(text))
    pages = sorted(data.draw(st.lists(ends, min_size=2, max_size=6)))
    stretches = [Stretch(*sorted((data.draw(ends), data.draw(ends)))) for _ in range(3)]
    view = source_view(paged(text, *pages), focus=stretches[0], marks=stretches[1:])
    pieces = view["pieces"]
    assert "".join(piece["text"] for piece in pieces) == text
    assert all(text[piece["start"] :].startswith(piece["text"]) for piece in pieces)
    # One mark for each place where text begins on a page, which counts the pages up to there.
    begun = {p["start"]: p["page"] for p in pieces if "page" in p}
    assert begun == {at: sum(p <= at for p in pages) for at in pages if at < len(text)}
    focus = "".join(piece["text"] for piece in pieces if piece.get("focus"))
    assert focus == text[stretches[0].start : stretches[0].end]


def test_a_page_within_a_line_and_within_a_quote() -> None:
    view = source_view(paged("One two\nthree four", 0, 8, 14), focus=Stretch(10, 16))
    assert view["pages"] == 3
    assert view["pieces"] == [
        {"start": 0, "text": "One two\n", "page": 1, "within": False},
        {"start": 8, "text": "th", "page": 2, "within": False},
        {"start": 10, "text": "ree ", "mark": 10, "focus": True},
        {"start": 14, "text": "fo", "mark": 10, "focus": True, "page": 3, "within": True},
        {"start": 16, "text": "ur"},
    ]


def test_a_document_of_one_page_needs_no_mark() -> None:
    view = source_view(paged("One two", 0), focus=Stretch(0, 0))
    assert (view["pages"], view["pieces"]) == (0, [{"start": 0, "text": "One two"}])


def test_a_page_can_be_asked_for() -> None:
    document = paged("a" * 300_000, 0, 200_000)
    view = source_view(document, focus=Stretch(5, 6), page=2)
    assert (view["start"], view["end"]) == (200_000 - WINDOW, 200_000 + WINDOW)
    assert [piece["start"] for piece in view["pieces"]] == [200_000 - WINDOW, 200_000]
    for wrong in (0, 3):
        with pytest.raises(ValueError, match="has 2 pages"):
            source_view(document, focus=Stretch(0, 0), page=wrong)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    root = tmp_path_factory.mktemp("page") / "news"
    root.mkdir()
    (root / "tunnel.pdf").write_bytes(pdf(PAGES, title="The tunnel", width=50))
    filled = " ".join(f"Sentence number {n} says nothing new." for n in range(40))
    long = [[f"Chapter {n} begins here.", filled] for n in range(1, 121)]
    (root / "long.pdf").write_bytes(pdf(long, title="A long report", width=90))
    with served(root) as site:
        yield site


def words(marks: Locator) -> list[str]:
    """What of the marks is to be seen."""
    drawn = "all => all.map((one) => getComputedStyle(one, '::before').content)"
    return [str(word).strip('"') for word in marks.evaluate_all(drawn)]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_are_seen_heard_and_never_copied(browser: Browser, site: Served, scheme: str) -> None:
    document = site[1].document("tunnel.pdf")
    assert document is not None
    with visiting(browser, site[0], permissions=CLIPBOARD, color_scheme=scheme) as visit:
        page = visit.page
        visit.ask("How far did the river rise?").locator(".qa-number").click()
        quote = page.locator("mark.qa-focus")
        expect(quote).to_have_count(1)
        expect(quote).to_have_text("two metres")
        text = page.locator(".qa-text")
        assert text.evaluate("e => e.textContent") == document.text
        marks = text.get_by_role("separator")
        assert words(marks) == ["Page 1", "Page 2", "Page 3"]
        expect(text.get_by_role("separator", name="Page 2")).to_have_class("qa-page qa-within")
        expect(text.get_by_role("separator", name="Page 3")).to_have_class("qa-page")
        keep_screenshot(page, f"pages-{scheme}")
        # Across the end of a page, as a person copies and as the page does.
        across = document.text[document.text.index("by two") : document.text.index("Nobody")]
        page.evaluate(SELECT, across)
        page.keyboard.press("Control+c")
        by_hand = str(page.evaluate("navigator.clipboard.readText()"))
        assert by_hand.split() == across.split()
        page.evaluate(SELECT, "two metres")
        page.get_by_role("button", name=texts.COPY_SELECTION).click()
        page.get_by_role("menuitem", name=texts.COPY_PLAIN).click()
        start = document.text.index("two metres")
        assert f"characters {start}–{start + 10}" in copied(page)


def test_a_page_of_a_long_document_is_gone_to(browser: Browser, site: Served) -> None:
    with visiting(browser, site[0]) as visit:
        page = visit.page
        page.locator("#qa-collection").click()
        page.locator(".qa-open", has_text="A long report").click()
        number = page.get_by_label(texts.GO_TO_PAGE)
        for wanted in ("3", "97", "1"):
            number.fill(wanted)
            number.press("Enter")
            mark = page.get_by_role("separator", name=f"Page {wanted}", exact=True)
            expect(mark).to_be_in_viewport()
            expect(page.locator("#qa-status")).to_have_text(f"Page {wanted}")
        number.fill("121")
        number.press("Enter")
        assert number.evaluate("e => e.validity.rangeOverflow")


def test_what_was_left_out_is_counted_by_its_reason_and_bounded() -> None:
    pieces = [Dropped(f"Page {n}\u202e", "page\nnumber") for n in range(MOST_PIECES + 2)]
    view = left_out_view([*pieces, Dropped("x" * (LONGEST_PIECE + 1), "navigation")])
    assert [(group["reason"], group["count"]) for group in view] == [
        ("page number", MOST_PIECES + 2),
        ("navigation", 1),
    ]
    assert view[0]["pieces"] == [f"Page {n}\\u202e" for n in range(MOST_PIECES)]
    assert view[1]["pieces"] == ["x" * LONGEST_PIECE]


def test_what_was_left_out_is_to_be_seen_under_the_text(browser: Browser, tmp_path: Path) -> None:
    root = tmp_path / "news"
    write(
        root,
        rain="Rain in the valley\n\nThe river rose by two metres on Tuesday.\n\n"
        "Share this article on Facebook\n\nSubscribe to our newsletter\n\n"
        "The bridge was closed, and the school as well.",
        sun="Sun on the coast\n\nThe sun shone all week.",
    )
    with served(root) as (url, collection), visiting(browser, url) as visit:
        page = visit.page
        visit.ask("How far did the river rise?").locator(".qa-number").click()
        fold = page.locator(".qa-left-out")
        expect(fold.locator("summary")).to_have_text("2 lines left out: page widget · ")
        assert words(fold.locator(".qa-show")) == [texts.LEFT_OUT_SHOW]
        gone = fold.get_by_text("Share this article on Facebook")
        expect(gone).to_be_hidden()
        fold.locator("summary").click()
        expect(gone).to_be_visible()
        assert words(fold.locator(".qa-show")) == [texts.LEFT_OUT_HIDE]
        keep_screenshot(page, "left-out")
        # It is none of the text's words.
        document = collection.document("rain.txt")
        assert document is not None and "Facebook" not in document.text
        expect(page.locator(".qa-text")).to_have_text(document.text)
        page.locator("#qa-collection").click()
        page.locator(".qa-open", has_text="Sun on the coast").click()
        expect(page.locator(".qa-doc-title")).to_have_text("Sun on the coast")
        expect(fold).to_have_count(0)
