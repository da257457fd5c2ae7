import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

import corpus
from corpus.errors import CollectionError, StorageError
from index.storage.location import cache_directory, existing_directory, index_directory
from tests.support.fakes import ROOT


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's cache folder, on Linux."""
    path = tmp_path / "cache"
    monkeypatch.setenv("XDG_CACHE_HOME", str(path))
    return path


@pytest.fixture
def root(tmp_path: Path) -> Path:
    path = tmp_path / "docs é #?%"
    path.mkdir()
    return path


def test_the_index_lives_in_the_folder_and_out_of_git(root: Path) -> None:
    assert index_directory(root) == root / ".qa"
    assert (root / ".qa" / ".gitignore").read_text() == "*\n"
    (root / ".qa" / ".gitignore").write_text("kept\n")
    assert index_directory(root) == root / ".qa"
    assert (root / ".qa" / ".gitignore").read_text() == "kept\n"


def test_a_chosen_place_is_taken_and_left_without_extras(root: Path, tmp_path: Path) -> None:
    chosen = tmp_path / "a" / "b"
    assert index_directory(root, chosen) == chosen
    assert list(chosen.iterdir()) == []


def test_a_folder_where_none_can_be_made_has_it_in_the_cache(root: Path, cache: Path) -> None:
    (root / ".qa").write_text("a file is in the way")
    place = index_directory(root)
    assert place == cache_directory(root)
    assert place.parent.parent.parent == cache or cache in place.parents
    assert place.is_dir()


def test_a_single_file_and_our_own_samples_use_the_cache(root: Path) -> None:
    file = root / "one.txt"
    file.write_text("One.")
    assert index_directory(file) == cache_directory(file)
    samples = Path(corpus.__file__).parent / "samples"
    assert index_directory(samples) == cache_directory(samples)
    assert not (samples / ".qa").exists()


def test_two_folders_have_two_places_and_one_folder_one(root: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    assert cache_directory(root) != cache_directory(other)
    link = tmp_path / "link"
    link.symlink_to(root)
    assert cache_directory(link) == cache_directory(root)
    assert cache_directory(root / ".." / root.name) == cache_directory(root)


def test_a_missing_folder_and_an_impossible_place(root: Path, tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    with pytest.raises(CollectionError, match="gone"):
        index_directory(gone)
    assert not gone.exists()
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match=r"file.*--index DIR"):
        index_directory(root, tmp_path / "file" / "below")


def test_a_name_that_is_too_long(tmp_path: Path) -> None:
    with pytest.raises(CollectionError, match="There is no folder"):
        index_directory(tmp_path / ("x" * (os.pathconf(tmp_path, "PC_NAME_MAX") + 1)))


def test_reading_and_writing_agree_on_the_place(root: Path) -> None:
    assert existing_directory(root) == index_directory(root) == root / ".qa"
    cached = cache_directory(root)
    cached.mkdir(parents=True)
    (cached / "index.sqlite").touch()
    assert existing_directory(root) == cached  # the only one that there is
    (root / ".qa" / "index.sqlite").touch()
    assert existing_directory(root) == index_directory(root) == root / ".qa"


AGREE = """
import os, sys
from pathlib import Path
from platformdirs import user_cache_path
from index.storage.location import existing_directory, index_directory
root = Path(sys.argv[1])
if os.getuid() == 0:
    os.setuid(65534)  # root may write anywhere
name = lambda place: "own" if place == root / ".qa" else "cache"
print(name(existing_directory(root)))
place = index_directory(root)
print(name(place), name(existing_directory(root)))
(place / "index.sqlite").touch()
print(name(existing_directory(root)))
"""


@pytest.mark.parametrize(
    ("mode", "file_mode", "before"),
    [(0o555, 0o644, "own"), (0o777, 0o444, "own"), (0o000, 0o644, "cache")],
)
def test_an_index_that_may_only_be_read_is_used_until_a_newer_one_is_made(
    mode: int, file_mode: int, before: str
) -> None:
    with tempfile.TemporaryDirectory() as top:
        root, cache = Path(top) / "docs", Path(top) / "cache"
        (root / ".qa").mkdir(parents=True)
        (root / ".qa" / "index.sqlite").touch(file_mode)
        (root / ".qa" / "index.sqlite").chmod(file_mode)
        (root / ".qa").chmod(mode)
        cache.mkdir()
        cache.chmod(0o777)
        Path(top).chmod(0o755)
        child = [sys.executable, "-c", AGREE, str(root)]
        env = {**os.environ, "XDG_CACHE_HOME": str(cache)}
        ran = subprocess.run(child, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
        (root / ".qa").chmod(0o755)
        shutil.rmtree(root)
        assert ran.stderr == ""
        assert ran.stdout.splitlines() == [before, f"cache {before}", "cache"]
