"""Who may talk to the server: passwords, throttling, request limits."""

from typing import TYPE_CHECKING

from corpus._runtime import exported

if TYPE_CHECKING:
    from qa.web.access.guard import FILES, Guard, Rules, is_loopback
    from qa.web.access.users import users_from

__all__ = ["FILES", "Guard", "Rules", "is_loopback", "users_from"]

_HOMES = {
    "qa.web.access.guard": (
        "FILES",
        "Guard",
        "Rules",
        "is_loopback",
    ),
    "qa.web.access.users": ("users_from",),
}

__getattr__, __dir__ = exported(globals(), _HOMES)
