"""The command line, as a person meets it: exit codes, one line for each mistake, and nothing to obey."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from corpus.errors import UserError
from index.indexing.updater import update
from index.storage.database import FILE_NAME
from index.storage.store import Store
from index.types import Changes
from qa.cli import eval_commands
from qa.cli.console import summary
from qa.cli.main import app
from tests.support.fakes import ROOT, FakeEncoder
from tests.support.terminals import Qa, Ran
from tests.support.tiny_models import save_bert_reader, save_encoder

WORDS = [
    "who",
    "was",
    "hurt",
    "nobody",
    "how",
    "many",
    "metres",
    "did",
    "the",
    "river",
    "rise",
    "rose",
    "by",
    "two",
    "when",
    "tunnel",
    "open",
    "opened",
    "on",
    "wednesday",
    "rain",
    "sun",
    "ice",
    "cream",
    "sold",
    "out",
    "noon",
    "what",
    "heavy",
    "fell",
    "valley",
    "tuesday",
    ".",
    "?",
    "published",
]


@pytest.fixture(scope="module")
def encoder_folder(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(save_encoder(tmp_path_factory.mktemp("models") / "encoder", WORDS))


@pytest.fixture(scope="module")
def reader_folder(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(save_bert_reader(tmp_path_factory.mktemp("models") / "reader", WORDS))


@pytest.fixture
def ask(qa: Qa, folder: Path, encoder_folder: str) -> Qa:
    """`qa ask`, with a tiny encoder and the sentence reader, taking any answer."""
    made = ["--encoder", encoder_folder, "--reader", "sentences"]

    def run(*words: object, stdin: bytes | None = None) -> Ran:
        return qa("ask", *made, "--min-confidence", 0, *words, stdin=stdin)

    return run


def test_ask(ask: Qa, folder: Path) -> None:
    ran = ask(folder, "How many metres did the river rise?")
    assert ran.code == 0
    assert ran.out.startswith("[1] «The river rose by two metres.»\n    Rain in the valley · ")
    assert re.search(r"\nConfidence: (high|medium|low) \(0\.\d\d\)\n$", ran.out)
    assert ran.err == ""


def test_no_answer_is_exit_code_1(qa: Qa, folder: Path, encoder_folder: str) -> None:
    ran = qa("ask", folder, "Who was hurt?", "--encoder", encoder_folder, "--min-confidence", 1)
    assert ran.code == 1
    assert ran.out.startswith("These documents do not answer that.\n\nClosest: ")


def test_several_questions_have_headings(ask: Qa, folder: Path) -> None:
    ran = ask(folder, "Who was hurt?", "When did the tunnel open?")
    assert ran.code == 0
    assert [line for line in ran.out.splitlines() if line.startswith("? ")] == [
        "? Who was hurt?",
        "? When did the tunnel open?",
    ]
    assert "\n\n? When did the tunnel open?\n[1] «" in ran.out


def test_json_of_one_question_is_a_receipt(ask: Qa, folder: Path) -> None:
    ran = ask(folder, "Who was hurt?", "--json", "-k", "2", "--publisher", "valley times")
    receipt = json.loads(ran.out)
    assert (ran.code, receipt["format"], receipt["question"]) == (0, 2, "Who was hurt?")
    assert receipt["made_by"]["k"] == 2
    assert receipt["made_by"]["filter"]["publishers"] == ["valley times"]
    assert {c["publisher"] for c in receipt["citations"]} == {"Valley Times"}


def test_json_of_several_questions_is_a_line_for_each(
    ask: Qa, folder: Path, tmp_path: Path
) -> None:
    file = tmp_path / "questions.txt"
    file.write_bytes("\ufeffWho was hurt?\r\n\r\n  When did it rain?  \n".encode())
    ran = ask(folder, "What sold out?", "--file", file, "--json")
    asked = [json.loads(line)["question"] for line in ran.out.splitlines()]
    assert asked == ["What sold out?", "Who was hurt?", "When did it rain?"]


@pytest.mark.parametrize("flags", [(), ("--file", "-")])
def test_questions_come_from_stdin(ask: Qa, folder: Path, flags: tuple[str, ...]) -> None:
    ran = ask(folder, "--json", *flags, stdin="Who was hurt?\nWas ist los, 日本?\n".encode())
    asked = [json.loads(line)["question"] for line in ran.out.splitlines()]
    assert asked == ["Who was hurt?", "Was ist los, 日本?"]


def test_without_a_folder_the_samples_are_asked(ask: Qa) -> None:
    ran = ask("When did the tunnel open?", "--json")
    assert ran.err == "No folder given: using the built-in samples.\n"
    assert json.loads(ran.out)["made_by"]["collection"] == str(ROOT / "corpus/samples/documents")
    several = ask("When did the tunnel open?", "Who was hurt?", "--json", "--no-refresh")
    assert len(several.out.splitlines()) == 2


def test_words_without_quotation_marks_are_one_question(ask: Qa, folder: Path) -> None:
    ran = ask(folder, "--json", "Who", "was", "hurt?")
    assert json.loads(ran.out)["question"] == "Who was hurt?"


def test_a_single_file_can_be_asked(ask: Qa, folder: Path) -> None:
    ran = ask(folder / "rain.txt", "When was this article published?")
    assert ran.out.startswith("3 May 2016\n\n[1] Published: «3 May 2016»\n")


def test_filters(ask: Qa, folder: Path) -> None:
    flags = ["--after", "2017-06-01", "--before", "2017-06-05", "--document", "deep/", "--json"]
    receipt = json.loads(ask(folder, "Who was hurt?", *flags).out)
    assert {c["document"] for c in receipt["citations"]} == {"deep/trains.txt"}
    assert receipt["made_by"]["filter"] == {
        "publishers": [],
        "after": "2017-06-01",
        "before": "2017-06-05",
        "documents": ["deep/"],
    }


def test_a_filter_that_leaves_nothing_is_said(ask: Qa, folder: Path) -> None:
    ran = ask(folder, "Who was hurt?", "--publisher", "Valley Time")
    assert (ran.code, ran.out) == (1, "These documents do not answer that.\n")
    assert ran.err == "No document matches these filters. To see what there is: qa status FOLDER\n"


def test_another_reader(ask: Qa, folder: Path, reader_folder: str) -> None:
    ran = ask(folder, "Who was hurt?", "--reader", reader_folder, "--json")
    receipt = json.loads(ran.out)
    assert receipt["made_by"]["reader"] == reader_folder
    for citation in receipt["citations"]:
        assert citation["quote"] in citation["sentence"]


def test_no_refresh_does_not_look(ask: Qa, folder: Path) -> None:
    ask(folder, "Who was hurt?")
    (folder / "rain.txt").unlink()
    flags = ["--json", "--document", "rain.txt"]
    assert json.loads(ask(folder, "Who was hurt?", *flags, "--no-refresh").out)["citations"]
    assert json.loads(ask(folder, "Who was hurt?", *flags).out)["citations"] == []


# Mistakes: one line, exit code 2, and at once.


def mistake(ran: Ran) -> str:
    assert (ran.code, ran.out) == (2, "")
    assert re.fullmatch(r"qa: [^\n]+\n", ran.err)
    return ran.err


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["none/", "Who?"], "There is no folder 'none/'"),
        (["none", "Who was hurt?"], "There is no folder 'none'"),
        (["none/"], "There is no folder 'none/'"),
        (["FOLDER"], "There is no question. Ask one"),
        ([], "There is no question. Ask one"),
        ([""], "There is no question|The question is empty"),
        (["artcles"], "There is no folder 'artcles'"),
        (["", "Who?"], "There is no folder ''"),
        (["FOLDER", ""], "The question is empty"),
        (["FOLDER", "?!"], "The question is empty"),
        (["FOLDER", "x" * 2001], "The question has 2,001 characters"),
        (["who " * 1000], "The question has 3,999 characters"),
        (["FOLDER", "Who?", "--after", "yesterday"], "--after takes a day as YYYY-MM-DD, not 'yesterday'"),
        (["FOLDER", "Who?", "--before", "2017-02-30"], "--before takes a day as YYYY-MM-DD"),
        (["FOLDER", "Who?", "--after", ""], "--after takes a day as YYYY-MM-DD, not ''"),
        (["FOLDER", "Who?", "--after", "2018-01-01", "--before", "2017-01-01"], "No day is both after"),
        (["FOLDER", "--file", "none.txt"], "The questions in 'none.txt' cannot be read"),
        (["FOLDER", "Who?", "--encoder", "no-such-encoder"], "'no-such-encoder' is not a folder here"),
        (["FOLDER", "Who?", "--encoder", "/no/such"], "There is no model folder '/no/such'"),
    ],
)  # fmt: skip
def test_mistakes_of_asking(
    qa: Qa, folder: Path, words: list[str], says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    ran = qa("ask", *(str(folder) if word == "FOLDER" else word for word in words))
    assert re.search(says, mistake(ran))
    assert not (folder / ".qa/index.sqlite").exists(), "indexed for nothing"


@pytest.mark.parametrize("name", ["no-such-reader", "no/such-reader", "./none", "a b"])
def test_a_reader_that_is_not_there(ask: Qa, folder: Path, name: str) -> None:
    begun = time.monotonic()
    assert repr(name) in mistake(ask(folder, "Who?", "--reader", name))
    assert time.monotonic() - begun < 20


def test_an_encoder_as_reader_is_refused(ask: Qa, folder: Path, encoder_folder: str) -> None:
    said = mistake(ask(folder, "Who?", "--reader", encoder_folder))
    assert "it was not trained for question answering" in said


def test_a_bad_line_among_the_questions_is_named(ask: Qa, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "questions.txt").write_text("Did it rain?\n\n---\nWhere?\n", "utf-8")
    ran = ask(str(folder), "--file", str(tmp_path / "questions.txt"))
    assert ran.out == ""
    assert mistake(ran).startswith("qa: Line 3 of the questions: The question is empty.")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
@pytest.mark.parametrize("command", ["status", "--help"])
def test_output_that_cannot_be_written_is_one_line(folder: Path, place: Path, command: str) -> None:
    update(folder, place, FakeEncoder())
    words = [command] if command == "--help" else [command, str(folder), "--index", str(place)]
    with Path("/dev/full").open("w") as full:
        ran = subprocess.run(
            [sys.executable, "-c", "from qa.cli.main import main; main()", *words],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert ran.returncode == 2
    assert ran.stderr == "qa: The output cannot be written: No space left on device.\n"


def test_questions_that_are_no_text(ask: Qa, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "q.txt").write_bytes(b"\xff\xfe\x00\xd8")
    assert "cannot be read" in mistake(ask(folder, "--file", tmp_path / "q.txt"))
    assert "The questions in '-' cannot be read" in mistake(ask(folder, stdin=b"\x80"))
    assert "There is no question" in mistake(ask(folder, stdin=b"\n \n"))


@pytest.mark.parametrize("command", ["ask", "index", "chat", "status"])
def test_a_folder_that_is_not_there(qa: Qa, tmp_path: Path, command: str) -> None:
    words = ["Who?"] if command == "ask" else []
    said = mistake(qa(command, tmp_path / "none", *words))
    assert f"There is no folder '{tmp_path}/none'. Pass a folder that contains documents." in said


def test_an_empty_folder(qa: Qa, ask: Qa, tmp_path: Path, encoder_folder: str) -> None:
    (tmp_path / "empty").mkdir()
    said = "holds no files. Put documents into it first."
    assert said in mistake(ask(tmp_path / "empty", "Who?"))
    assert said in mistake(qa("index", tmp_path / "empty", "--encoder", encoder_folder))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_may_not_be_read(ask: Qa, folder: Path) -> None:
    folder.chmod(0o000)
    try:
        assert "cannot be" in mistake(ask(folder, "Who?"))
    finally:
        folder.chmod(0o755)


@pytest.mark.parametrize(
    "damage", [b"this is no database", b"SQLite format 3\x00" + b"\x07" * 9000]
)
def test_a_damaged_index(ask: Qa, qa: Qa, folder: Path, damage: bytes) -> None:
    assert ask(folder, "Who was hurt?").code == 0
    (folder / ".qa" / FILE_NAME).write_bytes(damage)
    for ran in (ask(folder, "Who was hurt?"), qa("status", folder)):
        assert FILE_NAME in mistake(ran)


@pytest.mark.parametrize(
    "words",
    [["frobnicate"], ["ask", "--no-such-option"], ["ask", "-k", "0"], ["ask", "-k", "x"], ["index"],
     ["ask", "--min-confidence", "2"], ["chat", "--port", "99999"], ["verify"]],
)  # fmt: skip
def test_wrong_usage(qa: Qa, words: list[str]) -> None:
    ran = qa(*words)
    assert (ran.code, ran.out) == (2, "")
    assert "Usage: qa" in ran.err
    assert "Error: " in ran.err


# The other commands.


def test_index_and_status(qa: Qa, folder: Path, encoder_folder: str, tmp_path: Path) -> None:
    (folder / "b\x1b[2Jad.pdf").write_bytes(b"%PDF")
    made = ["--encoder", encoder_folder, "--index", str(tmp_path / "there")]
    ran = qa("index", folder, *made)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.splitlines() == [
        "Files: 4 added, 1 could not be read.",
        f"To see what could not be read, and why: qa status {folder}",
    ]
    assert not (folder / ".qa").exists()
    (folder / "sun.txt").unlink()
    assert "1 removed, 3 unchanged" in qa("index", folder, *made).out
    assert "3 added" in qa("index", folder, *made, "--rebuild").out
    shown = qa("status", folder, "--index", tmp_path / "there")
    assert (shown.code, shown.err) == (0, "")
    assert shown.out.startswith("documents   2\npassages    3\n")
    assert "  b\\x1b[2Jad.pdf: " in shown.out
    values = json.loads(qa("status", folder, "--index", tmp_path / "there", "--json").out)
    assert (values["documents"], values["skipped"][0]["file"]) == (2, "b\x1b[2Jad.pdf")
    assert values["made_with"]["encoder"] == encoder_folder


def test_status_without_an_index(qa: Qa, folder: Path) -> None:
    assert "index" in mistake(qa("status", folder))


def test_another_encoder_than_the_index_was_made_with(
    ask: Qa, folder: Path, tmp_path: Path
) -> None:
    ask(folder, "Who was hurt?")
    other = save_encoder(tmp_path / "other", [*WORDS, "another"])
    said = mistake(ask(folder, "Who was hurt?", "--encoder", other))
    assert "--encoder" in said
    assert "--rebuild" in said


def test_verify(ask: Qa, qa: Qa, folder: Path, tmp_path: Path) -> None:
    receipt = tmp_path / "answer.json"
    receipt.write_text(
        ask(folder, "Who was hurt?", "--json", "--document", "rain.txt").out, "utf-8"
    )
    stands = qa("verify", receipt)
    assert stands.code == 0
    assert {line.split()[1] for line in stands.out.splitlines()} == {"stands:"}
    (folder / "rain.txt").unlink()
    gone = qa("verify", receipt, "--json")
    assert gone.code == 1
    assert {verdict["state"] for verdict in json.loads(gone.out)} == {"gone"}
    folder.rename(tmp_path / "moved")
    assert "There is no folder" in mistake(qa("verify", receipt))
    assert qa("verify", receipt, "--docs", tmp_path / "moved").code == 1
    receipt.write_text("")
    assert "contains no answers" in mistake(qa("verify", receipt))
    assert "cannot be read" in mistake(qa("verify", tmp_path / "none.json"))


def test_verify_an_answer_without_citations(ask: Qa, qa: Qa, folder: Path, tmp_path: Path) -> None:
    receipt = tmp_path / "answer.json"
    receipt.write_text(ask(folder, "Who?", "--json", "--publisher", "nobody").out, "utf-8")
    ran = qa("verify", receipt)
    assert (ran.code, ran.out) == (0, "There is nothing to check: the answer has no citations.\n")


def test_hostile_names_and_texts_are_shown_harmless(ask: Qa, folder: Path) -> None:
    (folder / "e\x1b]0;owned\x07.txt").write_text(
        "Title\x1b[2J\n\nThe [red]zebra[/red] \x9b31mran."
    )
    ran = ask(
        folder, "Who saw the zebra?\x1b[2J", "Where is it?", "--document", "e\x1b]0;owned\x07.txt"
    )
    assert "? Who saw the zebra?\\x1b[2J\n" in ran.out
    assert "e\\x1b]0;owned\\x07.txt, characters" in ran.out
    assert "[red]zebra[/red]" in ran.out


COMMANDS = [command.callback.__name__ for command in app.registered_commands if command.callback]
MEASURES = [c.callback.__name__ for c in eval_commands.app.registered_commands if c.callback]


def test_the_commands_are_these() -> None:
    assert COMMANDS == [
        "index",
        "ask",
        "chat",
        "status",
        "verify",
        "docs",
        "train",
        "calibrate",
        "export",
    ]
    assert MEASURES == ["retrieval", "reader", "answers", "own"]


@pytest.mark.parametrize(
    "command", [[], *([name] for name in COMMANDS), ["eval"], *(["eval", n] for n in MEASURES)]
)
def test_help_has_examples(qa: Qa, command: list[str]) -> None:
    for flag in ("--help", "-h"):
        ran = qa(*command, flag)
        assert (ran.code, ran.err) == (0, "")
        assert "\n  Examples:\n" in ran.out
        assert re.search(rf"\n    .*\bqa {' '.join(command)}", ran.out)


def test_the_version(qa: Qa) -> None:
    from importlib.metadata import version

    assert qa("--version") == Ran(0, f"corpus-qa {version('corpus-qa')}\n", "")


def test_without_a_command_the_help_is_shown(qa: Qa) -> None:
    ran = qa()
    assert "Usage: qa [OPTIONS] COMMAND" in ran.out + ran.err


def test_summary() -> None:
    assert summary(Changes()) == "Files: none."
    assert summary(Changes(1, 2, 3, 4, 5)) == (
        "Files: 1 added, 2 changed, 3 removed, 4 unchanged, 5 could not be read."
    )


def test_a_mistake_that_names_a_hostile_file_is_one_line(ask: Qa, tmp_path: Path) -> None:
    (tmp_path / "evil").mkdir()
    (tmp_path / "evil/a.p\x1b]0;owned\x07\n\x9b2J").write_text("Nothing.")
    assert "None of the 1 files" in mistake(ask(tmp_path / "evil", "Who?"))


# The real program.


PROGRAM = str(Path(sys.executable).with_name("qa"))


def test_help_imports_nothing_heavy(tmp_path: Path) -> None:
    script = (
        "import sys\nsys.argv = ['qa', '--help']\n"
        "from qa.cli.main import main\n"
        "try:\n    main()\nexcept SystemExit: pass\n"
        "heavy = 'torch numpy gradio transformers faiss sentence_transformers'.split()\n"
        "print([m for m in heavy if m in sys.modules])"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert ran.stdout.endswith("\n[]\n")
    assert "Usage: qa" in ran.stdout


@pytest.mark.slow
def test_from_a_question_to_a_checked_receipt(folder: Path, tmp_path: Path) -> None:
    """The program as it is installed, with its own encoder, and a terminal that knows ASCII only."""
    (folder / "rain.txt").rename(folder / os.fsdecode(b"r\xe9gen-\xe6\x97\xa5.txt"))
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "LC_ALL": "C"}
    words: list[str | bytes] = [
        PROGRAM,
        "ask",
        os.fsencode(folder),
        b"How many metres did the river rise, \xff\xe9?",
    ]
    asked = subprocess.run([*words, "--json"], capture_output=True, env=environment, check=False)
    assert (asked.returncode, asked.stderr) == (0, b"")
    receipt = json.loads(asked.stdout)
    assert "two" in receipt["answer"]
    assert receipt["citations"][0]["sentence"] == "The river rose by two metres."
    assert receipt["made_by"]["reader"] == "corpus-qa-reader"
    assert receipt["made_by"]["index"]["encoder"] == "all-MiniLM-L6-v2"
    (tmp_path / "answer.json").write_bytes(asked.stdout)
    checked = subprocess.run(
        [PROGRAM, "verify", str(tmp_path / "answer.json")],
        capture_output=True,
        env=environment,
        check=False,
    )
    assert (checked.returncode, checked.stderr) == (0, b"")
    assert checked.stdout.decode("utf-8").startswith("[1] stands: r\\xe9gen-日.txt, “")


@pytest.mark.slow
def test_ctrl_c_while_indexing_keeps_what_was_done(
    qa: Qa, tmp_path: Path, encoder_folder: str
) -> None:
    docs, place = tmp_path / "docs", tmp_path / "index"
    docs.mkdir()
    for i in range(1500):
        (docs / f"{i:04}.txt").write_text(
            f"Report {i}\n\nThe river rose by {i} metres. Nobody was hurt."
        )
    words = ["index", str(docs), "--index", str(place), "--encoder", encoder_folder]
    child = subprocess.Popen(
        [PROGRAM, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and not indexed(place):
        time.sleep(0.02)
    child.send_signal(signal.SIGINT)
    out, err = child.communicate(timeout=30)
    assert (child.returncode, out) == (130, "")
    assert err == "qa: Stopped. Progress is saved; run the same command to continue.\n"
    done = indexed(place)
    assert 0 < done < 1500
    store = Store.open(place / FILE_NAME)
    with store.snapshot():
        assert len(dict(store.documents())) == len(store.passages().keys) == done
    store.close()
    for path in list(docs.iterdir())[100:]:
        path.unlink()
    left = len(list(docs.iterdir()))
    again = qa(*words)
    assert (again.code, again.err) == (0, "")
    assert again.out.startswith("Files: ")
    assert indexed(place) == left == 100


def indexed(place: Path) -> int:
    """How many files the index knows of; 0 as long as there is none."""
    with suppress(UserError):
        store = Store.open(place / FILE_NAME)
        try:
            return len(store.ledger())
        finally:
            store.close()
    return 0
