"""Lazy public names for packages, the number of processors, and dependencies without telemetry.

A name is imported from its module on first use. So `qa --help`, or a question to an existing index,
does not wait for imports it does not need.
"""

import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from importlib import import_module
from typing import Any


def exported(
    names: dict[str, Any], homes: Mapping[str, tuple[str, ...]]
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """`__getattr__` and `__dir__` (PEP 562) for the package whose `globals()` are `names`.

    `homes` maps each module to its public names. A name in `__all__` without a home is a module.
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


# Environment variables that libraries read on import to decide whether to send telemetry.
SILENT = {
    "ORT_DISABLE_TELEMETRY": "1",  # onnxruntime: machine data, and a device id in ~/.cache
    "GRADIO_ANALYTICS_ENABLED": "False",  # Gradio: its version check, and a page's components
    "HF_HUB_DISABLE_TELEMETRY": "1",  # the hub's client, and libraries built on it
}


def silence_dependencies() -> None:
    """Turn off the telemetry of the libraries. Values that the user has set are kept.

    This runs when `corpus` is imported, which every part of this program does first, worker processes
    and tools included. Processes started later inherit it.
    """
    for name, value in SILENT.items():
        os.environ.setdefault(name, value)


def processors() -> int:
    """The number of processors that this process may use."""
    with suppress(AttributeError):  # not available on every system
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
