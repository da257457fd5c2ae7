"""Lazy public names of packages, the number of processors, and dependencies that keep to themselves.

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


# What the libraries read, when they are imported, before they send anything to their makers.
SILENT = {
    "ORT_DISABLE_TELEMETRY": "1",  # onnxruntime: machine data, and a device's number in ~/.cache
    "GRADIO_ANALYTICS_ENABLED": "False",  # Gradio: its version check, and what a page is made of
    "HF_HUB_DISABLE_TELEMETRY": "1",  # the hub's client, and what is built on it
}


def silence_dependencies() -> None:
    """Ask the libraries not to tell their makers anything. What the user has set stays.

    It is done when `corpus` is imported, which everything of ours does first: in worker processes and
    tools, too. Processes that are started later inherit it.
    """
    for name, value in SILENT.items():
        os.environ.setdefault(name, value)


def processors() -> int:
    """How many threads can work at the same time."""
    with suppress(AttributeError):  # not on every system
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
