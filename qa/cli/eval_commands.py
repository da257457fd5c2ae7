"""`qa eval`: measure retrieval, a reader, whole answers, or your own questions."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from corpus.errors import ExampleError
from qa.answering import open_assistant
from qa.cli import options
from qa.cli.console import note
from qa.cli.models import TERMINAL, encoder_named, reader_named
from qa.cli.progress import counting
from qa.defaults import MIN_CONFIDENCE, PASSAGES_READ

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from qa.evaluation import Example

app = typer.Typer(no_args_is_help=True)

Files = Annotated[
    list[Path],
    typer.Argument(
        metavar="FILE...", help="JSON lines or SQuAD files of questions with contexts and answers."
    ),
]
Sample = Annotated[
    int | None, typer.Option(min=1, metavar="N", help="Use only N questions, drawn at random.")
]
Seed = Annotated[int, typer.Option(help="Random seed.")]


@app.callback()
def evaluate() -> None:
    """Measure every stage: retrieval, the reader, whole answers, or your own questions.

    \b
    Examples:
      qa eval retrieval DATA/cranfield DATA/time
      qa eval reader xquad.jsonl.gz
      qa eval answers xquad.jsonl.gz --others more.jsonl.gz --plots plots/
      qa eval own articles/ questions.csv
    """


@app.command()
def retrieval(
    folders: Annotated[
        list[Path], typer.Argument(metavar="FOLDER...", help="Collections in BEIR format.")
    ],
    encoder: options.EncoderName = None,
    precision: options.Precision = "auto",
    as_json: options.AsJson = False,
) -> None:
    """Measure retrieval with BM25, vectors and each fusion: nDCG@10, recall, MRR and MAP.

    \b
    Examples:
      qa eval retrieval DATA/cranfield DATA/time
      qa eval retrieval DATA/* --json > retrieval.json
    """
    from dataclasses import asdict

    from qa.evaluation import evaluate_retrieval, reports

    loaded = encoder_named(encoder, precision=precision)
    measured = []
    for folder in folders:
        with counting(f"Encoding {folder.name}", "passages") as progress:
            measured.append(evaluate_retrieval(folder, loaded, progress=progress))
    made = reports.made_by([f for d in folders for f in sorted(d.rglob("*.*"))], loaded)
    _print(
        as_json,
        {"retrieval": [asdict(one) for one in measured]},
        reports.retrieval_lines(measured),
        made,
    )


@app.command()
def reader(
    files: Files,
    reader: options.ReaderName = None,
    absent: Annotated[
        bool,
        typer.Option(
            "--absent",
            help="Also ask each question of a context that looks right but has no answer.",
        ),
    ] = False,
    sample: Sample = None,
    seed: Seed = 0,
    as_json: options.AsJson = False,
) -> None:
    """Measure a reader on questions with their own contexts: exact match and F1.

    If some contexts do not contain an answer, also measure how well the reader notices.

    \b
    Examples:
      qa eval reader xquad.jsonl.gz --absent
      qa eval reader dev-v2.0.json --reader my-reader/
    """
    from dataclasses import asdict

    from qa.evaluation import read_gold, reader_report, reports

    examples = _examples(files, sample, seed)
    if not any(example.answers for example in examples):
        raise ExampleError("Nothing can be measured: none of these questions has an answer.")
    if absent:
        from qa.evaluation import with_absent

        examples = with_absent(examples, seed=seed)
    loaded = reader_named(reader)
    with counting("Reading", "questions") as progress:
        read = read_gold(loaded, examples, lambda done: progress(done, len(examples)))
    found = reader_report(read)
    made = reports.made_by(files, reader=loaded)
    _print(as_json, {"reader": asdict(found)}, reports.reading_lines(found), made)


@app.command()
def answers(
    files: Files,
    others: Annotated[
        list[Path] | None,
        typer.Option(
            help="Files whose contexts are added as documents; nothing is asked about them."
        ),
    ] = None,
    most_others: Annotated[
        int,
        typer.Option(
            min=0,
            metavar="N",
            help="Maximum number of documents to add from --others, drawn at random.",
        ),
    ] = 2000,
    k: options.Passages = PASSAGES_READ,
    min_confidence: options.MinConfidence = MIN_CONFIDENCE,
    plots: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write diagrams (SVG) to this folder.")
    ] = None,
    encoder: options.EncoderName = None,
    reader: options.ReaderName = None,
    near: Annotated[
        bool,
        typer.Option(
            "--near-misses", help="Also ask questions with one name, figure or word changed."
        ),
    ] = False,
    sample: Sample = None,
    seed: Seed = 0,
    as_json: options.AsJson = False,
) -> None:
    """Measure whole answers, with every context as a document of one collection.

    Then half of the documents are removed and their questions, which now have no answer, asked again.

    \b
    Examples:
      qa eval answers xquad.jsonl.gz
      qa eval answers xquad.jsonl.gz --others more.jsonl.gz --near-misses --sample 300 --plots plots/
    """
    from qa.evaluation import (
        Asked,
        Collection,
        ask_all,
        ask_both,
        draw,
        end_to_end_report,
        near_misses,
        ready,
        reports,
    )

    examples = _examples(files, sample, seed)
    examples = [example for example in examples if example.answers]
    if not examples:
        raise ExampleError("Nothing can be measured: none of these questions has an answer.")
    if plots is not None:  # fail before the work, not after it
        ready(plots)
    loaded = encoder_named(encoder)
    reading = reader_named(reader, loaded)

    def ask(
        made: Collection, some: "Sequence[Example]", there: bool, tell: "Callable[[int], None]"
    ) -> list[Asked]:
        return ask_all(made.assistant, made.ids, some, there=there, k=k, progress=tell)

    extra = _contexts(others or [], most_others, seed)
    missed = near_misses(examples, _examples(files, None, seed), seed=seed) if near else []
    both = ask_both(examples, extra, loaded, reading, ask, seed=seed, near=missed, display=TERMINAL)
    asked = [*both.there, *both.absent]
    found = end_to_end_report(
        asked, documents=both.documents, min_confidence=min_confidence, near=both.near
    )
    made = reports.made_by([*files, *(others or [])], loaded, reading)
    _print(
        as_json,
        {"answers": reports.answering_values(found)},
        reports.answering_lines(found),
        made,
    )
    if plots is not None:
        for path in draw(found, plots):
            note(f"Drawn: {path}")


@app.command()
def own(
    folder: options.Folder,
    questions: Annotated[
        Path,
        typer.Argument(
            help="CSV (question, answer) or JSON lines; leave the answer empty if there is none."
        ),
    ],
    k: options.Passages = PASSAGES_READ,
    min_confidence: options.MinConfidence = MIN_CONFIDENCE,
    index_dir: options.IndexDir = None,
    encoder: options.EncoderName = None,
    reader: options.ReaderName = None,
    as_json: options.AsJson = False,
) -> None:
    """Ask your own documents questions whose right answers you know, and check the results.

    \b
    Examples:
      qa eval own articles/ questions.csv
      qa eval own articles/ questions.jsonl --json > outcome.json
    """
    from qa.evaluation import ask_own, read_questions, reports

    wanted = read_questions(questions)
    assistant = open_assistant(folder, index_dir, encoder, reader, refresh=True, display=TERMINAL)
    with counting("Asking", "questions") as progress:
        judged = ask_own(
            assistant,
            wanted,
            k=k,
            min_confidence=min_confidence,
            progress=lambda done: progress(done, len(wanted)),
        )
    made = reports.made_by([questions], assistant.index.encoder, assistant.reader)
    _print(as_json, {"own": reports.own_values(judged)}, reports.own_lines(judged), made)


def _examples(files: list[Path], sample: int | None, seed: int) -> "list[Example]":
    import random

    from qa.evaluation import read_examples

    found = read_examples(files)
    if sample is not None and sample < len(found):
        return random.Random(seed).sample(found, sample)  # noqa: S311
    return found


def _contexts(files: list[Path], most: int, seed: int) -> list[str]:
    import random

    from qa.evaluation import read_examples

    found = list(dict.fromkeys(example.context for example in read_examples(files)))
    return random.Random(seed).sample(found, min(most, len(found)))  # noqa: S311


def _print(as_json: bool, values: dict[str, Any], lines: list[str], made: dict[str, Any]) -> None:
    from qa.evaluation import made_by_lines
    from qa.render import plain_json

    if as_json:
        print(plain_json(values | {"made_by": made}))
    else:
        print("\n".join([*lines, "", *made_by_lines(made)]))
