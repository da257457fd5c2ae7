"""A reader as a torch model: an encoder, start and end scores, and a score for there being an answer.

Beside the start and end scores, whose first token stands for "no answer" as in SQuAD 2.0 (Devlin et al.
2019, section 4.3, arxiv.org/abs/1810.04805), the reader has an answer score: the log odds that the
window answers the question at all, from its first token. The softmax over a window's tokens knows only
that window, so its scores may drift from one to another; the answer score is trained across windows, with
cross-entropy against the truth and ranked within a context, and can be compared between passages.
"""

import json
import shutil
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qa.training.core.labelled_windows import Window, padded

WEIGHTS = "model.safetensors"
BESIDE = ("config.json", "tokenizer.json", "tokenizer_config.json")


@dataclass(frozen=True, slots=True)
class Scores:
    """What a reader says of windows, as float32 tensors.

    `starts` and `ends` have shape (windows, longest); tokens outside of the context and the first one are
    not to be used. `answer` has shape (windows,): the log odds that there is an answer.
    """

    starts: Any
    ends: Any
    answer: Any


@dataclass(frozen=True, slots=True)
class Reader:
    """The modules (body, span, pool, answer), the token to pad with, and the folder they came from."""

    modules: Any
    padding: int
    folder: Path

    @property
    def device(self) -> Any:
        """Where the weights are."""
        return next(self.modules.parameters()).device

    def __call__(self, windows: Sequence[Window]) -> tuple[Scores, Any]:
        """The scores of windows, and which of their tokens are the context's (bool, same shape)."""
        import torch

        arrays = padded(windows, self.padding)
        ids, mask, types, inside = (
            torch.from_numpy(a).to(self.device)
            for a in (arrays.ids, arrays.mask, arrays.types, arrays.inside)
        )
        body = self.modules["body"]
        more = {"token_type_ids": types} if getattr(body.config, "type_vocab_size", 0) > 1 else {}
        with half_precision(self.device.type):
            hidden = body(input_ids=ids, attention_mask=mask, **more).last_hidden_state
            starts, ends = self.modules["span"](hidden).float().unbind(-1)
            pooled = torch.tanh(self.modules["pool"](hidden[:, 0]))
            answer = self.modules["answer"](pooled).float().squeeze(-1)
        return Scores(starts, ends, answer), inside


def half_precision(device: str) -> AbstractContextManager[Any]:
    """Computing in bfloat16 where the device multiplies in it; else in float32."""
    import torch

    context: AbstractContextManager[Any] = torch.autocast(
        device, torch.bfloat16, enabled=computes_in_bf16(device)
    )
    return context


def computes_in_bf16(device: str) -> bool:
    """Whether a kind of device ("cpu", "cuda") multiplies in bfloat16."""
    import torch

    if device == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    # subtle: torch has no public way to ask a processor, and other versions may lack these.
    known = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
    asks: list[Callable[[], Any]] = [
        ask for name in known if (ask := getattr(torch.cpu, name, None)) is not None
    ]
    return device == "cpu" and any(bool(ask()) for ask in asks)


def best_device() -> str:
    """The device to train on: "cuda" where there is one, else "cpu"."""
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"


def load_reader(folder: Path, *, seed: int = 0, device: str | None = None) -> Reader:
    """The reader that `save_reader` wrote, or a new one on the encoder that lies in the folder.

    A new one's heads are random by `seed`; those of a question-answering model are kept. It is left in
    the state for reading, without dropout: over one or two rounds that learns more.

    Raises:
        ValueError: if the weights are not those of the encoder that the configuration describes.
    """
    import torch
    from safetensors.torch import load_file
    from transformers import AutoConfig

    config = AutoConfig.from_pretrained(folder)
    modules = _modules(config, seed, attention="eager")
    weights = {_name(name): values for name, values in load_file(folder / WEIGHTS).items()}
    expected = modules.state_dict()
    kept = {name: values for name, values in weights.items() if name in expected}
    missing = {n for n in expected if n.startswith("body.") and n not in kept}
    if missing - {"body.embeddings.position_ids"}:
        raise ValueError(f"{folder} lacks weights: {sorted(missing)[:5]}")
    modules.load_state_dict(kept, strict=False)
    modules = modules.to(torch.float32).to(device or best_device()).eval()
    return Reader(modules, int(config.pad_token_id), folder)


def _modules(config: Any, seed: int, *, attention: str) -> Any:
    import torch
    from torch import nn
    from transformers import AutoModel

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        size = config.hidden_size
        body = AutoModel.from_config(config, attn_implementation=attention, add_pooling_layer=False)
        heads = {"span": nn.Linear(size, 2), "pool": nn.Linear(size, size)}
        heads["answer"] = nn.Linear(size, 1)
        for head in heads.values():
            nn.init.normal_(head.weight, std=0.02)
            nn.init.zeros_(head.bias)
    return nn.ModuleDict({"body": body, **heads})


def _name(name: str) -> str:
    """What we call a tensor that others' files call otherwise."""
    if name.split(".")[0] in ("body", "span", "pool", "answer"):
        return name
    if name.startswith("qa_outputs."):
        return f"span.{name.removeprefix('qa_outputs.')}"
    for prefix in ("bert.", "mpnet.", "roberta."):
        name = name.removeprefix(prefix)
    return f"body.{name}"


def save_reader(reader: Reader, folder: Path) -> None:
    """Write the weights (float32) and what belongs to them to a folder."""
    from safetensors.torch import save_file

    folder.mkdir(parents=True, exist_ok=True)
    held = reader.modules.state_dict().items()
    weights = {name: values.detach().float().cpu().contiguous() for name, values in held}
    partial = folder / f".{WEIGHTS}"
    save_file(weights, partial, {"format": "pt"})
    partial.replace(folder / WEIGHTS)
    config = reader.modules["body"].config.to_dict()
    (folder / BESIDE[0]).write_text(json.dumps(config, indent=2, sort_keys=True) + "\n", "utf-8")
    for name in BESIDE[1:]:
        if (reader.folder / name).exists() and reader.folder != folder:
            shutil.copyfile(reader.folder / name, folder / name)
