"""What is in an index: the figures behind `qa status`."""

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from index.checking import check_root
from index.copies import load_copies
from index.locating import existing_directory
from index.records import Record
from index.store import FILE_NAME, Store
from index.types import Manifest
from qa.rendering import one_line, visible

MOST_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Overview:
    """An index in figures; `size` is in bytes, `dated` counts documents whose day is known.

    `copies` counts the documents that another one leads, by what they are to it.
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
    skipped: tuple[Record, ...]
    dropped: int
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
            "skipped": [{"file": r.id, "reason": r.reason} for r in self.skipped],
            "dropped_pieces": self.dropped,
            "copies": dict(self.copies),
            "made_with": self.manifest.to_dict(),
        }


def overview(folder: Path, index_dir: Path | None = None) -> Overview:
    """The figures of a folder's index.

    Raises:
        UserError: if there is no folder, or no index of it that can be used.
    """
    directory = existing_directory(folder, index_dir)
    store = Store.open(directory / FILE_NAME)
    try:
        check_root(store, folder)
        with store.snapshot():
            documents = [document for _, document in store.documents()]
            ledger = store.ledger().values()
            days = sorted(d.published for d in documents if d.published)
            copies = Counter(r.value for r in load_copies(store).relations.values())
            publishers = Counter(d.publisher for d in documents if d.publisher)
            return Overview(
                directory=directory,
                documents=len(documents),
                passages=len(store.passages().keys),
                characters=sum(len(d.text) for d in documents),
                size=_size(directory),
                dated=len(days),
                earliest=days[0] if days else None,
                latest=days[-1] if days else None,
                publishers=tuple(publishers.most_common()),
                skipped=tuple(record for record in ledger if record.reason),
                dropped=sum(len(pieces) for _, pieces in store.dropped()),
                manifest=store.manifest(),
                copies=tuple(copies.most_common()),
            )
    finally:
        store.close()


def _size(directory: Path) -> int:
    """The bytes of all files of an index; a writer at work makes and removes some meanwhile."""
    total = 0
    for path in directory.iterdir():
        with suppress(FileNotFoundError):
            total += path.stat().st_size
    return total


def _counted(copies: Sequence[tuple[str, int]]) -> str:
    """How many documents are copies, and of which kind."""
    kinds = ", ".join(f"{name} {count:,}" for name, count in copies)
    return f"{sum(count for _, count in copies):,} of the documents ({kinds})"


def to_lines(found: Overview) -> str:
    """The figures for a person."""
    named = ", ".join(f"{visible(name)} ({count})" for name, count in found.publishers[:5])
    more = len(found.publishers) - 5
    days = (
        f"{found.earliest} to {found.latest} ({found.dated} dated)" if found.dated else "none known"
    )
    rows = [
        ("documents", f"{found.documents:,}"),
        ("passages", f"{found.passages:,}"),
        ("text", f"{found.characters:,} characters"),
        ("published", days),
        ("publishers", (named or "none known") + (f" and {more} more" if more > 0 else "")),
        ("encoder", f"{visible(found.manifest.encoder)} ({found.manifest.encoder_sha256[:12]}…)"),
        ("index", f"{visible(str(found.directory))} ({found.size / 2**20:.1f} MB)"),
        ("left out", f"{found.dropped:,} pieces of page furniture"),
        ("skipped", f"{len(found.skipped):,} files"),
    ]
    if found.copies:
        rows.insert(1, ("copies", _counted(found.copies)))
    lines = [f"{name:10}  {value}" for name, value in rows]
    lines += [f"  {visible(r.id)}: {one_line(r.reason)}" for r in found.skipped[:MOST_SHOWN]]
    if len(found.skipped) > MOST_SHOWN:
        lines.append(f"  and {len(found.skipped) - MOST_SHOWN:,} more: --json lists them all")
    return "\n".join(lines)
