"""Load a question-answering model from a folder, find out how much it takes, and run it with torch."""

import inspect
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from corpus.errors import ModelError
from qa.cancellation import Stop
from qa.reader.span_model.span_decoding import Scores
from qa.reader.span_model.windows import Window, Windowing, padded

# The most tokens a model gets at once, question and passage together, even if it could take more.
MOST_TOKENS = 512


# With fewer tokens, there is no room for a question and a passage.
FEWEST_TOKENS = 16


class TorchModel:
    """Any `AutoModelForQuestionAnswering` with its fast tokeniser, run by torch.

    `limit` is the most tokens it takes at once; `typed` says whether it takes token types, which mark the
    tokens of the question and those of the passage.
    """

    def __init__(self, tokenizer: Any, model: Any) -> None:
        """Raises ValueError if the tokeniser gives no offsets, or the model takes too few tokens."""
        if not tokenizer.is_fast:
            raise ValueError("its tokeniser gives no offsets (it has no tokenizer.json)")
        self.tokenizer, self.model = tokenizer, model
        self.limit = most_tokens(tokenizer, model)
        self.typed = takes_types(tokenizer, model)

    def windowing(self, *, stride: int, limit: int | None = None) -> Windowing:
        """A `Windowing` that cuts pairs into windows of at most `limit` tokens, or of what the model takes."""
        return Windowing(
            self.tokenizer.backend_tokenizer,
            limit=min(limit or self.limit, self.limit),
            stride=stride,
            first=self.tokenizer.cls_token_id,
        )

    def inputs(self, windows: Sequence[Window]) -> dict[str, Any]:
        """The model's inputs, as tensors on its device."""
        import torch

        arrays = padded(windows, self.tokenizer.pad_token_id or 0)
        if not self.typed:
            del arrays["token_type_ids"]
        return {name: torch.from_numpy(a).to(self.model.device) for name, a in arrays.items()}

    def scores(
        self, windows: Sequence[Window], *, stop: Stop | None = None
    ) -> tuple[Scores, Scores]:
        """Start and end scores, both float32 of shape (windows, longest window); `stop` is ignored."""
        import torch

        with torch.inference_mode():
            output = self.model(**self.inputs(windows))
        return output.start_logits.float().cpu().numpy(), output.end_logits.float().cpu().numpy()


def load_model(name: str, folder: Path) -> TorchModel:
    """Load the trained question-answering model in a folder; it is called `name` in messages.

    Raises:
        ModelError: if it cannot be loaded, or was not trained for question answering.
    """
    # The files come from others: whatever the libraries raise here means that the model is unusable.
    try:
        tokenizer, model, missing = load_question_answering(folder)
        if missing:
            raise ValueError(f"it was not trained for question answering (it has no {missing[0]})")
        return TorchModel(tokenizer, model.float().eval())
    except Exception as error:
        raise ModelError(
            f"The reader {name!r} cannot be loaded: {' '.join(str(error).split())[:300]}"
        ) from error


def load_question_answering(folder: Path) -> tuple[Any, Any, list[str]]:
    """The tokeniser and the model in a folder, and the names of its missing weights.

    Missing weights are initialised at random.

    Raises:
        Exception: whatever the libraries raise for malformed files.
    """
    from transformers import AutoModelForQuestionAnswering, AutoTokenizer
    from transformers.utils import logging

    safe = {"local_files_only": True, "trust_remote_code": False}
    # The library prints a long table about the weights; we report what matters ourselves.
    loud = logging.get_verbosity()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        tokenizer = AutoTokenizer.from_pretrained(str(folder), **safe)
        model, report = AutoModelForQuestionAnswering.from_pretrained(
            str(folder), use_safetensors=True, output_loading_info=True, **safe
        )
    finally:
        logging.set_verbosity(loud)
    return tokenizer, model, sorted(report["missing_keys"])


def most_tokens(tokenizer: Any, model: Any) -> int:
    """The number of tokens that the model takes at once, at most MOST_TOKENS.

    Raises:
        ValueError: if there is no room for a question and a passage.
    """
    # subtle: many tokenisers give a huge number if they do not know, and the RoBERTa family counts its
    # positions from after the padding's.
    positions = getattr(model.config, "max_position_embeddings", None) or MOST_TOKENS
    for name, module in model.named_modules():
        padding = getattr(module, "padding_idx", None)
        if name.endswith("position_embeddings") and padding is not None:
            positions -= padding + 1
    limit = min(int(tokenizer.model_max_length), positions, MOST_TOKENS)
    if limit < FEWEST_TOKENS:
        raise ValueError(f"it takes {limit} tokens at once, too few for a question and a passage")
    return limit


def takes_types(tokenizer: Any, model: Any) -> bool:
    """Whether the model takes token types, which mark the tokens of the question and of the passage."""
    if "token_type_ids" not in inspect.signature(model.forward).parameters:
        return False
    # subtle: the tokeniser may use types that the model has no row for, or omit types that the model was
    # trained with; the model's own configuration is more reliable.
    rows = getattr(model.config, "type_vocab_size", None)
    return rows > 1 if rows is not None else "token_type_ids" in tokenizer.model_input_names
