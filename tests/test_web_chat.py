"""Asking and reading on the page, in a real browser: the answer, its quotes, and each in its place."""

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from qa import Filter, verify
from qa.web import texts
from qa.web.collection.collection import Collection
from qa.web.server import launch
from tests.support.pages import Visit, all_turns, assistant_of, served, visiting, written

Served = tuple[str, Collection]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(written(tmp_path_factory.mktemp("page") / "news")) as site:
        yield site


def text_of(site: Served, id: str) -> str:
    document = site[1].document(id)
    assert document is not None
    return document.text


def test_an_answer_is_a_quote_in_its_sentence_with_its_source(
    browser: Browser, site: Served
) -> None:
    with visiting(browser, site[0]) as visit:
        turn = visit.ask("How far did the river rise?")
        expect(turn.locator(".qa-question")).to_have_text("How far did the river rise?")
        expect(turn.locator(".qa-short")).to_have_text("two metres")
        expect(turn.locator(".qa-sentence")).to_have_text("The river rose by two metres.")
        expect(turn.locator(".qa-sentence mark")).to_have_text("two metres")
        expect(turn.locator(".qa-source")).to_have_text(
            "Rain in the valley · Ada Marsh · Valley Times · 3 May 2016"
        )
        expect(turn.locator(".qa-searched")).to_contain_text(
            "Searched all 6 documents · 1 file could not be read"
        )
        expect(visit.page.get_by_role("textbox", name=texts.QUESTION)).to_have_value("")


def test_answers_that_say_the_same_are_one_answer_with_two_sources(
    browser: Browser, site: Served
) -> None:
    with visiting(browser, site[0]) as visit:
        turn = visit.ask("When was the bridge closed?")
        expect(turn.locator(".qa-short")).to_have_count(1)
        expect(turn.locator(".qa-sentence mark")).to_have_count(2)
        assert set(turn.locator(".qa-sentence mark").all_inner_texts()) == {
            "5 May 2016",
            "May 5, 2016",
        }
        expect(turn.locator(".qa-different")).to_have_count(0)


def test_answers_that_differ_stand_side_by_side(browser: Browser, site: Served) -> None:
    with visiting(browser, site[0]) as visit:
        turn = visit.ask("How many people came to the fair?")
        expect(turn.locator(".qa-different")).to_have_text(texts.DIFFERENT)
        expect(turn.locator(".qa-short")).to_have_count(2)
        assert set(turn.locator(".qa-short").all_inner_texts()) == {"5,000 people", "3,200 people"}
        one, other = (turn.locator(".qa-group").nth(n).bounding_box() for n in (0, 1))
        assert one and other and one["y"] == other["y"] and one["x"] + one["width"] < other["x"]


def test_the_confidence_is_a_word_and_says_its_number_on_hover(
    browser: Browser, site: Served
) -> None:
    expected = site[1].assistant().ask("How far did the river rise?")
    with visiting(browser, site[0]) as visit:
        turn = visit.ask("How far did the river rise?")
        word = turn.get_by_role("button", name="Confidence: high")
        tip = turn.locator(".qa-tip")
        expect(tip).to_be_hidden()
        word.hover()
        expect(tip).to_be_visible()
        expect(tip).to_contain_text(f"{expected.confidence:.2f}. ")
        expect(tip).to_contain_text("About 88 of 100 answers")


def test_no_answer_says_so_with_what_came_closest_and_what_was_searched(
    browser: Browser, site: Served
) -> None:
    with visiting(browser, site[0]) as visit:
        turn = visit.ask("Qui a gagné la coupe du monde ?")
        expect(turn.locator(".qa-none")).to_have_text("These documents do not answer that")
        expect(turn.locator(".qa-note")).to_have_text(texts.CLOSEST)
        expect(turn.locator(".qa-closest .qa-citation")).to_have_count(3)
        expect(turn.locator(".qa-short")).to_have_count(0)
        expect(turn.locator(".qa-searched")).to_contain_text("Searched all 6 documents")


@pytest.mark.parametrize("question", ["?!", "x" * 2000])
def test_a_question_that_cannot_be_asked_is_said_where_it_stands(
    browser: Browser, site: Served, question: str
) -> None:
    with visiting(browser, site[0]) as visit:
        turn = visit.ask(question)
        if question == "?!":
            expect(turn.locator(".qa-failed")).to_contain_text("The question is empty.")
            expect(turn.get_by_role("button", name=texts.AGAIN)).to_be_visible()


def test_a_click_on_a_number_shows_the_quote_in_its_place(browser: Browser, site: Served) -> None:
    with visiting(browser, site[0]) as visit:
        turn = visit.ask("When was the bridge closed?")
        numbers = turn.locator(".qa-number")
        for number, quote in enumerate(turn.locator(".qa-sentence mark").all_inner_texts()):
            numbers.nth(number).click()
            focus = visit.page.locator(".qa-source-pane mark.qa-focus")
            expect(focus).to_have_text(quote)
            expect(focus).to_be_in_viewport()
        text = visit.page.locator(".qa-text").inner_text()
        title = visit.page.locator(".qa-doc-title").inner_text()
        document = site[1].document(next(d.id for d in site[1].documents() if d.title == title))
        assert document is not None
        assert text == document.text
        start = int(focus.get_attribute("data-start") or -1)
        assert document.text[start : start + len(quote)] == quote


def test_the_quote_stands_at_its_offsets_behind_characters_that_browsers_count_twice(
    browser: Browser, site: Served
) -> None:
    [citation] = (
        site[1]
        .assistant()
        .ask("When was the bridge closed?", filter=Filter(documents=("rain.txt",)))
        .quotes
    )
    assert "😀" in citation.document.text[: citation.quote.start]
    with visiting(
        browser, site[0], path="#ask=When+was+the+bridge+closed?&document=rain.txt"
    ) as visit:
        visit.page.locator(".qa-number").click()
        before, _, after = (
            visit.page.locator(".qa-text").inner_html().partition('<mark class="qa-focus"')
        )
        assert before == citation.document.text[: citation.quote.start]
        assert after.partition("</mark>")[2] == citation.document.text[citation.quote.end :]


def test_the_other_quotes_of_a_document_are_marked_and_reached_one_after_another(
    browser: Browser, site: Served
) -> None:
    with visiting(browser, site[0]) as visit:
        visit.ask("How far did the river rise?")
        turn = visit.ask("When was the bridge closed?")
        rain = turn.locator(".qa-citation", has_text="Rain in the valley")
        rain.locator(".qa-number").click()
        pane = visit.page.get_by_role("complementary", name=texts.SOURCE)
        expect(pane.locator("mark")).to_have_text(["two metres", "5 May 2016"])
        expect(pane.locator(".qa-count")).to_have_text("Quote 2 of 2")
        pane.get_by_role("button", name=texts.PREVIOUS).click()
        expect(pane.locator("mark.qa-focus")).to_have_text("two metres")
        expect(pane.locator(".qa-count")).to_have_text("Quote 1 of 2")
        pane.press("ArrowRight")
        expect(pane.locator("mark.qa-focus")).to_have_text("5 May 2016")


def test_the_source_tells_what_is_known_of_the_document(browser: Browser, site: Served) -> None:
    with visiting(browser, site[0]) as visit:
        visit.ask("How far did the river rise?").locator(".qa-number").click()
        facts = visit.page.locator(".qa-facts")
        told = dict(
            zip(
                facts.locator("dt").all_inner_texts(),
                facts.locator("dd").all_inner_texts(),
                strict=True,
            )
        )
        assert told == {
            "Author": "Ada Marsh",
            "Publisher": "Valley Times",
            "Published": "3 May 2016",
            "File": f"rain.txt · {len(text_of(site, 'rain.txt'))} characters",
        }


@pytest.mark.parametrize(
    ("form", "copied"),
    [
        (texts.COPY_PLAIN, "“two metres” (Rain in the valley · Ada Marsh · Valley Times · 3 May 2016; rain.txt, characters "),
        (texts.COPY_MARKDOWN, "> two metres\n>\n> — *Rain in the valley*, Ada Marsh, Valley Times, 3 May 2016, rain.txt"),
        (texts.COPY_APA, "“two metres” (Ada Marsh, 2016)\nAda Marsh (2016, May 3). Rain in the valley. Valley Times."),
    ],
)  # fmt: skip
def test_a_quote_is_copied_with_its_source(
    browser: Browser, site: Served, form: str, copied: str
) -> None:
    with visiting(browser, site[0], permissions=["clipboard-read", "clipboard-write"]) as visit:
        turn = visit.ask("How far did the river rise?")
        turn.get_by_role("button", name="Copy quote 1 with its source").click()
        turn.get_by_role("menuitem", name=form).click()
        expect(visit.page.locator("#qa-toast")).to_have_text(texts.COPIED)
        assert visit.page.evaluate("navigator.clipboard.readText()").startswith(copied)


def test_the_page_says_what_it_does_and_takes_a_second_question_meanwhile(
    browser: Browser, site: Served
) -> None:
    collection = site[1]
    with visiting(browser, site[0]) as visit:
        held = all_turns(collection)
        first = visit.ask("How far did the river rise?", wait=False)
        expect(first.locator(".qa-working")).to_have_text(texts.READING)
        second = visit.ask("When was the tunnel opened?", wait=False)
        expect(second.locator(".qa-working")).to_have_text(texts.WAITING)
        held.close()
        expect(first.locator(".qa-short")).to_have_text("two metres")
        expect(second.locator(".qa-short")).to_have_text("31 May 2017")


def test_a_question_can_be_stopped_and_asked_again(browser: Browser, site: Served) -> None:
    collection = site[1]
    with visiting(browser, site[0]) as visit:
        held = all_turns(collection)
        turn = visit.ask("How far did the river rise?", wait=False)
        expect(turn.locator(".qa-working")).to_have_text(texts.READING)
        with visit.page.expect_response("**/page/stop") as told:
            visit.page.get_by_role("button", name=texts.STOP).click()
        assert told.value.status == 200
        expect(turn.locator(".qa-failed")).to_contain_text(texts.STOPPED)
        held.close()
        visit.page.get_by_role("button", name=texts.AGAIN).click()
        expect(visit.page.locator(".qa-turn .qa-short")).to_have_text("two metres")
        expect(visit.page.get_by_role("button", name=texts.STOP)).to_be_hidden()


def test_a_follow_up_says_what_it_was_understood_as_and_is_taken_back_with_one_click(
    browser: Browser, site: Served
) -> None:
    with visiting(browser, site[0]) as visit:
        visit.ask("When was the bridge closed?")
        turn = visit.ask("What about the tunnel?")
        expect(turn.locator(".qa-meant")).to_contain_text(
            "Understood as “When was the tunnel closed?”"
        )
        visit.ask("When was the Oldford bridge closed?")
        turn = visit.ask("And where?")
        expect(turn.locator(".qa-meant")).to_contain_text(
            "Understood as “Where was the Oldford bridge closed?” and searched in the 2 documents"
        )
        turn.get_by_role("button", name=texts.LITERALLY).click()
        last = visit.page.locator(".qa-turn").last
        expect(last.locator(".qa-question")).to_have_text("And where?")
        expect(last.locator(".qa-none")).to_be_visible()
        expect(last.locator(".qa-meant")).to_have_count(0)


def test_the_conversation_survives_a_reload_and_is_begun_anew_on_demand(
    browser: Browser, site: Served
) -> None:
    with visiting(browser, site[0]) as visit:
        visit.ask("How far did the river rise?")
        visit.page.reload()
        expect(visit.page.locator(".qa-short")).to_have_text("two metres")
        visit.page.locator(".qa-number").click()
        expect(visit.page.locator("mark.qa-focus")).to_have_text("two metres")
        visit.page.get_by_role("button", name=texts.NEW).click()
        expect(visit.page.locator(".qa-welcome")).to_be_visible()
        visit.page.reload()
        expect(visit.page.locator(".qa-welcome")).to_be_visible()
        expect(visit.page.locator(".qa-turn")).to_have_count(0)


def test_the_conversation_is_exported_as_receipts_that_verify(
    browser: Browser, site: Served, tmp_path: Path
) -> None:
    with visiting(browser, site[0]) as visit:
        visit.ask("When was the bridge closed?")
        visit.ask("How far did the river rise?")
        visit.page.get_by_role("button", name=texts.EXPORT).click()
        with visit.page.expect_download() as saved:
            visit.page.get_by_role("menuitem", name=texts.EXPORT_JSON).click()
        saved.value.save_as(tmp_path / "answers.jsonl")
        receipts = [
            json.loads(line)
            for line in (tmp_path / "answers.jsonl").read_text("utf-8").splitlines()
        ]
        assert [receipt["question"] for receipt in receipts] == [
            "When was the bridge closed?",
            "How far did the river rise?",
        ]
        assert [v.state for receipt in receipts for v in verify(receipt)] == ["stands"] * 3


def test_the_conversation_is_exported_as_markdown(browser: Browser, site: Served) -> None:
    with visiting(browser, site[0]) as visit:
        visit.ask("How far did the river rise?")
        visit.page.get_by_role("button", name=texts.EXPORT).click()
        with visit.page.expect_download() as saved:
            visit.page.get_by_role("menuitem", name=texts.EXPORT_MARKDOWN).click()
        text = Path(saved.value.path()).read_text("utf-8")
    assert text.startswith(
        "## How far did the river rise?\n\n**two metres**\n\n> two metres\n>\n> — *Rain in the valley*"
    )


def test_a_link_carries_the_question_and_its_filters(browser: Browser, site: Served) -> None:
    with visiting(
        browser,
        site[0],
        permissions=["clipboard-read", "clipboard-write"],
        path="#ask=When+was+the+bridge+closed?&publisher=Coast+Daily&after=2016-01-01",
    ) as visit:
        expect(visit.page.locator(".qa-short")).to_have_text("May 5, 2016")
        expect(visit.page.locator(".qa-searched")).to_contain_text(
            "Searched 2 of 6 documents (Coast Daily, from 2016-01-01)"
        )
        assert "#" not in visit.page.url
        visit.page.get_by_role("button", name=texts.LINK).click()
        expect(visit.page.locator("#qa-toast")).to_have_text(texts.COPIED)
        link = visit.page.evaluate("navigator.clipboard.readText()")
        assert (
            link
            == f"{site[0]}#ask=When+was+the+bridge+closed%3F&publisher=Coast+Daily&after=2016-01-01"
        )


def test_what_people_say_of_answers_is_kept_for_measuring_and_training(
    browser: Browser, site: Served
) -> None:
    from qa.evaluation.datasets import read_examples
    from qa.evaluation.own_questions import Question, read_questions

    directory = site[1].directory
    with visiting(browser, site[0]) as visit:
        turn = visit.ask("How far did the river rise?")
        turn.get_by_role("button", name=texts.HELPFUL).click()
        expect(visit.page.locator("#qa-toast")).to_have_text(texts.THANKS)
        expect(turn.get_by_role("button", name=texts.HELPFUL)).to_be_disabled()
        turn = visit.ask("How many people came to the fair?")
        turn.get_by_role("button", name=texts.NOT_HELPFUL).click()
        visit.page.get_by_label(texts.RIGHT_ANSWER).fill("about 4,000")
        visit.page.get_by_role("button", name=texts.SEND).click()
        expect(turn.get_by_role("button", name=texts.NOT_HELPFUL)).to_be_disabled()
    assert read_questions(directory / "feedback-questions.jsonl") == [
        Question("How far did the river rise?", ("two metres",)),
        Question("How many people came to the fair?", ("about 4,000",)),
    ]
    [example] = read_examples([directory / "feedback-examples.jsonl"])
    assert example.texts == ("two metres",)
    assert example.context in text_of(site, "rain.txt")
    every = [
        json.loads(line) for line in (directory / "feedback.jsonl").read_text("utf-8").splitlines()
    ]
    assert [said["helpful"] for said in every] == [True, False]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT.*", every[0]["at"])


def test_questions_to_begin_with_are_made_of_the_collection(browser: Browser, site: Served) -> None:
    with visiting(browser, site[0]) as visit:
        offered = visit.page.locator(".qa-suggestions button")
        expect(offered.first).to_be_visible()
        assert "When was the tunnel opened by the queen?" in offered.all_inner_texts()
        offered.filter(has_text="When was the tunnel opened").click()
        expect(visit.page.locator(".qa-short")).to_have_text("31 May 2017")


def test_a_server_that_was_away_is_said_and_asked_again(browser: Browser, tmp_path: Path) -> None:
    root = written(tmp_path / "news")
    first, url = launch(assistant_of(root))
    with visiting(browser, url) as visit:
        visit.ask("How far did the river rise?")
        first.close()
        turn = visit.ask("When was the tunnel opened?")
        expect(turn.locator(".qa-failed")).to_contain_text(texts.UNREACHABLE)
        second, _ = launch(assistant_of(root), port=int(url.rstrip("/").rpartition(":")[2]))
        visit.page.get_by_role("button", name=texts.AGAIN).click()
        last = visit.page.locator(".qa-turn").last
        expect(last.locator(".qa-short")).to_have_text("31 May 2017")
        expect(visit.page.locator(".qa-turn").first.locator(".qa-short")).to_have_text("two metres")
    second.close()


def test_two_tabs_have_a_conversation_each_and_none_loses_a_turn(
    browser: Browser, site: Served
) -> None:
    questions = ".qa-question"
    with visiting(browser, site[0]) as visit:
        visit.ask("How far did the river rise?")
        with visit.page.context.expect_page() as opened:
            visit.page.evaluate("window.open(location.href, '_blank', 'noopener')")
        other = Visit(opened.value)
        expect(other.page.locator(".qa-welcome")).to_be_visible()
        # Asked in turns, and at the same time.
        other.ask("When was the tunnel opened?")
        visit.ask("When was the bridge closed?", wait=False)
        other.ask("How many people came to the fair?", wait=False)
        expect(visit.page.locator(".qa-answer")).to_have_count(2)
        expect(other.page.locator(".qa-answer")).to_have_count(2)
        for tab in (visit.page, other.page):
            tab.reload()
        ours = ["How far did the river rise?", "When was the bridge closed?"]
        theirs = ["When was the tunnel opened?", "How many people came to the fair?"]
        expect(visit.page.locator(questions)).to_have_text(ours)
        expect(other.page.locator(questions)).to_have_text(theirs)
        # A conversation that a tab has is not taken from it; one that is left is gone on with.
        visit.page.get_by_role("button", name=texts.EARLIER_CONVERSATIONS).click()
        visit.page.get_by_role("menuitem", name=theirs[0]).click()
        expect(visit.page.locator("#qa-toast")).to_have_text(texts.ELSEWHERE)
        expect(visit.page.locator(questions)).to_have_text(ours)
        other.page.close()
        visit.page.get_by_role("button", name=texts.EARLIER_CONVERSATIONS).click()
        visit.page.get_by_role("menuitem", name=theirs[0]).click()
        expect(visit.page.locator(questions)).to_have_text(theirs)
        visit.page.get_by_role("button", name=texts.EARLIER_CONVERSATIONS).click()
        expect(visit.page.get_by_role("menuitem", name=ours[0])).to_contain_text("2 questions")
        visit.page.get_by_role("menuitem", name=texts.FORGET_EARLIER).click()
        visit.page.get_by_role("button", name=texts.FORGET_YES).click()
        visit.page.get_by_role("button", name=texts.EARLIER_CONVERSATIONS).click()
        expect(visit.page.get_by_role("menuitem")).to_have_text([texts.NO_EARLIER])
        expect(visit.page.locator(questions)).to_have_text(theirs)


def test_a_tab_that_is_opened_when_no_other_is_goes_on_with_the_latest_conversation(
    browser: Browser, site: Served
) -> None:
    with visiting(browser, site[0]) as visit:
        visit.ask("How far did the river rise?")
        tab = visit.page.context.new_page()
        visit.page.close()
        tab.goto(site[0])
        expect(tab.locator(".qa-question")).to_have_text("How far did the river rise?")


def test_a_tab_that_is_a_copy_of_another_has_a_copy_of_its_conversation(
    browser: Browser, site: Served
) -> None:
    with visiting(browser, site[0]) as visit:
        visit.ask("How far did the river rise?")
        with visit.page.context.expect_page() as opened:
            # A tab that is opened by the page gets what it keeps for the session.
            visit.page.evaluate("window.open(location.href, '_blank')")
        copy = Visit(opened.value)
        expect(copy.page.locator(".qa-question")).to_have_text("How far did the river rise?")
        copy.ask("When was the tunnel opened?")
        visit.ask("When was the bridge closed?")
        copy.page.reload()
        visit.page.reload()
        expect(copy.page.locator(".qa-question")).to_have_text(
            ["How far did the river rise?", "When was the tunnel opened?"]
        )
        expect(visit.page.locator(".qa-question")).to_have_text(
            ["How far did the river rise?", "When was the bridge closed?"]
        )


def test_where_a_browser_has_no_locks_what_two_tabs_keep_is_joined(
    browser: Browser, site: Served
) -> None:
    with visiting(browser, site[0]) as visit:
        context = visit.page.context
        context.add_init_script("Object.defineProperty(navigator, 'locks', {value: undefined})")
        visit.page.reload()
        visit.ask("How far did the river rise?")
        other = Visit(context.new_page())
        other.page.goto(site[0])
        expect(other.page.locator(".qa-answer")).to_have_count(1)
        other.ask("When was the tunnel opened?")
        visit.ask("When was the bridge closed?")
        visit.page.reload()
        expect(visit.page.locator(".qa-question")).to_have_text(
            [
                "How far did the river rise?",
                "When was the tunnel opened?",
                "When was the bridge closed?",
            ]
        )


def test_a_question_that_is_left_in_the_midst_is_kept_to_be_asked_again(
    browser: Browser, site: Served
) -> None:
    collection = site[1]
    with visiting(browser, site[0]) as visit:
        held = all_turns(collection)
        for leave in ("reload", "new"):
            turn = visit.ask("How far did the river rise?", wait=False)
            expect(turn.locator(".qa-working")).to_have_text(texts.READING)
            if leave == "reload":
                visit.page.reload()
            else:
                visit.page.get_by_role("button", name=texts.NEW).click()
            # The server reads on for nobody.
            end = time.monotonic() + 30
            while collection.running.names():
                assert time.monotonic() < end
                time.sleep(0.05)
            if leave == "new":
                expect(visit.page.locator(".qa-welcome")).to_be_visible()
                expect(visit.page.locator("#qa-stop")).to_be_hidden()
                expect(visit.page.locator(".qa-turn")).to_have_count(0)
                visit.page.get_by_role("button", name=texts.EARLIER_CONVERSATIONS).click()
                visit.page.get_by_role("menuitem", name="How far did the river").click()
            expect(visit.page.locator(".qa-failed").last).to_contain_text(texts.STOPPED)
        held.close()
        visit.page.get_by_role("button", name=texts.AGAIN).last.click()
        expect(visit.page.locator(".qa-short")).to_have_text("two metres")
