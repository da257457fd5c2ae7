"""Load models and open assistants while the terminal shows what takes its time."""

from typing import TYPE_CHECKING

from qa.answering import Display
from qa.cli.console import note, working
from qa.cli.progress import counting, indexing

if TYPE_CHECKING:
    from index.types import Encoder
    from qa.reader import Reader

TERMINAL = Display(note, working, indexing, counting)


def encoder_named(name: str | None, *, device: str = "cpu", precision: str = "auto") -> "Encoder":
    """The encoder of that name or in that folder, loaded; the default one for None."""
    from index.encoders import load_encoder

    with working("Loading the encoder"):
        return load_encoder(name, device=device, precision=precision)


def reader_named(name: str | None, encoder: "Encoder | None" = None) -> "Reader":
    """The reader of that name or in that folder, loaded; our own for None."""
    from qa.reader import load_reader

    with working("Loading the reader"):
        return load_reader(name, encoder)
