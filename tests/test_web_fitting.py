"""The page fits: light and dark, phones, the keyboard, screen readers; and with the real models."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from index import Encoder
from qa import Assistant
from qa.reader.load import load_reader
from qa.types import Citation
from qa.web import texts
from qa.web.collection.collection import Collection
from qa.web.server import launch
from tests.support.fakes import ROOT, write
from tests.support.pages import all_turns, assistant_of, keep_screenshot, served, visiting, written

Served = tuple[str, Collection]
AXE = "axe-core@4.14.1"
PHONE: dict[str, Any] = {"viewport": {"width": 360, "height": 740}, "has_touch": True}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(written(tmp_path_factory.mktemp("page") / "news")) as site:
        yield site


@pytest.fixture(scope="module")
def axe() -> str:
    """The script of axe-core, fetched once from npm into an ignored folder."""
    folder = ROOT / "build" / "axe"
    script = folder / "node_modules" / "axe-core" / "axe.min.js"
    if not script.exists():
        npm = shutil.which("npm")
        if npm is None and not os.environ.get("CI"):
            pytest.skip("no npm: install it with `apt-get install npm` to run this test")
        assert npm, "continuous integration needs npm"
        folder.mkdir(parents=True, exist_ok=True)
        command = [
            npm,
            "install",
            "--no-save",
            "--no-audit",
            "--no-fund",
            "--prefix",
            str(folder),
            AXE,
        ]
        ran = subprocess.run(command, capture_output=True, text=True)
        if ran.returncode and not os.environ.get("CI"):
            pytest.skip("axe-core cannot be fetched from npm")
        assert ran.returncode == 0, ran.stderr
    return script.read_text("utf-8")


def violations(page: Page, axe: str) -> list[str]:
    """What axe-core calls serious or critical, each with the first element that it is about."""
    page.evaluate(axe)
    result = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{v['id']}: {v['nodes'][0]['html'][:160]} {v['nodes'][0].get('failureSummary', '')}"
        for v in result["violations"]
        if v["impact"] in ("serious", "critical")
    ]


def everything(page: Page) -> None:
    """The collection and a source, open beside a conversation."""
    page.locator(".qa-number").first.click()
    expect(page.locator("mark.qa-focus")).to_be_visible()
    page.locator("#qa-collection").click()
    expect(page.locator(".qa-documents li").first).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(browser: Browser, site: Served, axe: str, scheme: str) -> None:
    with visiting(browser, site[0], color_scheme=scheme) as visit:
        expect(visit.page.locator(".qa-suggestions button").first).to_be_visible()
        found = {"welcome": violations(visit.page, axe)}
        keep_screenshot(visit.page, f"welcome-{scheme}")
        visit.ask("Qui a gagné la coupe du monde ?")
        keep_screenshot(visit.page, f"no-answer-{scheme}")
        visit.ask("When was the bridge at Oldford closed?")
        visit.ask("And where?")
        visit.ask("How many people came to the fair?")
        visit.ask("?!")
        visit.page.locator(".qa-sureness").last.focus()
        found["answers"] = violations(visit.page, axe)
        keep_screenshot(visit.page, f"answers-{scheme}")
        everything(visit.page)
        visit.page.get_by_role("checkbox", name="Coast Daily 2").check()
        found["panes"] = violations(visit.page, axe)
        keep_screenshot(visit.page, f"panes-{scheme}")
        visit.page.get_by_role("button", name=texts.NOT_HELPFUL).first.click()
        found["dialog"] = violations(visit.page, axe)
        keep_screenshot(visit.page, f"dialog-{scheme}")
    assert found == {"welcome": [], "answers": [], "panes": [], "dialog": []}


def test_colours_follow_the_system_and_can_be_switched(browser: Browser, site: Served) -> None:
    def background(page: Page) -> str:
        return str(page.evaluate("getComputedStyle(document.getElementById('qa')).backgroundColor"))

    with visiting(browser, site[0], color_scheme="dark") as visit:
        assert background(visit.page) == "rgb(20, 23, 26)"
        visit.page.get_by_role("button", name=texts.THEME_LIGHT).click()
        assert background(visit.page) == "rgb(250, 249, 246)"
        visit.page.reload()
        expect(visit.page.get_by_role("button", name=texts.THEME_DARK)).to_be_visible()
        assert background(visit.page) == "rgb(250, 249, 246)"


def test_on_a_phone_the_source_is_a_drawer_and_nothing_is_cut_off(
    browser: Browser, site: Served
) -> None:
    wide = "document.documentElement.scrollWidth"
    with visiting(browser, site[0], **PHONE) as visit:
        visit.ask("When was the bridge at Oldford closed?")
        assert visit.page.evaluate(wide) == 360
        keep_screenshot(visit.page, "phone-answer")
        visit.page.locator(".qa-number").first.click()
        expect(visit.page.locator("mark.qa-focus")).to_be_in_viewport()
        pane = visit.page.locator(".qa-source-pane").bounding_box()
        assert pane and (pane["x"], pane["width"]) == (0, 360)
        assert visit.page.evaluate(wide) == 360
        keep_screenshot(visit.page, "phone-source")
        visit.page.keyboard.press("Escape")
        expect(visit.page.locator(".qa-source-pane")).to_be_hidden()
        expect(visit.page.locator(".qa-number").first).to_be_focused()
        visit.page.locator("#qa-collection").click()
        expect(visit.page.locator(".qa-documents li").first).to_be_visible()
        assert visit.page.evaluate(wide) == 360
        keep_screenshot(visit.page, "phone-collection")


def test_everything_is_done_with_the_keyboard(browser: Browser, site: Served) -> None:
    with visiting(browser, site[0]) as visit:
        keys = visit.page.keyboard
        expect(visit.page.locator("#qa-question")).to_be_focused()
        keys.type("How many people came to the fair?")
        keys.press("Enter")
        chips = visit.page.locator(".qa-number")
        expect(chips).to_have_count(2)
        visit.page.locator(".qa-log").focus()
        keys.press("ArrowDown")
        expect(chips.nth(0)).to_be_focused()
        keys.press("ArrowDown")
        expect(chips.nth(1)).to_be_focused()
        keys.press("ArrowUp")
        keys.press("Enter")
        expect(visit.page.locator("mark.qa-focus")).to_be_visible()
        expect(visit.page.locator(".qa-source-pane")).to_be_focused()
        keys.press("Escape")
        expect(visit.page.locator(".qa-source-pane")).to_be_hidden()
        expect(chips.nth(0)).to_be_focused()
        keys.press("/")
        expect(visit.page.locator("#qa-question")).to_be_focused()
        expect(visit.page.locator("#qa-question")).to_have_value("")
        keys.press("ArrowUp")
        expect(visit.page.locator("#qa-question")).to_have_value(
            "How many people came to the fair?"
        )
        visit.page.locator("#qa-question").fill("")
        keys.press("ArrowDown")
        expect(chips.nth(0)).to_be_focused()


def test_reduced_motion_is_respected(browser: Browser, site: Served) -> None:
    with visiting(browser, site[0], reduced_motion="reduce") as visit:
        held = all_turns(site[1])
        turn = visit.ask("How far did the river rise?", wait=False)
        expect(turn.locator(".qa-working")).to_have_text(texts.READING)
        expect(turn.locator(".qa-spinner")).to_have_css("animation-name", "none")
        held.close()


def test_an_empty_collection_looks_inviting(browser: Browser, tmp_path: Path) -> None:
    from qa.web.collection.uploads import remove
    from tests.support.fakes import write

    write(tmp_path / "news", only="The river rose.")
    with served(tmp_path / "news", adding=True) as (url, collection):
        remove(collection, "only.txt")
        with visiting(browser, url) as visit:
            expect(visit.page.locator(".qa-drop")).to_be_visible()
            keep_screenshot(visit.page, "empty")


def test_the_page_is_there_before_the_collection_is_open(browser: Browser, tmp_path: Path) -> None:
    root = written(tmp_path / "news")
    collection = Collection(root)
    page, url = launch(collection)
    began = time.monotonic()
    with visiting(browser, url) as visit:
        print(f"\nfirst useful paint after {time.monotonic() - began:.2f} s")
        expect(visit.page.get_by_text(texts.OPENING)).to_be_visible()
        turn = visit.ask("How far did the river rise?", wait=False)
        expect(turn.locator(".qa-working")).to_have_text(texts.OPENING)
        collection.open(lambda _: assistant_of(root))
        expect(turn.locator(".qa-short")).to_have_text("two metres")
    page.close()


@pytest.fixture(scope="module")
def samples(
    default_encoder: Encoder, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, Assistant]]:
    """The page of the samples with the real models."""
    place = tmp_path_factory.mktemp("samples")
    assistant = Assistant.open(
        None, index_dir=place, encoder=default_encoder, reader=load_reader(None)
    )
    page, url = launch(Collection.of(assistant, place))
    yield url, assistant
    page.close()


def test_with_the_real_models_and_the_samples(
    browser: Browser, samples: tuple[str, Assistant]
) -> None:
    url, assistant = samples
    expected = assistant.ask("When did the Cassini mission end?").quotes[0]
    with visiting(browser, url) as visit:
        began = time.monotonic()
        turn = visit.ask("When did the Cassini mission end?")
        print(f"\nfrom Enter to the answer: {time.monotonic() - began:.2f} s")
        expect(turn.locator(".qa-short")).to_have_text(expected.quote.text)
        turn.locator(".qa-number").first.click()
        expect(visit.page.locator("mark.qa-focus")).to_have_text(expected.quote.text)
        keep_screenshot(visit.page, "samples")


REAL = (
    "When did the Cassini mission end?", "How long is the Gotthard Base Tunnel?",
    "Where was the last outbreak of rinderpest?", "Who won the World Cup in 2014?",
    "Who said the policy of strategic patience is over?",
)  # fmt: skip


def test_each_quote_of_the_real_models_is_marked_in_its_source(
    browser: Browser, samples: tuple[str, Assistant]
) -> None:
    url, assistant = samples
    quotes = 0
    with visiting(browser, url) as visit:
        for question in REAL:
            expected = assistant.ask(question)
            turn = visit.ask(question)
            chips = turn.locator(".qa-number")
            shown = expected.citations or expected.closest
            expect(chips).to_have_count(len(shown))
            for number in range(len(shown)):
                # Groups may show them in another order than the answer has them.
                named = int(chips.nth(number).inner_text())
                cited = shown[named - 1]
                assert isinstance(cited, Citation)
                quote = cited.quote
                chips.nth(number).click()
                mark = visit.page.locator(f'mark.qa-focus[data-start="{quote.start}"]')
                expect(mark).to_have_text(quote.text)
                expect(mark).to_be_in_viewport()
                expect(visit.page.locator(".qa-doc-title")).to_have_text(quote.document.title)
                quotes += 1
    assert quotes >= len(REAL)


def test_the_real_models_leave_unanswered_what_the_samples_do_not_say(
    browser: Browser, samples: tuple[str, Assistant]
) -> None:
    with visiting(browser, samples[0]) as visit:
        turn = visit.ask("Who won the Eurovision Song Contest in 1974?")
        expect(turn.locator(".qa-none")).to_have_text(texts.NO_ANSWER)
        expect(turn.locator(".qa-closest .qa-citation")).to_have_count(3)


def test_the_real_models_follow_up_filter_and_are_remembered(
    browser: Browser, samples: tuple[str, Assistant]
) -> None:
    url, assistant = samples
    first = assistant.ask("When did the Cassini mission end?").quotes[0]
    with visiting(browser, url) as visit:
        visit.ask("When did the Cassini mission end?")
        turn = visit.ask("When did it enter orbit around Saturn?")
        expect(turn.locator(".qa-meant")).to_contain_text(
            "Understood as “When did the Cassini mission enter orbit around Saturn?”"
        )
        expect(turn.locator(".qa-short").first).to_contain_text("2004")
        visit.page.reload()
        shown = visit.page.locator(".qa-turn")
        expect(shown).to_have_count(2)
        expect(shown.first.locator(".qa-short")).to_have_text(first.quote.text)
        shown.first.locator(".qa-number").first.click()
        expect(visit.page.locator("mark.qa-focus")).to_have_text(first.quote.text)
        visit.page.get_by_role("button", name=texts.ONLY_THIS).click()
        turn = visit.ask("Who won the World Cup in 2014?")
        expect(turn.locator(".qa-searched")).to_contain_text("Searched 1 of 16 documents")
        expect(turn.locator(".qa-none")).to_be_visible()


def test_a_question_goes_to_the_top_and_its_answer_comes_below_it(
    browser: Browser, site: Served
) -> None:
    with visiting(browser, site[0], viewport={"width": 768, "height": 700}) as visit:
        for _ in range(3):
            turn = visit.ask("When was the bridge at Oldford closed?")
            log = visit.page.locator(".qa-log").bounding_box()
            top = turn.locator(".qa-question").bounding_box()
            foot = turn.locator(".qa-foot").bounding_box()
            assert log and top and foot
            assert 0 <= top["y"] - log["y"] < 40
            assert foot["y"] + foot["height"] <= log["y"] + log["height"]


def test_quiet_words_are_quiet_and_names_run_as_they_are_written(
    browser: Browser, tmp_path: Path
) -> None:
    root = tmp_path / "news"
    write(root, dam="السد العالي\n\nPublished: 9 January 2011\n\nThe river rose by two metres.")
    with served(root) as (url, _), visiting(browser, url, color_scheme="light") as visit:
        turn = visit.ask("How far did the river rise?")
        quiet = "rgb(86, 94, 107)"
        expect(turn.locator(".qa-searched")).to_have_css("color", quiet)
        expect(turn.locator(".qa-source bdi").first).to_have_css("color", quiet)
        turn.locator(".qa-number").click()
        expect(visit.page.locator(".qa-facts dt").first).to_have_css("color", quiet)
        title = visit.page.locator(".qa-doc-title")
        expect(title).to_have_css("unicode-bidi", "plaintext")
        # The date of a title from right to left is not turned around with it.
        source = turn.locator(".qa-source bdi")
        expect(source).to_have_text(["السد العالي", "9 January 2011"])
        name, day = (source.nth(n).bounding_box() for n in (0, 1))
        assert name and day and name["x"] < day["x"]
        box = title.bounding_box()
        words = title.evaluate(
            "e => {const r = document.createRange(); r.selectNodeContents(e); return r.getBoundingClientRect().right}"
        )
        assert box and abs(box["x"] + box["width"] - words) < 2
        turn.get_by_role("button", name=texts.NOT_HELPFUL).click()
        asked = visit.page.locator("dialog").bounding_box()
        size = visit.page.viewport_size
        assert asked and size
        assert abs(asked["y"] + asked["height"] / 2 - size["height"] / 2) < 20
