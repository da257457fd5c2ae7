"""Train a reader for one round over groups of questions; it goes on from its last checkpoint."""

import argparse
import hashlib
import json
import logging
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from qa.training.core.evaluating import Held, evaluate, held_examples, log_figures
from qa.training.core.mixing import Material, Mix, groups_of_round, read_material
from qa.training.core.model import WEIGHTS, Reader, Scores, load_reader, save_reader
from qa.training.core.state import Place, load_state, save_state
from qa.training.core.windows import (
    Labelled,
    Targets,
    Windowing,
    batches,
    labelled,
    load_round,
    save_round,
    targets,
)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Recipe:
    """The settings of a round.

    `learning_rate` is AdamW's highest, reached after the share `warm_up` of the round and falling evenly
    to 0 from there; `tokens` in a batch, padding counted, and batches in a step (`accumulate`);
    `answer_weight` and `rank_weight` weigh the losses of the answer score against that of the spans;
    `freeze_words` leaves the word embeddings as they are.
    """

    learning_rate: float = 3e-5
    warm_up: float = 0.06
    weight_decay: float = 0.01
    most_gradient: float = 1.0
    tokens: int = 4096
    accumulate: int = 1
    answer_weight: float = 0.5
    rank_weight: float = 0.5
    freeze_words: bool = True
    limit: int = 384
    stride: int = 128
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Losses:
    """The three losses of a batch, as tensors of no dimension."""

    spans: Any
    answer: Any
    rank: Any


def losses(scores: Scores, wanted: Targets) -> Losses:
    """How wrong the scores are.

    `spans`: mean of -log of the probability of the right start and end tokens, each set together, among
    those that count, which is "no answer" where there is none. `answer`: cross-entropy of the answer
    score. `rank`: mean of log(1 + exp(b - a)) over answer scores a of questions that a context answers
    and b of questions that it does not (RankNet, Burges et al. 2005).
    """
    import torch
    from torch.nn.functional import binary_cross_entropy_with_logits, softplus

    device = scores.starts.device
    t = {name: torch.from_numpy(getattr(wanted, name)).to(device) for name in Targets.__slots__}
    spans = 0.5 * (
        _span_loss(scores.starts, t["starts"], t["may_start"])
        + _span_loss(scores.ends, t["ends"], t["may_end"])
    )
    answer = binary_cross_entropy_with_logits(scores.answer, t["answered"])
    above = (t["answered"][:, None] > t["answered"][None, :]) & (
        t["groups"][:, None] == t["groups"][None, :]
    )
    margins = scores.answer[:, None] - scores.answer[None, :]
    rank = (softplus(-margins) * above).sum() / above.sum().clamp(min=1)
    return Losses(spans, answer, rank)


def _span_loss(logits: Any, right: Any, possible: Any) -> Any:
    none = float("-inf")
    over = logits.masked_fill(~possible, none).logsumexp(1)
    return (over - logits.masked_fill(~right, none).logsumexp(1)).mean()


def slope(gone: float, warm_up: float) -> float:
    """The rate of learning over the highest one: up to 1 at `warm_up`, then evenly down to 0 at 1.

    >>> slope(0.05, 0.1), slope(0.1, 0.1), slope(0.55, 0.1), slope(1.2, 0.1)
    (0.5, 1.0, 0.5, 0.0)
    """
    if gone < warm_up:
        return gone / warm_up
    return max(0.0, (1 - gone) / (1 - warm_up))


def gone(place: Place, total: int, now: float) -> float:
    """How much of the round is over: of its batches, or of its time where that is further."""
    done = (place.batch - place.first) / max(total - place.first, 1)
    if not place.until:
        return done
    return max(done, (now - place.begun) / max(place.until - place.begun, 1e-9))


class Training:
    """A round of training: `run` it; killed at any time it goes on from its last checkpoint."""

    def __init__(
        self, reader: Reader, round_: Sequence[Sequence[Labelled]], recipe: Recipe, folder: Path
    ) -> None:
        """`round_` are the batches; `folder` holds the checkpoints."""
        self.reader, self.recipe = reader, recipe
        self._round, self._folder = round_, folder
        self._optimiser = _optimiser(reader.modules, recipe)
        self._identity = _identity(reader, round_, recipe)
        self.place = Place()

    def run(
        self,
        *,
        until: float = 0.0,
        seconds_a_checkpoint: float = 600.0,
        stop: Callable[[], bool] = lambda: False,
        at_checkpoint: Callable[[Place], None] = lambda _: None,
    ) -> bool:
        """Train to the end of the round, or of the time (seconds since 1970); whether it came there."""
        modules, total = self.reader.modules, len(self._round)
        self.place = load_state(self._folder, modules, self._optimiser, self._identity)
        if until and until != self.place.until:
            here = self.place.batch
            self.place = replace(self.place, first=here, begun=time.time(), until=until)
        log.info("from step %d, batch %d of %d", self.place.step, self.place.batch, total)
        meter, saved = _Meter(self.place), time.monotonic()
        while self.place.batch < total and gone(self.place, total, time.time()) < 1:
            before = time.monotonic()
            self._step(meter)
            self.place = replace(self.place, seconds=self.place.seconds + time.monotonic() - before)
            if self.place.step % 20 == 0:
                meter.log(self.place, total, self._rate())
            stopped = stop()
            if stopped or time.monotonic() - saved > seconds_a_checkpoint:
                self._save()
                if not stopped:
                    at_checkpoint(self.place)
                saved = time.monotonic()
            if stopped:
                return False
        self._save()
        return True

    def _save(self) -> None:
        path = save_state(
            self._folder, self.reader.modules, self._optimiser, self._identity, self.place
        )
        log.info("saved %s", path.name)

    def _rate(self) -> float:
        over = gone(self.place, len(self._round), time.time())
        return self.recipe.learning_rate * slope(over, self.recipe.warm_up)

    def _step(self, meter: "_Meter") -> None:
        import torch

        rate, here = self._rate(), self.place.batch
        for group in self._optimiser.param_groups:
            group["lr"] = rate
        parts = self._round[here : here + self.recipe.accumulate]
        tokens = 0
        for batch in parts:
            scores, inside = self.reader([item.window for item in batch])
            found = losses(scores, targets(batch, inside.cpu().numpy()))
            recipe = self.recipe
            loss = (
                found.spans + recipe.answer_weight * found.answer + recipe.rank_weight * found.rank
            )
            (loss / len(parts)).backward()
            tokens += inside.numel()
            meter.add(found, inside.numel())
        torch.nn.utils.clip_grad_norm_(self.reader.modules.parameters(), recipe.most_gradient)
        self._optimiser.step()
        self._optimiser.zero_grad(set_to_none=True)
        self.place = replace(
            self.place,
            batch=here + len(parts),
            step=self.place.step + 1,
            tokens=self.place.tokens + tokens,
        )


class _Meter:
    """Means of the losses and the speed since they were last written to the log."""

    def __init__(self, place: Place) -> None:
        self._losses: list[list[float]] = []
        self._tokens, self._since, self._batch = 0, time.monotonic(), place.batch

    def add(self, found: Losses, tokens: int) -> None:
        values = [float(loss.detach()) for loss in (found.spans, found.answer, found.rank)]
        self._losses.append(values)
        self._tokens += tokens

    def log(self, place: Place, total: int, rate: float) -> None:
        spans, answer, rank = np.mean(self._losses, axis=0)
        seconds = time.monotonic() - self._since
        left = (total - place.batch) * seconds / max(place.batch - self._batch, 1)
        over = 100 * gone(place, total, time.time())
        log.info(
            "step %d batch %d/%d gone %.1f%% spans %.3f answer %.3f rank %.3f rate %.2e"
            " %.0f tokens/s, all batches done in %.0f min",
            *(place.step, place.batch, total, over, spans, answer, rank, rate),
            *(self._tokens / seconds, left / 60),
        )
        self.__init__(place)  # type: ignore[misc]


def _optimiser(modules: Any, recipe: Recipe) -> Any:
    import torch

    plain, decayed = [], []
    for name, values in modules.named_parameters():
        if recipe.freeze_words and name.endswith("word_embeddings.weight"):
            values.requires_grad_(False)
        else:
            (plain if values.ndim < 2 else decayed).append(values)
    groups = [
        {"params": decayed, "weight_decay": recipe.weight_decay},
        {"params": plain, "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=recipe.learning_rate, eps=1e-6, fused=True)


def _identity(
    reader: Reader, round_: Sequence[Sequence[Labelled]], recipe: Recipe
) -> str:
    """What must be the same for a checkpoint to be gone on with: weights, batches and settings."""
    digest = hashlib.sha256(repr(recipe).encode())
    with (reader.folder / WEIGHTS).open("rb") as file:
        digest.update(hashlib.file_digest(file, "sha256").digest())
    for batch in round_:
        for item in batch:
            digest.update(item.window.ids.tobytes() + repr(item.right).encode())
    return digest.hexdigest()


def batches_of_round(
    material: Material, mix: Mix, folder: Path, recipe: Recipe
) -> list[list[Labelled]]:
    """The batches of a round; `folder` holds the model's tokeniser."""
    groups = groups_of_round(material.train, mix, seed=recipe.seed)
    windowing = Windowing(folder, limit=recipe.limit, stride=recipe.stride)
    found = labelled(windowing, groups, seed=recipe.seed)
    round_ = batches(found, tokens=recipe.tokens, seed=recipe.seed)
    items = [item for batch in round_ for item in batch]
    tokens = sum(len(batch) * max(len(i.window.ids) for i in batch) for batch in round_)
    log.info(
        "%d windows, %d of them without an answer, %d tokens with padding, %d batches",
        *(len(items), sum(not item.right for item in items), tokens, len(round_)),
    )
    return round_


def train(
    data: Path, base: Path, out: Path, recipe: Recipe, mix: Mix, *, until: float, checks: int
) -> bool:
    """Train a reader from `base` for a round and write it to `out`/reader; whether it came to the end.

    Every `checks` checkpoints (0: never) it is measured on a few of the questions that are held out.
    """
    out.mkdir(parents=True, exist_ok=True)
    material, kept = read_material(data), out / "round.safetensors"
    if not kept.exists():
        _record(out, material, recipe, mix)
        partial = out / f".{kept.name}"
        save_round(partial, batches_of_round(material, mix, base, recipe))
        partial.replace(kept)
    reader, round_ = load_reader(base, seed=recipe.seed), load_round(kept)
    training = Training(reader, round_, recipe, out / "checkpoints")
    windowing = Windowing(base, limit=recipe.limit, stride=recipe.stride)
    few = held_examples(material.held_out, most=40)
    done = 0

    def at_checkpoint(_: Place) -> None:
        nonlocal done
        done += 1
        if checks and done % checks == 0:
            log_figures(evaluate(reader, windowing, few))

    finished = training.run(until=until, stop=_asked_to_stop(), at_checkpoint=at_checkpoint)
    save_reader(reader, out / "reader")
    log.info("finished" if finished else "stopped; the same command goes on from here")
    return finished


def _record(out: Path, material: Material, recipe: Recipe, mix: Mix) -> None:
    """Write down the settings and who is held out (by their ids), for who measures later."""
    held: Held = {
        name: sorted(e.id for e in examples) for name, examples in material.held_out.items()
    }
    written = {"recipe": asdict(recipe), "mix": asdict(mix), "held_out": held}
    (out / "round.json").write_text(json.dumps(written, indent=1) + "\n", "utf-8")


def _asked_to_stop() -> Callable[[], bool]:
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


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of .jsonl.gz files")
    parser.add_argument("--base", type=Path, required=True, help="folder of the model to start from")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=0, help="of the round: another one, other draws")
    parser.add_argument("--learning-rate", type=float, default=Recipe.learning_rate)
    parser.add_argument("--decay-until", type=clock, default=0.0, metavar="HH:MM")
    parser.add_argument("--checks", type=int, default=3, help="checkpoints from one check to the next")
    chosen = parser.parse_args()
    logging.basicConfig(format="%(asctime)s %(message)s", level=logging.INFO)
    recipe = Recipe(seed=chosen.seed, learning_rate=chosen.learning_rate)
    train(
        *(chosen.data, chosen.base, chosen.out, recipe, Mix()),
        until=chosen.decay_until,
        checks=chosen.checks,
    )


if __name__ == "__main__":
    main()
