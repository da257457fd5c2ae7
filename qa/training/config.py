"""The settings of a training run. Nothing heavy is imported here, so `--help` is quick."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Shares:
    """The shares that vary the training data, each from 0 to 1.

    `negatives`: the share of questions that also get a passage without an answer. `cropped`: the share of
    passages cut to a part around the answer, at the start and, changing evenly, at the end of the
    training. `typed`: the share of questions rewritten the way people type.
    """

    negatives: float = 0.2
    cropped: tuple[float, float] = (0.0, 0.0)
    typed: float = 0.1


@dataclass(frozen=True, slots=True)
class Recipe:
    """The settings of a training run.

    `epochs`: passes over the examples, to the nearest BLOCK of them. `batch_tokens`: the most tokens in a
    batch, padding included. `learning_rate`: AdamW's peak, reached after the share `warmup_ratio` of the
    training and then falling linearly to 0 (Devlin et al. 2019). `weight_decay`: not applied to biases and
    normalisation. `max_grad_norm`: longer gradients are scaled down to it. `max_length`, `doc_stride`: the
    length and the overlap of windows, in tokens. `freeze_words`: do not train the word embeddings. `bf16`:
    compute in bfloat16 where that is safe. `shares`: how the training data is varied.
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
"""The number of examples that are drawn, cut into windows and sorted by length at a time."""
