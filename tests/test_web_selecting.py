"""Words that a reader selects in the source, in a real browser: copied with their place, or kept as right."""

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from qa.evaluation.datasets import read_examples
from qa.evaluation.own_questions import Question, read_questions
from qa.web import texts
from qa.web.collection.collection import Collection
from tests.support.pages import served, visiting, written

Served = tuple[str, Collection]
CLIPBOARD = ["clipboard-read", "clipboard-write"]
# Selects the words in the text of the source as a mouse would, across the marks in it.
SELECT = """(words) => {
  const text = document.querySelector('.qa-text'), start = text.textContent.indexOf(words);
  const range = document.createRange(), walker = document.createTreeWalker(text, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(), at = 0; node; at += node.length, node = walker.nextNode()) {
    if (start >= at && start < at + node.length) range.setStart(node, start - at);
    const end = start + words.length;
    if (end > at && end <= at + node.length) range.setEnd(node, end - at);
  }
  getSelection().removeAllRanges();
  getSelection().addRange(range);
}"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(written(tmp_path_factory.mktemp("page") / "news")) as site:
        yield site


def copied(page: Page) -> str:
    expect(page.locator("#qa-toast")).to_have_text(texts.COPIED)
    return str(page.evaluate("navigator.clipboard.readText()"))


def place(site: Served, words: str, id: str = "rain.txt") -> tuple[int, int]:
    document = site[1].document(id)
    assert document is not None
    start = document.text.index(words)
    return start, start + len(words)


def test_the_quote_that_is_looked_at_is_copied_with_its_source(
    browser: Browser, site: Served
) -> None:
    with visiting(browser, site[0], permissions=CLIPBOARD) as visit:
        visit.ask("How far did the river rise?").locator(".qa-number").click()
        pane = visit.page.locator(".qa-source-pane")
        pane.get_by_role("button", name=texts.COPY_QUOTE).press("Enter")
        visit.page.keyboard.press("ArrowDown")
        visit.page.keyboard.press("Enter")
        assert copied(visit.page).startswith("> two metres\n>\n> — *Rain in the valley*")


@pytest.mark.parametrize("words", ["Nobody was hurt", "rose by two metres. 😀 Nobody", "😀"])
def test_what_is_selected_is_copied_with_its_exact_place(
    browser: Browser, site: Served, words: str
) -> None:
    with visiting(browser, site[0], permissions=CLIPBOARD) as visit:
        visit.ask("How far did the river rise?").locator(".qa-number").click()
        expect(visit.page.locator(".qa-text")).to_contain_text("Nobody was hurt")
        expect(visit.page.locator(".qa-selection")).to_be_hidden()
        visit.page.evaluate(SELECT, words)
        visit.page.get_by_role("button", name=texts.COPY_SELECTION).click()
        visit.page.get_by_role("menuitem", name=texts.COPY_PLAIN).click()
        start, end = place(site, words)
        text = copied(visit.page)
        assert text.startswith(f"“{words}” (Rain in the valley")
        assert text.endswith(f"characters {start}–{end})")
        visit.page.evaluate("getSelection().removeAllRanges()")
        expect(visit.page.locator(".qa-selection")).to_be_hidden()


def test_the_keyboard_selects_from_the_quote_on(browser: Browser, site: Served) -> None:
    with visiting(browser, site[0], permissions=CLIPBOARD) as visit:
        keys = visit.page.keyboard
        visit.ask("How far did the river rise?").locator(".qa-number").click()
        visit.page.locator(".qa-text").focus()
        keys.press("Shift+ArrowRight")
        keys.press("Shift+ArrowRight")  # and the full stop behind it
        expect(visit.page.locator(".qa-selection")).to_be_visible()
        keys.press("Tab")
        expect(visit.page.get_by_role("button", name=texts.COPY_SELECTION)).to_be_focused()
        keys.press("Enter")
        keys.press("Enter")
        assert copied(visit.page).startswith("“two metres.” (Rain in the valley")


def test_a_right_answer_is_selected_in_any_document_and_kept_at_its_place(
    browser: Browser, site: Served
) -> None:
    directory = site[1].directory
    with visiting(browser, site[0]) as visit:
        turn = visit.ask("How many people came to the fair?")
        turn.get_by_role("button", name=texts.NOT_HELPFUL).click()
        visit.page.get_by_role("button", name=texts.PICK).click()
        expect(visit.page.locator(".qa-selection")).to_contain_text(texts.PICK_HELP)
        keep = visit.page.get_by_role("button", name=texts.PICK_KEEP)
        expect(keep).to_be_disabled()
        visit.page.locator("#qa-collection").click()
        visit.page.locator(".qa-open", has_text="Rain in the valley").click()
        expect(visit.page.locator(".qa-doc-title")).to_have_text("Rain in the valley")
        expect(visit.page.locator(".qa-text")).to_contain_text("Nobody")
        visit.page.evaluate(SELECT, "Nobody")
        keep.click()
        expect(visit.page.locator("#qa-toast")).to_have_text(texts.THANKS)
        expect(visit.page.locator(".qa-selection")).to_be_hidden()
        expect(turn.get_by_role("button", name=texts.NOT_HELPFUL)).to_be_disabled()
        # Where it was begun and given up, nothing is kept.
        turn = visit.ask("When was the tunnel opened?")
        turn.get_by_role("button", name=texts.NOT_HELPFUL).click()
        visit.page.get_by_role("button", name=texts.PICK).click()
        expect(visit.page.locator(".qa-selection")).to_contain_text(texts.PICK_HELP)
        visit.page.keyboard.press("Escape")
        expect(visit.page.locator(".qa-selection")).to_be_hidden()
        expect(turn.get_by_role("button", name=texts.NOT_HELPFUL)).to_be_enabled()
    asked = Question("How many people came to the fair?", ("Nobody",))
    assert read_questions(directory / "feedback-questions.jsonl") == [asked]
    [example] = read_examples([directory / "feedback-examples.jsonl"])
    assert example.texts == ("Nobody",)
    [said] = map(json.loads, (directory / "feedback.jsonl").read_text("utf-8").splitlines())
    start, end = place(site, "Nobody")
    assert said["right_at"] | {"sha256": ""} == (
        {"document": "rain.txt", "sha256": "", "start": start, "end": end}
    )
