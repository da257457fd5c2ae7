"""Hundreds of damaged files in one folder: each is named or read as far as it goes, none stops another."""

import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from corpus.formats.base import LARGEST_FILE
from corpus.reading.loader import load
from corpus.reading.results import Loaded, Skipped
from tests.support import making

SOUND = "z-sound"
SLOWEST_S = 5.0
SWAPPED = (".txt", ".html", ".pdf", ".docx", ".zip", ".json", ".eml", ".gz")


def damaged() -> Iterator[tuple[str, bytes]]:
    """Cut off at every tenth, single bits turned, named as what they are not."""
    chance = random.Random(17)
    for made in making.all_made():
        stem, ending = made.name.split(".", 1)
        for tenth in range(1, 10):
            yield f"{stem}-cut{tenth}.{ending}", made.data[: len(made.data) * tenth // 10]
        for turn in range(8):
            data = bytearray(made.data)
            for _ in range(1 + turn * 2):
                data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
            yield f"{stem}-turned{turn}.{ending}", bytes(data)
        for swapped in SWAPPED:
            if not f".{ending}".endswith(swapped):
                yield f"{stem}-{ending.replace('.', '-')}-as{swapped}", made.data
    for encoding in ("utf-16-be", "cp1251", "koi8-r", "shift_jis", "utf-7", "x-none", "idna"):
        declared = making.page().replace(b'charset="utf-8"', f'charset="{encoding}"'.encode())
        yield f"page-{encoding}.html", declared
        yield (
            f"page-{encoding}.mht",
            making.mhtml().replace(
                b"Content-Type: text/html", f"Content-Type: text/html; charset={encoding}".encode()
            ),
        )
        yield (
            f"mail-{encoding}.eml",
            making.mail().replace(b'charset="utf-8"', f'charset="{encoding}"'.encode()),
        )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("damaged")
    for name, data in damaged():
        (root / name).write_bytes(data)
    for made in making.all_made():
        (root / f"{SOUND}-{made.name}").write_bytes(made.data)
    return root


def test_no_damaged_file_stops_another(folder: Path) -> None:
    count = 0
    slowest = 0.0
    sound: dict[str, Loaded] = {}
    begun = time.monotonic()
    for found in load(folder):
        count += 1
        slowest = max(slowest, time.monotonic() - begun)
        begun = time.monotonic()
        if isinstance(found, Skipped):
            assert found.reason
            assert "\n" not in found.reason
            assert len(found.reason) < 1_000
        else:
            assert all(document.text.strip() for document in found.documents)
            assert all(problem.reason for problem in found.problems)
            if found.file.id.startswith(SOUND):
                sound[found.file.id.removeprefix(f"{SOUND}-")] = found
    assert count > 500 + len(sound)
    assert slowest < SLOWEST_S
    for made in making.all_made():
        found = sound[made.name]
        assert found.problems == ()
        assert [d.id.partition(made.name)[2] for d in found.documents] == list(made.marks)
        words = " ".join(found.documents[0].text.split())
        assert all(sentence in words for sentence in making.SENTENCES)


@pytest.mark.parametrize(
    "ending", ["jsonl", "csv", "mbox", "tar", "zip", "jsonl.gz", "tar.gz", "json"]
)
def test_what_stands_before_the_damage_is_kept(tmp_path: Path, ending: str) -> None:
    """Of a file that is cut off in its second half, the first document comes out, and the cut is told."""
    made = next(m for m in making.all_made() if m.name == f"a.{ending}")
    whole = random.Random(5).randbytes(40_000).hex()
    data = made.data
    if ending in ("tar", "zip", "tar.gz"):
        many = {"one.txt": making.text(), "two.txt": whole.encode()}
        data = {
            "tar": making.tarred(many),
            "zip": making.zipped(many),
            "tar.gz": making.tarred(many, "w:gz"),
        }[ending]
    elif ending == "jsonl.gz":
        import gzip

        data = gzip.compress(making.json_lines() + f'{{"text": "{whole}"}}\n'.encode())
    (tmp_path / f"a.{ending}").write_bytes(
        data[: int(len(data) * (0.7 if ending.startswith(("tar", "zip")) else 0.9))]
    )
    (found,) = load(tmp_path)
    assert isinstance(found, Loaded), found
    words = " ".join(found.documents[0].text.split())
    assert all(sentence in words for sentence in making.SENTENCES)
    if ending not in ("csv", "mbox"):  # a shorter last text is no damage that can be seen
        assert found.problems


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("report.txt", making.pdf(), "PDF"),
        ("saved.txt", making.page(), "HTML"),
        ("letter.doc", making.docx(), "Word document"),
        ("letter.doc", making.rtf(), "RTF"),
        ("book.zip", making.epub(), "EPUB"),
        ("letter.docx", making.odt(), "OpenDocument text"),
        ("gone.pdf", making.page(), "HTML"),
        ("list.csv", making.parquet(), "Parquet"),
        ("2017-October.txt", making.mbox(), "mailbox"),
    ],
)
def test_a_file_is_read_as_what_it_is(tmp_path: Path, name: str, data: bytes, kind: str) -> None:
    (tmp_path / name).write_bytes(data)
    (found,) = load(tmp_path)
    assert isinstance(found, Loaded), found
    words = " ".join(found.documents[0].text.split())
    assert all(sentence in words for sentence in making.SENTENCES)
    suffix = Path(name).suffix
    assert [problem.reason for problem in found.problems] == [
        f"it is named {suffix}, but it is {kind} and was read so"
    ]


@pytest.mark.slow
def test_one_line_of_ten_megabytes(tmp_path: Path) -> None:
    line = b"The ministers met. " * (10 * 2**20 // 19)
    assert len(line) < LARGEST_FILE
    for name in ("a.txt", "a.html", "a.csv", "a.jsonl", "a.json", "a.eml", "a.mbox"):
        start = {
            "a.eml": b"Subject: x\n\n",
            "a.mbox": b"From a 00:00\nSubject: x\n\n",
        }
        (tmp_path / name).write_bytes(start.get(name, b"") + line)
    begun = time.monotonic()
    found = {one.file.id: one for one in load(tmp_path)}
    assert time.monotonic() - begun < 60
    assert isinstance(found["a.txt"], Loaded)
    assert isinstance(found["a.eml"], Loaded)
    assert isinstance(found["a.jsonl"], Skipped)
