"""Train a reader on batches of windows; it goes on from its last checkpoint, exactly."""

import hashlib
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Generic

import numpy as np

from qa.training.core.labelled_windows import (
    NONE,
    AnyLesson,
    Bools,
    Labelled,
    Lesson,
    Targets,
    targets,
)
from qa.training.core.model import WEIGHTS, Reader, Scores
from qa.training.core.state import Place, load_state, save_state

log = logging.getLogger(__name__)
STEPS_A_LINE = 20


@dataclass(frozen=True, slots=True)
class Recipe:
    """The settings of a round.

    `learning_rate` is AdamW's highest, reached after the share `warm_up` of the round and falling evenly
    to 0 from there; `tokens` in a batch, padding counted, and batches in a step (`accumulate`);
    `answer_weight` and `rank_weight` weigh the losses of the answer score against that of the spans;
    `freeze_words` leaves the word embeddings as they are.
    """

    learning_rate: float = 4e-5
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

    What a question's words alone tell is added to the scores, so that there is nothing to gain by learning
    it once more: a product of experts, of which the reader is one (Clark et al. 2019,
    arxiv.org/abs/1909.03683).
    """
    import torch
    from torch.nn.functional import binary_cross_entropy_with_logits, softplus

    device = scores.starts.device
    t = {name: torch.from_numpy(getattr(wanted, name)).to(device) for name in Targets.__slots__}
    told = torch.zeros_like(scores.starts)
    told[:, NONE] = -t["odds"]
    spans = 0.5 * (
        _span_loss(scores.starts + told, t["starts"], t["may_start"])
        + _span_loss(scores.ends + told, t["ends"], t["may_end"])
    )
    score = scores.answer + t["odds"]
    answer = binary_cross_entropy_with_logits(score, t["answered"])
    above = (t["answered"][:, None] > t["answered"][None, :]) & (
        t["groups"][:, None] == t["groups"][None, :]
    )
    margins = score[:, None] - score[None, :]
    rank = (softplus(-margins) * above).sum() / above.sum().clamp(min=1)
    return Losses(spans, answer, rank)


def as_labelled(batch: Sequence[Labelled], scores: Scores, inside: Bools) -> Losses:
    """The losses of a batch by its labels."""
    return losses(scores, targets(batch, inside))


def _span_loss(logits: Any, right: Any, possible: Any) -> Any:
    none = float("-inf")
    over = logits.masked_fill(~possible, none).logsumexp(1)
    return (over - logits.masked_fill(~right, none).logsumexp(1)).mean()


def slope(gone: float, warm_up: float) -> float:
    """The rate of learning over the highest one: up to 1 at `warm_up`, then evenly down to 0 at 1.

    >>> slope(0.125, 0.25), slope(0.25, 0.25), slope(0.625, 0.25), slope(1.5, 0.25)
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


class Training(Generic[AnyLesson]):
    """A round of training: `run` it; killed at any time it goes on from its last checkpoint."""

    def __init__(
        self,
        reader: Reader,
        round_: Sequence[Sequence[AnyLesson]],
        teach: Callable[[Sequence[AnyLesson], Scores, Bools], Losses],
        recipe: Recipe,
        folder: Path,
        *,
        identity: str = "",
    ) -> None:
        """`round_` are the batches, whose losses `teach` says; `folder` holds the checkpoints.

        `identity` names what else must be the same for a checkpoint to be gone on with.
        """
        self.reader, self.recipe = reader, recipe
        self._round, self._teach, self._folder = round_, teach, folder
        self._optimiser = _optimiser(reader.modules, recipe)
        self._identity = _identity(reader, round_, recipe, identity)
        self.place = Place()

    def run(
        self,
        *,
        until: float = 0.0,
        seconds_a_checkpoint: float = 600.0,
        stop: Callable[[], bool] = lambda: False,
        at_checkpoint: Callable[[Place], None] = lambda _: None,
    ) -> bool:
        """Train to the end of the round, or of the time (seconds since 1970); whether it came there.

        The rate of learning comes to 0 at the end, whichever it is. Another `until` than the checkpoint's
        begins another rise and fall from there.
        """
        total = len(self._round)
        self._take_up(until)
        meter, saved = _Meter(self.place), time.monotonic()
        while self.place.batch < total and gone(self.place, total, time.time()) < 1:
            before = time.monotonic()
            self._step(meter)
            self.place = replace(self.place, seconds=self.place.seconds + time.monotonic() - before)
            if self.place.step % STEPS_A_LINE == 0:
                meter.log(self.place, total, self._rate())
                meter = _Meter(self.place)
            stopped = stop()
            if stopped or time.monotonic() - saved > seconds_a_checkpoint:
                self._save()
                saved = time.monotonic()
                if stopped:
                    return False
                at_checkpoint(self.place)
        self._save()
        return True

    def _take_up(self, until: float) -> None:
        place = load_state(self._folder, self.reader.modules, self._optimiser, self._identity)
        if until and until != place.until:
            place = replace(place, first=place.batch, begun=time.time(), until=until)
        log.info("from step %d, batch %d of %d", place.step, place.batch, len(self._round))
        self.place = place

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

        rate, here, recipe = self._rate(), self.place.batch, self.recipe
        for group in self._optimiser.param_groups:
            group["lr"] = rate
        parts = self._round[here : here + recipe.accumulate]
        tokens = 0
        for batch in parts:
            scores, inside = self.reader([item.window for item in batch])
            found = self._teach(batch, scores, inside.cpu().numpy())
            weighed = recipe.answer_weight * found.answer + recipe.rank_weight * found.rank
            ((found.spans + weighed) / len(parts)).backward()
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
    """Means of the losses and the speed since the last line of the log."""

    def __init__(self, place: Place) -> None:
        self._losses: list[list[Any]] = []
        self._tokens, self._since, self._batch = 0, time.monotonic(), place.batch

    def add(self, found: Losses, tokens: int) -> None:
        # subtle: to ask for a value would make a GPU wait, so they are asked for at the line.
        self._losses.append([loss.detach() for loss in (found.spans, found.answer, found.rank)])
        self._tokens += tokens

    def log(self, place: Place, total: int, rate: float) -> None:
        rows = [[float(loss) for loss in step] for step in self._losses]
        spans, answer, rank = np.mean(rows, axis=0)
        seconds = time.monotonic() - self._since
        left = (total - place.batch) * seconds / max(place.batch - self._batch, 1)
        over = 100 * gone(place, total, time.time())
        log.info(
            "step %d batch %d/%d gone %.1f%% spans %.3f answer %.3f rank %.3f rate %.2e"
            " %.0f tokens/s, all batches done in %.0f min",
            *(place.step, place.batch, total, over, spans, answer, rank, rate),
            *(self._tokens / seconds, left / 60),
        )


def _optimiser(modules: Any, recipe: Recipe) -> Any:
    import torch

    plain: list[Any] = []
    decayed: list[Any] = []
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


def _identity(reader: Reader, round_: Sequence[Sequence[Lesson]], recipe: Recipe, more: str) -> str:
    """What must be the same for a checkpoint to be gone on with: weights, batches and settings."""
    digest = hashlib.sha256((repr(recipe) + more).encode())
    with (reader.folder / WEIGHTS).open("rb") as file:
        digest.update(hashlib.file_digest(file, "sha256").digest())
    for batch in round_:
        for item in batch:
            digest.update(item.window.ids.tobytes() + repr(item.right).encode())
    return digest.hexdigest()
