"""`qa docs`: what is in an index, document by document."""

import csv
import io
import json
from datetime import date
from pathlib import Path

import pytest

from corpus.metadata.overrides import COLUMNS
from index.types import Filter
from qa.answering.assistant import Assistant
from qa.audit.document_list import list_documents
from tests.support.fakes import FakeEncoder, write
from tests.support.terminals import Qa


@pytest.fixture
def indexed(folder: Path) -> Path:
    write(
        folder,
        saved="Mill burns\n\nShare this article\n\nBy Ann Lee\n\nThe mill of Oldford burnt down on "
        "Friday night. Nobody was hurt, but the harvest of three villages is lost.",
    )
    Assistant.open(folder, encoder=FakeEncoder()).index.close()
    return folder


def test_each_document_has_two_lines(qa: Qa, indexed: Path) -> None:
    ran = qa("docs", indexed)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == (
        "deep/trains.txt\n"
        "    Trains under the mountain · Valley Times · 1 June 2017 · en · 152 characters\n"
        "rain.txt\n"
        "    Rain in the valley · Valley Times · 3 May 2016 · en · 152 characters\n"
        "saved.txt\n"
        "    Mill burns · Ann Lee · en · 131 characters\n"
        "sun.txt\n"
        "    Sun on the coast · Coast Daily · 9 June 2017 · en · 145 characters\n"
    )


def test_json_says_everything(qa: Qa, indexed: Path) -> None:
    found = json.loads(qa("docs", indexed, "--json", "--document", "saved.txt").out)
    assert len(found) == 1
    saved = found[0]
    assert (saved["id"], saved["file"], saved["characters"]) == ("saved.txt", "saved.txt", 131)
    assert saved["title"] == {
        "value": "Mill burns",
        "origin": "first line",
        "sure": "stated",
        "start": 0,
        "end": 10,
    }
    assert [(a["value"], a["origin"], a["start"]) for a in saved["authors"]] == [
        ("Ann Lee", "byline", 15)
    ]
    language = {"value": "en", "origin": "detected", "sure": "inferred", "start": None, "end": None}
    assert saved["language"] == language
    assert (saved["publisher"], saved["published"], saved["url"]) == (None, None, None)
    assert saved["dropped"] == [{"text": "Share this article", "reason": "page widget"}]


def test_what_was_dropped(qa: Qa, indexed: Path) -> None:
    assert (
        qa("docs", indexed, "--dropped").out == "saved.txt\n    page widget: Share this article\n"
    )
    assert qa("docs", indexed, "--dropped", "--document", "sun.txt").out == ""


def test_filters(qa: Qa, indexed: Path) -> None:
    ran = qa("docs", indexed, "--publisher", "Valley Times", "--after", "2017-01-01", "--json")
    assert [d["id"] for d in json.loads(ran.out)] == ["deep/trains.txt"]
    found = list_documents(indexed, filter=Filter(before=date(2016, 12, 31)))
    assert [one.document.id for one in found] == ["rain.txt"]


def test_the_table_is_a_sidecar_of_what_is_known(qa: Qa, indexed: Path) -> None:
    table = qa("docs", indexed, "--csv").out
    rows = list(csv.reader(io.StringIO(table)))
    assert tuple(rows[0]) == COLUMNS
    known = ["Rain in the valley", "", "Valley Times", "2016-05-03", "", "", "", "en"]
    assert rows[2] == ["rain.txt", *known]
    before = [one.document.metadata for one in list_documents(indexed)]
    (indexed / "metadata.csv").write_text(table, "utf-8")
    Assistant.open(indexed, encoder=FakeEncoder()).index.close()
    assert [one.document.metadata for one in list_documents(indexed)] == before


def test_a_row_about_nothing_is_said(qa: Qa, indexed: Path) -> None:
    (indexed / "metadata.csv").write_text("file,title\nrain.txt,Storm\ngone.txt,Gone\n")
    assert qa("docs", indexed).err == "metadata.csv, line 3: there is no document gone.txt.\n"


def test_mistakes_are_one_line(qa: Qa, indexed: Path, tmp_path: Path) -> None:
    ran = qa("docs", indexed, "--json", "--csv")
    assert (ran.code, ran.err) == (
        2,
        "qa: Use only one of --dropped, --json and --csv.\n",
    )
    assert qa("docs", tmp_path / "none").code == 2
    assert qa("docs", indexed, "--after", "May").code == 2


def test_what_changed_from_one_version_to_the_next(qa: Qa, indexed: Path) -> None:
    write(
        indexed,
        old="Two ferries sail to the island each day. The fare is four crowns.",
        new="Two ferries sail to the island each day. The fare is six crowns.",
    )
    Assistant.open(indexed, encoder=FakeEncoder()).index.close()
    out = qa("docs", indexed, "--diff", "old.txt", "new.txt").out
    assert "- The fare is four crowns." in out
    assert "+ The fare is six crowns." in out
    ran = qa("docs", indexed, "--diff", "old.txt", "none.txt")
    assert (ran.code, ran.out) == (2, "")
    assert "There is no document 'none.txt'" in ran.err
