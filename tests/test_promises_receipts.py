"""The promise of a saved answer: if anything that `qa verify` prints was changed, it says so."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from corpus.errors import ReceiptError
from qa.answering.assistant import Assistant
from qa.audit.receipts import load_key, signed
from qa.audit.verification import State, verdicts_to_text, verify
from qa.cli.main import app
from qa.reader.sentence_reader import SentenceReader
from qa.types import receipt_digest
from tests.support.fakes import FakeEncoder

Receipt = dict[str, Any]
ENCODER = FakeEncoder()
KEY = b"0123456789abcdef"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("docs")
    head = "---\ntitle: Snow in May\nauthor: Bo Kim\ndate: 2016-05-04\n---\n\n"
    (root / "snow.md").write_text(head + "Snow fell on the hills. Two roads were closed.")
    (root / "rain.txt").write_text("Rain fell for days. The river rose by two metres.")
    return root


@pytest.fixture(scope="module")
def made(folder: Path) -> dict[str, str]:
    """A receipt with a quote, one with metadata, and one without an answer, as JSON."""
    with Assistant.open(folder, encoder=ENCODER, reader=SentenceReader(ENCODER)) as assistant:
        questions = {
            "quote": ("How many metres did the river rise?", 0.0),
            "metadata": ("When was the article on the snow in May published?", 0.4),
            "nothing": ("Who sang at the wedding?", 1.0),
        }
        return {
            name: json.dumps(assistant.ask(question, min_confidence=least).to_dict())
            for name, (question, least) in questions.items()
        }


def resealed(receipt: Receipt) -> Receipt:
    """The receipt as left by a forger who knows how a digest is made."""
    return {**receipt, "digest": receipt_digest(receipt)}


def states(receipt: Receipt, folder: Path, key: bytes | None = None) -> set[State]:
    return {verdict.state for verdict in verify(receipt, folder, key=key)}


@pytest.mark.parametrize("kind", ["quote", "metadata", "nothing"])
def test_an_answer_that_nobody_touched_stands(
    kind: str, made: dict[str, str], folder: Path
) -> None:
    assert states(json.loads(made[kind]), folder) <= {State.STANDS}


CHANGES: dict[str, Callable[[Receipt], object]] = {
    "question": lambda r: r.update(question="How many metres did the river fall?"),
    "confidence": lambda r: r.update(confidence=0.99),
    "answer": lambda r: r.update(answer="nine metres"),
    "form": lambda r: r.update(form="count"),
    "score": lambda r: r["citations"][0].update(score=9.0),
    "also_in": lambda r: r["citations"][0].update(also_in=[{"document": "other.txt"}]),
    "article": lambda r: r["citations"][0].update(article="other.txt"),
    "page": lambda r: r["citations"][0].update(page=7),
    "sentence_end": lambda r: r["citations"][0].update(sentence_end=1),
    "closest": lambda r: r.update(closest=[{"document": "a", "start": 0, "end": 1}]),
    "reader": lambda r: r["made_by"].update(reader="another"),
    "digest": lambda r: r.update(digest="0" * 64),
    "no digest": lambda r: r.pop("digest"),
    "more": lambda r: r.update(note="checked by the editor"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_no_field_of_an_answer_can_be_changed_unnoticed(
    change: Callable[[Receipt], object], made: dict[str, str], folder: Path
) -> None:
    receipt = json.loads(made["quote"])
    change(receipt)
    assert State.ALTERED in states(receipt, folder)


FORGERIES: dict[str, tuple[str, Callable[[Receipt], object]]] = {
    "another answer": ("quote", lambda r: r.update(answer="nine metres")),
    "an answer without a citation": ("nothing", lambda r: r.update(answer="nine metres")),
    "citations taken away": ("quote", lambda r: r.update(citations=[])),
    "an empty sentence": ("quote", lambda r: r["citations"][0].update(sentence="")),
    "a sentence from elsewhere": (
        "quote",
        lambda r: r["citations"][0].update(sentence="Rain fell for days.", sentence_start=0),
    ),
    "another value": ("metadata", lambda r: r["citations"][0].update(value="2020-01-01")),
    "a value that reads otherwise": ("metadata", lambda r: r["citations"][0].update(text="today")),
    "a surer origin": ("metadata", lambda r: r["citations"][0].update(sure="stated")),
}


@pytest.mark.parametrize(("kind", "forge"), FORGERIES.values(), ids=FORGERIES)
def test_a_forger_who_makes_the_digest_again_is_still_caught(
    kind: str, forge: Callable[[Receipt], object], made: dict[str, str], folder: Path
) -> None:
    receipt = json.loads(made[kind])
    forge(receipt)
    assert states(resealed(receipt), folder) & {State.ALTERED, State.CHANGED}


def test_a_signature_holds_for_its_key_and_its_words_only(
    made: dict[str, str], folder: Path
) -> None:
    receipt = signed(json.loads(made["quote"]), KEY)
    assert states(receipt, folder, KEY) == {State.STANDS}
    assert states(receipt, folder) == {State.STANDS}
    assert State.ALTERED in states(receipt, folder, KEY[::-1])
    forged = resealed({**receipt, "question": "How deep is the lake?"})
    assert states(forged, folder) == {State.STANDS}
    assert State.ALTERED in states(forged, folder, KEY)
    unsigned = json.loads(made["quote"])
    found = verdicts_to_text(verify(unsigned, folder, key=KEY)).splitlines()
    assert found[-1] == "The receipt was altered: it is not signed"


def test_a_key_that_could_be_guessed_is_none(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_bytes(KEY + b"\n")
    assert load_key(path) == KEY
    path.write_bytes(b"secret\n")
    with pytest.raises(ReceiptError, match="6 bytes"):
        load_key(path)
    with pytest.raises(ReceiptError, match="cannot be read"):
        load_key(tmp_path / "none")


def test_qa_verify_fails_where_the_answer_was_altered(
    made: dict[str, str], folder: Path, tmp_path: Path
) -> None:
    key, saved = tmp_path / "key", tmp_path / "answer.json"
    key.write_bytes(KEY)
    saved.write_text(json.dumps(signed(json.loads(made["metadata"]), KEY)))
    arguments = ["verify", str(saved), "--docs", str(folder), "--key", str(key)]
    good = CliRunner().invoke(app, arguments)
    assert (good.exit_code, good.stdout) == (
        0,
        "[1] stands: snow.md, published: 4 May 2016 (still known, from the front matter)\n",
    )
    saved.write_text(made["metadata"].replace("4 May 2016", "5 May 2016"))
    bad = CliRunner().invoke(app, arguments)
    assert bad.exit_code == 1
    assert "The receipt was altered: it was changed after it was made" in bad.stdout


def test_a_receipt_that_a_browser_has_written_again_is_the_same() -> None:
    receipt = {"confidence": 1.0, "citations": [{"score": -3.0, "start": 0}, {"score": 0.25}]}
    again = {"citations": [{"start": 0, "score": -3}, {"score": 0.25}], "confidence": 1}
    assert receipt_digest(again) == receipt_digest(receipt)
    again["confidence"] = 0.9
    assert receipt_digest(again) != receipt_digest(receipt)
