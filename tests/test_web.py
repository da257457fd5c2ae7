"""The page in a real browser. Without one the tests are skipped, except on continuous integration."""

import os
import re
import shutil
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from corpus.errors import ServerError
from qa import Assistant
from qa.reading import SentenceReader
from qa.web import texts
from qa.web.app import POLICY, launch
from tests.fakes import FakeEncoder, write

HOSTILE = (
    "The mayor <img src=http://evil.invalid/a.png onerror=document.title='owned'> said\n"
    "![x](http://evil.invalid/b.png) that [this](javascript:alert(1)) costs $1 to $2 million.\n"
    "<script>document.title = 'owned'</script> # not a heading, *not* `code`."
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None:
        message = "no browser: install one with `apt-get install chromium` to run these tests"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=found, args=flags)
        yield running
        running.close()


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    root = tmp_path_factory.mktemp("page") / "news"
    write(
        root,
        rain="Rain in the valley\n\nPublished: 3 May 2016\nSource: Valley Times\n\n"
        "Heavy rain fell on the valley on Tuesday. The river rose by two metres.",
        hostile=f"A *title* <b>with</b> markup\n\n{HOSTILE}",
    )
    encoder = FakeEncoder()
    return Assistant.open(root, encoder=encoder, reader=SentenceReader(encoder))


@pytest.fixture(scope="module")
def url(assistant: Assistant) -> Iterator[str]:
    page, address = launch(assistant)
    yield address
    page.close(verbose=False)


@contextmanager
def opened(browser: Browser, url: str) -> Iterator[tuple[Page, list[str]]]:
    """The page, and the addresses that it asked for."""
    asked: list[str] = []
    context = browser.new_context()
    page = context.new_page()
    page.on("request", lambda request: asked.append(request.url))
    page.goto(url)
    yield page, asked
    context.close()


def ask(page: Page, question: str) -> None:
    box = page.get_by_role("textbox")
    box.fill(question)
    box.press("Enter")


def test_an_answer_is_a_quote_with_its_source(
    browser: Browser, url: str, assistant: Assistant
) -> None:
    question = "How far did the river rose by metres?"
    expected = assistant.ask(question).citations[0]
    with opened(browser, url) as (page, _):
        ask(page, question)
        expect(page.locator(".qa-sentence mark").first).to_have_text(expected.quote.text)
        expect(page.locator(".qa-source").first).to_have_text(
            "Rain in the valley · Valley Times · 3 May 2016"
        )
        where = f"rain.txt, characters {expected.quote.start}–{expected.quote.end}"
        expect(page.locator(".qa-place").first).to_have_text(where)
        expect(page.get_by_text(question)).to_be_visible()
        expect(page.get_by_role("textbox")).to_have_value("")


def test_when_the_documents_do_not_say_the_page_says_so(browser: Browser, url: str) -> None:
    with opened(browser, url) as (page, _):
        ask(page, "Qui a gagné la coupe du monde ?")
        expect(page.locator(".qa-none")).to_have_text("These documents do not answer that.")
        expect(page.locator(".qa-closest").first).to_contain_text("Closest:")


def test_a_question_that_cannot_be_asked_is_a_notice_and_stays_in_the_box(
    browser: Browser, url: str
) -> None:
    with opened(browser, url) as (page, _):
        ask(page, "?!")
        expect(page.get_by_text("The question is empty.")).to_be_visible()
        expect(page.get_by_role("textbox")).to_have_value("?!")
        expect(page.get_by_text(texts.WORKING)).to_have_count(0)


def test_nothing_in_a_document_or_a_question_is_obeyed(browser: Browser, url: str) -> None:
    with opened(browser, url) as (page, asked):
        ask(
            page,
            "What costs $1 to $2 million, <i>said</i> the mayor ![q](http://evil.invalid/q.png)?",
        )
        expect(page.locator(".qa-answer")).to_have_count(1)
        shown = page.locator(".qa-answer")
        expect(shown).to_contain_text(re.sub(r"\s+", " ", HOSTILE)[:150])
        expect(shown).to_contain_text("A *title* <b>with</b> markup")
        assert page.locator(".message img, .message script, .message a, .message i").count() == 0
        assert page.title() == texts.NAME
        assert not [address for address in asked if "evil.invalid" in address]


def test_the_page_and_its_server_ask_nobody_else(browser: Browser, assistant: Assistant) -> None:
    reached: list[Any] = []
    listening = True

    def note(event: str, arguments: tuple[Any, ...]) -> None:
        if listening and event in ("socket.connect", "socket.getaddrinfo"):
            reached.append(arguments[1] if event == "socket.connect" else arguments[0])

    sys.addaudithook(note)
    server, address = launch(assistant)
    with opened(browser, address) as (page, asked):
        ask(page, "Where did heavy rain fall?")
        expect(page.locator(".qa-answer")).to_have_count(1)
        page.wait_for_load_state("networkidle")
    server.close(verbose=False)
    listening = False
    elsewhere = [a for a in asked if not a.startswith((address, "data:", "blob:"))]
    assert elsewhere == []
    hosts = {entry[0] if isinstance(entry, tuple) else entry for entry in reached}
    assert hosts <= {"127.0.0.1", "localhost", "::1", b"127.0.0.1"} | {
        host for host in hosts if isinstance(host, str) and Path(host).exists()
    }


def test_every_response_forbids_the_browser_to_fetch_from_elsewhere(url: str) -> None:
    with urlopen(url) as response:
        assert response.headers["content-security-policy"] == POLICY
        assert "fonts.googleapis.com" not in response.read().decode()


@pytest.mark.skipif(sys.platform != "linux", reason="127.0.0.2 is this machine on Linux only")
def test_it_listens_on_127_0_0_1_only(url: str) -> None:
    port = int(url.rstrip("/").rpartition(":")[2])
    socket.create_connection(("127.0.0.1", port)).close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.2", port))


def test_a_port_in_use_is_said_with_the_way_out(assistant: Assistant) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ServerError, match=rf":{port} .*--port"):
            launch(assistant, port=port)
