"""A question-answering model as it lies in a folder: load it, and see what it can take."""

import inspect
from pathlib import Path
from typing import Any

# What a model is asked to take at once, question and passage together, however many it could.
MOST_TOKENS = 512
# Below this there is no room for a question and a passage.
FEWEST_TOKENS = 16


def question_answering(folder: Path) -> tuple[Any, Any]:
    """The tokeniser and the model in a folder.

    Raises:
        ValueError: if it gives no offsets, or was not trained to answer questions.
        Exception: whatever the libraries raise over files that are not what they should be.
    """
    from transformers import AutoModelForQuestionAnswering, AutoTokenizer
    from transformers.utils import logging

    safe = {"local_files_only": True, "trust_remote_code": False}
    # The library reports on the weights in a long table; what matters of it is said below.
    loud = logging.get_verbosity()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        tokenizer = AutoTokenizer.from_pretrained(str(folder), **safe)
        if not tokenizer.is_fast:
            raise ValueError("its tokeniser gives no offsets (it has no tokenizer.json)")
        model, report = AutoModelForQuestionAnswering.from_pretrained(
            str(folder), use_safetensors=True, output_loading_info=True, **safe
        )
    finally:
        logging.set_verbosity(loud)
    if missing := sorted(report["missing_keys"]):
        raise ValueError(f"it was not trained for question answering (it has no {missing[0]})")
    return tokenizer, model.float().eval()


def most_tokens(tokenizer: Any, model: Any) -> int:
    """How many tokens the model takes at once.

    Raises:
        ValueError: if these are too few for a question and a passage.
    """
    # subtle: many tokenisers say "very large" where they do not know, and RoBERTa's family counts its
    # positions from behind the padding's.
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
    """Whether the model is to be told which tokens are the question's and which the passage's."""
    if "token_type_ids" not in inspect.signature(model.forward).parameters:
        return False
    # subtle: the tokeniser may count to types that the model has no row for, or leave the types out
    # that the model was trained with; the model knows better.
    rows = getattr(model.config, "type_vocab_size", None)
    return rows > 1 if rows is not None else "token_type_ids" in tokenizer.model_input_names
