import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from index.indexing.updater import update
from index.indexing.watcher import watch
from index.search.hybrid import Index
from index.types import Changes
from tests.support.fakes import FakeEncoder, write

pytestmark = pytest.mark.slow


def until(condition: Callable[[], bool], seconds: float = 20) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return False


def test_changes_are_taken_in_as_they_happen(tmp_path: Path) -> None:
    root = tmp_path / "docs"
    directory = root / ".qa"
    write(root, a="Rain fell.")
    directory.mkdir()
    update(root, directory, FakeEncoder())
    seen: list[Changes] = []
    said: list[str] = []
    stop = threading.Event()
    watcher = threading.Thread(
        target=watch,
        args=(root, directory, FakeEncoder()),
        kwargs={"changed": seen.append, "failed": said.append, "stop": stop},
    )
    watcher.start()
    try:
        time.sleep(0.5)  # until the folder is watched, which nothing tells
        write(root, b="Snow fell.")
        assert until(lambda: seen == [Changes(added=1, unchanged=1)])
        index = Index.open(directory, FakeEncoder())
        [hit] = index.search("snow", k=1)
        assert hit.passage.document.id == "b.txt"
        index.close()
        (root / "b.txt").unlink()
        assert until(lambda: seen[1:] == [Changes(removed=1, unchanged=1)])
        (root / "a.txt").unlink()
        assert until(lambda: bool(said))
        assert "holds no files" in said[0]
        write(root, c="Sun shone.")
        assert until(lambda: seen[2:] == [Changes(added=1, removed=1)])
        time.sleep(1.5)  # its own writing is no change of the folder
        assert len(seen) == 3
    finally:
        stop.set()
        watcher.join(10)
    assert not watcher.is_alive()
