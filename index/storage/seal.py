"""Seal an index: a secret of this user vouches for everything that is quoted, counted and searched.

Threat model. Anyone who gives you a folder, or can write into it, may have put anything into its index:
rows, arrays, links. They do not know the secret in your own data folder. So nothing that they wrote is
trusted, every change is noticed when it is read, and rows of another index or of an earlier state are not
accepted. Not covered: programs that run as you, an older copy of the whole index that is put back, and the
content of the documents themselves.
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
# The columns of each table that are counted. "vectors" are those of the passages, which get them later than
# their other columns.
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
    """The secret of this user, created when it is first needed; nobody else can read it.

    Raises:
        StorageError: if there is none and none can be saved.
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
            f"The secret that shows which indexes are yours cannot be saved in {str(path)!r}: {why}. "
            "Make that folder writable, or set the variable XDG_DATA_HOME to another folder."
        ) from error


def _read(path: Path) -> bytes:
    with path.open("rb") as handle:
        found = handle.read(_BYTES + 1)
    if len(found) != _BYTES:
        raise ValueError(
            "it is not a secret of this program; remove it, and your indexes will be rebuilt"
        )
    return found


def _make(path: Path) -> None:
    """Write a new secret to this path, completely or not at all; one made in the meantime is kept."""
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
        except OSError:  # a disk without hard links
            os.replace(name, path)
    finally:
        with suppress(FileNotFoundError):
            os.unlink(name)


@dataclass(frozen=True, slots=True)
class Seal:
    """The key that signs the parts of one index, made from this user's secret and the index's lineage."""

    key: bytes = field(repr=False)

    @classmethod
    def of(cls, lineage: str) -> "Seal":
        """The seal of the index with this lineage.

        Raises:
            StorageError: if this user has no secret and none can be saved.
        """
        return cls(blake2b(lineage.encode(), key=user_secret(), digest_size=_BYTES).digest())

    def sign(self, kind: str, *values: object) -> bytes:
        """The signature, 32 bytes, of these values: text, bytes, numbers or None."""
        # `repr` keeps different values apart: it shows their types, and where one ends and the next begins.
        said = repr((kind, *values)).encode("utf-8", "surrogatepass")
        return blake2b(said, key=self.key, digest_size=_BYTES).digest()

    def sign_text(self, *texts: str) -> bytes:
        """The signature, 32 bytes, of long texts."""
        digest = blake2b(key=self.key, digest_size=_BYTES, person=b"text")
        for text in texts:
            data = text.encode("utf-8", "surrogatepass")
            digest.update(len(data).to_bytes(8, "big"))
            digest.update(data)
        return digest.digest()

    def is_signed(self, signature: object, kind: str, *values: object) -> bool:
        """Whether this is the signature of these values."""
        return isinstance(signature, bytes) and compare_digest(signature, self.sign(kind, *values))


@dataclass(slots=True)
class Totals:
    """The number of rows of each table, and the sum of their keyed hashes, which differs for other rows.

    A multiset hash (Clarke et al. 2003, doi.org/10.1007/978-3-540-40061-5_12): new rows are added and
    removed rows are subtracted, so the cost of a change depends only on the rows that change.
    """

    seal: Seal
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COUNTED, 0))
    sums: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COUNTED, 0))

    def change(self, sign: int, name: str, *values: Any) -> None:
        """Count a row that was added (1) or removed (-1)."""
        if name == "vectors" and values[-1] is None:
            return
        self.counts[name] += sign
        self.sums[name] = (self.sums[name] + sign * self._number(name, values)) % _MODULUS

    def agree(self, name: str, rows: Iterable[Sequence[Any]]) -> bool:
        """Whether a table has exactly these rows; looks at no more of them than the table should have."""
        left, total = self.counts[name], 0
        for row in rows:
            if (left := left - 1) < 0:
                return False
            total += self._number(name, tuple(row))
        return left == 0 and total % _MODULUS == self.sums[name]

    def _number(self, name: str, values: tuple[Any, ...]) -> int:
        return int.from_bytes(self.seal.sign(name, *values), "big")

    def to_text(self) -> str:
        """The totals as one line for `read`."""
        return " ".join(f"{n}:{self.counts[n]}:{self.sums[n]:x}" for n in COUNTED)

    def read(self, line: str) -> None:
        """Restore the totals from a line of `to_text`.

        Raises:
            ValueError: if the line is not one of these.
        """
        found = re.findall(r"(\w{1,20}):(\d{1,18}):([0-9a-f]{1,64})(?: |$)", line)
        if [name for name, _, _ in found] != [*COUNTED]:
            raise ValueError("some totals are missing")
        self.counts.update({name: int(count) for name, count, _ in found})
        self.sums.update({name: int(total, 16) for name, _, total in found})


def select(name: str) -> str:
    """A statement for the rows counted in one of the totals."""
    table, columns = COUNTED[name]
    return f"SELECT {', '.join(columns)} FROM {table}"  # noqa: S608  # all of it is defined above


def triggers() -> list[str]:
    """Statements, for one connection, that call `counted` for each row that is added, removed or changed."""
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
