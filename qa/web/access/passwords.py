"""Names with passwords, compared in a time that tells nothing of them, and seldom for who is often wrong."""

import hashlib
import secrets
from collections.abc import Mapping

from qa.web.access.throttle import Attempts


class Passwords:
    """Who has which password; only digests are kept."""

    def __init__(self, users: Mapping[str, str]) -> None:
        self._salt = secrets.token_bytes(32)
        self._digests = {self._digest(name): self._digest(users[name]) for name in users}
        # What a name that nobody has is compared with, so that it takes as long.
        self._nobody = secrets.token_bytes(32)
        self._attempts = Attempts(users)

    def wait(self, client: str, name: str) -> int:
        """The seconds before a password of this name is looked at again; 0: now."""
        return self._attempts.wait(client, name)

    def right(self, client: str, name: str, password: str) -> bool:
        """Whether the name has this password; a wrong one is counted."""
        expected = self._digests.get(self._digest(name), self._nobody)
        # subtle: digests are all of one length, which a comparison would tell otherwise.
        if secrets.compare_digest(self._digest(password), expected):
            self._attempts.right(client, name)
            return True
        self._attempts.wrong(client, name, password)
        return False

    def _digest(self, words: str) -> bytes:
        return hashlib.blake2b(
            words.encode("utf-8", "surrogatepass"), key=self._salt, digest_size=32
        ).digest()
