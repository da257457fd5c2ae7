"""The collection on the page, in a real browser: choosing from it, adding to it, taking out of it."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, FilePayload, Locator, Page, expect

from qa.web import texts
from qa.web.collection import uploads
from qa.web.collection.collection import Collection
from tests.support.fakes import write
from tests.support.pages import served, visiting, written

Served = tuple[str, Collection]
NEWS = (
    b"The new ferry\n\nPublished: 2 July 2018\nSource: Harbour Post\n\n"
    b"The river ferry carries two metres of cargo."
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(written(tmp_path_factory.mktemp("page") / "news")) as site:
        yield site


def panel(page: Page) -> Locator:
    """The collection, opened."""
    page.locator("#qa-collection").click()
    found = page.get_by_role("complementary", name=texts.COLLECTION)
    expect(found.locator("#qa-matching")).not_to_be_empty()
    return found


def file(name: str, data: bytes) -> FilePayload:
    """A file that somebody chooses."""
    return {"name": name, "mimeType": "text/plain", "buffer": data}


def titles(found: Locator) -> list[str]:
    return found.locator(".qa-row-title").all_inner_texts()


def test_the_documents_are_listed_searched_and_sorted(browser: Browser, site: Served) -> None:
    with visiting(browser, site[0]) as visit:
        expect(visit.page.locator("#qa-collection")).to_have_text("news 6 documents")
        found = panel(visit.page)
        by_title = sorted((d.title for d in site[1].documents()), key=str.casefold)
        assert titles(found) == by_title
        found.get_by_label(texts.ORDER).select_option("oldest")
        expect(found.locator(".qa-row-title").first).to_have_text("Rain in the valley")
        assert titles(found)[-2:] == ["The fair on the coast", "A *title* <b>with</b> markup"]
        found.get_by_label(texts.SEARCH_DOCUMENTS).fill("coast daily")
        expect(found.locator(".qa-row-title")).to_have_text(
            ["The bridge at Oldford", "Sun on the coast"]
        )
        expect(found.locator("#qa-matching")).to_have_text("2 of 6 match")
        found.get_by_label(texts.SEARCH_DOCUMENTS).fill("nothing like it")
        expect(found.locator("#qa-matching")).to_have_text(texts.NONE_MATCH)


def test_what_could_not_be_read_is_told_with_the_reason(browser: Browser, site: Served) -> None:
    with visiting(browser, site[0]) as visit:
        found = panel(visit.page)
        found.locator("summary").click()
        expect(found.locator(".qa-unread li")).to_have_text("empty.txt it is empty")


def test_a_publisher_filters_and_stays_in_sight(browser: Browser, site: Served) -> None:
    with visiting(browser, site[0]) as visit:
        found = panel(visit.page)
        found.get_by_role("checkbox", name="Coast Daily 2").check()
        chip = visit.page.locator(".qa-composer .qa-chip")
        expect(chip).to_have_text("Coast Daily")
        expect(found.locator("#qa-matching")).to_have_text("2 of 6 match")
        turn = visit.ask("When was the bridge closed?")
        expect(turn.locator(".qa-sentence mark")).to_have_text("May 5, 2016")
        expect(turn.locator(".qa-searched")).to_contain_text(
            "Searched 2 of 6 documents (Coast Daily)"
        )
        visit.page.reload()
        expect(chip).to_have_text("Coast Daily")
        chip.click()
        expect(chip).to_have_count(0)
        turn = visit.ask("When was the bridge closed?")
        expect(turn.locator(".qa-sentence mark")).to_have_count(2)


def test_days_filter(browser: Browser, site: Served) -> None:
    with visiting(browser, site[0]) as visit:
        found = panel(visit.page)
        found.get_by_label(texts.FROM).fill("2017-06-01")
        found.get_by_label(texts.UNTIL).fill("2017-06-09")
        expect(found.locator("#qa-matching")).to_have_text("2 of 6 match")
        expect(visit.page.locator(".qa-chip")).to_have_text(["from 2017-06-01", "until 2017-06-09"])
        turn = visit.ask("How many people came to the fair?")
        expect(turn.locator(".qa-short")).to_have_text("5,000 people")
        visit.page.get_by_role("button", name=texts.CLEAR).click()
        expect(found.locator("#qa-matching")).to_have_text("Showing all 6")


def test_days_in_the_wrong_order_are_said(browser: Browser, site: Served) -> None:
    with visiting(browser, site[0], path="#ask=When+was+the+tunnel+opened?&after=2018-01-01&before=2017-01-01") as visit:  # fmt: skip
        expect(visit.page.locator(".qa-failed")).to_contain_text("No day is both after 2018-01-01")


def test_the_picture_counts_documents_and_filters_by_a_click(
    browser: Browser, site: Served
) -> None:
    with visiting(browser, site[0]) as visit:
        found = panel(visit.page)
        bars = found.locator(".qa-bar")
        labels = [bar.get_attribute("aria-label") for bar in bars.all()]
        assert labels[0] == "May 2016: 2 documents"
        assert labels[-1] == "Jun 2017: 3 documents"
        assert len(labels) == 14
        high = found.locator(".qa-bar").last.locator("rect[class^=qa-series]")
        heights = [float(rect.get_attribute("height") or 0) for rect in high.all()]
        assert heights[0] == pytest.approx(
            2 * heights[1]
        )  # two of the Valley Times, one of the Coast Daily
        bars.last.click()
        expect(visit.page.locator(".qa-chip")).to_have_text(["from 2017-06-01", "until 2017-06-30"])
        expect(found.locator(".qa-bar").last).to_have_attribute("aria-pressed", "true")
        expect(found.locator("#qa-matching")).to_have_text("3 of 6 match")
        found.locator(".qa-bar").last.click()
        expect(visit.page.locator(".qa-chip")).to_have_count(0)
        found.locator(".qa-key").get_by_role("button", name="Valley Times").click()
        expect(visit.page.locator(".qa-chip")).to_have_text("Valley Times")
        expect(found.get_by_text("1 without a known date")).to_be_visible()


def test_a_single_document_is_chosen_and_read(browser: Browser, site: Served) -> None:
    with visiting(browser, site[0]) as visit:
        found = panel(visit.page)
        found.get_by_role("button", name="Ask only Rain in the valley").click()
        expect(visit.page.locator(".qa-chip")).to_have_text("rain.txt")
        turn = visit.ask("When was the bridge closed?")
        expect(turn.locator(".qa-sentence mark")).to_have_text("5 May 2016")
        found.locator(".qa-open", has_text="Sun on the coast").click()
        expect(visit.page.locator(".qa-doc-title")).to_have_text("Sun on the coast")
        visit.page.get_by_role("button", name=texts.ONLY_THIS).click()
        expect(visit.page.locator(".qa-chip")).to_have_text("sun.txt")


def test_dropped_files_can_be_searched_at_once(browser: Browser, tmp_path: Path) -> None:
    root = written(tmp_path / "news")
    with served(root, adding=True) as (url, _), visiting(browser, url) as visit:
        found = panel(visit.page)
        found.get_by_label(texts.CHOOSE).set_input_files(
            [
                file("ferry.txt", NEWS),
                file("run.exe", b"MZ"),
                file("blank.txt", b"  \n "),
                file("void.txt", b""),
            ]
        )
        lines = found.locator(".qa-file")
        expect(lines).to_have_count(4)
        expect(lines.nth(0)).to_have_text(f"ferry.txt {texts.SEARCHABLE}")
        expect(lines.nth(1)).to_contain_text("run.exe cannot be read. Supported: ")
        expect(lines.nth(2)).to_have_text("blank.txt blank.txt: it holds no text.")
        expect(lines.nth(3)).to_have_text("void.txt void.txt is empty.")
        expect(visit.page.locator("#qa-collection")).to_have_text("news 7 documents")
        expect(found.locator("#qa-matching")).to_have_text("Showing all 7")
        visit.page.get_by_role("button", name="Ask only The new ferry").click()
        expect(visit.ask("How deep is the river?").locator(".qa-source")).to_have_text(
            "The new ferry · Harbour Post · 2 July 2018"
        )
    # Could not be read is not left behind.
    assert sorted(p.name for p in root.iterdir() if p.is_file()) == sorted(
        ["empty.txt", "rain.txt", "bridge.txt", "sun.txt", "fair.txt", "hostile.txt", "ferry.txt"]
    )
    assert (root / "ferry.txt").read_bytes() == NEWS


def test_too_large_files_are_refused_before_they_are_sent(
    browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "LARGEST", 1 << 20)
    with (
        served(written(tmp_path / "news"), adding=True) as (url, _),
        visiting(browser, url) as visit,
    ):
        found = panel(visit.page)
        found.get_by_label(texts.CHOOSE).set_input_files([file("big.txt", b"x" * (1 << 21))])
        expect(found.locator(".qa-file")).to_have_text("big.txt not added: larger than 1 MB")
        assert not [address for address in visit.requests if "files?name" in address]


def test_removing_asks_first_and_loses_nothing(browser: Browser, tmp_path: Path) -> None:
    root = written(tmp_path / "news")
    with served(root, adding=True) as (url, collection), visiting(browser, url) as visit:
        found = panel(visit.page)
        found.get_by_role("button", name="Remove Rain in the valley").click()
        dialog = visit.page.get_by_role("dialog")
        expect(dialog).to_contain_text("“Rain in the valley” will no longer be searched.")
        dialog.get_by_role("button", name=texts.CANCEL).click()
        assert (root / "rain.txt").exists()
        found.get_by_role("button", name="Remove Rain in the valley").click()
        dialog.get_by_role("button", name=texts.REMOVE_YES).click()
        expect(visit.page.locator("#qa-collection")).to_have_text("news 5 documents")
        expect(found.locator(".qa-row-title", has_text="Rain in the valley")).to_have_count(0)
        turn = visit.ask("How far did the river rise?")
        expect(turn.locator(".qa-none")).to_be_visible()
    assert not (root / "rain.txt").exists()
    assert "Heavy rain" in (collection.directory / ".removed" / "rain.txt").read_text("utf-8")


def test_removing_one_of_many_documents_in_a_file_says_so(browser: Browser, tmp_path: Path) -> None:
    root = written(tmp_path / "news")
    table = "title,text\nFog at sea,Fog lay on the sea.\nHail,Hail fell on the hills.\n"
    (root / "list.csv").write_text(table)
    with served(root, adding=True) as (url, _), visiting(browser, url) as visit:
        found = panel(visit.page)
        found.get_by_role("button", name="Remove Hail").click()
        dialog = visit.page.get_by_role("dialog")
        expect(dialog).to_contain_text("“Hail” is one of 2 documents in list.csv.")
        dialog.get_by_role("button", name=texts.REMOVE_YES).click()
        expect(found.locator(".qa-row-title", has_text="Fog at sea")).to_have_count(0)
    assert not (root / "list.csv").exists()


def test_a_quote_of_a_document_that_is_gone_says_so(browser: Browser, tmp_path: Path) -> None:
    root = written(tmp_path / "news")
    with served(root, adding=True) as (url, collection), visiting(browser, url) as visit:
        turn = visit.ask("How far did the river rise?")
        uploads.remove(collection, "rain.txt")
        turn.locator(".qa-number").click()
        expect(visit.page.locator(".qa-source-pane .qa-failed")).to_have_text(texts.DOCUMENT_GONE)


def test_an_empty_collection_invites_to_drop_files(browser: Browser, tmp_path: Path) -> None:
    root = tmp_path / "news"
    write(root, only="The river\n\nThe river rose by two metres.")
    with served(root, adding=True) as (url, collection), visiting(browser, url) as visit:
        uploads.remove(collection, "only.txt")
        visit.page.reload()
        expect(visit.page.locator(".qa-greeting")).to_have_text(texts.NO_DOCUMENTS)
        with visit.page.expect_file_chooser() as chosen:
            visit.page.locator(".qa-drop button").click()
        chosen.value.set_files([file("ferry.txt", NEWS)])
        expect(visit.page.locator("#qa-collection")).to_have_text("news 1 document")
        expect(visit.ask("How deep is the river?").locator(".qa-short")).to_have_text("two metres")


def test_files_are_dropped_anywhere_on_the_page(browser: Browser, tmp_path: Path) -> None:
    with (
        served(written(tmp_path / "news"), adding=True) as (url, _),
        visiting(browser, url) as visit,
    ):
        drop = """(kind) => {
            const files = new DataTransfer();
            files.items.add(new File(['The ferry\\n\\nThe ferry came on Monday.'], 'ferry.txt'));
            document.querySelector('#qa .qa-log').dispatchEvent(
                new DragEvent(kind, {bubbles: true, cancelable: true, dataTransfer: files}));
        }"""
        visit.page.evaluate(drop, "dragenter")
        expect(visit.page.get_by_text(texts.DROP)).to_be_visible()
        visit.page.evaluate(drop, "drop")
        expect(visit.page.get_by_text(texts.DROP)).to_be_hidden()
        expect(visit.page.locator(".qa-file")).to_have_text(f"ferry.txt {texts.SEARCHABLE}")
        expect(visit.page.locator("#qa-collection")).to_have_text("news 7 documents")


def test_five_thousand_documents_are_listed_sorted_searched_and_drawn_at_once(
    browser: Browser, tmp_path: Path
) -> None:
    root = tmp_path / "many"
    root.mkdir()
    for n in range(5_000):
        name = ("Valley Times", "Coast Daily", "Hill News")[n % 3]
        head = f"Report {n:04}\n\nPublished: 3 May {1990 + n % 31}\nSource: {name}\n\n"
        (root / f"{n:04}.txt").write_text(f"{head}The bridge number {n} was opened.")
    with served(root) as (url, _), visiting(browser, url) as visit:
        page = visit.page
        began = time.monotonic()
        page.locator("#qa-collection").click()
        count, rows = page.locator("#qa-matching"), page.locator(".qa-documents li")
        expect(count).to_have_text("Showing 50 of 5,000")
        expect(rows).to_have_count(50)
        expect(page.locator(".qa-bar")).to_have_count(31)
        opened = time.monotonic() - began
        page.get_by_role("button", name=texts.MORE).click()
        expect(count).to_have_text("Showing 250 of 5,000")
        began = time.monotonic()
        page.locator("#qa-order").select_option("newest")
        expect(rows.first).to_contain_text("2020-05-03")
        sort = time.monotonic() - began
        began = time.monotonic()
        page.locator("#qa-search").fill("report 490 times")
        fit = sum("490" in f"{n:04}" and n % 3 == 0 for n in range(5_000))
        expect(count).to_have_text(f"{fit} of 5,000 match")
        expect(rows).to_have_count(fit)
        search = time.monotonic() - began
        page.locator("#qa-search").fill("report valley")
        expect(count).to_have_text("Showing 50 of 1,667 matching documents, 5,000 in all")
        print(f"\nopened in {opened:.2f} s, sorted in {sort:.2f} s, searched in {search:.2f} s")
        assert max(opened, sort, search) < 5  # some tenths of a second on a quiet machine
