"""Train the reader that ships, as it was made: three stages, and the mean of the last two's weights.

    python tests/benchmarks/our_reader.py DATA/train --out FOLDER

DATA/train holds the files of FILES. Killed at any time, the same command goes on from where it was. Then:
`qa export FOLDER qa/models/reader`, `qa calibrate qa/models/reader FILES --most 900`, and the recorded SHA-256.
"""

import argparse
import json
import random
import shutil
from collections.abc import Sequence
from pathlib import Path

from safetensors.numpy import load_file, save_file

from index.encoders.load import DEFAULT_ENCODER
from qa.cli.console import note
from qa.cli.progress import training_progress
from qa.evaluation.datasets import Example, read_examples, split
from qa.evaluation.reader import read_gold, reader_report
from qa.reader.span_model.onnx_model import WEIGHTS
from qa.training.config import Recipe, Shares
from qa.training.model_io import finish, starting_folder
from qa.training.onnx_export import export
from qa.training.trainer import Training

NEW_WIKI, REDDIT = "squadshifts_new_wiki", "squadshifts_reddit"
SENTENCES = "squad_v11_train_sentences"
FILES = ("squad_v11_train", NEW_WIKI, REDDIT, "qed_nq_train", "quoref_superni", SENTENCES)
HELD_OUT = 0.07
MEASURED = 600

# Short passages first: as many questions in half of the time.
FIRST = Recipe(
    epochs=1.0,
    batch_tokens=3072,
    learning_rate=1.5e-4,
    freeze_words=True,
    shares=Shares(negatives=0.2, cropped=(0.95, 0.15), typed=0.1),
)
SECOND = Recipe(
    epochs=0.85,
    batch_tokens=3072,
    learning_rate=1e-4,
    freeze_words=True,
    seed=1,
    shares=Shares(negatives=0.2, cropped=(0.4, 0.0), typed=0.1),
)
# In half precision, from the int8 weights of the second stage.
THIRD = Recipe(
    epochs=2.5,
    batch_tokens=3072,
    learning_rate=1.2e-4,
    bf16=True,
    freeze_words=False,
    seed=2,
    shares=Shares(negatives=0.25, cropped=(0.5, 0.0), typed=0.1),
)
# The later stages are about passages in the style of articles.
REDDIT_KEPT = 0.3


def of_later_stages(examples: Sequence[Example]) -> list[Example]:
    chance = random.Random(1)
    return [
        example
        for example in examples
        if example.source != SENTENCES
        and (example.source != REDDIT or chance.random() < REDDIT_KEPT)
    ]


def stage(
    folder: Path,
    examples: Sequence[Example],
    held: Sequence[Example],
    recipe: Recipe,
    out: Path,
    *,
    start: str,
    files: Sequence[Path],
) -> None:
    if (out / "training.json").exists():
        return
    training = Training(folder, examples, recipe, checkpoint=out / "checkpoint.safetensors")
    note(f"{len(examples):,} questions, on {training.device}")
    with training_progress() as progress:
        training.run(progress=progress)
    found = reader_report(read_gold(training.reader(), held))
    scores = {"questions": len(held), "exact": round(found.exact, 4), "f1": round(found.f1, 4)}
    note(json.dumps(scores))
    finish(training, out, files=files, start=start, held_out=HELD_OUT, scores=scores)


def average(one: Path, other: Path, out: Path) -> None:
    """The mean of the weights of two models (Wortsman et al. 2022, arxiv.org/abs/2203.05482)."""
    a, b = (load_file(folder / "model.safetensors") for folder in (one, other))
    for file in ("config.json", "tokenizer.json", "tokenizer_config.json"):
        shutil.copyfile(other / file, out / file)
    mean = {name: (a[name] + b[name]) / 2 for name in b}
    save_file(mean, out / "model.safetensors", {"format": "pt"})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    files = [given.data / f"{name}.jsonl.gz" for name in FILES]
    kept, held = split(read_examples(files), HELD_OUT)
    some = random.Random(0).sample(held, MEASURED)
    first, second, small = (given.out / name for name in ("first", "second", "second-int8"))
    with starting_folder(DEFAULT_ENCODER) as folder:
        stage(folder, kept, some, FIRST, first, start=DEFAULT_ENCODER, files=files)
    later = of_later_stages(kept)
    stage(first, later, some, SECOND, second, start="first stage", files=files)
    if not (small / WEIGHTS).exists():
        export(second, small)
    third = given.out / "third"
    with starting_folder(str(small)) as folder:
        stage(folder, later, some, THIRD, third, start="second stage, int8", files=files)
        average(folder, third, given.out)
    record = {
        "made_by": "mean of the weights of the second stage (int8) and of the third",
        "held_out": {"share": HELD_OUT},
        "stages": [json.loads((d / "training.json").read_text()) for d in (first, second, third)],
    }
    (given.out / "training.json").write_text(json.dumps(record, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main()
