"""Near-duplicate documents: shingles, MinHash, clusters."""

from typing import TYPE_CHECKING

from corpus._runtime import exported

if TYPE_CHECKING:
    from corpus.duplicates.clusters import (
        CLUSTER_RULES,
        Profile,
        Relation,
        candidates,
        cluster_by_likeness,
        fingerprint,
        lead_order,
        likeness,
        profile,
        relation,
    )
    from corpus.duplicates.shingles import SHINGLE_SIZE, Shingles, shingle, without_head, words

__all__ = [
    "CLUSTER_RULES",
    "SHINGLE_SIZE",
    "Profile",
    "Relation",
    "Shingles",
    "candidates",
    "cluster_by_likeness",
    "fingerprint",
    "lead_order",
    "likeness",
    "profile",
    "relation",
    "shingle",
    "without_head",
    "words",
]

_HOMES = {
    "corpus.duplicates.clusters": (
        "CLUSTER_RULES",
        "Profile",
        "Relation",
        "candidates",
        "cluster_by_likeness",
        "fingerprint",
        "lead_order",
        "likeness",
        "profile",
        "relation",
    ),
    "corpus.duplicates.shingles": (
        "SHINGLE_SIZE",
        "Shingles",
        "shingle",
        "without_head",
        "words",
    ),
}

__getattr__, __dir__ = exported(globals(), _HOMES)
