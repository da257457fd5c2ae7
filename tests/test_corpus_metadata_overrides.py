"""`metadata.csv`: what a person knows better, from the table to the index and back."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from corpus.errors import SidecarError
from corpus.metadata.overrides import parse, read_overrides, to_csv
from corpus.provenance import SIDECAR, Sure
from corpus.reading.loader import load
from corpus.reading.results import Loaded
from corpus.types import Dated, Document, Metadata, Sourced
from index.indexing.updater import update
from index.storage.database import FILE_NAME
from index.storage.store import Store
from index.types import Changes
from tests.support.fakes import SMALL, FakeEncoder, contents

METADATA = Metadata(
    Sourced("Rain", "first line", 0, 4),
    (Sourced("Ann Lee", "byline", 8, 15),),
    published=Dated(date(2016, 5, 3), "published line", 20, 30),
)
DOCUMENT = Document("rain.txt", "0" * 64, "Rain\n\nBy Ann Lee", METADATA)
HEAD = "file,title,author,publisher,published,updated,url,section,language\n"


@pytest.mark.parametrize("bom", ["", "\ufeff"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_any_usual_table_is_read(tmp_path: Path, bom: str, separator: str, ends: str) -> None:
    lines = [["file", "author", "Published"], ["rain.txt", '"Jo Park;Wu Min"', "2017-01-05"], []]
    table = ends.join(separator.join(cells) for cells in lines)
    (tmp_path / SIDECAR).write_bytes((bom + table).encode())
    corrected = read_overrides(tmp_path).corrected(DOCUMENT)
    assert corrected.authors == ("Jo Park", "Wu Min")
    assert corrected.metadata.published == Dated(date(2017, 1, 5), SIDECAR)
    assert corrected.metadata.title == METADATA.title
    assert corrected.text == DOCUMENT.text


def test_every_field_can_be_corrected() -> None:
    row = "rain.txt,Storm,Jo Park,The Paper,2017-01-05,2017-01-06,https://p.example,World,EN\n"
    metadata = parse(HEAD + row).corrected(DOCUMENT).metadata
    assert metadata == Metadata(
        Sourced("Storm", SIDECAR),
        (Sourced("Jo Park", SIDECAR),),
        Sourced("The Paper", SIDECAR),
        Dated(date(2017, 1, 5), SIDECAR),
        Dated(date(2017, 1, 6), SIDECAR),
        Sourced("https://p.example", SIDECAR),
        Sourced("World", SIDECAR),
        Sourced("en", SIDECAR),
    )
    assert metadata.title.sure is Sure.DECLARED


def test_what_is_said_already_keeps_its_place() -> None:
    row = "rain.txt,Rain,Ann Lee; Jo Park,,2016-05-03,,,,\n"
    metadata = parse(HEAD + row).corrected(DOCUMENT).metadata
    assert metadata.title == METADATA.title
    assert metadata.authors == (METADATA.authors[0], Sourced("Jo Park", SIDECAR))
    assert metadata.published == METADATA.published
    assert parse(to_csv([DOCUMENT])).corrected(DOCUMENT) == DOCUMENT
    assert parse(to_csv([DOCUMENT])).corrected(DOCUMENT).metadata == METADATA


def test_a_dash_says_that_there_is_none() -> None:
    metadata = parse(HEAD + "rain.txt,,-,-,-,,,,\n").corrected(DOCUMENT).metadata
    assert metadata == Metadata(METADATA.title)


def test_a_row_may_name_a_file_and_another_a_document_in_it() -> None:
    sidecar = parse("file,publisher\nmail.mbox,The List\nmail.mbox#2,Ann Lee\n./b\\c.txt,B\n")
    first, second = (replace(DOCUMENT, id=f"mail.mbox#{n}", file="mail.mbox") for n in (1, 2))
    assert sidecar.corrected(first).publisher == "The List"
    assert sidecar.corrected(second).publisher == "Ann Lee"
    assert sidecar.corrected(replace(DOCUMENT, id="b/c.txt")).publisher == "B"
    assert sidecar.corrected(DOCUMENT) is DOCUMENT


def test_a_change_is_seen_for_the_file_that_it_is_about() -> None:
    before = parse("file,publisher\na.txt,A\nmail.mbox#2,B\n")
    after = parse("file,publisher\n\nmail.mbox#2,C\na.txt,A\n")
    assert before.mark("a.txt") == after.mark("a.txt") != ""
    assert before.mark("mail.mbox") != after.mark("mail.mbox")
    assert before.mark("mail") == before.mark("b.txt") == ""


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("file,titel\n", "line 1: there is no column 'titel'; the columns are file, title, "),
        ("title,author\n", "line 1: it must name each column once; the columns are file, "),
        ("file,title,title\n", "line 1: it must name each column once; "),
        ("file,title\na.txt,A\n,B\n", "line 3: it names no file."),
        ("file,title\na.txt,A\na.txt,B\n", "line 3: 'a.txt' stands in line 2 as well."),
        (
            "file,published\n\na.txt,5 May\n",
            "line 3: published is a day as YYYY-MM-DD, not '5 May'.",
        ),
        ("file,updated\na.txt,1066-10-14\n", "line 2: updated is 1066-10-14, before the first "),
        ("file,language\na.txt,?\n", "line 2: the language '?' is no code like en or de."),
        ("file,title\na.txt,A,B\n", "line 2: it has 3 cells under 2 columns."),
        (
            "file,title\na.txt,-\n",
            "line 2: a document has a title; leave the cell empty to keep it.",
        ),
        ('file,title\na.txt,"A\n', "line 2: unexpected end of data."),
    ],
)
def test_a_mistake_is_named_with_its_line(table: str, message: str) -> None:
    with pytest.raises(SidecarError) as error:
        parse(table)
    assert str(error.value).startswith(f"metadata.csv, {message}")


def test_bytes_that_are_no_utf8(tmp_path: Path) -> None:
    (tmp_path / SIDECAR).write_bytes(b"file,title\na.txt,Caf\xe9\n")
    with pytest.raises(SidecarError, match="Save it as UTF-8"):
        read_overrides(tmp_path)


def test_it_is_no_document_and_corrects_the_others(folder: Path) -> None:
    (folder / SIDECAR).write_text("file,publisher\nrain.txt,The Paper\n")
    found = [d for item in load(folder) if isinstance(item, Loaded) for d in item.documents]
    assert [(d.id, d.publisher) for d in found] == [
        ("rain.txt", "The Paper"),
        ("sun.txt", "Coast Daily"),
        ("deep/trains.txt", "Valley Times"),
    ]
    assert found[0].metadata.publisher == Sourced("The Paper", SIDECAR)


def test_an_index_follows_it_and_encodes_nothing_again(folder: Path, place: Path) -> None:
    encoder = FakeEncoder()
    update(folder, place, encoder, chunking=SMALL)
    plain, encoded = contents(place), len(encoder.encoded)
    (folder / SIDECAR).write_text("file,publisher,author\nrain.txt,The Paper,Ann Lee\n")
    changes = update(folder, place, encoder, chunking=SMALL)
    assert changes == Changes(changed=1, unchanged=2)
    assert len(encoder.encoded) == encoded
    store = Store.open(place / FILE_NAME)
    corrected = {document.id: document for _, document in store.documents()}
    store.close()
    assert corrected["rain.txt"].publisher == "The Paper"
    assert corrected["rain.txt"].authors == ("Ann Lee",)
    assert corrected["sun.txt"].publisher == "Coast Daily"
    assert SIDECAR not in corrected
    assert update(folder, place, encoder, chunking=SMALL) == Changes(unchanged=3)
    (folder / SIDECAR).unlink()
    assert update(folder, place, encoder, chunking=SMALL) == Changes(changed=1, unchanged=2)
    assert contents(place) == plain
    assert len(encoder.encoded) == encoded


def test_a_mistake_in_it_changes_nothing(folder: Path, place: Path) -> None:
    update(folder, place, FakeEncoder(), chunking=SMALL)
    plain = contents(place)
    (folder / SIDECAR).write_text("file,published\nrain.txt,yesterday\n")
    with pytest.raises(SidecarError, match="line 2"):
        update(folder, place, FakeEncoder(), chunking=SMALL)
    assert contents(place) == plain
