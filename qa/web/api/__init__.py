"""The HTTP API: the routes of the page and the endpoints for programs."""

from typing import TYPE_CHECKING

from corpus._runtime import exported

if TYPE_CHECKING:
    from qa.web.api.ask import steps
    from qa.web.api.endpoints import Endpoints
    from qa.web.api.routes import build_routes, start

__all__ = ["Endpoints", "build_routes", "start", "steps"]

_HOMES = {
    "qa.web.api.ask": ("steps",),
    "qa.web.api.endpoints": ("Endpoints",),
    "qa.web.api.routes": (
        "build_routes",
        "start",
    ),
}

__getattr__, __dir__ = exported(globals(), _HOMES)
