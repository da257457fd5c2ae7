"""The names and passwords that `qa chat` accepts."""

import getpass
import sys
from pathlib import Path

from corpus.errors import ServerError, why_unread
from qa.web.access.origins import is_loopback

SHORTEST_PASSWORD = 8


def users_from(auth: Path | None, *, host: str, everybody: bool) -> dict[str, str] | None:
    """Names with passwords, from a file or typed in; None if everybody may come in.

    Raises:
        ServerError: if others could reach the address and no choice was made, or if the file contains
            no names and passwords.
    """
    if auth is not None and everybody:
        raise ServerError("Use either --auth or --no-auth, not both.")
    if auth is None:
        if not everybody and not is_loopback(host):
            raise ServerError(
                f"On {host} others can reach the page. Use --auth FILE to require a password "
                '(lines of name:password; "-" asks for one), or --no-auth to let everybody in.'
            )
        return None
    return _typed() if auth == Path("-") else _read(auth)


def _read(path: Path) -> dict[str, str]:
    try:
        lines = path.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ServerError(
            f"The names and passwords in {str(path)!r} cannot be read: {why_unread(error)}."
        ) from error
    users = {}
    for number, line in enumerate(lines, start=1):
        if line.strip() and not line.startswith("#"):
            name, colon, password = line.partition(":")
            if not colon or not name.strip():
                raise ServerError(f"Line {number} of {str(path)!r} is not name:password.")
            users[name.strip()] = _long_enough(password.strip(), f"Line {number} of {str(path)!r}")
    if not users:
        raise ServerError(f"{str(path)!r} has no lines of name:password.")
    return users


def _typed() -> dict[str, str]:
    if sys.stdin is None or not sys.stdin.isatty():
        raise ServerError(
            "There is no terminal to ask for a password: pass a file with --auth FILE."
        )
    name = input("Name: ").strip()
    if not name or ":" in name:
        raise ServerError("A name must not be empty or contain a colon.")
    return {name: _long_enough(getpass.getpass("Password: "), "The password")}


def _long_enough(password: str, whose: str) -> str:
    if len(password) < SHORTEST_PASSWORD:
        raise ServerError(f"{whose} is too short. Use at least {SHORTEST_PASSWORD} characters.")
    return password
