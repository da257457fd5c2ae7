"""Teacher, its scores, students, and how well each reads: one command, which goes on where it was.

    python -m qa.training.core.run --data DIR --base DIR --out DIR --minutes 9

`--steps` names some of them; `prepare` makes the file of the teacher's batches, which may be done elsewhere
before. The teacher is trained on rounds of mixed questions until its share of the time is over, or all is
read; then it scores questions, which the students learn from. Each step leaves what it made under the
folder: teacher/reader, scores, students/NAME/reader, and figures as JSON. A GPU takes larger batches:
`--tokens 16384 --learning-rate 8e-5`.
"""

import argparse
import json
import logging
import random
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from itertools import chain
from pathlib import Path

from qa.training.core.base import sha256_of
from qa.training.core.distilling import (
    Distilling,
    Taught,
    odds_of,
    read_scores,
    score_pairs,
    taught,
    thinned,
    unlabelled,
    write_scores,
)
from qa.training.core.evaluating import (
    auroc,
    evaluate,
    held_examples,
    log_figures,
    measure,
    read,
    spread,
)
from qa.training.core.examples import Example, read_examples
from qa.training.core.labelled_windows import (
    Labelled,
    Windowing,
    batches,
    labelled,
    load_round,
    save_round,
)
from qa.training.core.made import MADE
from qa.training.core.mixing import Group, Material, Mix, groups_of_round, read_material, style_odds
from qa.training.core.model import WEIGHTS, load_reader, save_reader
from qa.training.core.state import Place
from qa.training.core.training import Recipe, Training, as_labelled

log = logging.getLogger(__name__)
STEPS = ("prepare", "teacher", "scores", "students", "measure")
# Where in the whole time each step ends.
SHARES = {"teacher": 0.5, "scores": 0.65, "students": 0.9}
# Another round's draws than any that a teacher reads, so that it is asked what it has not seen.
UNSEEN = 1000
A_FILE = 2048
"""Pairs of question and context in a file of scores."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done.

    `checks` are the checkpoints from one check of the teacher to the next (0: never); `judge` is the folder
    of a reader that says which near misses may have an answer after all, `small` that of an encoder or
    reader to make a small student of; `layers` are those of the teacher's that the larger student begins
    with; `pairs` says how many questions are scored, half of them without labels.
    """

    out: Path
    base: Path
    recipe: Recipe = field(default_factory=Recipe)
    student: Recipe = field(default_factory=lambda: Recipe(learning_rate=1.5e-4))
    mix: Mix = field(default_factory=Mix)
    rounds: int = 1
    checks: int = 3
    judge: Path | None = None
    small: Path | None = None
    layers: tuple[int, ...] = (0, 2, 4, 7, 9, 11)
    pairs: int = 60_000


def prepare(material: Material, plan: Plan) -> Path:
    """The file of the teacher's batches, which is made if it is not there.

    A run goes on with the file that it began with, even if rounds are made otherwise by then.
    """
    kept = plan.out / "teacher" / "round.safetensors"
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        _record(kept.with_suffix(".json"), material, plan)
        partial = kept.with_name(f".{kept.name}")
        save_round(partial, batches_of_rounds(material, plan))
        partial.replace(kept)
    return kept


def train_teacher(material: Material, plan: Plan, *, until: float) -> bool:
    """Train the teacher to the end of its rounds or its time; whether it came there."""
    out, recipe = plan.out / "teacher", plan.recipe
    round_ = load_round(prepare(material, plan))
    reader = load_reader(plan.base, seed=recipe.seed)
    training = Training(reader, round_, as_labelled, recipe, out / "checkpoints")
    windowing = Windowing(plan.base, limit=recipe.limit, stride=recipe.stride)
    few = held_examples(material.held_out, most=40)
    done = 0

    def at_checkpoint(_: Place) -> None:
        nonlocal done
        done += 1
        if plan.checks and done % plan.checks == 0:
            log_figures(evaluate(reader, windowing, few))

    finished = training.run(until=until, stop=asked_to_stop(), at_checkpoint=at_checkpoint)
    save_reader(reader, out / "reader")
    log.info("finished" if finished else "stopped; the same command goes on from here")
    return finished


def batches_of_rounds(material: Material, plan: Plan) -> list[list[Labelled]]:
    """The batches of the teacher's rounds, one round after the other."""
    recipe = plan.recipe
    windowing = Windowing(plan.base, limit=recipe.limit, stride=recipe.stride)
    found: list[list[Labelled]] = []
    for seed in range(recipe.seed, recipe.seed + plan.rounds):
        groups = groups_of_round(material.train, plan.mix, seed=seed)
        if plan.judge:
            groups = without_doubtful(groups, plan.judge)
        odds, asked = style_odds(groups), [e for group in groups for e in group.asked]
        told = auroc(odds.tolist(), [bool(e.answers) for e in asked])
        log.info("round %d: AUROC of the question alone %.3f", seed, told or 0.5)
        windows = labelled(windowing, groups, odds=odds, seed=seed)
        found += batches(windows, tokens=recipe.tokens, seed=seed)
    items = list(chain(*found))
    tokens = sum(len(batch) * max(len(i.window.ids) for i in batch) for batch in found)
    log.info(
        "%d windows, %d of them without an answer, %d tokens with padding, %d batches",
        *(len(items), sum(not item.right for item in items), tokens, len(found)),
    )
    return found


def without_doubtful(groups: Sequence[Group], judge: Path) -> list[Group]:
    """The groups without near misses that were made and that a reader would rather answer.

    Of those that were made of other questions, or asked elsewhere, some have an answer by accident.
    """
    made = [e for group in groups for e in group.asked if e.kind in MADE]
    said = read(load_reader(judge), Windowing(judge), made)
    doubtful = {e for e, one in zip(made, said, strict=True) if one.answer > 0}
    log.info("%d of %d near misses that were made are left out", len(doubtful), len(made))
    left = [tuple(e for e in group.asked if e not in doubtful) for group in groups]
    return [Group(g.context, asked) for g, asked in zip(groups, left, strict=True) if asked]


def _record(path: Path, material: Material, plan: Plan) -> None:
    """Write down the settings and who is held out, for who measures later."""
    held = {name: sorted(e.id for e in here) for name, here in material.held_out.items()}
    written = {"recipe": asdict(plan.recipe), "mix": asdict(plan.mix), "held_out": held}
    path.write_text(json.dumps(written, indent=1) + "\n", "utf-8")


def score(material: Material, plan: Plan, *, until: float) -> None:
    """Write the teacher's scores, a file for each A_FILE questions, until all are done or the time is over."""
    out, teacher = plan.out / "scores", plan.out / "teacher" / "reader"
    out.mkdir(parents=True, exist_ok=True)
    reader, windowing = load_reader(teacher), Windowing(teacher, limit=plan.recipe.limit)
    asked = _to_score(material, plan)
    for number, first in enumerate(range(0, len(asked), A_FILE)):
        path = out / f"part-{number:03d}.safetensors"
        if until and time.time() > until:
            break
        if not path.exists():
            part = asked[first : first + A_FILE]
            write_scores(path, score_pairs(reader, windowing, part), part)
            log.info("scored %d of %d", first + len(part), len(asked))


def _to_score(material: Material, plan: Plan) -> list[Example]:
    """Questions of rounds that the teacher did not read, and as many beside contexts found for them."""
    seed, half = plan.recipe.seed + UNSEEN, plan.pairs // 2
    groups: list[Group] = []
    while sum(len(group.asked) for group in groups) < half:
        made = groups_of_round(material.train, plan.mix, seed=seed)
        groups, seed = groups + made, seed + 1
    every = [e for examples in material.train.values() for e in examples]
    groups += unlabelled(every, count=half, seed=seed)
    random.Random(seed).shuffle(groups)  # noqa: S311
    return [e for group in groups for e in group.asked][: plan.pairs]


def train_students(plan: Plan, *, until: float) -> None:
    """Train the students on the scores, one after the other, each in its part of the time."""
    teacher = plan.out / "teacher" / "reader"
    starts = {"thin": plan.out / "students" / "thin" / "start"}
    if not (starts["thin"] / WEIGHTS).exists():
        thinned(load_reader(teacher, device="cpu"), plan.layers, starts["thin"])
    if plan.small:
        starts["small"] = plan.small
    begun = time.time()
    for number, (name, start) in enumerate(starts.items(), 1):
        end = begun + (until - begun) * number / len(starts) if until else 0.0
        out, recipe = plan.out / "students" / name, plan.student
        reader = load_reader(start, seed=recipe.seed)
        lessons = _lessons(plan, start)
        hashed = sha256_of(teacher / WEIGHTS)
        training = Training(
            *(reader, lessons, Distilling(), recipe, out / "checkpoints"), identity=hashed
        )
        finished = training.run(until=end, stop=asked_to_stop())
        save_reader(reader, out / "reader")
        if not finished:
            return


def _lessons(plan: Plan, start: Path) -> list[list[Taught]]:
    windowing = Windowing(start, limit=plan.student.limit, stride=plan.student.stride)
    paths = sorted((plan.out / "scores").glob("part-*.safetensors"))
    parts = [read_scores(path) for path in paths]
    odds = odds_of([example for _, examples in parts for example in examples])
    groups: list[list[Taught]] = []
    first = 0
    for kept, examples in parts:
        told = odds[first : first + len(examples)]
        groups += taught(windowing, kept, examples, told)
        first += len(examples)
    # subtle: each file numbers its groups from 0, and only those of one context are to be ranked.
    groups = [
        [replace(lesson, item=replace(lesson.item, group=number)) for lesson in group]
        for number, group in enumerate(groups)
    ]
    random.Random(plan.student.seed).shuffle(groups)  # noqa: S311
    return batches(groups, tokens=plan.student.tokens, seed=plan.student.seed)


def measure_all(material: Material, plan: Plan, also: Sequence[Path], most: int | None) -> None:
    """Measure the teacher and the students on what is held out, and on further files."""
    sets = {path.name.split(".")[0]: spread(read_examples(path), most) for path in also}
    sets |= held_examples(material.held_out, most=most)
    for folder in (plan.out / "teacher", *sorted((plan.out / "students").glob("*"))):
        if (folder / "reader" / WEIGHTS).exists():
            measure(folder / "reader", sets, folder / "figures.json")


def asked_to_stop() -> Callable[[], bool]:
    """Whether the process was asked to end; from now on it then ends after the step it is in."""
    asked: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _: asked.append(number))
    return lambda: bool(asked)


def clock(text: str) -> float:
    """The next time that the clock shows "HH:MM", in seconds since 1970."""
    hour, minute = text.split(":")
    now = datetime.now().astimezone()
    then = now.replace(hour=int(hour), minute=int(minute), second=0, microsecond=0)
    return (then if then > now else then + timedelta(days=1)).timestamp()


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Train a teacher and students of it.")
    parser.add_argument("--data", type=Path, required=True, help="folder of .jsonl.gz files")
    parser.add_argument("--base", type=Path, required=True, help="folder of the teacher's encoder")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--small", type=Path, help="folder of the small student's encoder")
    parser.add_argument(
        "--judge", type=Path, help="folder of a reader that checks made near misses"
    )
    parser.add_argument("--steps", default=",".join(STEPS), help=f"some of {', '.join(STEPS)}")
    parser.add_argument(
        "--minutes", type=float, help="for all steps; the rates of learning end in it"
    )
    parser.add_argument(
        "--decay-until", type=clock, metavar="HH:MM", help="of the teacher, in place of --minutes"
    )
    parser.add_argument("--rounds", type=int, default=1, help="of the teacher, at most")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--tokens", type=int, default=Recipe().tokens, help="in a batch")
    parser.add_argument("--learning-rate", type=float, default=Recipe().learning_rate)
    parser.add_argument(
        "--layers",
        type=lambda text: tuple(int(n) for n in text.split(",")),
        default=Plan.__dataclass_fields__["layers"].default,
        help="of the teacher's, with which the larger student begins",
    )
    parser.add_argument("--pairs", type=int, default=60_000, help="questions that are scored")
    parser.add_argument("--checks", type=int, default=3, help="checkpoints from check to check")
    parser.add_argument("--also", type=Path, nargs="*", default=[], help="files to measure on")
    parser.add_argument("--most", type=int, help="questions of each set to measure on")
    parser.add_argument("--examples", type=int, help="of each file, to try the command")
    return parser


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line."""
    chosen, begun = _arguments().parse_args(arguments), time.time()
    logging.basicConfig(format="%(asctime)s %(message)s", level=logging.INFO)
    recipe = Recipe(seed=chosen.seed, tokens=chosen.tokens, learning_rate=chosen.learning_rate)
    plan = Plan(
        out=chosen.out,
        base=chosen.base,
        recipe=recipe,
        student=Recipe(seed=chosen.seed, tokens=chosen.tokens, learning_rate=1.5e-4),
        rounds=chosen.rounds,
        checks=chosen.checks,
        judge=chosen.judge,
        small=chosen.small,
        layers=chosen.layers,
        pairs=chosen.pairs,
    )
    material = read_material(chosen.data, most=chosen.examples)
    seconds = 60 * (chosen.minutes or 0.0)
    ends = {step: begun + seconds * share if seconds else 0.0 for step, share in SHARES.items()}
    steps = chosen.steps.split(",")
    if "prepare" in steps:
        prepare(material, plan)
    if "teacher" in steps and not train_teacher(
        material, plan, until=chosen.decay_until or ends["teacher"]
    ):
        return
    if "scores" in steps:
        score(material, plan, until=ends["scores"])
    if "students" in steps:
        train_students(plan, until=ends["students"])
    if "measure" in steps:
        measure_all(material, plan, chosen.also, chosen.most)


if __name__ == "__main__":
    main()
