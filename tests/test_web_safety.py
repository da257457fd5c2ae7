"""What the page and its server refuse, and what they never do, whatever a document or a person says."""

import base64
import json
import socket
import sys
import urllib.error
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Browser, expect

from corpus.errors import ServerError, UserError
from qa.web import texts
from qa.web.access.guard import LARGEST_REQUEST, POLICY
from qa.web.access.users import users_from
from qa.web.collection.collection import Collection
from qa.web.collection.opening import collection_for
from qa.web.collection.uploads import SUFFIXES, add, safe_name
from qa.web.server import launch
from tests.support.fakes import write
from tests.support.pages import HOSTILE, assistant_of, served, visiting, written
from tests.support.terminals import Qa

Served = tuple[str, Collection]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(written(tmp_path_factory.mktemp("page") / "news")) as site:
        yield site


def answered(url: str, data: bytes | None = None, **headers: str) -> tuple[int, str]:
    """The status and the body that a server answers with."""
    request = Request(url, data, {name.replace("_", "-"): v for name, v in headers.items()})
    try:
        with urlopen(request) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_nothing_in_a_document_or_a_question_is_obeyed(browser: Browser, site: Served) -> None:
    with visiting(browser, site[0]) as visit:
        turn = visit.ask(
            "What costs $1 to $2 million, <i>said</i> ![q](http://evil.invalid/q.png)?"
        )
        expect(turn.locator(".qa-question")).to_have_text(
            "What costs $1 to $2 million, <i>said</i> ![q](http://evil.invalid/q.png)?"
        )
        expect(turn.locator(".qa-short")).to_have_text("$1 to $2 million")
        expect(turn.locator(".qa-sentence")).to_contain_text("[this](javascript:alert(1)) costs")
        expect(turn.locator(".qa-source")).to_have_text("A *title* <b>with</b> markup")
        turn.locator(".qa-number").click()
        shown = visit.page.locator(".qa-text")
        expect(shown.locator("mark")).to_have_text("$1 to $2 million")
        # As it is written, but for what would turn the line around: cleaning has taken that out.
        assert HOSTILE.translate({0x202E: None, 0x202C: None}) in shown.inner_text()
        pane = visit.page.locator("#qa")
        assert pane.locator("img, script, iframe, a[href^=javascript], i, b").count() == 0
        assert visit.page.title() == texts.NAME
        assert not [address for address in visit.requests if "evil.invalid" in address]


def test_an_address_that_is_a_script_is_no_link(browser: Browser, tmp_path: Path) -> None:
    root = tmp_path / "news"
    head = "---\ntitle: The river\nurl: {}\n---\n\nThe river rose by two metres.\n"
    root.mkdir()
    (root / "bad.md").write_text(head.format("javascript:document.title='owned'"))
    (root / "good.md").write_text(head.format("https://news.example/river"))
    with served(root) as (url, _), visiting(browser, url) as visit:
        for id, links in (("bad.md", []), ("good.md", ["https://news.example/river"])):
            turn = visit.ask("How far did the river rise?")
            numbers = turn.locator(".qa-number")
            for n in range(numbers.count()):
                item = numbers.nth(n).locator("xpath=ancestor::*[.//p[@class='qa-source']][1]")
                place = item.locator(".qa-source").first.get_attribute("title") or ""
                numbers.nth(n).click()
                # The pane may show the document before until it has this one.
                shown = place.split(",")[0]
                expect(visit.page.locator(".qa-facts dd").last).to_contain_text(shown)
                if shown == id:
                    found = visit.page.locator(".qa-pane a")
                    assert [a.get_attribute("href") for a in found.all()] == links


def test_ten_megabytes_on_one_line_are_shown_a_piece_at_a_time(
    browser: Browser, tmp_path: Path
) -> None:
    root = tmp_path / "news"
    write(
        root,
        long="A long line\n\n"
        + "x" * 5_000_000
        + " The river rose by two metres. "
        + "y" * 5_000_000,
    )
    with served(root) as (url, collection):
        document = collection.document(collection.documents()[0].id)
        assert document is not None
        assert len(document.text) > 10_000_000
        place = document.text.index("two metres")
        with visiting(browser, url) as visit:
            shown = visit.page.evaluate(
                """async (wanted) => (await (await import('/page/part/core/server.js')).source(wanted))""",
                {"id": "long.txt", "focus": [place, place + 10], "marks": []},
            )
            assert shown["end"] - shown["start"] < 100_000
            assert next(p["text"] for p in shown["pieces"] if p.get("focus")) == "two metres"
            visit.page.locator("#qa-collection").click()
            visit.page.locator(".qa-open").click()
            expect(visit.page.locator(".qa-text")).to_contain_text("A long line")
            assert len(visit.page.locator(".qa-text").inner_text()) < 100_000
            visit.page.get_by_role("button", name=texts.LATER).click()
            visit.page.wait_for_function(
                "document.querySelector('.qa-text').textContent.length > 60000"
            )
            answer = visit.ask("How far did the river rise?")
            expect(answer).to_be_visible()


def test_the_page_and_its_server_ask_nobody_else(browser: Browser, tmp_path: Path) -> None:
    reached: list[Any] = []
    listening = True

    def note(event: str, arguments: tuple[Any, ...]) -> None:
        if listening and event in ("socket.connect", "socket.getaddrinfo"):
            reached.append(arguments[1] if event == "socket.connect" else arguments[0])

    sys.addaudithook(note)
    with served(written(tmp_path / "news")) as (address, _), visiting(browser, address) as visit:
        visit.ask("How far did the river rise?").locator(".qa-number").click()
        expect(visit.page.locator("mark.qa-focus")).to_be_visible()
        visit.page.locator("#qa-collection").click()
        expect(visit.page.locator(".qa-documents li")).to_have_count(6)
        visit.page.wait_for_load_state("networkidle")
        asked = list(visit.requests)
    listening = False
    elsewhere = [a for a in asked if not a.startswith((address, "data:", "blob:"))]
    assert elsewhere == []
    hosts = {entry[0] if isinstance(entry, tuple) else entry for entry in reached}
    assert hosts <= {"127.0.0.1", "localhost", "::1", b"127.0.0.1"} | {
        host for host in hosts if isinstance(host, str) and Path(host).exists()
    }


def test_every_response_forbids_the_browser_to_fetch_from_elsewhere(site: Served) -> None:
    for path in ("", "page/start", "page/part/main.js", "gradio_api/info", "nothing"):
        try:
            response = urlopen(site[0] + path)
        except urllib.error.HTTPError as error:
            response = error
        with response:
            assert response.headers.get_all("content-security-policy") == [POLICY]
            assert "fonts.googleapis.com" not in response.read().decode()


@pytest.mark.skipif(sys.platform != "linux", reason="127.0.0.2 is this machine on Linux only")
def test_it_listens_on_127_0_0_1_only(site: Served) -> None:
    port = int(site[0].rstrip("/").rpartition(":")[2])
    socket.create_connection(("127.0.0.1", port)).close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.2", port))


def test_a_port_in_use_is_said_with_the_way_out(site: Served) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ServerError, match=rf":{port} .*--port"):
            launch(site[1], port=port)


@pytest.mark.parametrize(
    "path",
    [
        "gradio_api/file=/etc/passwd", "gradio_api/file/etc/passwd", "gradio_api/upload",
        "gradio_api/proxy=http://evil.invalid/", "gradio_api/stream/a/b/c/playlist.m3u8",
        "assets/index.js", "static/img/logo.svg", "file=/etc/passwd", "login", "page/part/..%2Fserver.py", "page/part/core/../../server.py", "page/part/core/%2e%2e/main.js", "page/part/core", "page/part/core/", "theme.css", "gradio_api/theme.css", "gradio_api/startup-events", "monitoring/summary", "robots.txt", "favicon.ico", "docs", "openapi.json", "page/part/%2Fetc%2Fpasswd", "page/part/__init__.py",
    ],
)  # fmt: skip
def test_no_file_but_the_page_itself_is_served(site: Served, path: str) -> None:
    assert answered(site[0] + path)[0] == 404


@pytest.mark.parametrize("id", ["../secret.txt", "/etc/passwd", "empty.txt", "nothing.txt", ""])
def test_only_the_collection_s_own_documents_are_served(site: Served, id: str) -> None:
    body = json.dumps({"id": id}).encode()
    assert answered(site[0] + "page/source", body) == (
        400, json.dumps({"error": texts.DOCUMENT_GONE}, separators=(",", ":"), ensure_ascii=False)
    )  # fmt: skip


@pytest.mark.parametrize(
    "given",
    [
        {"focus": [-1, 2]}, {"focus": [5, 2]}, {"focus": [0, 10**9]}, {"focus": ["0", "1"]},
        {"focus": [0]}, {"marks": 7}, {"marks": [[0, 10**9]]}, {"part": [3, 1]},
    ],
)  # fmt: skip
def test_places_that_are_none_are_refused(site: Served, given: dict[str, Any]) -> None:
    body = json.dumps({"id": "rain.txt", **given}).encode()
    assert answered(site[0] + "page/source", body)[0] == 400


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"[" * 100_000, b"\xff"])
def test_a_body_that_is_no_object_is_refused(site: Served, body: bytes) -> None:
    assert answered(site[0] + "page/source", body)[0] == 400


def test_a_document_that_changed_since_is_shown_without_marks(site: Served) -> None:
    body = json.dumps({"id": "rain.txt", "sha256": "0" * 64, "focus": [0, 10]}).encode()
    status, given = answered(site[0] + "page/source", body)
    told = json.loads(given)
    assert status == 200 and told["changed"] is True
    assert [piece for piece in told["pieces"] if "mark" in piece] == []


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "evil.invalid"}, 403), ({"Origin": "http://evil.invalid"}, 403),
        ({"Host": "localhost"}, 200), ({"Origin": "null"}, 403), ({"Host": "10.0.0.1"}, 403),
        ({"Host": "[::1]:7860"}, 200), ({"Host": "["}, 403), ({"Origin": "http://["}, 403),
    ],
)  # fmt: skip
def test_pages_of_elsewhere_are_kept_out(
    site: Served, headers: dict[str, str], status: int
) -> None:
    body = json.dumps({"id": "rain.txt"}).encode()
    assert answered(site[0] + "page/source", body, **headers)[0] == status


def test_a_request_that_is_too_large_is_refused(site: Served) -> None:
    body = b" " * (LARGEST_REQUEST + 1)
    assert answered(site[0] + "page/source", body)[0] == 413


def test_another_host_needs_names_and_passwords_or_a_word_that_none_are_wanted(
    qa: Qa, tmp_path: Path
) -> None:
    write(tmp_path, a="Rain fell.")
    ran = qa("chat", tmp_path, "--host", "0.0.0.0")
    assert ran.code == 2
    assert "--auth FILE" in ran.err and "--no-auth" in ran.err
    assert users_from(None, host="0.0.0.0", everybody=True) is None
    assert users_from(None, host="127.0.0.1", everybody=False) is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "has no lines"), ("ada", "Line 1 .* is not name:password"),
        ("# people\nada:short", "Line 2 .* at least 8"), (None, "cannot be read"),
    ],
)  # fmt: skip
def test_a_file_without_names_and_passwords_is_said(
    tmp_path: Path, text: str | None, message: str
) -> None:
    file = tmp_path / "people.txt"
    if text is not None:
        file.write_text(text)
    with pytest.raises(ServerError, match=message):
        users_from(file, host="0.0.0.0", everybody=False)


def test_without_a_terminal_no_password_is_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(ServerError, match="no terminal"):
        users_from(Path("-"), host="0.0.0.0", everybody=False)
    with pytest.raises(ServerError, match="not both"):
        users_from(Path("-"), host="0.0.0.0", everybody=True)


def test_with_names_and_passwords_nothing_is_told_without_them(
    browser: Browser, tmp_path: Path
) -> None:
    file = tmp_path / "people.txt"
    file.write_text("ada:correct horse\nbo:pa:ss:word\n")
    users = users_from(file, host="127.0.0.1", everybody=False)
    with served(written(tmp_path / "news"), users=users) as (url, _):
        for path in (
            "",
            "page/start",
            "ask?question=river",
            "gradio_api/info",
            "page/part/main.js",
        ):
            assert answered(url + path)[0] == 401
        for name, password, status in (
            ("ada", "correct horse", 200), ("bo", "pa:ss:word", 200), ("ada", "pa:ss:word", 401),
            ("ada", "", 401), ("eve", "correct horse", 401), ("", "", 401), ("ada", "correct horse", 200),
        ):  # fmt: skip
            code = base64.b64encode(f"{name}:{password}".encode()).decode()
            assert answered(url + "page/start", Authorization=f"Basic {code}")[0] == status
        assert answered(url + "page/start", Authorization="Basic ???")[0] == 401
        who = {"username": "ada", "password": "correct horse"}
        with visiting(browser, url, http_credentials=who) as visit:
            expect(visit.ask("How far did the river rise?").locator(".qa-short")).to_have_text(
                "two metres"
            )


def test_two_people_never_see_one_another_s_conversation(browser: Browser, site: Served) -> None:
    with visiting(browser, site[0]) as ada, visiting(browser, site[0]) as bo:
        ada.ask("How far did the river rise?", wait=False)
        bo.ask("When was the tunnel opened?", wait=False)
        expect(ada.page.locator(".qa-short")).to_have_text("two metres")
        expect(bo.page.locator(".qa-short")).to_have_text("31 May 2017")
        ada.page.reload()
        expect(ada.page.locator(".qa-question")).to_have_text("How far did the river rise?")
        bo.page.reload()
        expect(bo.page.locator(".qa-question")).to_have_text("When was the tunnel opened?")
        # What follows a question of hers follows nothing of his.
        expect(bo.ask("And where?").locator(".qa-meant")).to_contain_text("Where was the tunnel")


def test_who_may_add_by_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    write(tmp_path / "docs", a="Rain fell.")
    here = {"host": "127.0.0.1", "adding": None}
    assert collection_for(tmp_path / "docs", None, **here).adding is True  # type: ignore[arg-type]
    assert collection_for(None, None, **here).adding is False  # type: ignore[arg-type]
    assert collection_for(tmp_path / "docs" / "a.txt", None, **here).adding is False  # type: ignore[arg-type]
    assert collection_for(tmp_path / "docs", None, host="0.0.0.0", adding=None).adding is False
    assert collection_for(tmp_path / "docs", None, host="0.0.0.0", adding=True).adding is True
    with pytest.raises(ServerError, match="folder of your own"):
        collection_for(None, None, host="127.0.0.1", adding=True)


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("report.txt", "report.txt"), ("../../etc/cron.d/job.txt", "job.txt"),
        ("..\\..\\boot.md", "boot.md"), (".hidden.txt", "hidden.txt"), ("/abs.html", "abs.html"),
        ("a\x00b\n.txt", "a-b.txt"), ("con.txt", "document.txt"), ("....txt", "document.txt"),
        ("\u202egnp.txt", "gnp.txt"), ("x" * 300 + ".md", "x" * 80 + ".md"), ("Über—uns.TXT", "Über-uns.txt"),
    ],
)  # fmt: skip
def test_a_file_s_name_never_becomes_a_path(name: str, safe: str) -> None:
    assert safe_name(name) == safe


@pytest.mark.parametrize("name", ["run.exe", "page.php", "txt", "", "a.txt/..", "a.svg"])
def test_other_types_are_refused(name: str) -> None:
    with pytest.raises(UserError, match=r"only .*txt"):
        safe_name(name)
    assert ".txt" in SUFFIXES


def test_where_adding_is_not_allowed_it_is_refused(site: Served) -> None:
    status, body = answered(site[0] + "page/files?name=new.txt", b"The news.")
    assert (status, json.loads(body)["error"]) == (
        400, "Documents cannot be added to or removed from this server."
    )  # fmt: skip
    status, body = answered(site[0] + "page/remove", b'{"id": "rain.txt"}')
    assert status == 400 and (site[1].root / "rain.txt").exists()


def test_what_is_added_lands_in_the_folder_and_nowhere_else(tmp_path: Path) -> None:
    root = written(tmp_path / "news")
    collection = Collection.of(assistant_of(root), adding=True)
    outside = set(tmp_path.iterdir())
    added = add(collection, "../../rain.txt", b"More rain\n\nIt rained on Friday.")
    assert added.name == "rain (2).txt"
    assert (root / "rain (2).txt").read_bytes() == b"More rain\n\nIt rained on Friday."
    assert set(tmp_path.iterdir()) == outside
