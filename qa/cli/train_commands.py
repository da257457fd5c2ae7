"""`qa train`, `qa calibrate` and `qa export`: make a reader of your own from examples."""

import shlex
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from corpus.errors import TrainingError
from qa.cli import options
from qa.cli.console import note
from qa.cli.models import TERMINAL, encoder_named
from qa.cli.progress import training_progress
from qa.defaults import PASSAGES_READ
from qa.training import BLOCK, Recipe, Shares

if TYPE_CHECKING:
    from qa.evaluation import Example
    from qa.training import Training, TrainingProgress

RECIPE = Recipe()
HELD_OUT = 0.07
# How many held-out questions a reader is measured on: at the end, and each time this share of the
# training has passed.
MEASURED, MEASURED_BETWEEN = 300, 100
SHARE_BETWEEN = 0.1

Files = Annotated[
    list[Path],
    typer.Argument(
        metavar="FILE...", help="JSON lines or SQuAD files of questions with contexts and answers."
    ),
]
HeldOut = Annotated[
    float,
    typer.Option(
        min=0, max=0.5, metavar="SHARE", help="Share of the contexts to hold out from training."
    ),
]


def train(
    files: Files,
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="Where to write the reader.")],
    start: Annotated[
        str | None,
        typer.Option(
            metavar="NAME_OR_PATH", help="The model to start from (default: our own reader)."
        ),
    ] = None,
    epochs: Annotated[
        float,
        typer.Option(
            min=0.01, help=f"Passes over the examples, rounded to blocks of {BLOCK:,} examples."
        ),
    ] = RECIPE.epochs,
    learning_rate: Annotated[
        float, typer.Option(min=0, max=1, help="Peak learning rate.")
    ] = RECIPE.learning_rate,
    batch_tokens: Annotated[
        int, typer.Option(min=16, help="Maximum tokens per batch, padding included.")
    ] = RECIPE.batch_tokens,
    max_length: Annotated[
        int, typer.Option(min=16, max=512, help="Maximum tokens per window.")
    ] = RECIPE.max_length,
    negatives: Annotated[
        float,
        typer.Option(
            min=0,
            max=1,
            help="Share of questions that also get a passage without an answer.",
        ),
    ] = RECIPE.shares.negatives,
    typed: Annotated[
        float,
        typer.Option(min=0, max=1, help="Share of questions rewritten the way people type."),
    ] = RECIPE.shares.typed,
    cropped: Annotated[
        tuple[float, float],
        typer.Option(
            help="Share of passages that are cropped, at the start and at the end of the training."
        ),
    ] = RECIPE.shares.cropped,
    freeze_words: Annotated[
        bool, typer.Option(help="Do not train the word embeddings.")
    ] = RECIPE.freeze_words,
    bf16: Annotated[
        bool | None,
        typer.Option(help="Train in bfloat16 (default: if the processor or GPU supports it)."),
    ] = None,
    held_out: HeldOut = HELD_OUT,
    seed: Annotated[int, typer.Option(help="Random seed.")] = RECIPE.seed,
) -> None:
    """Train a reader on questions with their right answers, or fine-tune ours on your own.

    If training is interrupted, run the same command to continue. When it is done, run qa calibrate.

    \b
    Examples:
      qa train feedback.jsonl --out my-reader --epochs 1 --learning-rate 3e-5
      qa train squad.json more.jsonl.gz --out my-reader --start all-MiniLM-L6-v2
    """
    from qa.evaluation import read_examples, split
    from qa.training import Training, computes_in_bf16, finish, starting_folder

    kept, held = split(read_examples(files), held_out)
    recipe = Recipe(
        epochs=epochs,
        batch_tokens=batch_tokens,
        learning_rate=learning_rate,
        max_length=max_length,
        freeze_words=freeze_words,
        bf16=computes_in_bf16() if bf16 is None else bf16,
        seed=seed,
        shares=Shares(negatives, cropped, typed),
    )
    with starting_folder(start) as folder:
        training = Training(folder, kept, recipe, checkpoint=out / "checkpoint.safetensors")
    note(f"{len(kept):,} questions to train on, {len(held):,} held out, on {training.device}")
    with _stopping() as stop, training_progress() as progress:
        done = training.run(progress=_measuring(training, held, progress), stop=stop)
    if not done:
        raise KeyboardInterrupt
    scores = _measured(training, held, MEASURED)
    finish(training, out, files=files, start=start, held_out=held_out, scores=scores)
    print(
        f"The reader is in {out}. Next: {shlex.join(['qa', 'calibrate', *map(str, [out, *files])])}"
    )


def calibrate(
    reader: Annotated[Path, typer.Argument(help="The folder of the reader.")],
    files: Files,
    others: Annotated[
        list[Path] | None, typer.Option(help="Files whose contexts are also added as documents.")
    ] = None,
    most_others: Annotated[
        int,
        typer.Option(
            min=0, metavar="N", help="Maximum number of documents to add, drawn at random."
        ),
    ] = 1000,
    most: Annotated[
        int, typer.Option(min=10, metavar="N", help="Maximum number of questions, drawn at random.")
    ] = 3000,
    held_out: Annotated[
        float | None,
        typer.Option(
            min=0,
            max=0.5,
            metavar="SHARE",
            help="Share of the contexts held out when it was trained (default: as recorded by "
            "qa train); 0 for files it was not trained on.",
        ),
    ] = None,
    k: options.Passages = PASSAGES_READ,
    encoder: options.EncoderName = None,
    seed: Annotated[int, typer.Option(help="Random seed.")] = 0,
) -> None:
    """Calibrate a reader's confidence on questions that it was not trained on.

    The contexts become the documents of a collection, and each question is asked of it. Many are asked
    again with a name, a figure or a word changed, so that nothing answers them. Then half of the documents
    are removed and their questions asked again. Writes confidence.json to the reader's folder.

    \b
    Examples:
      qa calibrate my-reader squad.json more.jsonl.gz
    """
    import random

    from qa.evaluation import Collection, ask_both, near_misses, read_examples, split
    from qa.reader import load_extractive_reader
    from qa.training import Observed, bounds, fit, observe

    if not reader.is_dir():
        raise TrainingError(
            f"{str(reader)!r} is not a folder. Pass one that qa train or qa export wrote."
        )
    share = _held_out_of(reader) if held_out is None else held_out
    kept, held = split(read_examples(files), share)
    if share and not held:
        raise TrainingError(
            "There are too few contexts to hold any out. If the reader was not trained on these files, "
            "use --held-out 0."
        )
    chance = random.Random(seed)  # noqa: S311
    examples = [e for e in (held if share else kept) if e.answers]
    examples = chance.sample(examples, min(most, len(examples)))
    pool = list(dict.fromkeys(e.context for e in [*kept, *read_examples(others or [])]))
    extra = chance.sample(pool, min(most_others, len(pool)))
    loaded = encoder_named(encoder)

    def ask(
        made: Collection, some: "Sequence[Example]", there: bool, tell: Callable[[int], None]
    ) -> list[Observed]:
        return observe(made.assistant, some, there=there, k=k, progress=tell)

    near = near_misses(examples, held if share else kept, seed=seed)
    reading = load_extractive_reader(str(reader), reader, fitted=False)
    both = ask_both(examples, extra, loaded, reading, ask, seed=seed, near=near, display=TERMINAL)
    weighed = fit([*both.there, *both.absent], both.near)
    weighed.save(
        reader,
        questions=len(both.there) + len(both.absent),
        without_document=len(both.absent),
        near_misses=len(both.near),
        documents=both.documents,
        k=k,
    )
    print("\n".join(bounds(both.there, both.absent, both.near)))


def export(
    reader: Annotated[Path, typer.Argument(help="The folder of a trained reader.")],
    out: Annotated[Path, typer.Argument(help="The folder to write to.")],
    int8: Annotated[
        bool, typer.Option(help="Quantise the weights to a quarter of the size.")
    ] = True,
) -> None:
    """Export a reader to ONNX, which is smaller, loads faster and reads faster.

    \b
    Examples:
      qa export my-reader my-small-reader
    """
    from qa.training import export as write

    path = write(reader, out, int8=int8)
    print(f"Written: {path} ({path.stat().st_size / 1e6:.1f} MB). Next: qa calibrate {out} FILES")


def _held_out_of(reader: Path) -> float:
    """The share held out when the reader was trained; HELD_OUT if that was not recorded."""
    import json

    try:
        record = json.loads((reader / "training.json").read_text("utf-8"))
        return float(record["held_out"]["share"])
    except (OSError, ValueError, KeyError, TypeError):
        return HELD_OUT


def _measuring(
    training: "Training", held: "list[Example]", progress: "Callable[[TrainingProgress], None]"
) -> "Callable[[TrainingProgress], None]":
    """A callback that reports progress and now and then measures the reader."""
    last: float | None = None

    def told(moment: "TrainingProgress") -> None:
        nonlocal last
        progress(moment)
        # A resumed run does not repeat the measurement made before.
        last = moment.gone if last is None else last
        if moment.gone - last >= SHARE_BETWEEN:
            last = moment.gone
            _measured(training, held, MEASURED_BETWEEN)

    return told


def _measured(training: "Training", held: "list[Example]", most: int) -> dict[str, float]:
    """Exact match and F1 on at most `most` of the held-out questions."""
    import random

    from qa.evaluation import read_gold, reader_report

    some = [example for example in held if example.answers]
    some = random.Random(0).sample(some, min(most, len(some)))  # noqa: S311
    if not some:
        return {}
    found = reader_report(read_gold(training.reader(), some))
    note(f"Held out: EM {100 * found.exact:.1f}, F1 {100 * found.f1:.1f} ({len(some)} questions)")
    return {"questions": len(some), "exact": round(found.exact, 4), "f1": round(found.f1, 4)}


@contextmanager
def _stopping() -> Iterator[Callable[[], bool]]:
    """A function that says whether Ctrl-C was pressed; a second Ctrl-C ends the program as usual."""
    pressed: list[int] = []
    before = signal.getsignal(signal.SIGINT)

    def press(number: int, _: object) -> None:
        pressed.append(number)
        signal.signal(signal.SIGINT, before)
        note("Stopping after this step …")

    signal.signal(signal.SIGINT, press)
    try:
        yield lambda: bool(pressed)
    finally:
        signal.signal(signal.SIGINT, before)
