"""The options that several commands share, and what their values mean."""

import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from corpus.errors import CollectionError, FilterError, QuestionError, ReceiptError, why_unread

if TYPE_CHECKING:
    from index.types import Filter

STDIN = Path("-")
# No file system accepts a longer name.
LONGEST_NAME = 255


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"corpus-qa {version('corpus-qa')}")
        raise typer.Exit


Version = Annotated[
    bool,
    typer.Option("--version", is_eager=True, callback=_print_version, help="Show the version."),
]
Folder = Annotated[Path, typer.Argument(help="The folder with the documents.")]
FolderOrSamples = Annotated[
    Path | None, typer.Argument(help="The folder (default: the built-in samples).")
]
FolderAndQuestions = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="FOLDER QUESTION",
        help="The folder (default: the built-in samples) and one or more questions.",
    ),
]
IndexDir = Annotated[
    Path | None,
    typer.Option("--index", metavar="DIR", help="Where the index is kept (default: FOLDER/.qa)."),
]
EncoderName = Annotated[
    str | None,
    typer.Option(
        "--encoder",
        metavar="NAME_OR_PATH",
        help="Use another sentence-transformers model: a folder, or a name on the hub (downloaded once).",
    ),
]
Device = Annotated[
    str,
    typer.Option(
        "--device",
        metavar="cpu|cuda|auto",
        help="Where to encode passages: on the processor, on a GPU, or on a GPU if there is one.",
    ),
]
Precision = Annotated[
    str,
    typer.Option(
        "--precision",
        metavar="auto|float32",
        help="Number format for encoding: auto uses bfloat16 for many passages, if that is faster here.",
    ),
]
ReaderName = Annotated[
    str | None,
    typer.Option(
        "--reader",
        metavar="NAME_OR_PATH",
        help='Use another reader: "sentences", or a question-answering model (a folder, or a name on the hub).',
    ),
]
Auth = Annotated[
    Path | None,
    typer.Option(
        "--auth",
        metavar="FILE",
        help='Require a login: a file with lines of name:password; "-" asks you for one.',
    ),
]
NoAuth = Annotated[
    bool, typer.Option("--no-auth", help="Let in everyone who can reach the address.")
]
Origins = Annotated[
    list[str] | None,
    typer.Option(
        "--allow-origin",
        metavar="ORIGIN",
        help="A website whose pages may read this server (https://ask.example.org), or the address that "
        "a proxy serves the page at. Repeatable. Without it no website can.",
    ),
]
Proxies = Annotated[
    list[str] | None,
    typer.Option(
        "--trusted-proxy",
        metavar="ADDRESS",
        help="A proxy, or a network of them (10.1.0.0/16), that is believed when it says whom it asks for. "
        "Repeatable. Without it everybody behind a proxy counts as one.",
    ),
]
Adding = Annotated[
    bool | None,
    typer.Option(
        "--adding/--no-adding",
        help="Whether the page may add and remove documents (default: yes, if only this machine can reach it).",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
SignKey = Annotated[
    Path | None,
    typer.Option("--key", metavar="FILE", help="Sign the JSON with the key in this file."),
]
VerifyKey = Annotated[
    Path | None,
    typer.Option("--key", metavar="FILE", help="Check the signature with the key in this file."),
]
NoRefresh = Annotated[
    bool, typer.Option("--no-refresh", help="Do not look for new and changed documents first.")
]
QuestionFile = Annotated[
    Path | None,
    typer.Option("--file", "-f", help='Read questions from a file, one per line; "-" is stdin.'),
]
Follow = Annotated[
    bool,
    typer.Option("--follow", help='Let each question follow up the one before: "And where?"'),
]
Passages = Annotated[int, typer.Option("-k", min=1, max=200, help="Number of passages to read.")]
Publishers = Annotated[
    list[str] | None,
    typer.Option("--publisher", help="Only documents from this publisher (may be repeated)."),
]
After = Annotated[
    str | None,
    typer.Option(metavar="YYYY-MM-DD", help="Only documents published on this day or later."),
]
Before = Annotated[
    str | None,
    typer.Option(metavar="YYYY-MM-DD", help="Only documents published on this day or earlier."),
]
Documents = Annotated[
    list[str] | None,
    typer.Option("--document", help='Only this document, or those in "folder/" (may be repeated).'),
]
MinConfidence = Annotated[
    float, typer.Option(min=0, max=1, help="Give no answer below this confidence.")
]


def folder_and_questions(words: list[str], file: Path | None) -> tuple[Path | None, list[str]]:
    """The folder, if one was given, and the questions from the command line, a file or stdin.

    Raises:
        CollectionError: if the first word should be a folder but is not.
        QuestionError: if there is no question, or one that is empty or too long.
    """
    # Checked before the folder is indexed. Imported here because the import takes time.
    from qa.question import validate

    folder: Path | None = None
    if words and _exists(words[0]):
        folder, words = Path(words[0]), words[1:]
    elif words and _should_be_folder(words[0], alone=len(words) == 1):
        raise CollectionError(
            f"There is no folder {words[0]!r}. Pass a folder that contains documents."
        )
    # Several questions of one word each are one question whose quotation marks were forgotten.
    one = len(words) > 1 and not any(" " in word.strip() for word in words)
    questions = [" ".join(words)] if one else list(words)
    if file is not None:
        questions += _lines(file, validate)
    elif not questions and sys.stdin is not None and not sys.stdin.isatty():
        questions += _lines(STDIN, validate)
    if not questions:
        raise QuestionError('There is no question. Ask one: qa ask FOLDER "Who …?"')
    return folder, [validate(question) for question in questions]


def _exists(word: str) -> bool:
    try:
        # subtle: Path("") is the current folder.
        return bool(word) and Path(word).exists()
    except (OSError, ValueError):  # too long for a file name, or contains NUL: a question
        return False


def _should_be_folder(word: str, *, alone: bool) -> bool:
    """Whether the first word, which is not a folder, was meant as one: it does not read as a question."""
    if word.endswith(("/", "\\")):
        return True
    if alone and (not word.strip() or " " in word.strip() or len(word) > LONGEST_NAME):
        return False
    return not word.rstrip().endswith("?")


def _lines(file: Path, checked: Callable[[str], str]) -> list[str]:
    """The questions in a file, one per line; empty lines are skipped."""
    try:
        data = sys.stdin.buffer.read() if file == STDIN else file.read_bytes()
        text = data.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise QuestionError(
            f"The questions in {str(file)!r} cannot be read: {why_unread(error)}."
        ) from error
    questions = []
    for number, line in enumerate(text.splitlines(), start=1):
        try:
            questions += [checked(line)] if line.strip() else []
        except QuestionError as error:
            raise QuestionError(f"Line {number} of the questions: {error}") from error
    return questions


def filter_from(
    publishers: list[str] | None, after: str | None, before: str | None, documents: list[str] | None
) -> "Filter":
    """The filter that these options describe.

    Raises:
        FilterError: if one of them cannot be parsed.
    """
    from index.types import Filter

    return Filter(
        publishers=tuple(publishers or ()),
        after=_day("--after", after),
        before=_day("--before", before),
        documents=tuple(documents or ()),
    )


def _day(option: str, words: str | None) -> date | None:
    try:
        return date.fromisoformat(words) if words is not None else None
    except ValueError as error:
        raise FilterError(f"{option} takes a day as YYYY-MM-DD, not {words!r}.") from error


def sealing(key: Path | None, *, as_json: bool) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """What signs a receipt with the key in a file; without one, what leaves it as it is.

    Raises:
        ReceiptError: if the file holds no key, or what is printed is no receipt.
    """
    if key is None:
        return lambda receipt: receipt
    if not as_json:
        raise ReceiptError("--key signs what --json prints. Use both, or leave out --key.")
    from qa.audit import load_key, signed

    secret = load_key(key)
    return lambda receipt: signed(receipt, secret)
