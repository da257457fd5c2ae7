"""The program as a person runs it: what goes in by the keyboard or a pipe, and what comes out."""

import io
import re
from collections.abc import Callable
from dataclasses import dataclass

ESCAPE = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str


Qa = Callable[..., Ran]


class Piped(io.TextIOWrapper):
    def __init__(self, data: bytes) -> None:
        super().__init__(io.BytesIO(data))


class Keyboard(Piped):
    """A terminal at which nobody types."""

    def __init__(self) -> None:
        super().__init__(b"")

    def isatty(self) -> bool:
        return True
