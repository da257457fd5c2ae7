"""The chat page and the HTTP API."""

from typing import TYPE_CHECKING

from corpus._runtime import exported

if TYPE_CHECKING:
    from qa.web.server import serve

__all__ = ["serve", "texts"]

_HOMES = {"qa.web.server": ("serve",)}

__getattr__, __dir__ = exported(globals(), _HOMES)
