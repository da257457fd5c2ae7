"""The promises of the server to whoever runs it: whom it answers, what it accepts, and that it stays reachable."""

import base64
import json
import resource
import secrets
import socket
import threading
import time
import urllib.error
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import pytest
from gradio_client import Client
from hypothesis import given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser, Error, expect

from corpus.errors import ServerError, UserError
from corpus.reading import read_all
from qa.web import gradio_queue, texts
from qa.web.access import connections
from qa.web.access.connections import Pool, proxies_of
from qa.web.access.origins import Hosts, hosts_of, origins_of
from qa.web.access.passwords import Passwords
from qa.web.access.throttle import FIRST_WAIT, OF_ADDRESS
from qa.web.collection import uploads
from qa.web.collection.collection import Collection
from tests.support.pages import served, visiting, written

pytestmark = pytest.mark.slow

Served = tuple[str, Collection]
Headers = dict[str, str]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("page") / "news")


@pytest.fixture(scope="module")
def site(root: Path) -> Iterator[Served]:
    with served(root) as site:
        yield site


@pytest.fixture(scope="module")
def on_the_net(root: Path) -> Iterator[Served]:
    """A server that others can reach and anybody may use."""
    with served(root, host="0.0.0.0") as site:
        yield site


def answered(
    url: str, data: bytes | None = None, method: str | None = None, headers: Headers | None = None
) -> tuple[int, dict[str, str], bytes]:
    """The status, headers and body of a server's answer."""
    request = Request(url, data, headers or {}, method=method)
    try:
        with urlopen(request) as response:
            told, body = response.headers.items(), response.read()
            return response.status, {name.lower(): value for name, value in told}, body
    except urllib.error.HTTPError as error:
        return error.code, {k.lower(): v for k, v in error.headers.items()}, error.read()


def place(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    assert parts.hostname and parts.port
    return parts.hostname, parts.port


def said(url: str, sent: bytes, *, patience: float = 20) -> bytes:
    """Everything a server sends in answer to these bytes, until it closes the connection."""
    with socket.create_connection(place(url), timeout=patience) as connection:
        connection.sendall(sent)
        got = b""
        try:
            while part := connection.recv(65_536):
                got += part
        except ConnectionResetError:
            pass
        return got


# No other website reads the collection


@contextmanager
def other_website() -> Iterator[str]:
    """A website on another port of this machine, with one page."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("content-type", "text/html")
            self.end_headers()
            self.wfile.write(b"<title>Elsewhere</title><p>A page of somebody else's.")

        def log_message(self, *_: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Page)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


READ = """async ([url, options]) => {
    try {
        const response = await fetch(url, options);
        return [response.type, response.status, await response.text()];
    } catch (error) { return ["refused", 0, String(error)]; }
}"""
ASKED = "ask?question=How+far+did+the+river+rise%3F"
READS: list[tuple[str, dict[str, Any]]] = [
    (ASKED, {}),
    ("page/start", {}),
    ("documents", {"method": "POST", "body": "{}"}),
    ("page/source", {"method": "POST", "body": '{"id": "rain.txt"}'}),
    ("gradio_api/info", {}),
    ("", {}),
    ("page/part/main.js", {}),
    (ASKED, {"headers": {"authorization": "Basic eDp5"}}),
    (
        "gradio_api/call/v2/ask",
        {
            "method": "POST",
            "body": '{"question": "river"}',
            "headers": {"content-type": "application/json"},
        },
    ),
]


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
def test_a_page_of_another_port_reads_nothing(browser: Browser, root: Path, host: str) -> None:
    with (
        served(root, host=host) as (url, _),
        other_website() as elsewhere,
        visiting(browser, elsewhere, there=False) as visit,
    ):
        for path, options in READS:
            for lent in ("same-origin", "include"):
                asked = {**options, "credentials": lent}
                found = visit.page.evaluate(READ, [url + path, asked])
                assert found[:2] == ["refused", 0], path
        # Even if it cannot read an answer, a page can still cause it to be computed or shown.
        found = visit.page.evaluate(READ, [url + ASKED, {"mode": "no-cors"}])
        assert found in (["opaque", 0, ""], ["refused", 0, "TypeError: Failed to fetch"])
        for made in ("new Image()", "document.createElement('script')"):
            loaded = visit.page.evaluate(
                f"""(url) => new Promise((done) => {{
                    const one = {made};
                    one.onload = () => done("loaded");
                    one.onerror = () => done("refused");
                    one.src = url;
                    document.body.append(one);
                }})""",
                url + "page/part/icon.svg" if "Image" in made else url + "page/part/core/early.js",
            )
            assert loaded == "refused"
        # It may link to the server's own page.
        visit.page.evaluate("(url) => { location = url; }", url)
        expect(visit.page.locator("#qa-status")).to_have_count(1)


def test_a_website_that_is_named_reads_and_no_other(browser: Browser, root: Path) -> None:
    with (
        other_website() as named,
        other_website() as other,
        served(root, origins=[named]) as (url, _),
    ):
        with visiting(browser, named, there=False) as visit:
            for path, options in READS:
                kind, status, text = visit.page.evaluate(READ, [url + path, options])
                assert (kind, status) == ("cors", 200), (path, text)
            body = json.loads(visit.page.evaluate(READ, [url + ASKED, {}])[2])
            assert body["answer"] == "two metres"
            # The browser does not lend it the passwords it has stored for a visitor.
            lent = visit.page.evaluate(READ, [url + ASKED, {"credentials": "include"}])
            assert lent[0] == "refused"
        with visiting(browser, other, there=False) as visit:
            assert visit.page.evaluate(READ, [url + ASKED, {}])[0] == "refused"


ADDRESSES = [
    "", "ask?question=river", "search?question=river", "documents", "page/start", "page/overview",
    "page/source", "page/selected", "page/feedback", "page/stop", "page/remove", "page/files?name=a.txt",
    "page/part/main.js", "config", "gradio_api/info", "gradio_api/openapi.json", "gradio_api/queue/join",
    "gradio_api/queue/data?session_hash=a", "gradio_api/call/ask", "gradio_api/heartbeat/a", "nothing",
]  # fmt: skip


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"])
def test_no_address_and_no_method_answers_another_website(on_the_net: Served, method: str) -> None:
    url, port = on_the_net[0], place(on_the_net[0])[1]
    asked: list[Headers] = [
        {"Origin": "http://evil.invalid"},
        {"Origin": f"http://127.0.0.1:{port + 1}"},
        {"Origin": "null"},
        {"Origin": f"http://127.0.0.1:{port}.evil.invalid"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"},
        {"Origin": "http://evil.invalid", "Access-Control-Request-Method": "POST"},
    ]
    for path in ADDRESSES:
        for headers in asked:
            status, told, _ = answered(url + path, None, method, headers)
            assert status == 403, (path, headers)
            assert [name for name in told if name.startswith("access-control-")] == []


def test_what_is_answered_says_nothing_of_other_websites(on_the_net: Served) -> None:
    url = on_the_net[0]
    for headers in ({}, {"Origin": url.rstrip("/"), "Sec-Fetch-Site": "same-origin"}):
        for path in ("", ASKED, "config", "gradio_api/info", "page/start"):
            status, told, _ = answered(url + path, headers=headers)
            assert status == 200
            assert [name for name in told if name.startswith("access-control-")] == []
            assert told["cross-origin-resource-policy"] == "same-origin"


def test_a_name_of_somebody_else_s_that_leads_here_is_not_answered(
    site: Served, on_the_net: Served
) -> None:
    for url, _ in (site, on_the_net):
        port = place(url)[1]
        for host in (
            "evil.invalid",
            f"evil.invalid:{port}",
            f"127.0.0.1.evil.invalid:{port}",
            "a@b",
        ):
            assert answered(url + "page/start", headers={"Host": host})[0] == 403


def test_a_server_for_others_goes_by_its_addresses_and_names(on_the_net: Served) -> None:
    url, port = on_the_net[0], place(on_the_net[0])[1]
    own = socket.gethostname()
    for host in ("localhost", "192.0.2.7", "[2001:db8::1]", own, f"{own.partition('.')[0]}.local"):
        origin = {"Host": f"{host}:{port}", "Origin": f"http://{host}:{port}"}
        assert answered(url + "page/start", headers=origin)[0] == 200, host
    # A server that listens on one address is known by that address.
    hosts = hosts_of("192.0.2.7", "192.0.2.7")
    assert hosts.has("192.0.2.7:7860") and not hosts.has("192.0.2.8:7860")
    assert hosts_of("docs.lan", "192.0.2.7").has("docs.lan:7860")
    # If a proxy serves the page, the server is known by the name of the proxy.
    assert hosts_of("127.0.0.1", "127.0.0.1", ["https://docs.example"]).has("docs.example")
    assert not Hosts().has("docs.example")


@pytest.mark.parametrize(
    "origin", ["*", "wiki.example", "https://wiki.example/page", "ftp://a.b", "https://a:b@c.d", ""]
)
def test_what_is_no_website_is_said(origin: str) -> None:
    with pytest.raises(ServerError, match="--allow-origin takes the address of a website"):
        origins_of([origin])


# A refused upload changes nothing


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("metadata.csv", b"document,publisher\nrain.txt,Forged Press\n"),
        ("METADATA.CSV", b"document,publisher\nrain.txt,Forged Press\n"),
        (".metadata.csv", b"document,publisher\nrain.txt,Forged Press\n"),
        ("questions.csv", b"question,answer\nWho?,Nobody\n"),
        (".qa/metadata.csv", b"document,publisher\nrain.txt,Forged Press\n"),
        ("blank.txt", b"  \n "),
        ("broken.pdf", b"%PDF-1.7 nothing of the kind"),
        ("void.txt", b""),
        ("run.exe", b"MZ"),
    ],
)
def test_a_refused_upload_changes_nothing(tmp_path: Path, name: str, data: bytes) -> None:
    with served(written(tmp_path / "news"), adding=True) as (url, collection):
        before = {p: p.stat().st_mtime_ns for p in collection.root.iterdir() if p.is_file()}
        documents = collection.assistant().descriptions()
        status, _, body = answered(f"{url}page/files?name={name}", data, "POST")
        assert status == 400 and json.loads(body)["error"]
        # Not later either, when somebody else's is accepted.
        good = b"The new ferry\n\nThe ferry came on Monday."
        assert answered(f"{url}page/files?name=ferry.txt", good, "POST")[0] == 200
        after = {p: p.stat().st_mtime_ns for p in collection.root.iterdir() if p.is_file()}
        del after[collection.root / "ferry.txt"]
        assert after == before
        kept = [one for one in collection.assistant().descriptions() if one.id != "ferry.txt"]
        assert kept == documents
        assert {one.publisher for one in kept} == {"Valley Times", "Coast Daily", ""}
    hidden = {p.name for p in (tmp_path / "news").iterdir() if p.name.startswith(".")}
    assert hidden == {".qa"}


def test_what_is_uploaded_is_read_before_it_stands_in_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with served(written(tmp_path / "news"), adding=True) as (_, collection):
        seen: list[set[str]] = []
        read = read_all

        def watched(*given: Any, **named: Any) -> Any:
            seen.append({p.name for p in collection.root.iterdir() if p.suffix})
            return read(*given, **named)

        monkeypatch.setattr(uploads, "read_all", watched)
        left = collection.root / ".adding-left"
        left.mkdir()
        assert uploads.add(collection, "ferry.txt", b"The ferry came.").name == "ferry.txt"
        assert uploads.add(collection, "ferry.txt", b"Another came.").name == "ferry (2).txt"
        assert ["ferry.txt" in names for names in seen] == [False, True]
        assert not left.exists()


def test_an_index_that_cannot_be_written_leaves_no_file_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with served(written(tmp_path / "news"), adding=True) as (_, collection):
        before = sorted(collection.root.iterdir())

        def full(*_: Any, **__: Any) -> None:
            raise UserError("The disk is full.")

        monkeypatch.setattr(uploads, "update", full)
        with pytest.raises(UserError, match="The disk is full"):
            uploads.add(collection, "ferry.txt", b"The ferry came.")
        assert sorted(collection.root.iterdir()) == before


# The server stays reachable


@contextmanager
def half_open(url: str, count: int) -> Iterator[list[socket.socket]]:
    """Connections that start a request and never finish it."""
    files, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2 * count + 500
    if wanted > files:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(wanted, most), most))
    with ExitStack() as stack:
        stack.callback(resource.setrlimit, resource.RLIMIT_NOFILE, (files, most))
        found = []
        for _ in range(count):
            connection = stack.enter_context(socket.create_connection(place(url), timeout=20))
            connection.sendall(b"GET /page/start HTTP/1.1\r\nHost: ")
            found.append(connection)
        yield found


def test_eleven_hundred_half_open_connections_shut_nobody_out(site: Served) -> None:
    with half_open(site[0], 1_100):
        for _ in range(5):
            began = time.monotonic()
            assert answered(site[0] + ASKED)[0] == 200
            assert time.monotonic() - began < 10


def test_connections_of_many_addresses_give_way_to_a_new_one() -> None:
    class One:
        def __init__(self, waits: bool) -> None:
            self.waits, self.dropped = waits, False

        def drop(self) -> None:
            self.dropped = True

    def opened(pool: Pool, address: str, count: int, waits: bool) -> list[Any]:
        some: list[Any] = [One(waits) for _ in range(count)]
        assert all(pool.take(one, address) for one in some)
        return some

    pool = Pool(["10.0.0.0/8"], most=100)
    greedy = opened(pool, "192.0.2.1", 60, waits=True)
    others = opened(pool, "192.0.2.2", 40, waits=True)
    opened(pool, "192.0.2.3", 1, waits=False)
    assert [n for n, one in enumerate(greedy) if one.dropped] == [0]
    assert not any(one.dropped for one in others)
    # If all are busy, the address with the most gives one up; anyone who has no fewer is refused.
    pool = Pool(["10.0.0.0/8"], most=100)
    streams = opened(pool, "192.0.2.1", 98, waits=False)
    opened(pool, "10.0.0.1", 2, waits=False)
    opened(pool, "192.0.2.4", 1, waits=False)
    assert streams[0].dropped and not streams[1].dropped
    assert not pool.take(One(False), "192.0.2.1")  # type: ignore[arg-type]


def test_a_head_that_does_not_come_is_not_waited_for(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "HEAD_S", 0.5)
    with served(root) as (url, _):
        for begun in (b"", b"G", b"GET / HTTP/1.1\r\nHost: localhost\r\nX: "):
            began = time.monotonic()
            assert said(url, begun).startswith(b"HTTP/1.1 408 ")
            assert time.monotonic() - began < 5
        # The next one on the same connection is not, either.
        whole = b"GET /page/part/icon.svg HTTP/1.1\r\nHost: localhost\r\n\r\n"
        assert said(url, whole + b"GET / HT").count(b"HTTP/1.1 ") == 1


def test_a_body_that_does_not_come_is_not_waited_for(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "BODY_S", 0.5)
    monkeypatch.setattr(connections, "HEAD_S", 1.0)
    head = b"POST /page/source HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9000\r\n\r\n"
    with served(root) as (url, _):
        for sent in (head, head + b"{", head.replace(b"9000", b"9") + b'{"id": ""}' + head + b"{"):
            began = time.monotonic()
            said(url, sent)
            assert time.monotonic() - began < 5
        # A large file on a slow line is given its time.
        monkeypatch.setattr(connections, "SLOWEST", 10)
        with socket.create_connection(place(url), timeout=10) as slow:
            slow.sendall(head.replace(b"9000", b"16"))
            for part in (b'{"id":', b' "rain', b'"   ', b"}"):
                time.sleep(0.3)
                slow.sendall(part)
            assert b" 400 " in slow.recv(4_096)


def test_who_does_not_fetch_answers_gets_no_more(root: Path) -> None:
    with served(root) as (url, _), pytest.MonkeyPatch.context() as patch:
        patch.setattr(gradio_queue, "MOST_OF_ADDRESS", 5)
        patch.setattr(gradio_queue, "LOOK_S", 0.0)
        patch.setattr(gradio_queue, "KEPT_S", 2.0)

        def ask() -> tuple[int, str]:
            status, _, body = answered(
                f"{url}gradio_api/call/v2/ask",
                b'{"question": "How far did the river rise?"}',
                headers={"Content-Type": "application/json"},
            )
            return status, json.loads(body).get("event_id", "")

        asked = [ask() for _ in range(6)]
        assert [status for status, _ in asked] == [200] * 5 + [429]
        # Anyone who fetches one may ask another.
        status, _, body = answered(f"{url}gradio_api/call/ask/{asked[0][1]}")
        assert status == 200 and b"two metres" in body
        assert [ask()[0], ask()[0]] == [200, 429]
        # A result that nobody fetches is dropped.
        time.sleep(2.5)
        assert ask()[0] == 200
        assert answered(f"{url}gradio_api/call/ask/{asked[1][1]}")[0] == 404


def test_one_session_asks_no_more_than_it_reads(
    site: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gradio_queue, "MOST_OF_SESSION", 2)
    body = {"data": ["river", None, None, None, None, 8], "session_hash": "one"}
    json_kind = {"Content-Type": "application/json"}
    address = f"{site[0]}gradio_api/call/ask"
    statuses = [answered(address, json.dumps(body).encode(), headers=json_kind)[0] for _ in "abc"]
    assert statuses == [200, 200, 429]
    other = json.dumps({**body, "session_hash": "two"}).encode()
    assert answered(address, other, headers=json_kind)[0] == 200
    # A Gradio client asks and reads on as before.
    monkeypatch.setattr(gradio_queue, "MOST_OF_SESSION", 50)
    client = Client(site[0], verbose=False)
    for _ in range(3):
        found = client.predict("How far did the river rise?", api_name="/ask")
        assert found["answer"] == "two metres"


LINES = [
    b"GET foo HTTP/1.1", b"GET * HTTP/1.1", b"OPTIONS * HTTP/1.1", b"GET http://localhost/ask HTTP/1.1",
    b"GET //ask HTTP/1.1", b"GET /ask?%ff=%00 HTTP/1.1", b"GET /%00%ff%fe HTTP/1.1", b"GET /ask?question=%ed%a0%80&k=x HTTP/1.1",
    b"CONNECT localhost:80 HTTP/1.1", b"TRACE / HTTP/1.1", b"GET / HTTP/x.y", b"GET /", b"\x00\x01\x02", b"GET / HTTP/1.1 x",
    b"PRI * HTTP/2.0", b"\x16\x03\x01\x02\x00", b"GET /" + b"a" * 100_000 + b" HTTP/1.1", b"get /ask HTTP/1.1",
    b"POST /ask HTTP/1.1", b"POST /page/files HTTP/1.1", b"GET /page/files HTTP/1.1", b"GET /search?k=1&k=2 HTTP/1.1",
    b"GET /gradio_api/call/nothing/nothing HTTP/1.1", b"GET /gradio_api/queue/data HTTP/1.1", b"POST /gradio_api/call/v2/nothing HTTP/1.1",
    b"GET /gradio_api/queue/data?session_hash=nobody HTTP/1.1", b"GET /gradio_api/call/ask/%00 HTTP/1.1", b"POST /gradio_api/run/ask HTTP/1.1",
]  # fmt: skip


@pytest.mark.parametrize("line", LINES, ids=lambda line: line[:40].decode("latin-1"))
def test_odd_requests_are_the_asker_s_mistake(site: Served, line: bytes) -> None:
    sent = line + b"\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    status = said(site[0], sent).split(b" ", 2)[1]
    assert status.startswith(b"4"), status


@pytest.mark.parametrize(
    "headers",
    [
        b"Host: localhost\r\nHost: evil.invalid", b"Content-Length: -1", b"Content-Length: x", b"Content-Length: 1e3",
        b"Content-Length: 99999999999999999999", b"Transfer-Encoding: gzip", b"Origin: a\r\nOrigin: b",
        b"Authorization: Basic \xff\xfe", b"X: " + b"y" * 100_000, b"no colon", b": no name", b"Host: \xc3\xa4",
        b"Content-Length: 5\r\nTransfer-Encoding: chunked", b"Content-Length: \xc2\xb2",
    ],
)  # fmt: skip
def test_odd_headers_are_the_asker_s_mistake(root: Path, site: Served, headers: bytes) -> None:
    host = b"" if b"Host" in headers else b"Host: localhost\r\n"
    sent = b"POST /page/source HTTP/1.1\r\n" + host + headers + b"\r\nConnection: close\r\n\r\n{}"
    assert said(site[0], sent).split(b" ", 2)[1].startswith(b"4")


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just("\ud800"),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner, max_size=4),
    max_leaves=8,
)  # fmt: skip
FIELDS = [
    "question", "filter", "publishers", "documents", "after", "before", "k", "search", "order", "offset",
    "limit", "copies", "id", "sha256", "focus", "marks", "part", "page", "from", "to", "right", "right_at",
    "citation", "found", "helpful", "name", "data", "session_hash", "fn_index", "event_data", "event_id",
]  # fmt: skip
TAKERS = [
    "ask", "search", "documents", "page/source", "page/selected", "page/feedback", "page/stop", "page/remove",
    "gradio_api/call/ask", "gradio_api/call/v2/search", "gradio_api/call/page_ask", "gradio_api/queue/join",
    "gradio_api/cancel", "gradio_api/reset",
]  # fmt: skip


@settings(max_examples=300)
@given(
    st.sampled_from(TAKERS),
    st.dictionaries(st.sampled_from(FIELDS), JSON_VALUES | st.just("rain.txt"), max_size=6)
    | JSON_VALUES,
)
def test_odd_bodies_are_the_asker_s_mistake(site: Served, path: str, body: object) -> None:
    kind = {"Content-Type": "application/json"}
    status, _, _ = answered(site[0] + path, json.dumps(body).encode(), headers=kind)
    assert status < 500, (path, body)


def forwarded(url: str, address: str, password: str) -> int:
    code = base64.b64encode(f"ada:{password}".encode()).decode()
    headers = {"Authorization": f"Basic {code}", "X-Forwarded-For": address}
    return answered(url + "page/start", headers=headers)[0]


def test_only_a_trusted_proxy_says_whom_it_asks_for(root: Path) -> None:
    users = {"ada": "correct horse"}
    with served(root, users=users) as (url, _):
        # Anyone who makes up an address for each guess waits all the same.
        statuses = [forwarded(url, f"192.0.2.{n}", f"guess {n}") for n in range(OF_ADDRESS + 1)]
        assert statuses == [401] * OF_ADDRESS + [429]
    with served(root, users=users, proxies=["127.0.0.1"]) as (url, _):
        statuses = [forwarded(url, f"192.0.2.{n}", f"guess {n}") for n in range(OF_ADDRESS + 1)]
        assert statuses == [401] * (OF_ADDRESS + 1)
        statuses = [forwarded(url, "192.0.2.99", f"one {n}") for n in range(OF_ADDRESS + 1)]
        assert statuses == [401] * OF_ADDRESS + [429]
        assert forwarded(url, "192.0.2.98", "correct horse") == 200
    with pytest.raises(ServerError, match=r"--trusted-proxy takes an address .* not 'proxy.lan'"):
        proxies_of(["proxy.lan"])


def test_many_names_do_not_make_the_server_forget_who_guesses() -> None:
    passwords = Passwords({"ada": "correct horse"})
    for number in range(OF_ADDRESS):
        assert not passwords.right("192.0.2.1", "ada", f"guess {number}")
    for number in range(30_000):
        passwords.right("2001:db8::1", f"name {number}", "x")
        passwords.right(f"2001:db8:{number:x}::1", f"other {number}", "x")
    assert 0 < passwords.wait("192.0.2.1", "ada") <= FIRST_WAIT
    assert passwords.wait("198.51.100.1", "ada") == 0


def test_a_comparison_of_passwords_tells_nothing_by_its_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    passwords = Passwords({"ada": "correct horse"})
    compared: list[tuple[int, int]] = []
    same = secrets.compare_digest

    def noted(one: bytes, other: bytes) -> bool:
        compared.append((len(one), len(other)))
        return same(one, other)

    monkeypatch.setattr(secrets, "compare_digest", noted)
    found = [
        passwords.right("192.0.2.1", name, word)
        for name, word in [("ada", "correct horse"), ("ada", "x"), ("eve", "x" * 500), ("ada", "")]
    ]
    assert found == [True, False, False, False]
    assert compared == [(32, 32)] * 4


def test_the_page_still_works_under_these_rules(browser: Browser, on_the_net: Served) -> None:
    with visiting(browser, on_the_net[0]) as visit:
        turn = visit.ask("How far did the river rise?")
        expect(turn.locator(".qa-short")).to_have_text("two metres")
        turn.get_by_role("button", name=texts.HELPFUL).click()
        expect(turn.get_by_role("button", name=texts.HELPFUL)).to_be_disabled()
        with pytest.raises(Error, match="net::ERR_"):
            visit.page.goto("http://evil.invalid/", timeout=5_000)
