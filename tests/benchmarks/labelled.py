"""How well metadata and cleaning do on pages of our own writing, half by half.

    python tests/benchmarks/labelled.py

`tests/data/labelled/*.txt` hold a few pages each. "=== name" begins one, lines of `key: value` say
what is right, "---" ends them and the page follows; `{2}` stands for the second paragraph of its
story (`stories.txt`). A field that is not named is not said by the page, one with the value "?" is not
measured. Each paragraph used, and each `keep:`, is to stand in the text; each `drop:` is not.

Every second page of a file is held out: rules were written by looking at the others.

With --failures, what went wrong in the half that the rules were written by; that of the other half is
not shown, so that it stays held out.
"""

import argparse
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from corpus.reading.loader import load
from corpus.reading.results import Loaded
from corpus.types import Document

PAGES = Path(__file__).resolve().parents[1] / "data" / "labelled"
FIELDS = ("title", "author", "publisher", "published", "updated", "url", "section", "language")


@dataclass(frozen=True, slots=True)
class Page:
    """A page with its labels: the values of each field, what to keep and what to drop."""

    id: str
    content: str
    labels: dict[str, list[str]]
    keep: tuple[str, ...]
    held_out: bool


@dataclass(slots=True)
class Score:
    """Right values, those that were found, and those that were there to find; and what went wrong."""

    right: int = 0
    found: int = 0
    there: int = 0
    wrong: list[str] = field(default_factory=list)

    @property
    def precision(self) -> float:
        return self.right / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        return self.right / self.there if self.there else 1.0


def pages() -> list[Page]:
    """All labelled pages."""
    stories = {name: body.splitlines() for name, body in _sections(PAGES / "stories.txt")}
    return [
        _page(name, body, stories, held_out=number % 2 == 1)
        for path in sorted(PAGES.glob("*.txt"))
        if path.name != "stories.txt"
        for number, (name, body) in enumerate(_sections(path))
    ]


def _sections(path: Path) -> Iterator[tuple[str, str]]:
    for section in path.read_text("utf-8").split("=== ")[1:]:
        name, _, body = section.partition("\n")
        yield name.split()[-1], body.strip("\n")


def _page(name: str, body: str, stories: dict[str, list[str]], *, held_out: bool) -> Page:
    head, _, content = body.partition("\n---\n")
    labels: dict[str, list[str]] = defaultdict(list)
    for line in head.splitlines():
        key, _, value = line.partition(": ")
        labels[key].append(value)
    story = stories[labels["story"][0]]
    keep = [story[int(n) - 1] for n in re.findall(r"\{(\d)\}", content)]
    content = re.sub(r"\{(\d)\}", lambda match: story[int(match[1]) - 1], content)
    return Page(name, content, dict(labels), (*keep, *labels.get("keep", ())), held_out)


def read_pages(root: Path, chosen: list[Page]) -> dict[str, Document]:
    """The document of each page, read as a file of a folder is; `root` is an empty folder."""
    for page in chosen:
        (root / page.id).write_text(page.content, "utf-8")
    loaded = (item for item in load(root) if isinstance(item, Loaded))
    return {document.id: document for item in loaded for document in item.documents}


def scores(chosen: list[Page], documents: dict[str, Document]) -> dict[str, Score]:
    """How well each field was found, and how well pages were cleaned.

    For "cleaning", what is right was to be dropped and is gone; found is that and the pieces that are
    gone although they were to be kept.
    """
    found: dict[str, Score] = {name: Score() for name in (*FIELDS, "cleaning")}
    for page in chosen:
        document = documents[page.id]
        for name in FIELDS:
            _count(found[name], page, name, _values(document, name))
        _count_pieces(found["cleaning"], page, document.text)
    return found


def _values(document: Document, name: str) -> list[str]:
    metadata = document.metadata
    if name == "author":
        return list(document.authors)
    value = getattr(metadata, name)
    if value is None or (name == "title" and value.origin == "file name"):
        return []
    return [value.day.isoformat() if name in ("published", "updated") else value.value]


def _count(score: Score, page: Page, name: str, values: list[str]) -> None:
    labels = page.labels.get(name, [])
    if labels == ["?"]:
        return
    wanted, got = (Counter(_folded(name, value) for value in some) for some in (labels, values))
    score.right += (wanted & got).total()
    score.found += got.total()
    score.there += wanted.total()
    if wanted != got:
        score.wrong.append(f"{page.id}: {values} where {labels} is right")


def _folded(name: str, value: str) -> str:
    value = " ".join(value.casefold().split()).replace("“", '"').replace("”", '"')
    return value.split("-")[0] if name == "language" else value


def _count_pieces(score: Score, page: Page, text: str) -> None:
    folded = " ".join(text.split())
    lost = [piece for piece in page.keep if " ".join(piece.split()) not in folded]
    lines = {" ".join(line.split()) for line in text.split("\n")}
    for piece in page.labels.get("drop", []):
        # A piece of a word or two may stand in a sentence that stays: then only a line of it counts.
        left = piece in lines if len(piece.split()) < 3 else piece in folded
        score.there += 1
        score.right += not left
        score.found += not left
        if left:
            score.wrong.append(f"{page.id}: {piece!r} is left")
    score.found += len(lost)
    score.wrong += [f"{page.id}: {piece[:60]!r} is lost" for piece in lost]


def main() -> None:
    """Print a table for each half."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--failures", action="store_true")
    arguments = parser.parse_args()
    everything = pages()
    with TemporaryDirectory() as folder:
        documents = read_pages(Path(folder), everything)
    for held_out in (False, True):
        half = [page for page in everything if page.held_out is held_out]
        print(f"{'held out' if held_out else 'rules written by these'}: {len(half)} pages")
        print(f"{'':10}  precision  recall  there")
        found = scores(half, documents)
        for name, score in found.items():
            print(f"{name:10}  {score.precision:9.3f}  {score.recall:6.3f}  {score.there:5}")
        if arguments.failures and not held_out:
            print("\n".join(line for score in found.values() for line in score.wrong))


if __name__ == "__main__":
    main()
