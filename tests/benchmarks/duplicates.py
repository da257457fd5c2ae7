"""Copies among real stories: how many, how fast, and how many of copies that were made are found.

    python tests/benchmarks/duplicates.py DATA/news/reuters21578.jsonl.gz DATA/news/bbc --documents 100000

Each path is a file of JSON lines with "title", "text" and "date", or a folder of text files whose first
line is the title. `--documents` also clusters so many made of the stories' sentences; `--show` prints
pairs to look at.
"""

import argparse
import gzip
import json
import random
import resource
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import date, datetime
from pathlib import Path

from corpus.duplicates.clusters import (
    cluster_by_likeness,
    fingerprint,
    likeness,
    profile,
    said_words,
)
from corpus.duplicates.shingles import resemblance
from corpus.reading.results import State
from corpus.types import Dated, Document, Metadata, Parsed, Sourced
from index.indexing.near_duplicates import cluster
from index.storage.database import FILE_NAME
from index.storage.rows import Copies, Entry, Filed, Record
from index.storage.store import Store, load_copies
from index.types import Manifest

MADE = 200
Edit = Callable[[list[str]], list[str]]


def main() -> None:
    """Measure, and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("paths", nargs="+", type=Path)
    parser.add_argument("--documents", type=int, default=0)
    parser.add_argument("--show", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    chance = random.Random(options.seed)
    for path in options.paths:
        stories = read(path)
        copies, documents = measured(path.name, stories)
        show(copies, documents, options.show, chance)
        recall(stories, chance)
    if options.documents:
        measured("made", made(read(options.paths[0]), options.documents, chance))


def read(path: Path) -> list[Document]:
    """The stories of a file or a folder."""
    if path.is_dir():
        texts = [p.read_text("utf-8", "replace") for p in sorted(path.rglob("*.txt"))]
        return [story(str(n), text.split("\n")[0], text, None) for n, text in enumerate(texts)]
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        records = [record for record in map(json.loads, lines) if record["text"].strip()]
    return [
        story(r["id"], r["title"], f"{r['title']}\n\n{r['text']}", day(r["date"])) for r in records
    ]


def story(id: str, title: str, text: str, published: date | None) -> Document:
    """A document under its title."""
    dated = Dated(published, "date") if published else None
    named = Sourced(title or id, "title", 0 if title else None, len(title) if title else None)
    return Document(id, id, text, Metadata(named, published=dated))


def day(written: str) -> date | None:
    """The day of "26-FEB-1987 15:01:01.79"."""
    try:
        return datetime.strptime(written.split()[0], "%d-%b-%Y").date()  # a day
    except (ValueError, IndexError):
        return None


def measured(name: str, stories: Sequence[Document]) -> tuple[Copies, dict[int, Document]]:
    """Cluster the stories in a store of their own, and print what that took."""
    began = time.perf_counter()
    for document in stories[:2000]:
        fingerprint(document)
    rate = len(stories[:2000]) / (time.perf_counter() - began)
    with tempfile.TemporaryDirectory() as place:
        manifest = Manifest(3, "none", "0" * 64, 1, 200, 1)
        store = Store.create(Path(place) / FILE_NAME, manifest)
        for first in range(0, len(stories), 512):
            store.put([entry(document) for document in stories[first : first + 512]])
        seconds = [timed(store)]
        seconds.append(timed(store))
        store.put([entry(story("one more", "", stories[0].text + " And more.", None))])
        seconds.append(timed(store))
        copies, documents = load_copies(store), dict(store.documents())
        store.close()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10
    sizes = [len(members) for members in copies.members.values()]
    print(
        f"{name}: {len(stories):,} documents, {len(sizes):,} clusters of two and more, "
        f"{len(copies.relations):,} copies, the largest cluster {max(sizes, default=1)}\n"
        f"  {rate:,.0f} sketches/s; first run {seconds[0]:.1f} s, unchanged {1000 * seconds[1]:.1f} ms, "
        f"one more {seconds[2]:.2f} s; peak memory of this process {peak:,.0f} MB"
    )
    return copies, documents


def entry(document: Document) -> Entry:
    """A document as a file of its own."""
    return Entry(Record(document.id, 1, 1, document.sha256, State.READ), [Filed(Parsed(document))])


def timed(store: Store) -> float:
    """The seconds that clustering takes."""
    began = time.perf_counter()
    cluster(store)
    return time.perf_counter() - began


def show(copies: Copies, documents: dict[int, Document], count: int, chance: random.Random) -> None:
    """Print random pairs that differ, to be judged by eye."""
    pairs = sorted((lead, key) for key, lead in copies.leads.items() if key != lead)
    near = [
        pair for pair in pairs if said_words(documents[pair[0]]) != said_words(documents[pair[1]])
    ]
    for pair in chance.sample(near, min(count, len(near))):
        one, other = (documents[key] for key in pair)
        alike = "{:.2f}, {:.2f}".format(
            *resemblance(profile(one).shingles, profile(other).shingles)
        )
        print(f"== {one.id} {other.id} ({alike}; {one.published}, {other.published})")
        for document in (one, other):
            print(f"   {' '.join(document.text.split())[:300]}")


def recall(stories: Sequence[Document], chance: random.Random) -> None:
    """Print how many of made copies are found: under another title, cut, and with words changed."""
    long = [document for document in stories if len(said_words(document)) >= 120]
    some = chance.sample(long, min(MADE, len(long)))
    words = [word for document in stories[:500] for word in document.text.split()]

    def edited(share: float) -> Edit:
        def edit(text: list[str]) -> list[str]:
            changed = set(chance.sample(range(len(text)), int(share * len(text))))
            return [chance.choice(words) if n in changed else w for n, w in enumerate(text)]

        return edit

    kinds: dict[str, Edit] = {
        "other title": lambda text: text,
        "cut to 2/3": lambda text: text[: 2 * len(text) // 3],
        "cut to 1/2": lambda text: text[: len(text) // 2],
        "cut to 1/3": lambda text: text[: len(text) // 3],
        **{f"{share:.0%} changed": edited(share) for share in (0.05, 0.1, 0.15, 0.2)},
        "cut to 1/2, 10% changed": lambda text: edited(0.1)(text[: len(text) // 2]),
    }
    for name, edit in kinds.items():
        found = sum(is_found(document, edit) for document in some)
        print(f"  {name}: {found} of {len(some)} found")


def is_found(document: Document, edit: Edit) -> bool:
    """Whether the copy that an edit makes is found, by its sketch and then by its words."""
    body = document.text[len(document.title) :].split()
    text = f"Another title\n\n{' '.join(edit(body))}"
    other = story("copy", "Another title", text, document.published)
    one, two = fingerprint(document), fingerprint(other)
    if one.digest == two.digest:
        return True
    met = ((one.sketch[::2] == two.sketch[::2]) & (one.sketch[1::2] == two.sketch[1::2])).any()
    value = likeness(profile(document), profile(other))
    return bool(met) and cluster_by_likeness([0, 1], {(0, 1): value})[1] == 0


def made(stories: Sequence[Document], count: int, chance: random.Random) -> list[Document]:
    """So many documents of sentences drawn from all stories: as long as these, and no copies."""
    sentences = [
        line for document in stories for line in document.text.split(".\n") if line.strip()
    ]
    per = max(1, len(sentences) // len(stories))
    return [
        story(f"made-{n}", "", ".\n".join(chance.choices(sentences, k=per)), None)
        for n in range(count)
    ]


if __name__ == "__main__":
    main()
