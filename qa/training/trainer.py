"""Fine-tune a reader on questions with their right answers."""

import hashlib
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corpus.errors import TrainingError
from qa.evaluation import Example
from qa.reader import ExtractiveReader
from qa.reader.confidence import ScoreConfidence
from qa.reader.span_model import TorchModel, load_question_answering
from qa.training.batches import Labelled, batches, labelled
from qa.training.checkpoint import Place, load_state, save_state
from qa.training.config import BLOCK, Recipe
from qa.training.sampling import Drawing


@dataclass(frozen=True, slots=True)
class TrainingProgress:
    """How far the training is: `gone` from 0 to 1, the recent loss, and tokens (padding included)."""

    gone: float
    step: int
    loss: float
    tokens: int
    seconds: float


SECONDS_A_CHECKPOINT = 300.0


class Training:
    """A training run; if it is killed, `run` continues exactly from the last checkpoint."""

    def __init__(
        self, folder: Path, examples: Sequence[Example], recipe: Recipe, *, checkpoint: Path
    ) -> None:
        """Start from the model in `folder`; `checkpoint` is the file that keeps the state.

        Raises:
            TrainingError: if there are no examples, or the folder contains no model to start from.
        """
        if not examples:
            raise TrainingError("There are no examples to train on.")
        import torch

        torch.manual_seed(recipe.seed)
        try:
            tokenizer, model, _ = load_question_answering(folder)
            # In evaluation mode, so without dropout: over one or two rounds that learns more.
            self.model = TorchModel(tokenizer, model.float().eval().to(_device()))
        except Exception as error:
            raise TrainingError(
                f"{str(folder)!r} contains no model to start from: {' '.join(str(error).split())[:300]}"
            ) from error
        self.recipe, self.checkpoint = recipe, checkpoint
        self._place = Place()
        # A run may only continue from a checkpoint for which all of this is the same.
        self.start_sha256 = _sha256_of(self.model.model)
        made_of = repr([self.start_sha256, recipe, *examples])
        self._identity = hashlib.sha256(made_of.encode("utf-8", "replace")).hexdigest()
        self._drawing = Drawing(examples, recipe.shares, seed=recipe.seed)
        self._windowing = self.model.windowing(stride=recipe.doc_stride, limit=recipe.max_length)
        self.size = len(examples)
        self._optimiser = _optimiser(self.model.model, recipe)

    @property
    def device(self) -> str:
        """Where it runs: "cpu", "cuda" or "mps"."""
        return str(self.model.model.device.type)

    @property
    def place(self) -> Place:
        """The place that the run has reached."""
        return self._place

    def run(
        self,
        *,
        progress: Callable[[TrainingProgress], None] = lambda _: None,
        stop: Callable[[], bool] = lambda: False,
        seconds_a_checkpoint: float = SECONDS_A_CHECKPOINT,
    ) -> bool:
        """Train to the end, and return whether the end was reached; `stop` is called after each step.

        Raises:
            TrainingError: if the checkpoint belongs to a run with other examples, another recipe or
                another starting model.
            OSError: if the checkpoint cannot be written.
        """
        self._place = load_state(self.checkpoint, self.model.model, self._optimiser, self._identity)
        # If it cannot be written, fail now and not after the first minutes of work.
        self._save()
        begun = saved = time.monotonic()
        before, tokens, loss = self._place.seconds, 0, 0.0
        total = self._blocks()
        while self._place.block < total:
            batches = self._batches(self._place.block)
            while self._place.batch < len(batches):
                block, batch = self._place.block, batches[self._place.batch]
                gone = (block + self._place.batch / len(batches)) / total
                value = self._step(batch, gone)
                loss = 0.95 * loss + 0.05 * value if tokens else value
                tokens += len(batch) * max(len(item.window.ids) for item in batch)
                seconds = time.monotonic() - begun
                self._place = Place(
                    block, self._place.batch + 1, self._place.step + 1, before + seconds
                )
                progress(TrainingProgress(gone, self._place.step, loss, tokens, seconds))
                stopped = stop()
                if stopped or time.monotonic() - saved > seconds_a_checkpoint:
                    self._save()
                    saved = time.monotonic()
                if stopped:
                    return False
            self._place = Place(
                self._place.block + 1, 0, self._place.step, before + time.monotonic() - begun
            )
        self._save()
        return True

    def reader(self) -> ExtractiveReader:
        """A reader with the weights as they are now."""
        return ExtractiveReader("in training", self.model, sha256="", confidence=ScoreConfidence())

    def _save(self) -> None:
        save_state(self.checkpoint, self.model.model, self._optimiser, self._identity, self._place)

    def _blocks(self) -> int:
        return max(1, round(self.recipe.epochs * -(-self.size // BLOCK)))

    def _batches(self, block: int) -> list[list[Labelled]]:
        """The batches of a block, the same ones each time."""
        a_round = -(-self.size // BLOCK)
        epoch, place = divmod(block, a_round)
        draws = self._drawing.block(epoch, place * BLOCK, BLOCK, gone=block / self._blocks())
        chance = random.Random(f"{self.recipe.seed} batches {block}")  # noqa: S311
        found = list(labelled(self._windowing, draws, chance, self.recipe.shares.negatives))
        return batches(found, self.recipe.batch_tokens, chance)

    def _step(self, batch: Sequence[Labelled], gone: float) -> float:
        import torch

        rate = self.recipe.learning_rate * _slope(gone, self.recipe.warmup_ratio)
        for group in self._optimiser.param_groups:
            group["lr"] = rate
        model = self.model.model
        with torch.autocast(model.device.type, torch.bfloat16, enabled=self.recipe.bf16):
            output = model(**self.model.inputs([item.window for item in batch]))
        loss = 0.5 * (
            _loss(output.start_logits, [m.starts for m in batch], [m.may_start for m in batch])
            + _loss(output.end_logits, [m.ends for m in batch], [m.may_end for m in batch])
        )
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), self.recipe.max_grad_norm)
        self._optimiser.step()
        self._optimiser.zero_grad(set_to_none=True)
        return float(loss.detach())


def _slope(gone: float, warm_up: float) -> float:
    """The learning rate as a share of its peak: up to 1 at `warm_up`, then linearly down to 0."""
    return gone / warm_up if gone < warm_up else (1 - gone) / (1 - warm_up)


def _loss(
    logits: Any, right: Sequence[NDArray[np.bool_]], possible: Sequence[NDArray[np.bool_]]
) -> Any:
    """The mean of -log of the total probability of the right tokens, among the possible ones."""
    import torch

    def masked(rows: Sequence[NDArray[np.bool_]]) -> Any:
        mask = np.zeros(logits.shape, np.bool_)
        for row, tokens in zip(mask, rows, strict=True):
            row[: len(tokens)] = tokens
        kept = torch.from_numpy(mask).to(logits.device)
        return logits.float().masked_fill(~kept, float("-inf")).logsumexp(1)

    return (masked(possible) - masked(right)).mean()


def _sha256_of(model: Any) -> str:
    """The SHA-256 of the model's float32 weights, in their order."""
    digest = hashlib.sha256()
    for weights in model.state_dict().values():
        digest.update(weights.cpu().numpy().tobytes())
    return digest.hexdigest()


def computes_in_bf16() -> bool:
    """Whether the training device multiplies in bfloat16, which made training 1.3 to 1.6 times as fast."""
    import torch

    if _device() == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    if _device() != "cpu":
        return False
    # subtle: torch has no public function for this on a processor, and other versions may lack these.
    known = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
    return any(bool(ask()) for name in known if (ask := getattr(torch.cpu, name, None)))


def _device() -> str:
    import torch

    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def _optimiser(model: Any, recipe: Recipe) -> Any:
    import torch

    plain, decayed = [], []
    for name, weights in model.named_parameters():
        if recipe.freeze_words and name.endswith("word_embeddings.weight"):
            weights.requires_grad_(False)
        elif weights.ndim < 2:
            plain.append(weights)
        else:
            decayed.append(weights)
    groups = [
        {"params": decayed, "weight_decay": recipe.weight_decay},
        {"params": plain, "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=recipe.learning_rate)
