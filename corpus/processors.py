"""How many processors there are for this process."""

import os
from contextlib import suppress


def processors() -> int:
    """How many threads can work at the same time."""
    with suppress(AttributeError):  # not on every system
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
