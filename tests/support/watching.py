"""A process that is watched: whom it and its children ask for anything, and which files they leave."""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tests.support.fakes import ROOT

# Of an address in a system call, as strace prints it; names are looked up over a UNIX socket, too.
_ADDRESS = re.compile(r'inet_addr\("([^"]+)"\)|inet_pton\(AF_INET6, "([^"]+)"|sun_path=@?"([^"]+)"')
_CALLS = re.compile(r"\b(connect|sendto|sendmsg|sendmmsg|bind)\(")
_RESOLVER = "io.systemd.Resolve"
_LOCAL = ("127.", "::1", "::ffff:127.")

# Where strace is missing or not allowed: what Python itself is asked for, in every process.
_HOOK = """
import os, sys
def told(event, args):
    if event in ("socket.connect", "socket.sendto", "socket.bind", "socket.sendmsg"):
        said = args[1][0] if isinstance(args[1], tuple) else None
    elif event in ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"):
        said = args[0]
    else:
        return
    if isinstance(said, bytes):
        said = said.decode("ascii", "replace")
    if said is not None:
        with open(os.environ["WATCHED"], "a") as file:
            file.write(f"{event} {said}\\n")
sys.addaudithook(told)
"""
_SETTINGS = re.compile(r"TELEMETRY|ANALYTICS|OFFLINE|DO_NOT_TRACK|CORPUS_QA|^HF_|^PYTEST|^CI$")


@dataclass(frozen=True, slots=True)
class Watched:
    """A command in a home of its own, at work; `asked` and `files` say what it has done so far."""

    process: subprocess.Popen[str]
    home: Path
    log: Path

    def end(self) -> None:
        """End it with what it is watched by, which would leave it behind."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def asked(self) -> list[str]:
        """Every address but this machine's own, and every name that was looked up; sorted."""
        lines = self.log.read_text("utf-8", "replace").splitlines() if self.log.exists() else []
        return sorted({one for line in lines for one in _strangers(line)})

    def files(self) -> list[str]:
        """What lies in its home now, folders without anything left out; sorted."""
        found = (path for path in self.home.rglob("*") if not path.is_dir())
        return sorted(path.relative_to(self.home).as_posix() for path in found)


def _strangers(line: str) -> list[str]:
    if line.startswith("socket."):
        said = line.partition(" ")[2]
        return [] if said.startswith(_LOCAL) or said in ("localhost", "", "None") else [line]
    if not _CALLS.search(line):
        return []
    places = [four or six or path for four, six, path in _ADDRESS.findall(line)]
    return [
        place
        for place in places
        if (_RESOLVER in place if "/" in place else not place.startswith(_LOCAL))
    ]


def has_strace() -> bool:
    """Whether system calls can be seen here."""
    found = shutil.which("strace")
    if found is None:
        return False
    return subprocess.run([found, "-f", "true"], capture_output=True, check=False).returncode == 0


def watch(place: Path, *words: str) -> Watched:
    """Start a Python with these arguments, watched, in the new folder `place` with nothing of ours set."""
    home = place / "home"
    (home / "tmp").mkdir(parents=True)
    log = place / "log"
    env = {name: value for name, value in os.environ.items() if not _SETTINGS.search(name)}
    env = {name: v for name, v in env.items() if not name.startswith("XDG_")}
    env |= {"HOME": str(home), "TMPDIR": str(home / "tmp"), "PYTHONDONTWRITEBYTECODE": "1"}
    command: Sequence[str] = (sys.executable, *words)
    if has_strace():
        command = ("strace", "-f", "--seccomp-bpf", "-e", "trace=network", "-o", str(log), *command)
        env["PYTHONPATH"] = str(ROOT)
    else:
        (place / "hook").mkdir()
        (place / "hook" / "sitecustomize.py").write_text(_HOOK)
        env |= {"PYTHONPATH": f"{place / 'hook'}{os.pathsep}{ROOT}", "WATCHED": str(log)}
    process = subprocess.Popen(
        command,
        cwd=home,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    return Watched(process, home, log)
