"""Check passwords in constant time, and make clients wait after many wrong ones."""

import hashlib
import secrets
from collections.abc import Mapping

from qa.web.access.throttle import Attempts


class Passwords:
    """The passwords of all names; only digests are kept."""

    def __init__(self, users: Mapping[str, str]) -> None:
        self._salt = secrets.token_bytes(32)
        self._digests = {self._digest(name): self._digest(users[name]) for name in users}
        # Compared with the password of an unknown name, so that this takes as long.
        self._nobody = secrets.token_bytes(32)
        self._attempts = Attempts(users)

    def wait(self, client: str, name: str) -> int:
        """Seconds until a password for this name is checked again; 0 means now."""
        return self._attempts.wait(client, name)

    def right(self, client: str, name: str, password: str) -> bool:
        """Whether this is the password of the name; a wrong one is counted."""
        expected = self._digests.get(self._digest(name), self._nobody)
        # subtle: all digests have the same length; comparing passwords directly would reveal theirs.
        if secrets.compare_digest(self._digest(password), expected):
            self._attempts.right(client, name)
            return True
        self._attempts.wrong(client, name, password)
        return False

    def _digest(self, words: str) -> bytes:
        return hashlib.blake2b(
            words.encode("utf-8", "surrogatepass"), key=self._salt, digest_size=32
        ).digest()
