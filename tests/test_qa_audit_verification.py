"""A saved answer, checked against the documents as they are now."""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from corpus.errors import CollectionError, ReceiptError
from corpus.reading.files import walk
from corpus.reading.results import Skipped, SourceFile
from qa.answering.assistant import Assistant
from qa.audit import verification
from qa.audit.receipts import load_receipts
from qa.audit.verification import (
    State,
    Verdict,
    verdicts_to_json,
    verdicts_to_text,
)
from qa.reader.sentence_reader import SentenceReader
from qa.render.answer import to_json
from qa.types import Form, answer_text, receipt_digest
from tests.support.fakes import FakeEncoder

Receipt = dict[str, Any]
ENCODER = FakeEncoder()


def whole(receipt: Receipt) -> Receipt:
    """The receipt with an answer and a digest that fit what it says: only its citations are in question."""
    try:
        cited = receipt["citations"]
        texts = [str(one["quote"] if one["kind"] == "quote" else one["text"]) for one in cited]
        answer = answer_text(texts, Form(receipt["form"]))
    except (KeyError, TypeError):  # one that is misshapen, which is then said
        return receipt
    receipt = {**receipt, "answer": answer}
    return {**receipt, "digest": receipt_digest(receipt)}


def verify_all(receipts: list[Receipt], root: Path | None = None) -> list[list[Verdict]]:
    return verification.verify_all([whole(receipt) for receipt in receipts], root)


def verify(receipt: Receipt, root: Path | str | None = None) -> list[Verdict]:
    return verification.verify(whole(receipt), root)


QUOTE = "The river rose by two metres."


@pytest.fixture
def receipt(folder: Path) -> Receipt:
    """The answer to one question, with one citation."""
    assistant = Assistant.open(folder, encoder=ENCODER, reader=SentenceReader(ENCODER))
    found: Receipt = assistant.ask(
        "How many metres did the river rise?", min_confidence=0
    ).to_dict()
    found["citations"] = found["citations"][:1]
    return found


def edit(path: Path, change: Callable[[str], str]) -> None:
    path.write_text(change(path.read_text("utf-8")), "utf-8")


def states(receipt: Receipt, root: Path | None = None) -> list[tuple[State, int | None]]:
    return [(verdict.state, verdict.start) for verdict in verify(receipt, root)]


def test_what_has_not_changed_stands(receipt: Receipt) -> None:
    start = receipt["citations"][0]["start"]
    [verdict] = verify(receipt)
    assert (verdict.state, verdict.start, verdict.end) == (State.STANDS, start, start + len(QUOTE))
    assert (verdict.document, verdict.quote) == ("rain.txt", QUOTE)
    assert verdict.found == "word for word in the same place"


def test_a_change_behind_the_quote_is_said(receipt: Receipt, folder: Path) -> None:
    edit(folder / "rain.txt", lambda text: text.replace("Nobody was", "Two were"))
    [verdict] = verify(receipt)
    assert verdict.state is State.STANDS
    assert verdict.found == "word for word in the same place; the file has changed elsewhere"


def test_a_quote_that_moved_is_found(receipt: Receipt, folder: Path) -> None:
    start = receipt["citations"][0]["start"]
    edit(folder / "rain.txt", lambda text: text.replace("Heavy rain", "Very heavy rain"))
    [verdict] = verify(receipt)
    assert (verdict.state, verdict.start, verdict.end) == (
        State.MOVED,
        start + 5,
        start + 5 + len(QUOTE),
    )
    assert verdict.found == f"now at characters {start + 5}–{start + 5 + len(QUOTE)}"


def test_of_several_places_the_nearest_is_meant(receipt: Receipt, folder: Path) -> None:
    start = receipt["citations"][0]["start"]
    edit(
        folder / "rain.txt",
        lambda text: text.replace("Heavy", "Mild and heavy").replace(
            "Nobody was hurt.", f"Nobody was hurt. Then again and much later: {QUOTE} {QUOTE}"
        ),
    )
    assert states(receipt) == [(State.MOVED, start + 9)]


def test_other_words_are_a_change(receipt: Receipt, folder: Path) -> None:
    edit(folder / "rain.txt", lambda text: text.replace("two metres", "three metres"))
    [verdict] = verify(receipt)
    assert (verdict.state, verdict.start) == (State.CHANGED, None)
    assert verdict.found == "the words are no longer there"


def test_a_receipt_with_other_words_is_caught(receipt: Receipt) -> None:
    receipt["citations"][0]["quote"] = "The river rose by nine metres."
    [verdict] = verify(receipt)
    assert verdict.state is State.CHANGED
    assert verdict.found == "the file is the same, but does not contain these words"


@pytest.mark.parametrize(("start", "end"), [(-5, 24), (10**30, 10**31), (30, 4), (0, 0)])
def test_forged_offsets_do_not_stand(receipt: Receipt, start: int, end: int) -> None:
    real = receipt["citations"][0]["start"]
    receipt["citations"][0].update(start=start, end=end)
    assert states(receipt) == [(State.MOVED, real)]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("sentence", "The river fell by two metres."),
        ("sentence_start", -4),
        ("title", "Another title"),
        ("authors", ["Someone Else"]),
        ("publisher", "The Other Paper"),
        ("published", "2001-01-01"),
        ("url", "https://other.example/"),
    ],
)
def test_what_is_said_around_the_quote_is_checked_too(
    receipt: Receipt, name: str, value: object
) -> None:
    receipt["citations"][0][name] = value
    [verdict] = verify(receipt)
    assert verdict.state is State.CHANGED
    wanted = name.removesuffix("_start")
    assert verdict.found == f"the quote is still there, but no longer its {wanted}"


def test_many_receipts_are_checked_with_one_walk(
    receipt: Receipt, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    forged = json.loads(json.dumps(receipt))
    forged["citations"][0]["title"] = "Another title"
    walks: list[Path] = []

    def counted(root: Path) -> Iterator[SourceFile | Skipped]:
        walks.append(root)
        return walk(root)

    monkeypatch.setattr(verification, "walk", counted)
    found = verify_all([receipt, forged, receipt], folder)
    assert [[v.state for v in one] for one in found] == [
        [State.STANDS],
        [State.CHANGED],
        [State.STANDS],
    ]
    assert walks == [folder]


def test_an_empty_quote_does_not_stand(receipt: Receipt) -> None:
    receipt["citations"][0].update(quote="", start=3, end=3)
    assert states(receipt) == [(State.CHANGED, None)]


@pytest.mark.parametrize("gone", ["removed", "renamed", "emptied"])
def test_a_document_that_is_gone(receipt: Receipt, folder: Path, gone: str) -> None:
    path = folder / "rain.txt"
    if gone == "removed":
        path.unlink()
    elif gone == "renamed":
        path.rename(folder / "snow.txt")
    else:
        path.write_text("")
    [verdict] = verify(receipt)
    assert (verdict.state, verdict.start) == (State.GONE, None)
    assert verdict.found == "the document is missing or cannot be read"


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "/etc/passwd", "../outside.txt", "./rain.txt"]
)
def test_a_forged_name_opens_no_file(receipt: Receipt, folder: Path, name: str) -> None:
    (folder.parent / "outside.txt").write_text(QUOTE)
    receipt["citations"][0].update(document=name, quote=QUOTE, start=0, end=len(QUOTE))
    assert states(receipt) == [(State.GONE, None)]


def test_documents_that_were_moved_are_looked_for_where_they_are(
    receipt: Receipt, folder: Path, tmp_path: Path
) -> None:
    shutil.copytree(folder, tmp_path / "elsewhere")
    shutil.rmtree(folder)
    with pytest.raises(CollectionError, match="There is no folder"):
        verify(receipt)
    assert states(receipt, tmp_path / "elsewhere")[0][0] is State.STANDS
    assert verify(receipt, str(tmp_path / "elsewhere"))[0].state is State.STANDS


def test_nothing_cited_is_nothing_to_check(receipt: Receipt) -> None:
    receipt["citations"] = []
    assert verify(receipt) == []
    assert verdicts_to_text([]) == "There is nothing to check: the answer has no citations."
    assert verdicts_to_json([]) == "[]"


@pytest.mark.parametrize(
    "change",
    [
        lambda r: r.pop("citations"),
        lambda r: r.pop("made_by"),
        lambda r: r.update(made_by=None),
        lambda r: r.update(made_by={"collection": 5}),
        lambda r: r.update(citations=None),
        lambda r: r.update(citations="abc"),
        lambda r: r.update(citations=[None]),
        lambda r: r["citations"][0].pop("quote"),
        lambda r: r["citations"][0].pop("sha256"),
        lambda r: r["citations"][0].update(start="abc"),
        lambda r: r["citations"][0].update(start=1.5),
        lambda r: r["citations"][0].update(end=None),
        lambda r: r["citations"][0].update(end=True),
        lambda r: r["citations"][0].update(quote=["a"]),
        lambda r: r["citations"][0].update(document={}),
    ],
)
def test_a_receipt_that_lacks_something_is_one_line(
    receipt: Receipt, change: Callable[[Receipt], object]
) -> None:
    change(receipt)
    with pytest.raises(ReceiptError, match="The receipt is incomplete or malformed: ") as caught:
        verify(receipt)
    assert "\n" not in str(caught.value)


# Files of receipts.


def save(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
    return path


def test_what_was_printed_is_read(folder: Path, tmp_path: Path) -> None:
    assistant = Assistant.open(folder, encoder=ENCODER, reader=SentenceReader(ENCODER))
    answers = assistant.ask_many(["Who was hurt?", "When did the tunnel open?"], min_confidence=0)
    expected = [answer.to_dict() for answer in answers]
    one = save(tmp_path / "one.json", to_json(answers[0]))
    lines = save(
        tmp_path / "lines.jsonl", "\n\n".join(to_json(a, indent=None) for a in answers) + "\r\n"
    )
    both = save(tmp_path / "list.json", json.dumps(expected))
    assert load_receipts(one) == expected[:1]
    assert load_receipts(lines) == expected
    assert load_receipts(both) == expected


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le"])
def test_what_windows_makes_of_a_file_is_read(
    receipt: Receipt, tmp_path: Path, encoding: str
) -> None:
    receipt["question"] = "Où est-ce? 哪里?"
    path = save(tmp_path / "a.json", json.dumps(receipt, ensure_ascii=False).encode(encoding))
    assert load_receipts(path) == [receipt]


def test_a_line_separator_within_a_quote_ends_no_line(receipt: Receipt, tmp_path: Path) -> None:
    receipt["question"] = "a\u2028b\x85c"
    line = json.dumps(receipt, ensure_ascii=False)
    assert load_receipts(save(tmp_path / "a.jsonl", f"{line}\n{line}\n")) == [receipt, receipt]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "contains no answers"),
        ("[]", "contains no answers"),
        ("\n \n", "contains no answers"),
        ("{", "is not JSON (line 1: "),
        ("no JSON at all", "is not JSON (line 1: "),
        ('{"format": 1}\n{"format": ', "is not JSON (line 2: "),
        ("[" * 100_000, "is not JSON"),
        ('{"format": ' + "1" * 5000 + "}", "is not JSON"),
        ("5", "is not an answer of this version"),
        ("[null]", "is not an answer of this version"),
        ("{}", "is not an answer of this version"),
        ('{"format": 1, "citations": []}', "is not an answer of this version"),
        ('{"format": 2}\n{"format": 99}', "is not an answer of this version"),
        (b"\xff\xfe\xfd", "cannot be read"),
        (b"\x80abc", "cannot be read"),
    ],
)
def test_what_is_no_receipt_is_one_line(tmp_path: Path, content: str | bytes, says: str) -> None:
    with pytest.raises(ReceiptError) as caught:
        load_receipts(save(tmp_path / "a.json", content))
    assert says in str(caught.value)
    assert "a.json" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    for path in (tmp_path / "none.json", tmp_path):
        with pytest.raises(ReceiptError, match="cannot be read"):
            load_receipts(path)


# What is shown.


def test_verdicts_as_text_and_json(receipt: Receipt) -> None:
    verdicts = verify(receipt)
    start = receipt["citations"][0]["start"]
    assert verdicts_to_text(verdicts) == (
        f"[1] stands: rain.txt, “{QUOTE}” (word for word in the same place)"
    )
    assert json.loads(verdicts_to_json(verdicts)) == [
        {
            "document": "rain.txt",
            "quote": QUOTE,
            "state": "stands",
            "found": "word for word in the same place",
            "start": start,
            "end": start + len(QUOTE),
            "field": None,
        }
    ]


@pytest.fixture
def known(folder: Path) -> Receipt:
    """The answer to a question about a document whose text does not say it."""
    head = "---\ntitle: Snow in May\nauthor: Bo Kim\ndate: 2016-05-04\n---\n\n"
    (folder / "snow.md").write_text(head + "Snow fell on the hills.")
    assistant = Assistant.open(folder, encoder=ENCODER, reader=SentenceReader(ENCODER))
    found: Receipt = assistant.ask("When was the article on the snow in May published?").to_dict()
    assert [one["kind"] for one in found["citations"]] == ["metadata"]
    return found


def test_what_is_known_of_a_document_stands_while_it_says_the_same(
    known: Receipt, folder: Path
) -> None:
    [verdict] = verify(known)
    assert (verdict.document, verdict.field, verdict.quote) == (
        "snow.md",
        "published",
        "4 May 2016",
    )
    assert (verdict.state, verdict.start, verdict.end) == (State.STANDS, None, None)
    assert verdicts_to_text([verdict]) == (
        "[1] stands: snow.md, published: 4 May 2016 (still known, from the front matter)"
    )
    edit(folder / "snow.md", lambda text: text.replace("hills", "roofs"))
    assert verify(known)[0].found == (
        "still known, from the front matter; the file has changed elsewhere"
    )


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("2016-05-04", "2016-05-05", "now it is 5 May 2016"),
        ("date: 2016-05-04\n", "", "it is no longer known"),
        ("Bo Kim", "Ann Lee", "it is the same, but no longer the document's authors"),
    ],
)
def test_other_metadata_are_a_change(
    known: Receipt, folder: Path, old: str, new: str, found: str
) -> None:
    edit(folder / "snow.md", lambda text: text.replace(old, new))
    [verdict] = verify(known)
    assert (verdict.state, verdict.found) == (State.CHANGED, found)


def test_metadata_of_a_document_that_is_gone(known: Receipt, folder: Path) -> None:
    (folder / "snow.md").unlink()
    assert states(known) == [(State.GONE, None)]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("value", "2017-01-01"),
        ("text", "1 January 2017"),
        ("origin", "JSON-LD"),
        ("sure", "stated"),
    ],
)
def test_forged_metadata_do_not_stand(known: Receipt, name: str, value: str) -> None:
    known["citations"][0][name] = value
    assert states(known) == [(State.CHANGED, None)]


def test_a_citation_of_no_known_kind_is_no_receipt(known: Receipt) -> None:
    known["citations"][0]["kind"] = "hearsay"
    with pytest.raises(ReceiptError, match="hearsay"):
        verify(known)


def test_what_a_forger_wrote_is_not_obeyed_by_the_terminal(receipt: Receipt) -> None:
    receipt["citations"][0].update(document="\x1b[2Ja", quote="\x1b]0;x\x07\n\x9b1m")
    verdicts = verify(receipt)
    assert verdicts_to_text(verdicts) == (
        "[1] gone: \\x1b[2Ja, “\\x1b]0;x\\x07 \\x9b1m” (the document is missing or cannot be read)"
    )
    assert "\x1b" not in verdicts_to_json(verdicts)
    assert "\x9b" not in verdicts_to_json(verdicts)


def test_only_the_cited_files_are_opened(receipt: Receipt, folder: Path) -> None:
    pipe = folder / "pipe.txt"
    os.mkfifo(pipe)
    assert states(receipt)[0][0] is State.STANDS
