"""Fixtures that several test files share."""

import os
import shutil
import sys
import tempfile

# Before anything can load a model: no test may ask the network for one, and the default encoder is
# converted once for all of them, away from the user's own.
os.environ["HF_HUB_OFFLINE"] = "1"
# The secret that seals indexes is made for these tests, too, and not the own one of who runs them.
os.environ["XDG_DATA_HOME"] = tempfile.mkdtemp(prefix="qa-data-")
os.environ["CORPUS_QA_MODELS"] = tempfile.mkdtemp(prefix="qa-models-")

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from tests.support.terminals import ESCAPE, Keyboard, Piped, Qa, Ran

# Everything else is imported by the fixture that needs it, so that one quick test starts at once.
if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from index.types import Encoder
    from tests.support.fakes import FakeEncoder

# A machine that is busy with something else is no failure.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")


# Fixtures that take seconds to make: a browser, the real encoder.
SLOW = {"browser", "default_encoder"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark as slow whatever uses one of these."""
    for item in items:
        if SLOW & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.slow)


def pytest_unconfigure() -> None:
    shutil.rmtree(os.environ["CORPUS_QA_MODELS"], ignore_errors=True)
    shutil.rmtree(os.environ["XDG_DATA_HOME"], ignore_errors=True)


# What these test is not how files are read, so that they need no process of its own for that.
READ_HERE = ("test_cli", "test_corpus_metadata_overrides", "test_index_", "test_qa_", "test_web_")


@pytest.fixture(autouse=True)
def files_are_read_here(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Starting a process that reads takes longer than most tests; the tests of `corpus.reading` do start it."""
    if request.path.name.startswith(READ_HERE):
        from tests.support import reading_here

        monkeypatch.setattr("corpus.reading.pool.Worker", reading_here.Worker)
        monkeypatch.setattr("corpus.reading.pool.MOST_WORKERS", 1)


@pytest.fixture(scope="module")
def one_thread() -> Iterator[None]:
    """Models as small as the tests' are slower with more, the more so on a busy machine."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def encoder() -> "FakeEncoder":
    from tests.support.fakes import FakeEncoder

    return FakeEncoder()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three small documents, one of them in a sub-folder."""
    from tests.support.fakes import write

    root = tmp_path / "docs"
    write(
        root,
        rain="Rain in the valley\n\nPublished: 3 May 2016\nSource: Valley Times\n\n"
        "Heavy rain fell on the valley on Tuesday. The river rose by two metres. Nobody was hurt.",
        sun="Sun on the coast\n\nPublished: 9 June 2017\nSource: Coast Daily\n\n"
        "The sun shone on the coast all week. Beaches were full. Ice cream sold out by noon.",
        deep__trains="Trains under the mountain\n\nPublished: 1 June 2017\nSource: Valley Times\n\n"
        "The tunnel opened on Wednesday. Trains cross the mountain in twenty minutes now.",
    )
    return root


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """An empty directory for an index."""
    path = tmp_path / "index"
    path.mkdir()
    return path


@pytest.fixture(scope="session")
def default_encoder() -> "Encoder":
    """The real one: converting it takes about ten seconds, so it is done once."""
    from index.encoders import load_encoder

    return load_encoder()


@pytest.fixture(scope="session")
def browser() -> "Iterator[Browser]":
    """A real one. Without one the tests that need it are skipped, except on continuous integration."""
    from playwright.sync_api import sync_playwright

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


@pytest.fixture
def qa(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Qa:
    """Run the program in this process, its index of the samples in a cache of its own."""
    from qa.cli.main import main

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))

    def run(*words: object, stdin: bytes | None = None) -> Ran:
        monkeypatch.setattr(sys, "argv", ["qa", *map(str, words)])
        monkeypatch.setattr(sys, "stdin", Keyboard() if stdin is None else Piped(stdin))
        capsys.readouterr()
        with pytest.raises(SystemExit) as end:
            main()
        out, err = capsys.readouterr()
        assert "Traceback" not in out + err
        assert not ESCAPE.search(out + err), "an escape code, where the output is piped"
        return Ran(int(end.value.code or 0), out, err)

    return run
