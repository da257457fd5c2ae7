"""Models with random, seeded weights and a few words, made by the tests: small, real, and offline.

What they are made with is imported by the functions, since many tests want no more than the words.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tokenizers import Tokenizer

NUMBERED = [f"w{i}" for i in range(100)]
SIZE = {
    "hidden_size": 16,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "intermediate_size": 16,
    "hidden_dropout_prob": 0.0,
    "attention_probs_dropout_prob": 0.0,
    # Wide enough that the logits of different tokens differ.
    "initializer_range": 1.0,
}


def save_bert_tokenizer(folder: Path, words: Sequence[str], *, says_length: int | None) -> int:
    """A word-level tokeniser with BERT's special tokens; how many words it knows."""
    from tokenizers import processors
    from transformers import PreTrainedTokenizerFast

    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *words]
    tokenizer = _word_level(vocabulary, "[UNK]")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", 2), ("[SEP]", 3)],
    )
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        mask_token="[MASK]",
        **({"model_max_length": says_length} if says_length else {}),
    ).save_pretrained(folder)
    return len(vocabulary)


def _word_level(vocabulary: Sequence[str], unknown: str) -> "Tokenizer":
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

    ids = {word: i for i, word in enumerate(vocabulary)}
    tokenizer = Tokenizer(models.WordLevel(ids, unk_token=unknown))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    return tokenizer


def save_bert_reader(
    folder: Path,
    words: Sequence[str] = NUMBERED,
    *,
    positions: int = 64,
    says_length: int | None = None,
    seed: int = 0,
) -> Path:
    """A question-answering BERT; its tokeniser knows its length only if `says_length` is given."""
    import torch
    from transformers import BertConfig, BertForQuestionAnswering

    size = save_bert_tokenizer(folder, words, says_length=says_length)
    torch.manual_seed(seed)
    config = BertConfig(vocab_size=size, max_position_embeddings=positions, **SIZE)
    BertForQuestionAnswering(config).save_pretrained(folder)
    return folder


def save_roberta_reader(folder: Path, words: Sequence[str] = NUMBERED, *, seed: int = 0) -> Path:
    """A question-answering RoBERTa: two separators, no token types, positions that begin at 2.

    It has 64 of them, so 62 tokens are the most that it takes; its tokeniser says nothing of that,
    is set to pad on the left, and gives types that the model has no rows for.
    """
    import torch
    from tokenizers import processors
    from transformers import PreTrainedTokenizerFast, RobertaConfig, RobertaForQuestionAnswering

    vocabulary = ["<s>", "<pad>", "</s>", "<unk>", *words]
    tokenizer = _word_level(vocabulary, "<unk>")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>",
        pair="<s> $A </s> </s> $B:1 </s>:1",
        special_tokens=[("<s>", 0), ("</s>", 2)],
    )
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        padding_side="left",
        pad_token="<pad>",
        unk_token="<unk>",
        bos_token="<s>",
        cls_token="<s>",
        eos_token="</s>",
        sep_token="</s>",
    ).save_pretrained(folder)
    torch.manual_seed(seed)
    config = RobertaConfig(
        vocab_size=len(vocabulary), max_position_embeddings=64, type_vocab_size=1, **SIZE
    )
    RobertaForQuestionAnswering(config).save_pretrained(folder)
    return folder


def save_encoder(folder: Path, words: Sequence[str] = NUMBERED) -> Path:
    """A sentence-transformers model of a tiny BERT."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
    from transformers import BertConfig, BertModel

    bert = folder.parent / f"{folder.name}-bert"
    size = save_bert_tokenizer(bert, words, says_length=64)
    torch.manual_seed(0)
    BertModel(BertConfig(vocab_size=size, max_position_embeddings=64, **SIZE)).save_pretrained(bert)
    transformer = Transformer(str(bert))
    SentenceTransformer(modules=[transformer, Pooling(16)]).save(str(folder))
    return folder


def save_distinct_bert(folder: Path, *, says_length: int | None = None) -> Path:
    """A question-answering BERT of two layers in which no two tensors are equal.

    The exporter keeps equal ones once, and in a trained model none are.
    """
    import torch
    from transformers import BertConfig, BertForQuestionAnswering

    size = save_bert_tokenizer(folder, NUMBERED, says_length=says_length)
    torch.manual_seed(0)
    small = {
        **SIZE,
        "hidden_size": 32,
        "num_hidden_layers": 2,
        "intermediate_size": 64,
        # Narrow enough that eight bits hold it well.
        "initializer_range": 0.1,
    }
    model = BertForQuestionAnswering(
        BertConfig(vocab_size=size, max_position_embeddings=64, **small)
    )
    spread(model)
    model.save_pretrained(folder)
    return folder


def spread(model: Any) -> None:
    """Make the tensors differ that begin as zeros or ones."""
    import torch

    with torch.no_grad():
        for values in model.parameters():
            if values.ndim == 1:
                values.add_(0.05 * torch.randn_like(values))
