import hashlib
import os
import stat
from collections.abc import Iterator
from datetime import date
from io import BufferedReader
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.errors import CollectionError
from corpus.formats.base import Format, Raw
from corpus.reading import files, loader
from corpus.reading.files import walk
from corpus.reading.loader import load, read
from corpus.reading.results import Loaded, Skipped, SourceFile, State
from corpus.types import Dropped

DATA = Path(__file__).parent / "data" / "pages"
WORDS = "Grain talks stall\n\nThe ministers met on Tuesday. They agreed on very little.\n"

posix = pytest.mark.skipif(os.name == "nt", reason="names and links of this kind are not Windows'")


def put(path: Path, content: str | bytes = WORDS) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def ids(root: Path) -> list[str]:
    return [found.file.id for found in load(root) if isinstance(found, Loaded)]


def reasons(root: Path) -> dict[str, str]:
    return {found.file.id: found.reason for found in load(root) if isinstance(found, Skipped)}


def only(root: Path) -> Loaded | Skipped:
    (found,) = load(root)
    return found


def test_a_document_is_its_file(tmp_path: Path) -> None:
    path = put(tmp_path / "a.txt")
    found = only(tmp_path)
    assert isinstance(found, Loaded)
    assert found.file == SourceFile(path, "a.txt", len(WORDS), path.stat().st_mtime_ns)
    assert found.documents[0].id == "a.txt"
    assert found.documents[0].sha256 == hashlib.sha256(WORDS.encode()).hexdigest()
    assert found.documents[0].text == WORDS.strip()
    assert found.documents[0].title == "Grain talks stall"
    assert found.parsed[0].dropped == ()


def test_one_file_may_be_named_as_well(tmp_path: Path) -> None:
    put(tmp_path / "b.txt")
    assert ids(put(tmp_path / "a.txt")) == ["a.txt"]


@posix
def test_a_link_that_is_named_itself_is_read(tmp_path: Path) -> None:
    target = put(tmp_path / "far" / "real.txt")
    (tmp_path / "near").mkdir()
    link = tmp_path / "near" / "a.txt"
    link.symlink_to(target)
    assert ids(link) == ["a.txt"]


def test_each_folder_before_its_sub_folders_in_order_and_nothing_hidden(tmp_path: Path) -> None:
    for name in ("z.txt", "b/two.txt", "b/one.md", "a/deep/er.txt", "a/x.html", "README"):
        put(tmp_path / name, f"<p>{WORDS}</p>" if name.endswith("html") else WORDS)
    for name in (".hidden.txt", ".git/config.txt", "b/.cache/x.txt", "b/.x.md"):
        put(tmp_path / name)
    assert ids(tmp_path) == [
        "README",
        "z.txt",
        "a/x.html",
        "a/deep/er.txt",
        "b/one.md",
        "b/two.txt",
    ]
    assert reasons(tmp_path) == {}


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.txt", b"", "it is empty"),
        ("a.txt", b" \n\t\r\n", "it holds no text"),
        ("a.txt", b"\xef\xbb\xbf", "it holds no text"),
        ("a.txt", b"image image\n\nShare", "it holds no text"),
        ("a.txt", b"one\x00two", "it is a binary file, not text"),
        ("a", b"\x7fELF\x02\x01\x01\x00" + bytes(range(256)) * 9, "it is a binary file, not text"),
        ("a.html", b"<body></body>", "no text was found in the page"),
        ("a.XYZ", b"%PDF", ".XYZ is not a format that can be read"),
    ],
)
def test_a_file_that_cannot_be_read_is_named_with_the_reason(
    tmp_path: Path, name: str, content: bytes, reason: str
) -> None:
    put(tmp_path / name, content)
    put(tmp_path / "z.txt")
    assert reasons(tmp_path) == {name: reason}
    assert ids(tmp_path) == ["z.txt"]


def test_a_suffix_in_capitals_is_the_same(tmp_path: Path) -> None:
    put(tmp_path / "A.TXT")
    assert ids(tmp_path) == ["A.TXT"]


@pytest.mark.parametrize("ends", ["\r\n", "\r", "\n"])
@pytest.mark.parametrize("suffix", [".txt", ".md"])
def test_line_ends_of_every_system(tmp_path: Path, ends: str, suffix: str) -> None:
    put(tmp_path / f"a{suffix}", WORDS.replace("\n", ends))
    found = only(tmp_path)
    assert isinstance(found, Loaded)
    assert found.documents[0].text == WORDS.strip()


def test_a_file_that_is_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loader, "LARGEST_FILE", 2**20)
    put(tmp_path / "a.txt", "word " * 2**19)
    put(tmp_path / "b.txt", "b" * 2**20)
    assert reasons(tmp_path) == {"a.txt": "it has 2 MB; plain text files over 1 MB are not read"}
    assert ids(tmp_path) == ["b.txt"]


@posix
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read all")
def test_no_permission(tmp_path: Path) -> None:
    put(tmp_path / "a.txt").chmod(0)
    put(tmp_path / "b" / "c.txt")
    (tmp_path / "b").chmod(0)
    try:
        assert reasons(tmp_path) == {
            "a.txt": "it cannot be opened: Permission denied",
            "b": "the folder cannot be listed: Permission denied",
        }
    finally:
        (tmp_path / "b").chmod(stat.S_IRWXU)


@posix
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.txt")
    assert reasons(tmp_path) == {"a.txt": "it is not a regular file"}


@posix
def test_a_file_that_becomes_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    path = put(tmp_path / "a.txt")
    (file,) = walk(tmp_path)
    assert isinstance(file, SourceFile)
    path.unlink()
    os.mkfifo(path)
    assert read(file) == Skipped(file, "it is not a regular file", state=State.FAILED)


@posix
def test_links_are_followed_to_files_within_the_folder_only(tmp_path: Path) -> None:
    root = tmp_path / "root"
    put(root / "sub" / "real.txt")
    put(tmp_path / "outside" / "secret.txt")
    (root / "dangling.txt").symlink_to(root / "nothing.txt")
    (root / "inside.txt").symlink_to(root / "sub" / "real.txt")
    (root / "loop.txt").symlink_to(root / "loop.txt")
    (root / "out.txt").symlink_to(tmp_path / "outside" / "secret.txt")
    (root / "outside").symlink_to(tmp_path / "outside")
    (root / "sub" / "up").symlink_to(root)
    assert ids(root) == ["inside.txt", "sub/real.txt"]
    found = reasons(root)
    assert found.pop("loop.txt").startswith("it cannot be opened: ")
    assert found == {
        "dangling.txt": "it cannot be opened: No such file or directory",
        "out.txt": "it is a link that leads out of the folder",
        "outside": "it is a link to a folder; links are not followed",
        "sub/up": "it is a link to a folder; links are not followed",
    }


@posix
def test_the_folder_itself_may_be_a_link(tmp_path: Path) -> None:
    put(tmp_path / "real" / "a.txt")
    (tmp_path / "real" / "b.txt").symlink_to(tmp_path / "real" / "a.txt")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert ids(tmp_path / "link") == ["a.txt", "b.txt"]


@posix
@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        (b"with space.txt", "with space.txt"),
        ("Zürich 会談.txt".encode(), "Zürich 会談.txt"),
        (b"two\nlines.txt", "two\nlines.txt"),
        (b"Z\xfcrich.txt", "Z\\xfcrich.txt"),
        (b"-rf.txt", "-rf.txt"),
        (b"a\\b'c\".txt", "a\\b'c\".txt"),
    ],
)
def test_names_of_every_kind(tmp_path: Path, name: bytes, wanted: str) -> None:
    try:
        (tmp_path / os.fsdecode(name)).write_text(WORDS)
    except OSError:
        pytest.skip("this file system takes no such name")
    found = only(tmp_path)
    assert isinstance(found, Loaded)
    assert found.documents[0].id == wanted
    assert found.documents[0].id.encode().decode() == wanted


def test_a_file_that_vanishes_between_walk_and_read(tmp_path: Path) -> None:
    path = put(tmp_path / "a.txt")
    put(tmp_path / "b.txt")
    found = walk(tmp_path)
    first = next(found)
    path.unlink()
    assert isinstance(first, SourceFile)
    gone = "it cannot be opened: No such file or directory"
    assert read(first) == Skipped(first, gone, state=State.FAILED)
    assert [entry.id for entry in found if isinstance(entry, SourceFile)] == ["b.txt"]


def test_a_file_that_grows_is_read_as_it_is_now(tmp_path: Path) -> None:
    path = put(tmp_path / "a.txt", "One.")
    (file,) = walk(tmp_path)
    assert isinstance(file, SourceFile)
    put(path, "One. Two.")
    found = read(file)
    assert isinstance(found, Loaded)
    assert found.documents[0].text == "One. Two."


class ParserBroke(Exception):
    """What a parser of somebody else's may raise."""


@pytest.mark.parametrize("error", [ParserBroke("odd byte"), RecursionError("too deep")])
def test_a_parser_that_raises_fails_its_file_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def broken(data: bytes) -> Raw:
        if b"Bad" in data:
            raise error
        return Raw(data.decode())

    form = Format("paper", frozenset({".paper"}), broken)
    monkeypatch.setattr(loader, "format_for", lambda suffix: form)
    put(tmp_path / "a.paper", "Bad words")
    put(tmp_path / "b.paper")
    name = type(error).__name__
    assert reasons(tmp_path) == {"a.paper": f"the paper in it cannot be read ({name}: {error})"}
    assert ids(tmp_path) == ["b.paper"]


def test_being_interrupted_stops_everything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(data: bytes) -> Raw:
        raise KeyboardInterrupt

    form = Format("paper", frozenset({".txt"}), interrupted)
    monkeypatch.setattr(loader, "format_for", lambda suffix: form)
    put(tmp_path / "a.txt")
    with pytest.raises(KeyboardInterrupt):
        only(tmp_path)


@pytest.mark.parametrize("name", ["nothing", "nothing/at all.txt", "x" * 5000, "nul\x00l"])
def test_no_such_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(CollectionError, match=r"Name a folder|cannot be opened"):
        next(load(tmp_path / name))


def test_an_empty_folder_holds_nothing(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    assert list(load(tmp_path)) == []


@settings(deadline=None)  # the first page loads the parser
@given(content=st.binary(max_size=300), suffix=st.sampled_from([".txt", ".md", ".html"]))
def test_no_bytes_stop_the_others(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, suffix: str
) -> None:
    root = tmp_path_factory.mktemp("bytes")
    put(root / f"a{suffix}", content)
    put(root / "b.txt")
    first, second = load(root)
    assert second.file.id == "b.txt"
    assert isinstance(second, Loaded)
    if isinstance(first, Loaded):
        assert first.documents[0].text.strip()
        assert first.documents[0].text.encode().decode() == first.documents[0].text
    else:
        assert first.reason


def pages() -> Iterator[tuple[str, Loaded]]:
    for found in load(DATA):
        assert isinstance(found, Loaded), found
        yield found.file.id, found


def test_pages_as_people_have_them() -> None:
    """The folder holds four articles that we made up, saved in four ways."""
    found = dict(pages())
    said = {
        name: (
            page.parsed[0].document.title,
            page.parsed[0].document.authors,
            page.parsed[0].document.publisher,
            page.parsed[0].document.published,
            [piece.text for piece in page.parsed[0].dropped],
        )
        for name, page in found.items()
    }
    assert said == {
        "crossing.html": (
            "Night ferry returns to the strait",
            ("Ida Holm", "Per Lund"),
            "Harbour Gazette",
            date(2017, 9, 14),
            [],
        ),
        "interview.txt": (
            "“We never stopped baking”",
            ("Jo Park",),
            "",
            date(2016, 5, 3),
            ["Share | Tweet | Print"],
        ),
        "orchard.md": (
            "Old orchard, new owners",
            ("Wu Min",),
            "Valley Post",
            date(2015, 10, 2),
            [],
        ),
        "wire.txt": ("PORT AUTHORITY SAYS DREDGING TO RESUME", ("Ann Lee",), "", None, []),
    }
    for page in found.values():
        metadata = page.parsed[0].document.metadata
        for value in (metadata.title, *metadata.authors, metadata.publisher, metadata.url):
            if value and value.start is not None:
                assert page.parsed[0].document.text[value.start : value.end] == value.value


def test_what_was_dropped_says_why() -> None:
    dropped = dict(pages())["interview.txt"].parsed[0].dropped
    assert dropped == (Dropped("Share | Tweet | Print", "navigation"),)


@pytest.mark.parametrize("step", ["clean", "describe"])
@pytest.mark.parametrize("error", [ParserBroke("odd byte"), MemoryError()])
def test_whatever_fails_on_the_way_to_the_text_fails_its_file_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, error: Exception
) -> None:
    sound = getattr(loader, step)

    def broken(text: str, *args: object, **options: object) -> object:
        if "Bad" in text:
            raise error
        return sound(text, *args, **options)

    monkeypatch.setattr(loader, step, broken)
    put(tmp_path / "a.txt", "Bad words")
    put(tmp_path / "b.txt")
    said = "the plain text in it cannot be read (ParserBroke: odd byte)"
    if isinstance(error, MemoryError):
        said = "there is not enough memory to read it"
    assert reasons(tmp_path) == {"a.txt": said}
    assert ids(tmp_path) == ["b.txt"]


def test_a_file_that_memory_cannot_hold_fails_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sound = files.open_regular_file

    def full(file: SourceFile) -> BufferedReader:
        if file.id == "a.txt":
            raise MemoryError
        return sound(file)

    monkeypatch.setattr(loader, "open_regular_file", full)
    put(tmp_path / "a.txt")
    put(tmp_path / "b.txt")
    assert reasons(tmp_path) == {"a.txt": "there is not enough memory to read it"}
    assert ids(tmp_path) == ["b.txt"]
