"""Access to the server: hosts, websites, passwords, throttling, and limits on requests and connections."""

from typing import TYPE_CHECKING

from corpus._runtime import exported

if TYPE_CHECKING:
    from qa.web.access.connections import limited_protocol, proxies_of
    from qa.web.access.guard import FILES, Guard, Rules
    from qa.web.access.origins import hosts_of, is_loopback, origins_of
    from qa.web.access.throttle import network
    from qa.web.access.users import users_from

__all__ = [
    "FILES",
    "Guard",
    "Rules",
    "hosts_of",
    "is_loopback",
    "limited_protocol",
    "network",
    "origins_of",
    "proxies_of",
    "users_from",
]

_HOMES = {
    "qa.web.access.connections": ("limited_protocol", "proxies_of"),
    "qa.web.access.guard": ("FILES", "Guard", "Rules"),
    "qa.web.access.origins": ("hosts_of", "is_loopback", "origins_of"),
    "qa.web.access.throttle": ("network",),
    "qa.web.access.users": ("users_from",),
}

__getattr__, __dir__ = exported(globals(), _HOMES)
