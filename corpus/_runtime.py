"""A package's public names, each imported from its module when it is first asked for.

So whoever needs one of them (`qa --help`, or a question to a ready index) does not wait for the others.
"""

import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from importlib import import_module
from typing import Any


def exported(
    names: dict[str, Any], homes: Mapping[str, tuple[str, ...]]
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """`__getattr__` and `__dir__` (PEP 562) of the package with these `globals()`.

    `homes` has the public names of each module.
    """
    home_of = {name: module for module, own in homes.items() for name in own}

    def found(name: str) -> Any:
        if name not in home_of:
            raise AttributeError(f"module {names['__name__']!r} has no attribute {name!r}")
        names[name] = value = getattr(import_module(home_of[name]), name)
        return value

    return found, lambda: sorted({*names, *home_of})


def processors() -> int:
    """How many threads can work at the same time."""
    with suppress(AttributeError):  # not on every system
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
