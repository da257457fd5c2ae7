"""What is seen first: a page with a box to type into, before any script is there."""

import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from qa.web import page_html as page_of
from qa.web import texts
from qa.web.collection.collection import Collection
from qa.web.page_html import page_html, page_parts
from tests.support.pages import keep_screenshot, served, visiting, written

Served = tuple[str, Collection]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(written(tmp_path_factory.mktemp("page") / "news")) as site:
        yield site


def told(page: str) -> object:
    """How things stand, as the page carries it."""
    found = re.search(r'<script type="application/json" id="qa-start">(.*?)</script>', page)
    assert found
    return json.loads(found[1])


def test_the_page_is_whole_without_a_script_and_names_stay_names() -> None:
    name = "</script><img src=x onerror=alert(1)>"
    page = page_html({"name": name}, "abc")
    assert page.index('src="/page/part/core/early.js"') < page.index('rel="stylesheet"')
    assert page.index("<body>") < page.index('id="qa-question"') < page.index('id="qa-start"')
    assert 'data-key="abc"' in page
    assert "<img" not in page
    assert told(page) == {"name": name}


def test_every_module_is_fetched_at_once(site: Served) -> None:
    with urlopen(site[0]) as response:
        fetched = set(re.findall(r'href="/page/part/([^"]*\.js)"', response.read().decode()))
    modules = {name for name in page_parts() if name.endswith(".js")} - {"core/early.js"}
    assert fetched == modules
    assert {"main.js", "core/dom.js", "chat/chat.js"} < modules
    for name in modules:
        with urlopen(f"{site[0]}page/part/{name}") as response:
            assert response.headers["content-type"] == "text/javascript; charset=utf-8"
            assert response.read() == page_parts()[name]


def test_the_page_tells_how_things_stand(site: Served) -> None:
    with urlopen(site[0]) as response:
        page = response.read().decode()
        assert int(response.headers["content-length"]) == len(page.encode())
    with urlopen(f"{site[0]}page/start") as response:
        assert told(page) == json.loads(response.read())


def test_the_page_does_not_wait_for_an_index_that_is_just_loading(
    site: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    go = threading.Event()
    began = time.monotonic()
    monkeypatch.setattr(Collection, "documents", lambda _: go.wait(20) and [])
    try:
        with urlopen(site[0]) as response:
            assert told(response.read().decode()) is None
        assert page_of.PATIENCE <= time.monotonic() - began < 10
    finally:
        go.set()


def held(page: Page) -> Callable[[], None]:
    """Keep the page's script back; what lets it go."""
    asked: list[Route] = []
    page.route("**/page/part/main.js", lambda route: asked.append(route))

    def let_go() -> None:
        for route in asked:
            route.continue_()

    return let_go


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_is_typed_before_the_script_is_there_is_kept(
    browser: Browser, site: Served, scheme: str
) -> None:
    with visiting(browser, "about:blank", color_scheme=scheme, there=False) as visit:
        page = visit.page
        let_go = held(page)
        page.goto(site[0], wait_until="commit")
        expect(page.locator("#qa-question")).to_be_focused()
        expect(page.get_by_text(texts.WELCOME)).to_be_visible()
        assert page.title() == texts.NAME
        ground = "rgb(20, 23, 26)" if scheme == "dark" else "rgb(250, 249, 246)"
        expect(page.locator("#qa")).to_have_css("background-color", ground)
        page.keyboard.type("How far did the rise?")
        for _ in range(len("rise?")):
            page.keyboard.press("ArrowLeft")
        keep_screenshot(page, f"first-{scheme}")
        let_go()
        expect(page.locator(".qa-suggestions button").first).to_be_visible()
        expect(page.locator("#qa-question")).to_be_focused()
        page.keyboard.type("river ")
        expect(page.locator("#qa-question")).to_have_value("How far did the river rise?")
        page.keyboard.press("Enter")
        expect(page.locator(".qa-short")).to_have_text("two metres")


@pytest.mark.parametrize("way", ["Enter", "button"])
def test_what_is_asked_before_the_script_is_there_is_answered(
    browser: Browser, site: Served, way: str
) -> None:
    with visiting(browser, "about:blank", there=False) as visit:
        page = visit.page
        let_go = held(page)
        page.goto(site[0], wait_until="commit")
        page.locator("#qa-question").fill("How far did the river rise?")
        if way == "Enter":
            page.keyboard.press("Enter")
        else:
            page.get_by_role("button", name=texts.ASK, exact=True).click()
        expect(page.locator("#qa-question")).to_have_value("How far did the river rise?")
        let_go()
        expect(page.locator(".qa-short")).to_have_text("two metres")
        expect(page.locator("#qa-question")).to_have_value("")


def test_who_goes_on_with_a_conversation_is_not_greeted(browser: Browser, site: Served) -> None:
    with visiting(browser, site[0]) as visit:
        visit.ask("How far did the river rise?")
        let_go = held(visit.page)
        visit.page.reload(wait_until="commit")
        expect(visit.page.locator("#qa-question")).to_be_visible()
        expect(visit.page.get_by_text(texts.WELCOME)).to_be_hidden()
        let_go()
        expect(visit.page.locator(".qa-short")).to_have_text("two metres")


def test_the_box_is_where_it_will_be(browser: Browser, site: Served) -> None:
    """Nothing jumps when the script takes over."""
    for width in (360, 1280):
        with visiting(
            browser, "about:blank", viewport={"width": width, "height": 800}, there=False
        ) as visit:
            page = visit.page
            let_go = held(page)
            page.goto(site[0], wait_until="commit")
            places = [".qa-box", ".qa-greeting", ".qa-bar-top"]
            before = [page.locator(place).bounding_box() for place in places]
            let_go()
            expect(page.locator(".qa-suggestions button").first).to_be_visible()
            assert [page.locator(place).bounding_box() for place in places] == before


def test_the_browser_has_nothing_to_complain_about(browser: Browser, site: Served) -> None:
    with visiting(browser, site[0]) as visit:
        page = visit.page
        visit.ask("How far did the river rise?").locator(".qa-number").click()
        expect(page.locator("mark.qa-focus")).to_be_visible()
        page.locator("#qa-collection").click()
        expect(page.locator(".qa-documents li").first).to_be_visible()
        page.get_by_role("button", name=texts.THEME_DARK).click()
        page.wait_for_load_state("networkidle")
        assert visit.said == []
        assert [url for url in visit.requests if not url.startswith(site[0])] == []
