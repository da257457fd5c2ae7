"""Load models while the terminal shows the progress."""

from typing import TYPE_CHECKING

from qa.answering import Display
from qa.cli.console import note, working
from qa.cli.progress import counting, indexing

if TYPE_CHECKING:
    from index.types import Encoder
    from qa.reader import Reader

TERMINAL = Display(note, working, indexing, counting)


def encoder_named(name: str | None, *, device: str = "cpu", precision: str = "auto") -> "Encoder":
    """Load the encoder with this name or in this folder; None loads the default one."""
    from index.encoders import load_encoder

    with working("Loading the encoder"):
        return load_encoder(name, device=device, precision=precision)


def reader_named(name: str | None, encoder: "Encoder | None" = None) -> "Reader":
    """Load the reader with this name or in this folder; None loads our own."""
    from qa.reader import load_reader

    with working("Loading the reader"):
        return load_reader(name, encoder)
