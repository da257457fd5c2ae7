"""The command line: `qa index | ask | chat | status | docs | verify | eval | train …`. It only calls the library."""

import atexit
import errno
import gc
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from corpus.errors import UserError
from qa.answering import open_assistant
from qa.cli import docs_commands, eval_commands, index_commands, options, train_commands
from qa.cli.console import give_up_output, note, show, speak_utf8
from qa.cli.models import TERMINAL
from qa.defaults import MIN_CONFIDENCE, PASSAGES_READ

NO_ANSWER, WRONG_INPUT, INTERRUPTED = 1, 2, 130
# The disk is full, a quota is used up, or the reading end of the pipe was closed.
UNWRITABLE = (errno.ENOSPC, errno.EDQUOT, errno.EPIPE)

_INDEXED = "Progress is saved; run the same command to continue."
# What to do after a command was stopped.
_KEPT = {
    "index": _INDEXED,
    "ask": _INDEXED,
    "chat": _INDEXED,
    "train": "Run the same command to continue from the last checkpoint.",
}

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


@app.callback()
def program(version: options.Version = False) -> None:
    """Ask a folder of documents a question; get the answer in their own words, with a citation.

    \b
    Examples:
      qa ask articles/ "Who said the talks are over?"
      qa chat articles/
      qa ask "When did the Gotthard Base Tunnel open?"     (the built-in samples)
    """


app.add_typer(eval_commands.app, name="eval")
app.command()(index_commands.index)


def main() -> None:
    """Run the command line; a UserError is printed as one line, with exit code 2."""
    speak_utf8()
    _collect_rarely()
    try:
        try:
            app(prog_name="qa")
        finally:
            sys.stdout.flush()
    except UserError as error:
        _fail(str(error), WRONG_INPUT)
    except SystemExit as end:
        # subtle: typer turns Ctrl-C into this code and prints nothing.
        if end.code != INTERRUPTED:
            raise
        _stopped()
    except KeyboardInterrupt:
        _stopped()
    except OSError as error:
        if error.errno not in UNWRITABLE and error.filename is not None:
            _fail(f"{str(error.filename)!r}: {error.strerror}.", WRONG_INPUT)
        if error.errno not in UNWRITABLE:
            raise
        give_up_output()
        _fail(f"The output cannot be written: {error.strerror}.", WRONG_INPUT)


def _collect_rarely() -> None:
    """Collect garbage less often: the imports alone would trigger it fifty times.

    At exit nothing is collected at all. Together this saves a tenth of the time of `qa ask`.
    """
    gc.set_threshold(50_000, 20, 20)
    atexit.register(gc.freeze)


def _stopped() -> NoReturn:
    command = sys.argv[1] if len(sys.argv) > 1 else ""
    _fail(f"Stopped. {_KEPT.get(command, '')}".strip(), INTERRUPTED)


def _fail(message: str, code: int) -> NoReturn:
    from qa.render import one_line

    note(f"qa: {one_line(message)}")
    sys.exit(code)


@app.command()
def ask(
    words: options.FolderAndQuestions = None,
    file: options.QuestionFile = None,
    follow: options.Follow = False,
    k: options.Passages = PASSAGES_READ,
    publisher: options.Publishers = None,
    after: options.After = None,
    before: options.Before = None,
    document: options.Documents = None,
    min_confidence: options.MinConfidence = MIN_CONFIDENCE,
    as_json: options.AsJson = False,
    key: options.SignKey = None,
    index_dir: options.IndexDir = None,
    encoder: options.EncoderName = None,
    reader: options.ReaderName = None,
    no_refresh: options.NoRefresh = False,
) -> None:
    """Ask a folder of documents one or more questions.

    Exit code 0: all answered; 1: at least one has no answer in the documents; 2: wrong usage or input.

    \b
    Examples:
      qa ask articles/ "Who said the talks are over?"
      qa ask articles/ "Who was there?" --publisher "Global Times" --after 2017-09-01
      qa ask articles/ --file questions.txt --json > answers.jsonl
      qa ask --follow "When did the Cassini mission end?" "And where?"
      echo "When did the Cassini mission end?" | qa ask
    """
    from index.types import Filter
    from qa.render import plain_json

    sealed = options.sealing(key, as_json=as_json)
    folder, questions = options.folder_and_questions(words or [], file)
    filter = options.filter_from(publisher, after, before, document)
    assistant = open_assistant(
        folder, index_dir, encoder, reader, refresh=not no_refresh, display=TERMINAL
    )
    if filter != Filter() and not any(map(filter.accepts, assistant.descriptions())):
        note("No document matches these filters. To see what there is: qa status FOLDER")
    ask_all = assistant.ask_in_turn if follow else assistant.ask_many
    answers = ask_all(questions, k=k, filter=filter, min_confidence=min_confidence)
    for number, answer in enumerate(answers):
        if as_json:
            print(plain_json(sealed(answer.to_dict()), indent=2 if len(answers) == 1 else None))
        else:
            show(answer, heading=len(answers) > 1, first=number == 0)
    if not all(answer.found for answer in answers):
        raise typer.Exit(NO_ANSWER)


@app.command()
def chat(
    folder: options.FolderOrSamples = None,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="The port to listen on; 0 picks a free one.")
    ] = 7860,
    auth: options.Auth = None,
    no_auth: options.NoAuth = False,
    origins: options.Origins = None,
    proxies: options.Proxies = None,
    adding: options.Adding = None,
    browser: Annotated[bool, typer.Option(help="Open the page in your browser.")] = True,
    index_dir: options.IndexDir = None,
    encoder: options.EncoderName = None,
    reader: options.ReaderName = None,
    no_refresh: options.NoRefresh = False,
) -> None:
    """Open the chat page for a folder of documents.

    \b
    Examples:
      qa chat
      qa chat articles/ --port 8000
      qa chat articles/ --host 0.0.0.0 --auth people.txt     (lines of name:password)
    """
    from qa.web import serve
    from qa.web.access import users_from
    from qa.web.collection import collection_for, opener

    users = users_from(auth, host=host, everybody=no_auth)
    collection = collection_for(folder, index_dir, host=host, adding=adding)
    serve(
        collection,
        opener(
            collection,
            folder,
            index_dir,
            encoder,
            reader,
            refresh=not no_refresh,
            display=TERMINAL,
        ),
        host=host,
        port=port,
        users=users,
        origins=origins or (),
        proxies=proxies or (),
        browser=browser,
        ready=lambda url: print(f"The page is at {url}  (press Ctrl-C to stop)", flush=True),
    )


@app.command()
def status(
    folder: options.Folder,
    index_dir: options.IndexDir = None,
    as_json: options.AsJson = False,
) -> None:
    """Show what is in an index, and what was skipped and why.

    \b
    Examples:
      qa status articles/
      qa status articles/ --json
    """
    from qa.audit import index_status, status_lines
    from qa.render import plain_json

    found = index_status(folder, index_dir)
    print(plain_json(found.to_dict()) if as_json else status_lines(found))


@app.command()
def verify(
    receipt: Annotated[Path, typer.Argument(help="An answer saved with: qa ask … --json > FILE")],
    docs: Annotated[
        Path | None,
        typer.Option(
            "--docs", metavar="FOLDER", help="Where the documents are now, if they have moved."
        ),
    ] = None,
    index_dir: options.IndexDir = None,
    as_json: options.AsJson = False,
    key: options.VerifyKey = None,
) -> None:
    """Check that a saved answer still stands: each quote in its place, word for word.

    Facts known about a document are checked too, and that the answer itself was not altered.

    Exit code 0: all stand; 1: one has moved, changed or gone, or the answer was altered.

    \b
    Examples:
      qa verify answer.json
      qa verify answer.json --docs /media/archive/articles
    """
    from qa.audit import (
        State,
        load_key,
        load_receipts,
        verdicts_to_json,
        verdicts_to_text,
        verify_all,
    )

    checked = verify_all(
        load_receipts(receipt), docs, index_dir=index_dir, key=load_key(key) if key else None
    )
    verdicts = [v for found in checked for v in found]
    print(verdicts_to_json(verdicts) if as_json else verdicts_to_text(verdicts))
    if any(verdict.state is not State.STANDS for verdict in verdicts):
        raise typer.Exit(1)


app.command()(docs_commands.docs)
app.command()(train_commands.train)
app.command()(train_commands.calibrate)
app.command()(train_commands.export)
