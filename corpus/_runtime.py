"""Lazy public names of packages, and the number of processors.

A name is imported from its module when it is first used, so that `qa --help`, or a question to a ready
index, does not wait for what it does not need.
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

    `homes` has the public names of each module. A name in `__all__` that has no home is a module.
    """
    home_of = {name: module for module, own in homes.items() for name in own}

    def found(name: str) -> Any:
        value: Any
        if name in home_of:
            value = getattr(import_module(home_of[name]), name)
        elif name in names["__all__"]:
            value = import_module(f"{names['__name__']}.{name}")
        else:
            raise AttributeError(f"module {names['__name__']!r} has no attribute {name!r}")
        names[name] = value
        return value

    return found, lambda: sorted({*names, *home_of})


def processors() -> int:
    """How many threads can work at the same time."""
    with suppress(AttributeError):  # not on every system
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
