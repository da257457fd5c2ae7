"""How `qa chat` opens a collection while its page is already there, and what becomes of it if it cannot."""

import json
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, expect

from corpus.errors import CollectionError
from index.types import OnProgress, Progress, Vectors
from qa import Assistant
from qa.answering import startup as startup_of_assistants
from qa.answering.startup import Display
from qa.web.collection import opening
from qa.web.collection.collection import Collection
from qa.web.collection.uploads import add
from qa.web.server import launch, serve
from tests.support.fakes import FakeEncoder
from tests.support.pages import KnowingReader, assistant_of, visiting, written


def test_an_empty_folder_is_opened_where_files_may_be_added(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def open_assistant(
        folder: Path,
        index_dir: Path,
        *models: str,
        refresh: bool,
        display: Display,
        watch: OnProgress,
        over: Callable[[], None],
    ) -> Assistant:
        return Assistant.open(
            folder, index_dir=index_dir, encoder=FakeEncoder(), reader=KnowingReader(),
            refresh=refresh, progress=watch,
        )  # fmt: skip

    monkeypatch.setattr(opening, "open_assistant", open_assistant)
    root = tmp_path / "news"
    root.mkdir()
    for adding in (False, True):
        collection = opening.collection_for(root, None, host="127.0.0.1", adding=adding)
        opener = opening.opener(collection, root, None, None, None, refresh=True)
        if not adding:
            with pytest.raises(CollectionError, match="holds no files"):
                collection.open(opener)
            continue
        collection.open(opener)
        assert collection.documents() == []
        add(collection, "a.txt", b"The river\n\nThe river rose by two metres.")
        assert collection.assistant().ask("How far did the river rise?").text == "two metres"


def test_what_was_indexed_before_is_known_at_once(tmp_path: Path) -> None:
    root = written(tmp_path / "news")
    assistant_of(root).close()
    collection = Collection(root)
    page, url = launch(collection)
    told = []

    def opener(progress: OnProgress) -> Assistant:
        progress(Progress(3, 7, 0))
        with urlopen(f"{url}page/start") as response:
            told.append(json.loads(response.read()))
        return assistant_of(root)

    collection.open(opener)
    collection.suggest()
    page.close()
    assert told[0]["documents"] == 6
    assert told[0]["ready"] is False
    assert told[0]["step"] == {"done": 3, "total": 7, "searchable": False}
    assert told[0]["suggestions"] != []
    assert collection.ready and collection.step is None
    assert all(collection.assistant().ask(question).found for question in collection.suggested)


def test_a_collection_that_cannot_be_opened_ends_the_server(tmp_path: Path) -> None:
    urls: list[str] = []

    def opener(_: OnProgress) -> Assistant:
        with urlopen(urls[0]) as response:
            assert response.status == 200
        raise CollectionError("The folder is gone.")

    collection = Collection(written(tmp_path / "news"))
    with pytest.raises(CollectionError, match=r"The folder is gone\."):
        serve(collection, opener, port=0, browser=False, ready=urls.append)
    with pytest.raises(CollectionError, match=r"The folder is gone\."):
        collection.assistant()
    with pytest.raises(URLError):
        urlopen(urls[0])


class Slow(FakeEncoder):
    """An encoder of passages that waits to be let go."""

    def __init__(self) -> None:
        super().__init__()
        self.go = threading.Event()

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        self.go.wait(30)
        return super().encode_passages(texts)


def test_a_collection_can_be_asked_while_it_is_still_being_encoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoder = Slow()
    monkeypatch.setattr(
        startup_of_assistants, "load_models", lambda *names: (encoder, KnowingReader())
    )
    root = written(tmp_path / "news")
    collection = opening.collection_for(root, None, host="127.0.0.1", adding=None)
    collection.open(opening.opener(collection, root, None, None, None, refresh=True))
    try:
        assert collection.ready and not encoder.go.is_set()
        hits = collection.assistant().search("river")
        assert hits and {hit.dense for hit in hits} == {None}
        page, url = launch(collection)
        with urlopen(f"{url}page/start") as response:
            said = json.loads(response.read())
        assert said["ready"] and said["step"]["searchable"]
        assert (said["step"]["done"], said["step"]["total"]) == (
            0,
            len(collection.assistant().index),
        )
    finally:
        encoder.go.set()
    deadline = time.monotonic() + 20
    while collection.beside and time.monotonic() < deadline:
        time.sleep(0.05)
    assert (collection.beside, collection.step) == (False, None)
    hits = collection.assistant().search("river")
    assert hits[0].dense is not None
    page.close()


def test_a_folder_that_cannot_be_indexed_says_so_to_who_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        startup_of_assistants, "load_models", lambda *names: (FakeEncoder(), KnowingReader())
    )
    collection = opening.collection_for(tmp_path, None, host="127.0.0.1", adding=False)
    with pytest.raises(CollectionError, match="holds no files"):
        collection.open(opening.opener(collection, tmp_path, None, None, None, refresh=True))
    assert not collection.ready


def test_the_page_says_how_much_is_encoded(
    browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoder = Slow()
    monkeypatch.setattr(
        startup_of_assistants, "load_models", lambda *names: (encoder, KnowingReader())
    )
    root = written(tmp_path / "news")
    collection = opening.collection_for(root, None, host="127.0.0.1", adding=None)
    collection.open(opening.opener(collection, root, None, None, None, refresh=True))
    page, url = launch(collection)
    try:
        with visiting(browser, url) as seen:
            button = seen.page.locator("#qa-collection")
            expect(button).to_contain_text("0 % indexed")
            expect(seen.ask("How far did the river rise?")).to_contain_text("two metres")
            encoder.go.set()
            expect(button).not_to_contain_text("indexed", timeout=30_000)
            expect(button).to_contain_text("6 documents")
    finally:
        encoder.go.set()
        page.close()
