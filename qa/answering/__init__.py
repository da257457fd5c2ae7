"""The assistant: retrieve, read, select."""

from typing import TYPE_CHECKING

from corpus._runtime import exported

if TYPE_CHECKING:
    from qa.answering.assistant import AT_ONCE, Assistant, ask
    from qa.answering.feedback import Judgement, keep
    from qa.answering.startup import Display, open_assistant

__all__ = ["AT_ONCE", "Assistant", "Display", "Judgement", "ask", "keep", "open_assistant"]

_HOMES = {
    "qa.answering.assistant": (
        "AT_ONCE",
        "Assistant",
        "ask",
    ),
    "qa.answering.feedback": (
        "Judgement",
        "keep",
    ),
    "qa.answering.startup": (
        "Display",
        "open_assistant",
    ),
}

__getattr__, __dir__ = exported(globals(), _HOMES)
