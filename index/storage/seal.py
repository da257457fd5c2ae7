"""The seal of an index: a secret of this user vouches for all that is quoted, counted and searched.

Threat model. Anyone who gives you a folder, or can write into it, may have put anything into its index:
rows, arrays, links. They do not know the secret in your own data folder. So nothing that they wrote is
believed, every change is noticed when it is read, and rows of another index or of an earlier state are not
accepted. Not covered: programs that run as you, an older copy of the whole index put back, and what the
documents themselves say.
"""

import os
import re
import secrets
import tempfile
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import blake2b
from hmac import compare_digest
from pathlib import Path
from typing import Any

from corpus.errors import StorageError

_FILE = "index.key"
_BYTES = 32
_MODULUS = 1 << (8 * _BYTES)
# What is counted of each table; "vectors" are of the passages, which get them later than their places.
COUNTED: dict[str, tuple[str, tuple[str, ...]]] = {
    "files": (
        "files",
        ("id", "size", "mtime_ns", "sha256", "state", "rules", "reason", "seconds", "problems"),
    ),
    "documents": ("documents", ("key", "seal")),
    "passages": ("passages", ("key", "document", "first", "last")),
    "vectors": ("passages", ("key", "vector")),
    "sketches": ("sketches", ("document", "digest", "sketch", "day", "length")),
    "likenesses": ("likenesses", ("one", "other", "value")),
    "copies": ("copies", ("document", "lead", "relation")),
    "recurring": ("recurring", ("line",)),
}


def user_secret() -> bytes:
    """The secret of this user, made on first need; nobody else can read it.

    Raises:
        StorageError: if there is none and none can be kept.
    """
    from platformdirs import user_data_path

    path = user_data_path("corpus-qa", appauthor=False) / _FILE
    try:
        with suppress(FileNotFoundError):
            return _read(path)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _make(path)
        return _read(path)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise StorageError(
            f"The secret that says which indexes are yours cannot be kept in {str(path)!r}: {why}. "
            "Make that folder writable, or name another one with the variable XDG_DATA_HOME."
        ) from error


def _read(path: Path) -> bytes:
    with path.open("rb") as handle:
        found = handle.read(_BYTES + 1)
    if len(found) != _BYTES:
        raise ValueError(
            "it is not a secret of this program; remove it, and indexes are made again"
        )
    return found


def _make(path: Path) -> None:
    """A new secret at this path, whole or not at all; one that is there meanwhile stays."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")  # 0600
    try:
        with os.fdopen(descriptor, "wb") as handle:
            handle.write(secrets.token_bytes(_BYTES))
            handle.flush()
            os.fsync(handle.fileno())
        try:
            os.link(name, path)
        except FileExistsError:
            pass
        except OSError:  # a disk without second names
            os.replace(name, path)
    finally:
        with suppress(FileNotFoundError):
            os.unlink(name)


@dataclass(frozen=True, slots=True)
class Seal:
    """The key by which the parts of one index are signed: of this user's secret and the index's lineage."""

    key: bytes = field(repr=False)

    @classmethod
    def of(cls, lineage: str) -> "Seal":
        """That of the index with this lineage.

        Raises:
            StorageError: if this user has no secret and none can be kept.
        """
        return cls(blake2b(lineage.encode(), key=user_secret(), digest_size=_BYTES).digest())

    def sign(self, kind: str, *values: object) -> bytes:
        """The signature of these values, which are text, bytes, numbers or None; 32 bytes."""
        # `repr` tells apart what is not the same: kinds of values, and where one ends and the next begins.
        said = repr((kind, *values)).encode("utf-8", "surrogatepass")
        return blake2b(said, key=self.key, digest_size=_BYTES).digest()

    def sign_text(self, *texts: str) -> bytes:
        """The signature of long texts; 32 bytes."""
        digest = blake2b(key=self.key, digest_size=_BYTES, person=b"text")
        for text in texts:
            data = text.encode("utf-8", "surrogatepass")
            digest.update(len(data).to_bytes(8, "big"))
            digest.update(data)
        return digest.digest()

    def is_signed(self, signature: object, kind: str, *values: object) -> bool:
        """Whether the signature is that of these values."""
        return isinstance(signature, bytes) and compare_digest(signature, self.sign(kind, *values))


@dataclass(slots=True)
class Totals:
    """How many rows each table has, and the sum of their keyed hashes: another set of rows has another one.

    A multiset hash (Clarke et al. 2003, doi.org/10.1007/978-3-540-40061-5_12): a row that comes is added,
    one that goes is taken away, so that a change costs what it changes.
    """

    seal: Seal
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COUNTED, 0))
    sums: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COUNTED, 0))

    def change(self, sign: int, name: str, *values: Any) -> None:
        """Take note that a row came (1) or went (-1)."""
        if name == "vectors" and values[-1] is None:
            return
        self.counts[name] += sign
        self.sums[name] = (self.sums[name] + sign * self._number(name, values)) % _MODULUS

    def agree(self, name: str, rows: Iterable[Sequence[Any]]) -> bool:
        """Whether a table has just these rows; not more of them are looked at than it should have."""
        left, total = self.counts[name], 0
        for row in rows:
            if (left := left - 1) < 0:
                return False
            total += self._number(name, tuple(row))
        return left == 0 and total % _MODULUS == self.sums[name]

    def _number(self, name: str, values: tuple[Any, ...]) -> int:
        return int.from_bytes(self.seal.sign(name, *values), "big")

    def to_text(self) -> str:
        """One line, which `read` takes."""
        return " ".join(f"{n}:{self.counts[n]}:{self.sums[n]:x}" for n in COUNTED)

    def read(self, line: str) -> None:
        """Take over what `to_text` gave.

        Raises:
            ValueError: if it is not that.
        """
        found = re.findall(r"(\w{1,20}):(\d{1,18}):([0-9a-f]{1,64})(?: |$)", line)
        if [name for name, _, _ in found] != [*COUNTED]:
            raise ValueError("the totals are not all there")
        self.counts.update({name: int(count) for name, count, _ in found})
        self.sums.update({name: int(total, 16) for name, _, total in found})


def select(name: str) -> str:
    """A statement that gives the rows of which one of the totals is."""
    table, columns = COUNTED[name]
    return f"SELECT {', '.join(columns)} FROM {table}"  # noqa: S608  # all of it stands above


def triggers() -> list[str]:
    """Statements that tell the function `counted` of each row that comes, goes or changes, for one connection."""
    lines = []
    for name, (table, columns) in COUNTED.items():
        old, new = (", ".join(f"{side}.{c}" for c in columns) for side in ("OLD", "NEW"))
        came, went = f"SELECT counted(1, '{name}', {new});", f"SELECT counted(-1, '{name}', {old});"
        for when, act in (
            ("INSERT", came),
            ("DELETE", went),
            (f"UPDATE OF {', '.join(columns)}", went + came),
        ):
            trigger = f"{name}_{when.split()[0].lower()}"
            lines.append(f"CREATE TEMP TRIGGER {trigger} AFTER {when} ON {table} BEGIN {act} END;")
    return lines
