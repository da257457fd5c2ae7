"""BM25 and dense retrieval over arrays, and the fusion of their rankings."""

from typing import TYPE_CHECKING

from corpus._runtime import exported

if TYPE_CHECKING:
    from index.retrievers.bm25 import BM25Index
    from index.retrievers.dense import DenseIndex
    from index.retrievers.fusion import Fusion, convex_combination, reciprocal_rank_fusion
    from index.retrievers.ivf import EXACT, InvertedFile
    from index.retrievers.postings import update_postings
    from index.retrievers.tokenizer import STOP_WORDS, fold_term, tokenize

__all__ = [
    "EXACT",
    "STOP_WORDS",
    "BM25Index",
    "DenseIndex",
    "Fusion",
    "InvertedFile",
    "convex_combination",
    "fold_term",
    "reciprocal_rank_fusion",
    "tokenize",
    "update_postings",
]

_HOMES = {
    "index.retrievers.bm25": ("BM25Index",),
    "index.retrievers.dense": ("DenseIndex",),
    "index.retrievers.fusion": (
        "Fusion",
        "convex_combination",
        "reciprocal_rank_fusion",
    ),
    "index.retrievers.ivf": (
        "EXACT",
        "InvertedFile",
    ),
    "index.retrievers.postings": ("update_postings",),
    "index.retrievers.tokenizer": (
        "STOP_WORDS",
        "fold_term",
        "tokenize",
    ),
}

__getattr__, __dir__ = exported(globals(), _HOMES)
