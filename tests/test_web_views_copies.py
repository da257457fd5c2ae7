"""Copies in the list of documents: folded under the one that leads them, each still to be got at."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from index.types import Filter
from qa.web import texts
from qa.web.collection.collection import Collection, CopiesById
from qa.web.views import listing_view as listings
from qa.web.views.listing_view import Wanted, list_view
from tests.support.articles import FERRY, LAUNCH, made
from tests.support.fakes import write
from tests.support.pages import keep_screenshot, served, visiting

Served = tuple[str, Collection]
MONDAY, TUESDAY = date(2021, 5, 3), date(2021, 5, 4)
GULL = "Islands get a ship"
ARTICLES = [
    made("courier.txt", *FERRY, publisher="Sound Courier", day=MONDAY),
    made("gull.txt", *FERRY[:3], title=GULL, publisher="Daily Gull", day=TUESDAY),
    made("mirror.txt", *FERRY, title=GULL, publisher="Evening Mirror", day=TUESDAY),
    made("launch.txt", *LAUNCH, title="Arel celebrates", publisher="Tovik Post", day=MONDAY),
]


def built(root: Path) -> Path:
    for document in ARTICLES:
        write(root, **{document.id.removesuffix(".txt"): document.text})
    write(root, bread="Bread\n\nThe bakery of Tovik sells rye bread for 4 crowns. It opens at six.")
    return root


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(built(tmp_path_factory.mktemp("page") / "news")) as site:
        yield site


def folded(told: dict[str, Any]) -> list[tuple[str, list[tuple[str, str]]]]:
    return [
        (row["id"], [(copy["id"], copy["relation"]) for copy in row["copies"]])
        for row in told["documents"]
    ]


@pytest.mark.parametrize(
    ("wanted", "rows"),
    [
        (
            Wanted(),
            [
                ("courier.txt", [("gull.txt", "copy"), ("mirror.txt", "same text")]),
                ("launch.txt", []),
                ("bread.txt", []),
            ],
        ),
        # Where the one that leads is not wanted, the first of its copies stands for them.
        (Wanted(search="islands get"), [("gull.txt", [("mirror.txt", "same text")])]),
        (
            Wanted(filter=Filter(publishers=("Evening Mirror",))),
            [("mirror.txt", [])],
        ),
        # The one that leads says where they stand: courier.txt is of Monday.
        (
            Wanted(order="newest"),
            [
                ("courier.txt", [("gull.txt", "copy"), ("mirror.txt", "same text")]),
                ("launch.txt", []),
                ("bread.txt", []),
            ],
        ),
        (Wanted(offset=1, limit=1), [("launch.txt", [])]),
    ],
)  # fmt: skip
def test_copies_stand_under_the_one_that_leads_them(
    site: Served, wanted: Wanted, rows: list[tuple[str, list[tuple[str, str]]]]
) -> None:
    assert folded(list_view(site[1], wanted, together=True)) == rows


def test_documents_are_counted_and_rows_are_too(
    site: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = list_view(site[1], Wanted(), together=True)
    assert (told["total"], told["matching"], told["rows"]) == (5, 5, 3)
    monkeypatch.setattr(listings, "MOST_COPIES", 1)
    row = list_view(site[1], Wanted(), together=True)["documents"][0]
    assert ([copy["id"] for copy in row["copies"]], row["copies_total"]) == (["gull.txt"], 2)


def test_programs_are_told_each_document_and_what_it_is_a_copy_of(site: Served) -> None:
    told = list_view(site[1], Wanted())
    assert {row["id"]: (row["copy_of"], row["relation"], row["alike"]) for row in told["documents"]} == {
        "launch.txt": (None, None, False),
        "bread.txt": (None, None, False),
        "courier.txt": (None, None, False),
        "gull.txt": ("courier.txt", "copy", True),
        "mirror.txt": ("courier.txt", "same text", True),
    }  # fmt: skip
    assert "copies" not in told["documents"][0]


def test_an_index_that_is_not_there_has_no_copies(tmp_path: Path) -> None:
    assert Collection(tmp_path).copies() == CopiesById()
    assert CopiesById({"b": "a"}).lead("b") == CopiesById({"b": "a"}).lead("a") == "a"


def panel(page: Page) -> Locator:
    page.locator("#qa-collection").click()
    found = page.locator("#qa-panel")
    expect(found.locator("#qa-matching")).to_have_text("Showing all 5")
    return found


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_copies_unfold_and_are_told_apart(browser: Browser, site: Served, scheme: str) -> None:
    with visiting(browser, site[0], color_scheme=scheme) as visit:
        found = panel(visit.page)
        rows = found.locator(".qa-documents > li")
        expect(rows).to_have_count(3)
        fold = found.get_by_role("button", name="+ 2 copies")
        expect(fold).to_have_attribute("aria-expanded", "false")
        expect(found.locator(".qa-row-title")).to_have_count(3)
        fold.press("Enter")
        expect(fold).to_have_attribute("aria-expanded", "true")
        copies = found.locator(".qa-copies")
        expect(copies.locator(".qa-row-title")).to_have_text([GULL, GULL])
        expect(copies.locator(".qa-quiet")).to_have_text(
            [
                "copy · Daily Gull · 2021-05-04", "gull.txt",
                "same text · Evening Mirror · 2021-05-04", "mirror.txt",
            ]
        )  # fmt: skip
        keep_screenshot(visit.page, f"copies-{scheme}")
        copies.get_by_role("button", name=f"Ask only {GULL} (mirror.txt)").click()
        expect(visit.page.locator(".qa-chip")).to_have_text("mirror.txt")
        copies.locator(".qa-open").first.click()
        expect(visit.page.locator(".qa-facts")).to_contain_text("Daily Gull")
        found.get_by_label(texts.SEARCH_DOCUMENTS).fill("evening")
        expect(found.locator(".qa-row-title")).to_have_text([GULL])
        expect(found.locator(".qa-path")).to_have_text("mirror.txt")
        expect(found.locator("#qa-matching")).to_have_text("1 of 5 match")


def test_copies_are_removed_one_by_one(browser: Browser, tmp_path: Path) -> None:
    root = built(tmp_path / "news")
    with served(root, adding=True) as (url, _), visiting(browser, url) as visit:
        found = panel(visit.page)
        found.get_by_role("button", name="+ 2 copies").click()
        found.get_by_role("button", name=f"Remove {GULL} (gull.txt)").click()
        dialog = visit.page.get_by_role("dialog")
        expect(dialog).to_contain_text(f"“{GULL} (gull.txt)” will no longer be searched.")
        dialog.get_by_role("button", name=texts.REMOVE_YES).click()
        expect(found.locator("#qa-matching")).to_have_text("Showing all 4")
        # What was unfolded stays so, and the keyboard goes on at the next.
        expect(found.get_by_role("button", name="+ 1 copy")).to_have_attribute(
            "aria-expanded", "true"
        )
        expect(found.get_by_role("button", name=f"Remove {GULL}", exact=True)).to_be_focused()
        # The one that leads goes: the copy stands alone.
        found.get_by_role("button", name="Remove").first.click()
        dialog.get_by_role("button", name=texts.REMOVE_YES).click()
        expect(found.locator("#qa-matching")).to_have_text("Showing all 3")
        expect(found.locator(".qa-row-title")).to_contain_text([GULL])
        expect(found.locator(".qa-fold")).to_have_count(0)
    assert not (root / "gull.txt").exists() and not (root / "courier.txt").exists()
    assert (root / "mirror.txt").exists()


def test_a_copy_is_opened_from_the_answer(browser: Browser, site: Served) -> None:
    with visiting(browser, site[0]) as visit:
        # None of these readers' words is there, so the closest sentences stand.
        turn = visit.ask("How many crowns did the yard of Kessel take?")
        also = turn.locator(".qa-also").first
        expect(also).to_contain_text(texts.ALSO_IN)
        also.get_by_role("button", name=f"{GULL} (Evening Mirror, 4 May 2021)").click()
        expect(visit.page.locator(".qa-doc-title")).to_have_text(GULL)
        expect(visit.page.locator(".qa-facts")).to_contain_text("Evening Mirror")
        visit.page.keyboard.press("Escape")
        expect(also.get_by_role("button", name="Evening Mirror")).to_be_focused()
        keep_screenshot(visit.page, "also-in")


def test_copies_on_a_phone(browser: Browser, site: Served) -> None:
    with visiting(browser, site[0], viewport={"width": 360, "height": 740}) as visit:
        found = panel(visit.page)
        fold = found.get_by_role("button", name="+ 2 copies")
        fold.click()
        fold.scroll_into_view_if_needed()
        keep_screenshot(visit.page, "phone-copies")
        box = fold.bounding_box()
        assert box and box["height"] >= 24
        assert visit.page.evaluate("document.documentElement.scrollWidth") == 360
