"""The command line: `qa index | ask | chat | status | verify`. It only calls the library."""

import sys
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from corpus.errors import CollectionError, FilterError, QuestionError, UserError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from index.building import Changes, Progress
    from index.encoding import Encoder
    from index.types import Filter, Step
    from qa.answering import Assistant
    from qa.types import Answer

NO_ANSWER, WRONG_INPUT, INTERRUPTED = 1, 2, 130

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    help=(
        "Ask a folder of documents; get the answer in their own words, with a citation.\n\n"
        "\b\nExamples:\n"
        '  qa ask articles/ "Who said the talks are over?"\n'
        "  qa chat articles/\n"
        '  qa ask "When did the Gotthard Base Tunnel open?"     (the built-in samples)'
    ),
)

Folder = Annotated[Path, typer.Argument(help="The folder that holds the documents.")]
IndexDir = Annotated[
    Path | None,
    typer.Option("--index", metavar="DIR", help="Keep the index there, not in FOLDER/.qa."),
]
EncoderName = Annotated[
    str | None,
    typer.Option(
        "--encoder",
        metavar="NAME_OR_PATH",
        help="Another sentence-transformers model: a folder, or a name on the hub (fetched once).",
    ),
]
ReaderName = Annotated[
    str | None,
    typer.Option(
        "--reader",
        metavar="NAME_OR_PATH",
        help='A question-answering model: a folder, or a name on the hub. Default: "sentences".',
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
NoRefresh = Annotated[
    bool, typer.Option("--no-refresh", help="Do not look for new and changed documents first.")
]


def main() -> None:
    """Run the command line; a UserError is one line and exit code 2."""
    try:
        app()
    except UserError as error:
        _fail(str(error), WRONG_INPUT)
    except KeyboardInterrupt:
        _fail(
            "Stopped. What was indexed is kept; the same command goes on from there.", INTERRUPTED
        )


def _fail(message: str, code: int) -> NoReturn:
    print(f"qa: {message}", file=sys.stderr)
    sys.exit(code)


@app.command()
def index(
    folder: Folder,
    index_dir: IndexDir = None,
    encoder: EncoderName = None,
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="Throw the old index away and begin anew.")
    ] = False,
) -> None:
    """Index a folder, or bring its index up to date: only what changed is read.

    \b
    Examples:
      qa index articles/
      qa index /media/archive --index ~/indexes/archive
    """
    from index import index_directory, update

    directory = index_directory(folder, index_dir)
    with _progress() as progress:
        changes = update(
            folder, directory, _encoder(encoder), rebuild=rebuild, progress=progress, on_wait=_note
        )
    print(_summary(changes))
    if changes.skipped:
        print(f"Why {_files(changes.skipped)} could not be read: qa status {folder}")


@app.command()
def ask(
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[FOLDER] [QUESTION]...",
            help="The folder (default: the built-in samples) and one question or more.",
        ),
    ] = None,
    file: Annotated[
        Path | None,
        typer.Option("--file", "-f", help='Questions from a file, one on each line; "-" is stdin.'),
    ] = None,
    k: Annotated[int, typer.Option("-k", min=1, max=200, help="How many passages to read.")] = 8,
    publisher: Annotated[
        list[str] | None, typer.Option(help="Only from this publisher (may be repeated).")
    ] = None,
    after: Annotated[
        str | None, typer.Option(metavar="YYYY-MM-DD", help="Only published on this day or later.")
    ] = None,
    before: Annotated[
        str | None, typer.Option(metavar="YYYY-MM-DD", help="Only published by this day.")
    ] = None,
    document: Annotated[
        list[str] | None,
        typer.Option(help='Only from this document, or from "folder/" (may be repeated).'),
    ] = None,
    min_confidence: Annotated[
        float, typer.Option(min=0, max=1, help="No answer below this confidence.")
    ] = 0.5,
    as_json: AsJson = False,
    index_dir: IndexDir = None,
    encoder: EncoderName = None,
    reader: ReaderName = None,
    no_refresh: NoRefresh = False,
) -> None:
    """Ask a folder of documents one question, or several.

    Exit code 0: all answered; 1: the documents do not answer (one of them); 2: wrong usage or input.

    \b
    Examples:
      qa ask articles/ "Who said the talks are over?"
      qa ask articles/ "Who was there?" --publisher "Global Times" --after 2017-09-01
      qa ask articles/ --file questions.txt --json > answers.jsonl
      echo "When did the Cassini mission end?" | qa ask
    """
    from qa.rendering import to_json

    folder, questions = _folder_and_questions(words or [], file)
    filter = _filter(publisher, after, before, document)
    assistant = _open(folder, index_dir, encoder, reader, refresh=not no_refresh)
    answers = assistant.ask_many(questions, k=k, filter=filter, min_confidence=min_confidence)
    for number, answer in enumerate(answers):
        if as_json:
            print(to_json(answer, indent=2 if len(answers) == 1 else None))
        else:
            _show(answer, heading=len(answers) > 1, first=number == 0)
    if not all(answer.found for answer in answers):
        raise typer.Exit(NO_ANSWER)


@app.command()
def chat(
    folder: Annotated[
        Path | None, typer.Argument(help="The folder (default: the built-in samples).")
    ] = None,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="The port; 0 takes any that is free.")
    ] = 7860,
    browser: Annotated[bool, typer.Option(help="Open the page in the browser.")] = True,
    index_dir: IndexDir = None,
    encoder: EncoderName = None,
    reader: ReaderName = None,
    no_refresh: NoRefresh = False,
) -> None:
    """Open the chat page for a folder of documents.

    \b
    Examples:
      qa chat
      qa chat articles/ --port 8000
    """
    from qa.web.app import serve

    assistant = _open(folder, index_dir, encoder, reader, refresh=not no_refresh)
    serve(
        assistant,
        host=host,
        port=port,
        browser=browser,
        ready=lambda url: print(f"The page is at {url}  (Ctrl-C ends it)", flush=True),
    )


@app.command()
def status(folder: Folder, index_dir: IndexDir = None, as_json: AsJson = False) -> None:
    """What is in the index of a folder, and what was skipped and why.

    \b
    Examples:
      qa status articles/
      qa status articles/ --json
    """
    import json

    from qa.overview import overview, to_lines

    found = overview(folder, index_dir)
    print(json.dumps(found.to_dict(), ensure_ascii=False, indent=2) if as_json else to_lines(found))


@app.command()
def verify(
    receipt: Annotated[Path, typer.Argument(help="An answer saved with: qa ask … --json > FILE")],
    docs: Annotated[
        Path | None,
        typer.Option(
            "--docs", metavar="FOLDER", help="Where the documents are now, if they moved."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check a saved answer: does each citation still stand, word for word, in its place?

    Exit code 0: all stand; 1: one has moved, changed or gone.

    \b
    Examples:
      qa verify answer.json
      qa verify answer.json --docs /media/archive/articles
    """
    from qa.verifying import State, load_receipts, verdicts_to_json, verdicts_to_text
    from qa.verifying import verify as check

    verdicts = [verdict for found in load_receipts(receipt) for verdict in check(found, docs)]
    print(verdicts_to_json(verdicts) if as_json else verdicts_to_text(verdicts))
    if any(verdict.state is not State.STANDS for verdict in verdicts):
        raise typer.Exit(1)


def _folder_and_questions(words: list[str], file: Path | None) -> tuple[Path | None, list[str]]:
    """Which of the words is the folder, and the questions from wherever they come."""
    folder: Path | None = None
    if words and _exists(words[0]):
        folder, words = Path(words[0]), words[1:]
    elif len(words) > 1 or (words and words[0].endswith(("/", "\\"))):
        raise CollectionError(
            f"There is no folder {words[0]!r}. Name a folder that holds documents."
        )
    questions = list(words)
    if file is not None:
        questions += _lines(file)
    elif not questions and not sys.stdin.isatty():
        questions += _lines(Path("-"))
    if not questions:
        raise QuestionError('There is no question. Ask one: qa ask FOLDER "Who …?"')
    return folder, questions


def _exists(word: str) -> bool:
    try:
        return Path(word).exists()
    except (OSError, ValueError):  # too long for a name, or a NUL in it: a question
        return False


def _lines(file: Path) -> list[str]:
    try:
        data = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
        text = data.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise QuestionError(f"The questions in {str(file)!r} cannot be read: {error}.") from error
    return [line.strip() for line in text.splitlines() if line.strip()]


def _filter(
    publishers: list[str] | None, after: str | None, before: str | None, documents: list[str] | None
) -> "Filter":
    from index.types import Filter

    return Filter(
        publishers=tuple(publishers or ()),
        after=_day("--after", after),
        before=_day("--before", before),
        documents=tuple(documents or ()),
    )


def _day(option: str, words: str | None) -> date | None:
    try:
        return date.fromisoformat(words) if words else None
    except ValueError as error:
        raise FilterError(f"{option} takes a day as YYYY-MM-DD, not {words!r}.") from error


def _encoder(name: str | None) -> "Encoder":
    from index import load_encoder

    with _working("Loading the encoder"):
        return load_encoder(name)


def _open(
    folder: Path | None,
    index_dir: Path | None,
    encoder_name: str | None,
    reader_name: str | None,
    *,
    refresh: bool,
) -> "Assistant":
    from index.locating import index_directory
    from qa.answering import Assistant, samples
    from qa.reading import load_reader

    index_directory(
        folder or samples(), index_dir
    )  # a wrong folder is said before models are loaded
    if folder is None:
        _note("No folder was named: asking the built-in samples.")
    encoder = _encoder(encoder_name)
    reader = load_reader(reader_name, encoder)
    with _progress() as progress:
        return Assistant.open(
            folder,
            index_dir=index_dir,
            encoder=encoder,
            reader=reader,
            refresh=refresh,
            progress=progress,
            on_wait=_note,
        )


def _note(message: str) -> None:
    print(message, file=sys.stderr)


@contextmanager
def _working(what: str) -> "Iterator[None]":
    """Say what takes its time, on a terminal only."""
    from rich.console import Console

    console = Console(stderr=True)
    if console.is_terminal:
        with console.status(f"{what} …"):
            yield
    else:
        yield


@contextmanager
def _progress() -> "Iterator[Progress]":
    """A bar with rate and remaining time on a terminal; nothing where the output is piped."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("Indexing"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("files, {task.fields[passages]} passages, {task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None, passages=0, rate="", visible=False)

        def advance(step: "Step") -> None:
            speed = bar.tasks[0].speed
            bar.update(
                task,
                completed=step.done,
                total=step.total,
                passages=step.passages,
                rate=f"{speed:.0f} files/s" if speed else "",
                # subtle: a refresh that finds nothing to do should not flash a bar.
                visible=step.passages > 0,
            )

        yield advance


def _summary(changes: "Changes") -> str:
    parts = [
        f"{count} {name}"
        for count, name in (
            (changes.added, "added"),
            (changes.changed, "changed"),
            (changes.removed, "removed"),
            (changes.unchanged, "unchanged"),
            (changes.skipped, "could not be read"),
        )
        if count
    ]
    return "Files: " + (", ".join(parts) or "none") + "."


def _files(count: int) -> str:
    return f"{count} file" + ("s" if count != 1 else "")


def _show(answer: "Answer", *, heading: bool, first: bool) -> None:
    from rich.console import Console
    from rich.text import Text

    from qa.rendering import to_text

    if heading:
        print(("" if first else "\n") + f"? {answer.question}")
    console = Console(soft_wrap=True, highlight=False)
    text = Text(to_text(answer))  # a Text, not markup: nothing in a document is obeyed
    if console.is_terminal:
        text.highlight_regex(r"«[^»]*»", "bold green")
        text.highlight_regex(r"(?m)^ {4}.*$", "dim")
    console.print(text)
