"""Files that mean harm: bombs, names that lead out, locks, loops. Each is told, in bounded time and memory."""

import gzip
import io
import json
import struct
import tarfile
import time
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from corpus.formats.archives import members
from corpus.reading.loader import load
from corpus.reading.results import Loaded, Skipped
from tests.support import making
from tests.support.making import OTHER, tarred, zipped

SECONDS = 10.0


@pytest.fixture(autouse=True)
def quick() -> Iterator[None]:
    begun = time.monotonic()
    yield
    assert time.monotonic() - begun < SECONDS


def put(folder: Path, name: str, data: bytes) -> Loaded | Skipped:
    (folder / name).write_bytes(data)
    (found,) = load(folder / name)
    return found


def ids(found: Loaded | Skipped) -> list[str]:
    assert isinstance(found, Loaded), found
    return [document.id for document in found.documents]


def problems(found: Loaded | Skipped) -> dict[str, str]:
    if isinstance(found, Skipped):
        return {found.file.id: found.reason}
    return {problem.id: problem.reason for problem in found.problems}


TOO_MUCH = "it unpacks to more than can be read of one file"


@pytest.mark.slow
def test_a_flat_zip_bomb(tmp_path: Path) -> None:
    bomb = zipped({"a.txt": OTHER.encode(), "bomb.jsonl": bytes(300 * 2**20), "b.txt": b"Late."})
    found = put(tmp_path, "bomb.zip", bomb)
    assert ids(found) == ["bomb.zip/a.txt"]
    assert problems(found)["bomb.zip/bomb.jsonl"] == TOO_MUCH


def test_a_member_that_lies_about_its_size(tmp_path: Path) -> None:
    data = bytearray(zipped({"a.txt": b"One word after the other. " * 9_000, "b.txt": b"Next."}))
    for signature, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = data.index(signature)
        struct.pack_into("<I", data, at + offset, 40)
    found = put(tmp_path, "lie.zip", bytes(data))
    assert "lie.zip/b.txt" in ids(found)
    assert len(found.documents[0].text) <= 40 if isinstance(found, Loaded) else False


def test_nested_zip_bombs(tmp_path: Path) -> None:
    data = zipped({"deep.txt": OTHER.encode()})
    for depth in range(6):
        data = zipped({f"{depth}.zip": data, f"{depth}.txt": b"A text."})
    found = put(tmp_path, "nest.zip", data)
    assert ids(found) == [
        "nest.zip/5.zip/4.zip/3.zip/2.zip/1.txt",
        "nest.zip/5.zip/4.zip/3.zip/2.txt",
        "nest.zip/5.zip/4.zip/3.txt",
        "nest.zip/5.zip/4.txt",
        "nest.zip/5.txt",
    ]
    assert list(problems(found).values()) == [
        f"files in files are read {members.DEEPEST} deep, and this one is deeper"
    ]


def test_a_nested_bomb_counts_as_one(tmp_path: Path) -> None:
    inner = zipped({"zero.jsonl": bytes(60 * 2**20)})
    found = put(tmp_path, "many.zip", zipped({f"{i}.zip": inner for i in range(30)}))
    assert TOO_MUCH in problems(found).values() or "none of its" in next(
        iter(problems(found).values())
    )


@pytest.mark.slow
@pytest.mark.parametrize("name", ["a.gz", "a.jsonl.gz", "a.tar.gz"])
def test_a_gzip_bomb(tmp_path: Path, name: str) -> None:
    found = put(tmp_path, name, gzip.compress(bytes(400 * 2**20), 9))
    assert isinstance(found, Skipped)
    assert "more than can be read" in found.reason or "larger than 64 MB" in found.reason


def test_a_file_that_unpacks_to_itself(tmp_path: Path) -> None:
    data = making.text()
    for _ in range(30):
        data = gzip.compress(data)
    found = put(tmp_path, "again.gz", data)
    assert "deep" in next(iter(problems(found).values()))


NAMES = {
    "../../etc/passwd.txt": "etc/passwd.txt",
    "/abs/olute.txt": "abs/olute.txt",
    "C:\\Windows\\win.txt": "Windows/win.txt",
    "a/./../b.txt": "a/b.txt",
    "line\nbreak.txt": "line\\nbreak.txt",
}


@pytest.mark.parametrize("make", [zipped, tarred])
@pytest.mark.parametrize("name", NAMES)
def test_names_that_lead_out_lead_nowhere(tmp_path: Path, make: object, name: str) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    data = zipped({name: OTHER.encode()}) if make is zipped else tarred({name: OTHER.encode()})
    assert ids(put(folder, "a.bin.zip" if make is zipped else "a.tar", data)) == [
        ("a.bin.zip/" if make is zipped else "a.tar/") + NAMES[name]
    ]
    assert [p.name for p in tmp_path.rglob("*") if p.is_file()] == [
        "a.bin.zip" if make is zipped else "a.tar"
    ]


def test_the_same_name_twice(tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("a.txt", "One.")
        archive.writestr("a.txt", "Two.")
    found = put(tmp_path, "a.zip", out.getvalue())
    assert ids(found) == ["a.zip/a.txt", "a.zip/a.txt (2)"]
    assert isinstance(found, Loaded)
    assert [document.text for document in found.documents] == ["One.", "Two."]


def test_links_and_devices_in_a_tar_are_passed_over(tmp_path: Path) -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, kind in (
            ("link.txt", tarfile.SYMTYPE),
            ("hard.txt", tarfile.LNKTYPE),
            ("device.txt", tarfile.CHRTYPE),
            ("pipe.txt", tarfile.FIFOTYPE),
            ("folder.txt", tarfile.DIRTYPE),
        ):
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, "/etc/passwd"
            archive.addfile(info)
        info = tarfile.TarInfo("a.txt")
        info.size = len(OTHER)
        archive.addfile(info, io.BytesIO(OTHER.encode()))
    found = put(tmp_path, "a.tar", out.getvalue())
    assert ids(found) == ["a.tar/a.txt"]
    assert problems(found) == {}


def test_hidden_members_are_passed_over_and_unknown_ones_are_counted(tmp_path: Path) -> None:
    found = put(
        tmp_path,
        "a.zip",
        zipped(
            {
                "a.txt": OTHER.encode(),
                ".hidden.txt": b"x",
                "__MACOSX/._a.txt": b"x",
                "b/.git/c.txt": b"x",
                "1.jpg": b"x",
                "2.jpg": b"x",
                "3.exe": b"x",
            }
        ),
    )
    assert ids(found) == ["a.zip/a.txt"]
    assert problems(found) == {
        "a.zip": "files in it of formats that cannot be read: 2 .jpg, 1 .exe"
    }


@pytest.mark.parametrize(
    ("encoded", "wanted"),
    [
        ("Zürich.txt".encode(), "Zürich.txt"),
        ("Zürich.txt".encode("cp437"), "Zürich.txt"),
        ("会談の記録と結果について.txt".encode("cp932"), "会談の記録と結果について.txt"),
    ],
)
def test_names_in_other_encodings(tmp_path: Path, encoded: bytes, wanted: str) -> None:
    plain = "x" * len(encoded)
    data = zipped({plain: OTHER.encode()}).replace(plain.encode(), encoded)
    assert ids(put(tmp_path, "a.zip", data)) == [f"a.zip/{wanted}"] if plain else False


def test_a_locked_member(tmp_path: Path) -> None:
    data = bytearray(zipped({"a.txt": OTHER.encode(), "b.txt": OTHER.encode()}))
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    found = put(tmp_path, "a.zip", bytes(data))
    assert ids(found) == ["a.zip/b.txt"]
    assert problems(found) == {"a.zip/a.txt": "it is locked with a password"}


def test_a_locked_pdf(tmp_path: Path) -> None:
    found = put(tmp_path, "a.pdf", making.pdf(password="secret"))
    assert problems(found) == {"a.pdf": "it is locked with a password"}


def test_a_locked_or_old_word_file(tmp_path: Path) -> None:
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
    for name in ("a.doc", "b.docx"):
        assert problems(put(tmp_path, name, ole)) == {
            name: "it is in Word's format of before 2007, or locked with a password; save it as .docx"
        }


BOMB = (
    '<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a0 "ha">'
    + "".join(f'<!ENTITY a{i} "{f"&a{i - 1};" * 10}">' for i in range(1, 12))
    + "]>"
)


def rewritten(data: bytes, member: str, old: bytes, new: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = {name: archive.read(name) for name in archive.namelist()}
    markup = names[member]
    names[member] = BOMB.encode() + markup[markup.index(b"?>") + 2 :].replace(old, new)
    return zipped(names, stored=("mimetype",))


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.docx", rewritten(making.docx(), "word/document.xml", b"The millers", b"&a11;")),
        ("a.odt", rewritten(making.odt(), "content.xml", b"The millers", b"&a11;")),
        ("a.epub", rewritten(making.epub(), "OEBPS/book.opf", b"Ann Lee", b"&a11;")),
        ("b.epub", making.epub(entities=True)),
    ],
)
def test_entity_bombs(tmp_path: Path, name: str, data: bytes) -> None:
    assert problems(put(tmp_path, name, data)) == {
        name: "its XML defines entities, which may hide harm; it is not read"
    }


def test_an_entity_bomb_in_a_page_is_only_text(tmp_path: Path) -> None:
    page = BOMB + making.page().decode().replace("The millers", "&a11; millers")
    found = put(tmp_path, "a.html", page.encode())
    assert isinstance(found, Loaded)
    assert len(found.documents[0].text) < 3_000


def test_an_external_entity_reads_no_file(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "s.txt").write_text("swordfish")
    bomb = f'<!DOCTYPE x [<!ENTITY f SYSTEM "file://{secret}/s.txt">]>'
    data = making.docx()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = {name: archive.read(name) for name in archive.namelist()}
    core = names["docProps/core.xml"]
    at = core.index(b"?>") + 2
    names["docProps/core.xml"] = (
        core[:at] + bomb.encode() + core[at:].replace(making.TITLE.encode(), b"&f;")
    )
    found = put(tmp_path, "a.docx", zipped(names))
    assert isinstance(found, Loaded)
    assert "swordfish" not in found.documents[0].text


def raw_pdf(objects: list[str]) -> bytes:
    out = "%PDF-1.4\n"
    offsets = []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n"
    start = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n"
    out += "".join(f"{offset:010d} 00000 n \n" for offset in offsets)
    out += f"trailer\n<</Size {len(objects) + 1}/Root 1 0 R>>\nstartxref\n{start}\n%%EOF"
    return out.encode()


@pytest.mark.parametrize(
    "objects",
    [
        ["<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[]/Count 0>>"],
        ["<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[2 0 R 2 0 R]/Count 999999>>"],
        [
            "<</Type/Catalog/Pages 2 0 R>>",
            "<</Type/Pages/Kids[3 0 R]/Count 1>>",
            "<</Type/Page/Parent 3 0 R/Contents 3 0 R/MediaBox[0 0 9 9]>>",
        ],
    ],
    ids=["no pages", "a loop", "its own parent"],
)
def test_a_pdf_of_no_pages_or_of_loops(tmp_path: Path, objects: list[str]) -> None:
    assert isinstance(put(tmp_path, "a.pdf", raw_pdf(objects)), Skipped)


def test_deep_json(tmp_path: Path) -> None:
    deep = "[" * 100_000 + "]" * 100_000
    for name in ("a.json", "a.jsonl"):
        found = put(tmp_path, name, deep.encode())
        assert isinstance(found, Skipped)
    lines = json.dumps({"text": OTHER}) + "\n" + deep + "\n" + json.dumps({"text": "Next."})
    found = put(tmp_path, "b.jsonl", lines.encode())
    assert ids(found) == ["b.jsonl#1", "b.jsonl#3"]
    assert problems(found) == {"b.jsonl#2": "it is nested too deeply to be read"}


def test_numbers_of_a_million_digits_and_halves_of_signs(tmp_path: Path) -> None:
    data = '{"text": "Half \\ud83d a sign\\u0000.", "n": ' + "9" * 1_000_000 + "}"
    found = put(tmp_path, "a.json", data.encode())
    assert isinstance(found, Loaded)
    assert found.documents[0].text == "Half  a sign."


def test_a_mail_of_parts_within_parts(tmp_path: Path) -> None:
    data = b"Subject: x\nTo: b@x.example\n"
    for i in range(3_000):
        data += b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (i, i)
    found = put(tmp_path, "a.eml", data + b"\nWords.")
    assert isinstance(found, (Loaded, Skipped))


@pytest.mark.slow
def test_a_torn_zip_bomb(tmp_path: Path) -> None:
    bomb = zipped({"a.txt": OTHER.encode(), "b.txt": bytes(500 * 2**20)})
    found = put(tmp_path, "a.zip", bomb[:-200])
    assert ids(found) == ["a.zip/a.txt"]


def test_a_member_whose_check_sum_is_wrong_is_told(tmp_path: Path) -> None:
    data = bytearray(zipped({"a.txt": OTHER.encode()}, stored=("a.txt",)))
    at = data.index(b"ferry")
    data[at : at + 5] = b"fairy"
    assert zlib.crc32(OTHER.encode()) != zlib.crc32(OTHER.replace("ferry", "fairy").encode())
    found = put(tmp_path, "a.zip", bytes(data))
    assert "damaged" in next(iter(problems(found).values()))


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.rtf", b"{\\rtf1{\\fonttbl" + b"\\f1" * 60_000 + b"}x}"),
        ("a.rtf", b"{\\rtf1" + b'{\\field{\\*\\fldinst{HYPERLINK "' * 6_000),
        ("a.eml", b"Content-Type: text/plain; " + b"a*0=b; " * 200_000 + b"\n\nx"),
        ("a.mht", b'Content-Type: text/html; a="' + b"a;" * 200_000 + b"\n\nx"),
    ],
)
def test_what_parsers_take_too_long_for(tmp_path: Path, name: str, data: bytes) -> None:
    assert isinstance(put(tmp_path, name, data), Skipped)
