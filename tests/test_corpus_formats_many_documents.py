"""Files that hold many documents: archives in archives, mails with attachments, records of all kinds."""

import gzip
import io
import json
import sys
from datetime import date
from email.message import EmailMessage
from pathlib import Path

import pytest

from corpus.formats.tabular import columns
from corpus.provenance import Field
from corpus.reading.loader import load
from corpus.reading.results import Loaded, Skipped
from corpus.types import Document
from tests.support import making
from tests.support.making import OTHER, rules_of, tarred, zipped


def put(folder: Path, name: str, data: bytes | str) -> Loaded:
    (folder / name).write_bytes(data if isinstance(data, bytes) else data.encode())
    (found,) = load(folder / name)
    assert isinstance(found, Loaded), found
    return found


def ids(found: Loaded) -> list[str]:
    return [document.id for document in found.documents]


def reasons(found: Loaded) -> dict[str, str]:
    return {problem.id: problem.reason for problem in found.problems}


# Archives


def test_archives_and_mails_within_each_other(tmp_path: Path) -> None:
    inner = tarred({"x/data.jsonl": making.json_lines(), "x/a.pdf": making.pdf()}, "w:gz")
    mail = making.mail(attached={"report.pdf": making.pdf(), "photo.jpg": b"x"})
    found = put(
        tmp_path,
        "old.zip",
        zipped({"inner.tar.gz": inner, "mail/a.eml": mail, "b.txt.gz": gzip.compress(b"Words.")}),
    )
    assert ids(found) == [
        "old.zip/inner.tar.gz/x/data.jsonl#1",
        "old.zip/inner.tar.gz/x/data.jsonl#2",
        "old.zip/inner.tar.gz/x/a.pdf",
        "old.zip/mail/a.eml",
        "old.zip/mail/a.eml/report.pdf",
        "old.zip/b.txt.gz",
    ]
    assert reasons(found) == {
        "old.zip/mail/a.eml": "it contains files in formats that cannot be read: 1 .jpg"
    }
    assert {document.file for document in found.documents} == {"old.zip"}
    assert found.documents[2].pages


def test_a_damaged_member_stops_no_other(tmp_path: Path) -> None:
    found = put(
        tmp_path,
        "a.zip",
        zipped({"a.pdf": b"%PDF-1.7 broken", "b.docx": b"PK\x03\x04", "c.txt": OTHER.encode()}),
    )
    assert ids(found) == ["a.zip/c.txt"]
    assert reasons(found) == {
        "a.zip/a.pdf": "it is damaged or cut off: no page can be found in it",
        "a.zip/b.docx": "it is damaged or cut off",
    }


def test_an_archive_of_nothing_that_can_be_read(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(zipped({"a.jpg": b"x"}))
    (tmp_path / "b.zip").write_bytes(zipped({}))
    (first, second) = load(tmp_path)
    assert isinstance(first, Skipped)
    assert first.reason == "it contains files in formats that cannot be read: 1 .jpg"
    assert isinstance(second, Skipped)
    assert second.reason == "it holds no documents"


def test_the_rules_of_an_archive_name_what_helps_its_members() -> None:
    assert rules_of("a.zip").startswith("ZIP ")
    assert rules_of("a.ZIP") == rules_of("a.zip")
    assert rules_of("a.parquet").endswith(" pyarrow")
    assert "pyarrow" in rules_of("a.zip")
    assert rules_of("a.xyz") == ""


# Mail


def message(**headers: str) -> EmailMessage:
    made = EmailMessage()
    for name, value in headers.items():
        made[name] = value
    return made


def test_a_mail_with_what_is_attached_to_it(tmp_path: Path) -> None:
    outer = message(Subject="Fwd: talks", From="Jo Park <jo@x.example>")
    outer.set_content("See below.\n\n> quoted before\n>> and before that\n")
    inner = message(Subject="Talks", From="ann@x.example")
    inner.set_content(OTHER)
    outer.add_attachment(inner)
    for name in ("notes.txt", "notes.txt", "../up.md"):
        outer.add_attachment(b"Words of " + name.encode(), "text", "plain", filename=name)
    found = put(tmp_path, "a.eml", outer.as_bytes())
    assert ids(found) == [
        "a.eml",
        "a.eml/forwarded.eml",
        "a.eml/notes.txt",
        "a.eml/notes.txt (2)",
        "a.eml/up.md",
    ]
    assert found.problems == ()
    first, second = found.documents[:2]
    assert first.title == "Fwd: talks"
    assert "> quoted before\n>> and before that" in first.text
    assert second.authors == ("ann@x.example",)
    assert OTHER in second.text


@pytest.mark.parametrize(
    ("subject", "wanted"),
    [
        (b"=?utf-8?B?WsO8cmljaA==?= talks", "Zürich talks"),
        (b"=?iso-8859-1?Q?Z=FCrich?= =?iso-8859-1?Q?_talks?=", "Zürich talks"),
        ("Zürich talks".encode(), "Zürich talks"),
        ("Zürich café talks".encode("latin-1"), "Zürich café talks"),
        (b"=?x-none?Q?Z?= talks", "Z talks"),
        (b"=?utf-8?B?broken", "=?utf-8?B?broken"),
        (b"folded\n over lines", "folded over lines"),
    ],
)
def test_headers_however_they_are_encoded(tmp_path: Path, subject: bytes, wanted: str) -> None:
    found = put(tmp_path, "a.eml", b"Subject: " + subject + b"\nFrom: a@x.example\n\nWords.\n")
    assert found.documents[0].title == wanted


@pytest.mark.parametrize("declared", ["utf-8", "us-ascii", "iso-8859-1", "x-nothing", "utf-16"])
def test_a_mail_that_names_a_wrong_encoding(tmp_path: Path, declared: str) -> None:
    head = f"Subject: x\nContent-Type: text/plain; charset={declared}\n\n"
    body = "The café in Zürich said “no”.\n"
    assert body.strip() in put(tmp_path, "a.eml", head + body).documents[0].text


def test_a_mailbox_counts_from_one_and_unquotes_from(tmp_path: Path) -> None:
    found = put(tmp_path, "a.mbox", making.mbox())
    assert ids(found) == ["a.mbox#1", "a.mbox#2"]
    second = found.documents[1]
    assert second.title == "The ferry"
    assert second.text.endswith(f"From here on it is told.\n\nFrom there too.\n\n{OTHER}")


def test_only_the_html_of_a_mail(tmp_path: Path) -> None:
    made = message(Subject="x", To="b@x.example")
    made.set_content("<p>Bread &amp; butter.</p><ul><li>one</ul>", subtype="html")
    assert (
        put(tmp_path, "a.eml", made.as_bytes())
        .documents[0]
        .text.endswith("To: b@x.example\n\nBread & butter.\n\n- one")
    )


# Records


def document(tmp_path: Path, record: object) -> Document:
    return put(tmp_path, "a.json", json.dumps(record)).documents[0]


@pytest.mark.parametrize(
    ("record", "origin", "title"),
    [
        ({"title": "T", "text": OTHER}, 'field "title"', "T"),
        ({"article": {"headline": "T", "articleBody": OTHER}}, 'field "article.headline"', "T"),
        (
            {"Title": {"rendered": "T"}, "content": {"rendered": f"<p>{OTHER}</p>"}},
            'field "Title"',
            "T",
        ),
        ({"headline": "T", "description": "Short.", "content": OTHER}, 'field "headline"', "T"),
    ],
)
def test_the_mapping_can_be_seen(
    tmp_path: Path, record: dict[str, object], origin: str, title: str
) -> None:
    found = document(tmp_path, record)
    assert found.text.endswith(OTHER)
    assert found.metadata.title.value == title
    assert found.metadata.title.origin == origin


@pytest.mark.parametrize(
    ("field", "value", "wanted"),
    [
        ("date", "2017-10-30T09:00:00Z", date(2017, 10, 30)),
        ("publish_date", "30 October 2017", date(2017, 10, 30)),
        ("created_utc", 1509350400, date(2017, 10, 30)),
        ("timestamp", 1509350400000, date(2017, 10, 30)),
        ("pubDate", 20171030, date(2017, 10, 30)),
        ("words", 1509350400, None),
        ("date", 12, None),
    ],
)
def test_days_of_records(tmp_path: Path, field: str, value: object, wanted: date | None) -> None:
    assert document(tmp_path, {"text": OTHER, field: value}).published == wanted


def test_people_and_places_of_records(tmp_path: Path) -> None:
    found = document(
        tmp_path,
        {
            "author": [{"name": "Ann Lee"}, {"name": "Jo Park"}],
            "source": {"id": None, "name": "The Paper"},
            "section": "World",
            "lang": "en",
            "text": ["One.", "Two."],
        },
    )
    assert found.authors == ("Ann Lee", "Jo Park")
    assert found.publisher == "The Paper"
    assert found.metadata.section is not None
    assert found.metadata.section.value == "World"
    assert found.metadata.language is not None
    assert found.metadata.language.value == "en"
    assert found.text.endswith("One.\n\nTwo.")


def test_what_of_a_record_is_no_text_is_kept_apart() -> None:
    raw = columns.raw_of({"text": OTHER, "words": "15", "tags": ["a", "b"]})
    assert [piece.text for piece in raw.dropped] == ["words: 15\ntags: a\ntags: b"]
    assert raw.dropped[0].reason == (
        'not part of the text of the record, which is the field "text"'
    )


def test_a_record_without_a_text_is_its_fields() -> None:
    raw = columns.raw_of({"name": "Mill", "town": "Zürich", "built": "1890"})
    assert raw.text == "name: Mill\ntown: Zürich\nbuilt: 1890"
    assert [(clue.field, clue.value) for clue in raw.clues] == [(Field.TITLE, "Mill")]


@pytest.mark.parametrize(
    "value",
    [
        {"articles": [{"text": "One."}, {"text": "Two."}], "status": "ok"},
        {"response": {"docs": [{"text": "One."}, {"text": "Two."}]}},
        {"a1": {"text": "One."}, "a2": {"text": "Two."}},
        [{"text": "One."}, {"text": "Two."}],
        ["One.", "Two."],
    ],
)
def test_records_wherever_they_stand(tmp_path: Path, value: object) -> None:
    found = put(tmp_path, "a.json", json.dumps(value))
    assert [(d.id, d.text) for d in found.documents] == [("a.json#1", "One."), ("a.json#2", "Two.")]


def test_one_article_is_one_document(tmp_path: Path) -> None:
    assert ids(put(tmp_path, "a.json", json.dumps(making.records()[0]))) == ["a.json#1"]


def test_lines_that_are_no_records_stop_nothing(tmp_path: Path) -> None:
    found = put(tmp_path, "a.jsonl", '{"text": "One."}\nnot json\n\n{"text": "Four."}\n{}\n')
    assert ids(found) == ["a.jsonl#1", "a.jsonl#4"]
    assert reasons(found) == {
        "a.jsonl#2": "it is not valid JSON at line 2, column 1: Expecting value",
        "a.jsonl#5": "the record is empty",
    }


def test_json_lines_that_are_named_json(tmp_path: Path) -> None:
    assert ids(put(tmp_path, "a.json", making.json_lines())) == ["a.json#1", "a.json#2"]


def test_a_list_that_is_cut_off_within_an_object(tmp_path: Path) -> None:
    data = json.dumps({"articles": making.records()})
    found = put(tmp_path, "a.json", data[:-60])
    assert ids(found) == ["a.json#1"]
    assert list(reasons(found)) == ["a.json#2"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_tables_of_every_dialect(tmp_path: Path, encoding: str, delimiter: str) -> None:
    data = making.table(delimiter).decode().encode(encoding)
    found = put(tmp_path, "a.csv", data)
    assert ids(found) == ["a.csv#1", "a.csv#2"]
    assert found.documents[0].title == making.TITLE
    assert all(paragraph in found.documents[0].text for paragraph in making.PARAGRAPHS)


@pytest.mark.parametrize(
    ("data", "wanted"),
    [
        ("text\nRain, and then sun.\n", ["Rain, and then sun."]),
        ("1,Ann\n2,Jo\n", ["column 1: 1\ncolumn 2: Ann", "column 1: 2\ncolumn 2: Jo"]),
        (",name\n0,Ann\n", ["column 1: 0\nname: Ann"]),
        ("text,n\nRain.,1,more\n", ["Rain."]),
        ("text,n\rRain.,1\rSun.,2\r", ["Rain.", "Sun."]),
        ('text,n\r\n"Rain\rfell.",1\r\n', ["Rain\nfell."]),
    ],
)
def test_tables_without_what_they_should_have(tmp_path: Path, data: str, wanted: list[str]) -> None:
    texts = [d.text.removeprefix("Ann\n\n") for d in put(tmp_path, "a.csv", data).documents]
    assert texts == wanted


def test_a_field_of_a_megabyte(tmp_path: Path) -> None:
    text = "Rain fell. " * 100_000
    found = put(tmp_path, "a.csv", f'title,text\nRain,"{text}"\nSun,Short.\n')
    assert len(found.documents[0].text) > 1_000_000
    assert found.documents[1].text.endswith("Short.")


def test_parquet_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.parquet").write_bytes(making.parquet())
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    (found,) = load(tmp_path)
    assert isinstance(found, Skipped)
    assert found.reason == "Parquet files need pyarrow: pip install 'corpus-qa[parquet]'"


def test_a_table_of_parquet_with_inner_fields(tmp_path: Path) -> None:
    import pyarrow
    from pyarrow import parquet

    out = io.BytesIO()
    day = date(2017, 10, 30)
    rows = [{"meta": {"title": "T"}, "text": OTHER, "date": day, "none": None}] * 3
    parquet.write_table(pyarrow.Table.from_pylist(rows), out)
    found = put(tmp_path, "a.parquet", out.getvalue())
    assert ids(found) == ["a.parquet#1", "a.parquet#2", "a.parquet#3"]
    assert found.documents[0].title == "T"
    assert found.documents[0].published == day
