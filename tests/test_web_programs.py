"""What programs ask the server, through Gradio's client and by plain requests, as the README shows it."""

import json
import re
import shlex
import subprocess
import urllib.error
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError

from qa import Filter, verify
from qa.types import RECEIPT_FORMAT
from qa.web.collection.collection import Collection
from tests.support.fakes import ROOT
from tests.support.pages import served, written

Served = tuple[str, Collection]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(written(tmp_path_factory.mktemp("page") / "news")) as site:
        yield site


@pytest.fixture(scope="module")
def client(site: Served) -> Client:
    return Client(site[0], verbose=False)


def got(url: str) -> tuple[int, object]:
    try:
        with urlopen(url) as response:
            return response.status, json.loads(response.read())
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


def test_ask_gives_a_receipt_that_verifies(site: Served, client: Client) -> None:
    expected = site[1].assistant().ask("When was the bridge closed?").to_dict()
    receipt = client.predict(question="When was the bridge closed?", api_name="/ask")
    assert receipt == expected
    assert [verdict.state for verdict in verify(receipt)] == ["stands", "stands"]
    query = urlencode({"question": "When was the bridge closed?"})
    assert got(f"{site[0]}ask?{query}") == (200, expected)


def test_ask_takes_filters(site: Served, client: Client) -> None:
    wanted = Filter(publishers=("Coast Daily",), documents=("bridge.txt", "sun.txt"))
    expected = site[1].assistant().ask("When was the bridge closed?", filter=wanted).to_dict()
    receipt = client.predict(
        "When was the bridge closed?",
        publishers=["Coast Daily"],
        documents=["bridge.txt", "sun.txt"],
        api_name="/ask",
    )
    assert receipt == expected
    query = "question=When+was+the+bridge+closed?&publishers=Coast+Daily&documents=bridge.txt&documents=sun.txt"
    assert got(f"{site[0]}ask?{query}") == (200, expected)


def test_search_gives_passages(site: Served, client: Client) -> None:
    found = client.predict("heavy rain", k=2, api_name="/search")
    hits = site[1].assistant().search("heavy rain", k=2)
    assert [(h["document"], h["start"], h["end"], h["text"]) for h in found["hits"]] == [
        (h.passage.document.id, h.passage.start, h.passage.end, h.passage.text) for h in hits
    ]
    assert got(f"{site[0]}search?question=heavy+rain&k=2") == (200, found)


def test_documents_are_listed_a_page_at_a_time(site: Served, client: Client) -> None:
    found = client.predict(order="oldest", limit=2, offset=1, api_name="/documents")
    assert (found["total"], found["matching"]) == (6, 6)
    assert [d["id"] for d in found["documents"]] == ["bridge.txt", "deep/trains.txt"]
    assert got(f"{site[0]}documents?order=oldest&limit=2&offset=1") == (200, found)


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("ask", "The parameter question is missing."),
        ("ask?question=?!", "The question is empty. Ask something in a few words."),
        ("ask?question=river&after=soon", "after takes a day as YYYY-MM-DD, not 'soon'."),
        ("ask?question=river&colour=red", "There is no parameter 'colour', only question,"),
    ],
)
def test_a_mistake_is_a_message(site: Served, path: str, message: str) -> None:
    status, told = got(site[0] + path)
    assert status == 400
    assert isinstance(told, dict) and told["error"].startswith(message)


def test_a_mistake_is_a_message_to_gradio_s_client_too(client: Client) -> None:
    with pytest.raises(AppError, match="The question is empty"):
        client.predict("?!", api_name="/ask")


def test_the_endpoints_are_described(site: Served) -> None:
    status, schema = got(f"{site[0]}gradio_api/openapi.json")
    assert status == 200 and isinstance(schema, dict)
    described = {path.rpartition("/")[2] for path in schema["paths"]}
    assert {"ask", "search", "documents"} <= described
    _, info = got(f"{site[0]}gradio_api/info")
    assert isinstance(info, dict)
    assert sorted(info["named_endpoints"]) == ["/ask", "/documents", "/search"]


def test_gradio_s_own_way_by_plain_requests(site: Served) -> None:
    body = json.dumps({"question": "How far did the river rise?"}).encode()
    request = Request(
        f"{site[0]}gradio_api/call/v2/ask", body, {"Content-Type": "application/json"}
    )
    with urlopen(request) as response:
        event = json.loads(response.read())["event_id"]
    with urlopen(f"{site[0]}gradio_api/call/ask/{event}") as response:
        said = response.read().decode()
    data = re.search(r"^event: complete\ndata: (.*)$", said, re.MULTILINE)
    assert data and json.loads(data[1])[0]["answer"] == "two metres"


def test_the_examples_of_the_documentation_run(site: Served, tmp_path: Path) -> None:
    page = (ROOT / "docs/http-api.md").read_text("utf-8")
    here = page.replace("http://127.0.0.1:7860/", site[0])
    commands = re.findall(r"^\$ (curl .*)$", here, re.MULTILINE)
    assert len(commands) == 3
    for command in commands:
        ran = subprocess.run(shlex.split(command), capture_output=True, check=True, cwd=tmp_path)
        assert "error" not in json.loads(ran.stdout)
    [source] = re.findall(r"^```py\n(.*?)^```$", here, re.MULTILINE | re.DOTALL)
    names: dict[str, object] = {}
    exec(compile(source, "http-api.md", "exec"), names)
    assert isinstance(names["receipt"], dict) and names["receipt"]["format"] == RECEIPT_FORMAT
