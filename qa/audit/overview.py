"""An index in figures, for `qa status`."""

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from corpus.reading import State
from corpus.types import Problem
from index.storage import (
    Record,
    check_root,
    existing_directory,
    load_copies,
    reading_store,
)
from index.types import Manifest
from qa.render import one_line, visible

MOST_SHOWN = 20


@dataclass(frozen=True, slots=True)
class IndexStatus:
    """An index in figures; `size` is in bytes, `dated` counts the documents whose day is known.

    `files` counts the files in each state. `problems` are the parts of files that could not be read,
    `waiting` counts the passages not encoded yet, and `dropped` and `dropped_characters` count what
    cleaning left out. `seconds` is the reading time of all processes together. `copies` counts the
    documents that are copies of another one, by their relation to it.
    """

    directory: Path
    documents: int
    passages: int
    characters: int
    size: int
    dated: int
    earliest: date | None
    latest: date | None
    publishers: tuple[tuple[str, int], ...]
    files: tuple[tuple[State, int], ...]
    skipped: tuple[Record, ...]
    problems: tuple[Problem, ...]
    waiting: int
    dropped: int
    dropped_characters: int
    seconds: float
    manifest: Manifest
    copies: tuple[tuple[str, int], ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {
            "index": str(self.directory),
            "documents": self.documents,
            "passages": self.passages,
            "characters": self.characters,
            "bytes": self.size,
            "dated": self.dated,
            "earliest": self.earliest.isoformat() if self.earliest else None,
            "latest": self.latest.isoformat() if self.latest else None,
            "publishers": dict(self.publishers),
            "files": {state.value: count for state, count in self.files},
            "skipped": [
                {"file": r.id, "state": r.state.value, "reason": r.reason} for r in self.skipped
            ],
            "problems": [{"part": p.id, "reason": p.reason} for p in self.problems],
            "passages_waiting": self.waiting,
            "dropped_pieces": self.dropped,
            "dropped_characters": self.dropped_characters,
            "reading_seconds": round(self.seconds, 3),
            "copies": dict(self.copies),
            "made_with": self.manifest.to_dict(),
        }


def index_status(folder: Path, index_dir: Path | None = None) -> IndexStatus:
    """The figures of a folder's index.

    Raises:
        UserError: if the folder does not exist or has no usable index.
    """
    directory = existing_directory(folder, index_dir)
    with reading_store(directory) as store:
        check_root(store, folder)
        with store.snapshot():
            documents = [document for _, document in store.descriptions()]
            ledger = store.ledger().values()
            dropped = [piece for _, pieces in store.dropped() for piece in pieces]
            states = Counter(record.state for record in ledger)
            days = sorted(d.published for d in documents if d.published)
            copies = Counter(r.value for r in load_copies(store).relations.values())
            publishers = Counter(d.publisher for d in documents if d.publisher)
            return IndexStatus(
                directory=directory,
                documents=len(documents),
                passages=len(store.passages().keys),
                characters=sum(d.length for d in documents),
                size=_size(directory),
                dated=len(days),
                earliest=days[0] if days else None,
                latest=days[-1] if days else None,
                publishers=tuple(publishers.most_common()),
                files=tuple((state, states[state]) for state in State if states[state]),
                skipped=tuple(record for record in ledger if record.reason),
                problems=tuple(problem for record in ledger for problem in record.problems),
                waiting=store.count_pending(),
                dropped=len(dropped),
                dropped_characters=sum(len(piece.text) for piece in dropped),
                seconds=sum(record.seconds for record in ledger),
                manifest=store.manifest(),
                copies=tuple(copies.most_common()),
            )


def _size(directory: Path) -> int:
    """The bytes of all files of an index; a running writer may add and remove files meanwhile."""
    total = 0
    for path in directory.rglob("*"):
        with suppress(FileNotFoundError):
            total += path.stat().st_size if path.is_file() else 0
    return total


def _counted(copies: Sequence[tuple[str, int]]) -> str:
    """How many documents are copies, and of which kinds."""
    kinds = ", ".join(f"{name} {count:,}" for name, count in copies)
    return f"{sum(count for _, count in copies):,} of the documents ({kinds})"


def status_lines(found: IndexStatus) -> str:
    """The figures for a person."""
    named = ", ".join(f"{visible(name)} ({count})" for name, count in found.publishers[:5])
    more = len(found.publishers) - 5
    days = (
        f"{found.earliest} to {found.latest} ({found.dated} dated)" if found.dated else "none known"
    )
    waiting = f" ({found.waiting:,} not encoded yet)" if found.waiting else ""
    files = ", ".join(f"{count:,} {state.value}" for state, count in found.files)
    rows = [
        ("documents", f"{found.documents:,}"),
        ("passages", f"{found.passages:,}{waiting}"),
        ("text", f"{found.characters:,} characters"),
        ("published", days),
        ("publishers", (named or "none known") + (f" and {more} more" if more > 0 else "")),
        ("encoder", f"{visible(found.manifest.encoder)} ({found.manifest.encoder_sha256[:12]}…)"),
        ("index", f"{visible(str(found.directory))} ({found.size / 2**20:.1f} MB)"),
        (
            "left out",
            f"{found.dropped:,} pieces of page furniture, {found.dropped_characters:,} characters",
        ),
        ("files", files or "none"),
    ]
    if found.copies:
        rows.insert(1, ("copies", _counted(found.copies)))
    lines = [f"{name:10}  {value}" for name, value in rows]
    unread = [(r.id, r.reason) for r in found.skipped]
    unread += [(p.id, p.reason) for p in found.problems]
    lines += [f"  {visible(id)}: {one_line(reason)}" for id, reason in unread[:MOST_SHOWN]]
    if len(unread) > MOST_SHOWN:
        lines.append(f"  and {len(unread) - MOST_SHOWN:,} more: --json lists them all")
    return "\n".join(lines)
