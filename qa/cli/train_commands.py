"""`qa train`, `qa calibrate` and `qa export`: from examples to a reader of your own."""

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
# Questions of those held out on which a reader is measured, at the end and after each such share of the
# training.
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
        min=0, max=0.5, metavar="SHARE", help="Share of the contexts that is not trained on."
    ),
]


def train(
    files: Files,
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="Where the reader is written.")],
    start: Annotated[
        str | None,
        typer.Option(
            metavar="NAME_OR_PATH", help="The model to start from (default: our own reader)."
        ),
    ] = None,
    epochs: Annotated[
        float,
        typer.Option(min=0.01, help=f"Rounds over the examples, in steps of {BLOCK:,} of them."),
    ] = RECIPE.epochs,
    learning_rate: Annotated[
        float, typer.Option(min=0, max=1, help="The highest one.")
    ] = RECIPE.learning_rate,
    batch_tokens: Annotated[
        int, typer.Option(min=16, help="Tokens in a batch.")
    ] = RECIPE.batch_tokens,
    max_length: Annotated[
        int, typer.Option(min=16, max=512, help="Tokens in a window.")
    ] = RECIPE.max_length,
    negatives: Annotated[
        float, typer.Option(min=0, max=1, help="For which share of the questions one is added.")
    ] = RECIPE.shares.negatives,
    typed: Annotated[
        float, typer.Option(min=0, max=1, help="Share of questions written as people type.")
    ] = RECIPE.shares.typed,
    cropped: Annotated[
        tuple[float, float],
        typer.Option(help="Share of passages cut short, at the beginning and at the end."),
    ] = RECIPE.shares.cropped,
    freeze_words: Annotated[
        bool, typer.Option(help="Leave the word embeddings as they are.")
    ] = RECIPE.freeze_words,
    bf16: Annotated[
        bool | None,
        typer.Option(help="Half precision (default: where the processor or GPU computes in it)."),
    ] = None,
    held_out: HeldOut = HELD_OUT,
    seed: Annotated[int, typer.Option(help="What is random follows from it.")] = RECIPE.seed,
) -> None:
    """Train a reader on questions with their right answers, or train ours on with your own.

    Killed at any time, the same command goes on from where it was. Afterwards: qa calibrate.

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
    reader: Annotated[Path, typer.Argument(help="The folder of a reader.")],
    files: Files,
    others: Annotated[
        list[Path] | None, typer.Option(help="Files whose contexts are documents, too.")
    ] = None,
    most_others: Annotated[
        int, typer.Option(min=0, metavar="N", help="How many of them, drawn at random.")
    ] = 1000,
    most: Annotated[
        int, typer.Option(min=10, metavar="N", help="How many questions at most, drawn at random.")
    ] = 3000,
    held_out: Annotated[
        float | None,
        typer.Option(
            min=0,
            max=0.5,
            metavar="SHARE",
            help="Share of the contexts that it was not trained on (default: what its training says); "
            "0 for files that it does not know at all.",
        ),
    ] = None,
    k: options.Passages = PASSAGES_READ,
    encoder: options.EncoderName = None,
    seed: Annotated[int, typer.Option(help="What is drawn at random follows from it.")] = 0,
) -> None:
    """Fit how sure a reader's answers are, on questions that it was not trained on.

    Their contexts become the documents of a collection. Each question is asked of it, those of half of
    the documents once more when these are taken out, and many once more with a name, a figure or a word
    changed, so that nothing answers. Writes confidence.json into the reader's folder.

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
            f"{str(reader)!r} is no folder. Name one that qa train or export wrote."
        )
    share = _held_out_of(reader) if held_out is None else held_out
    kept, held = split(read_examples(files), share)
    if share and not held:
        raise TrainingError(
            "These are too few contexts to hold any out. With files that the reader was not trained on: "
            "--held-out 0"
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
    int8: Annotated[bool, typer.Option(help="Quantise the weights: a quarter of the size.")] = True,
) -> None:
    """Write a reader as ONNX, which is smaller, loads faster and reads faster.

    \b
    Examples:
      qa export my-reader my-small-reader
    """
    from qa.training import export as write

    path = write(reader, out, int8=int8)
    print(f"Written: {path} ({path.stat().st_size / 1e6:.1f} MB). Next: qa calibrate {out} FILES")


def _held_out_of(reader: Path) -> float:
    """The share that was held out when the reader was trained."""
    import json

    try:
        record = json.loads((reader / "training.json").read_text("utf-8"))
        return float(record["held_out"]["share"])
    except (OSError, ValueError, KeyError, TypeError):
        return HELD_OUT


def _measuring(
    training: "Training", held: "list[Example]", progress: "Callable[[TrainingProgress], None]"
) -> "Callable[[TrainingProgress], None]":
    """The progress, and every now and then how well the reader reads."""
    last: float | None = None

    def told(moment: "TrainingProgress") -> None:
        nonlocal last
        progress(moment)
        # A run that was killed does not begin again with what it measured before.
        last = moment.gone if last is None else last
        if moment.gone - last >= SHARE_BETWEEN:
            last = moment.gone
            _measured(training, held, MEASURED_BETWEEN)

    return told


def _measured(training: "Training", held: "list[Example]", most: int) -> dict[str, float]:
    """Exact match and F1 on some of the questions that were held out."""
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
    """Whether Ctrl-C was pressed; pressed again, it ends the program as ever."""
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
