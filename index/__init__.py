"""From passages to ranked hits.

The middle layer: it stands on `corpus` and knows nothing of answers.
"""

from index.building import Changes, update
from index.encoding import Encoder, load_encoder
from index.hybrid import Index
from index.locating import existing_directory, index_directory
from index.types import Filter, Hit, Manifest, Step

__all__ = [
    "Changes",
    "Encoder",
    "Filter",
    "Hit",
    "Index",
    "Manifest",
    "Step",
    "existing_directory",
    "index_directory",
    "load_encoder",
    "update",
]
