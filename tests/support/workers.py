"""Worker processes that do what the texts tell them to, and whom a test can find and kill."""

import os
from pathlib import Path

from tests.support.fakes import ROOT

# A parser that does what a text tells it to. SHORT stands while the machine is short of memory.
OBEDIENT = f"""
import errno, json, os, re, signal, sys, time
sys.path[:] = json.loads(sys.argv[1]) + [{str(ROOT)!r}]
from corpus.reading import loader, worker
sound = loader.clean
def clean(text, **options):
    short = os.path.exists(os.environ.get("SHORT", "/nowhere"))
    if "HANG" in text: time.sleep(600)
    if "LOOP" in text:
        while True: pass
    if "GREP" in text: re.match("(a+)+$", "a" * 60 + "b")
    if "SLOW" in text: time.sleep(float(os.environ.get("NAP", 0.02)))
    if short and "KILL" in text: os.kill(os.getpid(), signal.SIGKILL)
    if short and "WAIT" in text: time.sleep(600)
    if short and "EAT" in text: raise MemoryError
    if short and "FULL" in text: raise OSError(errno.ENOSPC, "No space left on device")
    return sound(text, **options)
loader.clean = clean
worker.main()
"""


def workers(parent: int | None = None) -> list[int]:
    """The processes that read files for a process: this one, if none is named. Linux only."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            above = int((path / "stat").read_text().rpartition(")")[2].split()[1])
            command = (path / "cmdline").read_bytes()
        except OSError:  # it ended meanwhile
            continue
        if above == (parent or os.getpid()) and b"worker" in command and b"main()" in command:
            found.append(int(path.name))
    return found


def is_running(pid: int) -> bool:
    """Whether a process has not ended; one that nobody has buried yet does not run."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"
