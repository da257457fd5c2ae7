"""What the page says where there is little to say, and where somebody says a lot."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, FilePayload, expect

from qa.web import texts
from qa.web.collection.collection import Collection
from qa.web.collection.uploads import remove
from tests.support.fakes import write
from tests.support.pages import keep_screenshot, served, visiting, written

Served = tuple[str, Collection]
PHONE: dict[str, Any] = {"viewport": {"width": 360, "height": 740}, "has_touch": True}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(written(tmp_path_factory.mktemp("page") / "news")) as site:
        yield site


@pytest.mark.parametrize("query", ["publisher=Nobody+Times", "after=2030-01-01", "document=gone"])
def test_filters_that_leave_nothing_are_said_and_taken_off(
    browser: Browser, site: Served, query: str
) -> None:
    path = f"#ask=How+far+did+the+river+rise%3F&{query}"
    with visiting(browser, site[0], path=path) as visit:
        turn = visit.page.locator(".qa-turn").first
        expect(turn.locator(".qa-none")).to_have_text(texts.NOTHING_FITS)
        expect(turn.locator(".qa-searched")).to_contain_text("Searched 0 of 6 documents")
        expect(visit.page.locator("#qa-status")).to_have_text(texts.NOTHING_FITS)
        keep_screenshot(visit.page, f"nothing-fits-{query.partition('=')[0]}")
        turn.get_by_role("button", name=texts.WITHOUT_FILTERS).press("Enter")
        expect(visit.page.locator(".qa-turn").nth(1).locator(".qa-short")).to_have_text(
            "two metres"
        )
        expect(visit.page.locator(".qa-chip")).to_have_count(0)


def test_without_days_nothing_asks_for_them(browser: Browser, tmp_path: Path) -> None:
    write(tmp_path / "news", a="The river\n\nThe river rose by two metres.", b="Sun\n\nIt shone.")
    with served(tmp_path / "news", adding=True) as (url, _), visiting(browser, url) as visit:
        visit.page.locator("#qa-collection").click()
        panel = visit.page.locator("#qa-panel")
        expect(panel.locator("#qa-matching")).to_have_text("Showing all 2")
        expect(panel).to_contain_text(texts.NO_DAYS)
        expect(panel).not_to_contain_text(texts.OVER_TIME_HELP)
        expect(panel.get_by_label(texts.FROM)).to_have_count(0)
        expect(panel.get_by_role("heading", name=texts.FILTERS)).to_have_count(0)
        endings = panel.locator("details", has_text=texts.ADD_ENDINGS)
        expect(endings.get_by_text(".docx")).to_be_hidden()
        endings.locator("summary").press("Enter")
        expect(endings.get_by_text(".docx")).to_be_visible()
        keep_screenshot(visit.page, "undated")


@pytest.mark.parametrize(
    ("question", "cut"),
    [
        ("How far did the river <img src=x onerror=alert(1)> rise? " * 12, True),
        ("river\n" * 12, True),
        ("How far did the river rise? " * 9, False),
    ],
)
def test_a_long_question_leaves_its_answer_in_sight(
    browser: Browser, site: Served, question: str, cut: bool
) -> None:
    with visiting(browser, site[0], **PHONE) as visit:
        turn = visit.ask(question)
        shown = turn.locator(".qa-question")
        expect(turn.locator(".qa-short")).to_be_in_viewport()
        whole = turn.get_by_role("button", name=texts.WHOLE_QUESTION)
        expect(whole).to_have_count(int(cut))
        before = shown.bounding_box()
        assert before and before["height"] < 300
        if cut:
            keep_screenshot(visit.page, "phone-long-question")
            whole.press("Enter")
            after = shown.bounding_box()
            assert after and after["height"] > before["height"]
            expect(whole).to_have_count(0)
        assert shown.inner_text().split() == question.split()
        assert visit.page.evaluate("document.documentElement.scrollWidth") == 360


def test_an_empty_collection_says_so_wherever_it_is_met(browser: Browser, tmp_path: Path) -> None:
    write(tmp_path / "news", only="The river rose.")
    with served(tmp_path / "news", adding=True) as (url, collection):
        remove(collection, "only.txt")
        with visiting(browser, url, color_scheme="dark", **PHONE) as visit:
            expect(visit.page.locator(".qa-greeting")).to_have_text(texts.NO_DOCUMENTS)
            turn = visit.ask("How far did the river rise?")
            expect(turn.locator(".qa-none")).to_have_text(texts.NO_DOCUMENTS)
            expect(turn).to_contain_text(texts.ADD_THEM)
            expect(turn.locator(".qa-searched")).to_be_empty()
            visit.page.locator("#qa-collection").click()
            panel = visit.page.locator("#qa-panel")
            expect(panel).to_contain_text(texts.NO_DOCUMENTS)
            expect(panel.get_by_label(texts.SEARCH_DOCUMENTS)).to_have_count(0)
            keep_screenshot(visit.page, "phone-empty")
            river: FilePayload = {
                "name": "a.txt",
                "mimeType": "text/plain",
                "buffer": b"The river rose by two metres.",
            }
            panel.get_by_label(texts.CHOOSE).set_input_files([river])
            expect(panel.locator("#qa-matching")).to_have_text("Showing all 1")
            expect(panel.get_by_label(texts.SEARCH_DOCUMENTS)).to_be_visible()
