"""How a reader is trained. It imports nothing heavy, so that `--help` is quick."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Shares:
    """How much of what is drawn, each from 0 to 1.

    `negatives`: for which share of the questions a passage without an answer is drawn beside the right
    one; `cropped`: which share of the passages is cut to a part around the answer, in the first round
    and, falling evenly, at the end; `typed`: which share of the questions is written as people type.
    """

    negatives: float = 0.2
    cropped: tuple[float, float] = (0.0, 0.0)
    typed: float = 0.1


@dataclass(frozen=True, slots=True)
class Recipe:
    """The settings of a training run.

    `epochs`: rounds over the examples, to the nearest BLOCK of them; `batch_tokens`: tokens in a batch,
    padding counted; `learning_rate`: AdamW's highest, reached after the share `warmup_ratio` of the
    training and falling evenly to 0 from there (Devlin et al. 2019); `weight_decay`: not on biases and
    normalisation; `max_grad_norm`: longer gradients are scaled to it; `max_length` and `doc_stride`: of
    windows, in tokens, the stride being their overlap; `freeze_words`: leave the word embeddings as they
    are; `bf16`: compute in half precision where that is safe; `shares`: what is drawn.
    """

    epochs: float = 2.0
    batch_tokens: int = 3072
    learning_rate: float = 1.5e-4
    warmup_ratio: float = 0.06
    weight_decay: float = 0.01
    max_grad_norm: float = 1.0
    max_length: int = 384
    doc_stride: int = 128
    freeze_words: bool = True
    bf16: bool = False
    seed: int = 0
    shares: Shares = field(default_factory=Shares)


BLOCK = 1024
"""Examples that are drawn, cut into windows and sorted by length at a time."""
