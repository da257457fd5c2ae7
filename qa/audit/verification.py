"""Check a saved answer against the current documents."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Any, Self

from corpus.errors import ReceiptError
from corpus.provenance import Field, told_by
from corpus.reading import (
    Loaded,
    SourceFile,
    walk,
)
from corpus.types import Document
from index.indexing import read_as_indexed
from qa.audit.receipts import Receipt, faults
from qa.render import one_line, plain_json, visible
from qa.types import MetadataCitation, source_facts

# What a receipt states about a document besides its words.
FACTS = ("title", "authors", "publisher", "published", "url")


class State(StrEnum):
    """Whether a citation still stands, has moved or changed, or is gone."""

    STANDS = "stands"
    MOVED = "moved"
    CHANGED = "changed"
    GONE = "gone"
    ALTERED = "altered"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The state of one citation of a receipt, with `found` as the explanation for a person.

    `start` and `end` are the current place of the quote; None if it is gone. For a fact about a document,
    `field` is its name and `quote` its value; it has no place. A verdict on the receipt itself, which was
    altered, names no document: its `quote` is the answer.
    """

    document: str
    quote: str
    state: State
    found: str
    start: int | None = None
    end: int | None = None
    field: str | None = None


def verify(
    receipt: Receipt,
    root: Path | str | None = None,
    *,
    index_dir: Path | None = None,
    key: bytes | None = None,
) -> list[Verdict]:
    """One verdict for each citation of a receipt, in order, followed by those on the receipt itself.

    There is one verdict each if the receipt was altered, if it contradicts its citations, and, with a
    `key`, if it is not signed with that key.

    A citation stands if its quote and its sentence are in the same place word for word, and the facts
    about the document are unchanged. A fact about a document stands if it is still known, from the same
    origin. The documents are read from `root`, or from the folder named in the receipt. Recurring lines
    are removed as in the folder's index (in `index_dir`, or in the default place). Without an index these
    lines stay in the texts, so quotes after one have moved.

    Raises:
        CollectionError: if there is no such folder.
        ReceiptError: if the receipt is incomplete.
        SidecarError: if the folder's `metadata.csv` cannot be understood.
    """
    return verify_all([receipt], root, index_dir=index_dir, key=key)[0]


def verify_all(
    receipts: Sequence[Receipt],
    root: Path | str | None = None,
    *,
    index_dir: Path | None = None,
    key: bytes | None = None,
) -> list[list[Verdict]]:
    """`verify` for several receipts; each folder is walked and each document read only once."""
    try:
        folders = [Path(root or receipt["made_by"]["collection"]) for receipt in receipts]
        cited = [[_read(values) for values in r["citations"]] for r in receipts]
    except (KeyError, TypeError) as error:
        raise ReceiptError(f"The receipt is incomplete or malformed: {error}.") from error
    wanted: dict[Path, set[str]] = {}
    for folder, citations in zip(folders, cited, strict=True):
        wanted.setdefault(folder, set()).update(one.document for one in citations)
    documents = {folder: dict(_documents(folder, ids, index_dir)) for folder, ids in wanted.items()}
    return [
        [
            *(_verdict(one, documents[folder].get(one.document)) for one in citations),
            *(
                Verdict("", str(receipt.get("answer", "")), State.ALTERED, fault)
                for fault in faults(receipt, key)
            ),
        ]
        for receipt, folder, citations in zip(receipts, folders, cited, strict=True)
    ]


_TEXTS, _OFFSETS = ("document", "sha256", "quote", "sentence"), ("start", "end", "sentence_start")


@dataclass(frozen=True, slots=True)
class _Cited:
    """A quote as a receipt has it; `facts` as in `source_facts`."""

    document: str
    sha256: str
    quote: str
    sentence: str
    start: int
    end: int
    sentence_start: int
    facts: dict[str, Any]

    @classmethod
    def read(cls, values: dict[str, Any]) -> Self:
        """The citation of a receipt, which anyone may have written.

        Raises:
            KeyError, TypeError: if something is missing or of the wrong kind.
        """
        for names, wanted in ((_TEXTS, str), (_OFFSETS, int)):
            for name in names:
                if type(values[name]) is not wanted:
                    raise TypeError(f"{name!r} is {values[name]!r}")
        facts = {name: values[name] for name in FACTS}
        return cls(**{name: values[name] for name in (*_TEXTS, *_OFFSETS)}, facts=facts)


_KNOWN = ("document", "sha256", "field", "value", "text", "origin", "sure")


@dataclass(frozen=True, slots=True)
class _KnownThen:
    """A fact about a document as a receipt has it; `facts` as in `source_facts`."""

    document: str
    sha256: str
    field: str
    value: str
    text: str
    origin: str
    sure: str
    facts: dict[str, Any]

    @classmethod
    def read(cls, values: dict[str, Any]) -> Self:
        """The citation of a receipt, which anyone may have written.

        Raises:
            KeyError, TypeError: if something is missing or of the wrong kind.
        """
        for name in _KNOWN:
            if type(values[name]) is not str:
                raise TypeError(f"{name!r} is {values[name]!r}")
        facts = {name: values[name] for name in FACTS}
        return cls(**{name: values[name] for name in _KNOWN}, facts=facts)


def _read(values: dict[str, Any]) -> _Cited | _KnownThen:
    """A citation of a receipt, of either kind.

    Raises:
        KeyError, TypeError: if it is of neither kind.
    """
    kind = values["kind"]
    if kind not in ("quote", "metadata"):
        raise TypeError(f"'kind' is {kind!r}")
    return _Cited.read(values) if kind == "quote" else _KnownThen.read(values)


def _documents(
    root: Path, wanted: set[str], index_dir: Path | None
) -> Iterator[tuple[str, Document]]:
    # subtle: ids are looked up among the files of the folder, never opened as paths: a forged receipt
    # could name any file.
    files = [file for file in walk(root) if isinstance(file, SourceFile) and _holds(file, wanted)]
    for outcome in read_as_indexed(root, files, index_dir):
        for document in outcome.documents if isinstance(outcome, Loaded) else ():
            if document.id in wanted:
                yield document.id, document


def _holds(file: SourceFile, wanted: set[str]) -> bool:
    """Whether one of the wanted documents may be this file, or be inside it."""
    inside = (f"{file.id}#", f"{file.id}/")
    return file.id in wanted or any(id.startswith(inside) for id in wanted)


def _verdict(cited: _Cited | _KnownThen, document: Document | None) -> Verdict:
    if isinstance(cited, _KnownThen):
        return _verdict_on_metadata(cited, document)
    name, quote, start, end = cited.document, cited.quote, cited.start, cited.end
    if document is None:
        return Verdict(name, quote, State.GONE, "the document is missing or cannot be read")
    same_file = document.sha256 == cited.sha256
    if quote and 0 <= start <= end and document.text[start:end] == quote:
        if others := _differing(cited, document):
            found = f"the quote is still there, but no longer its {', '.join(others)}"
            return Verdict(name, quote, State.CHANGED, found, start, end)
        found = "word for word in the same place"
        found += "" if same_file else "; the file has changed elsewhere"
        return Verdict(name, quote, State.STANDS, found, start, end)
    now = _nearest(document.text, quote, start)
    if now is None:
        gone = "the words are no longer there"
        found = "the file is the same, but does not contain these words" if same_file else gone
        return Verdict(name, quote, State.CHANGED, found)
    after = now + len(quote)
    return Verdict(name, quote, State.MOVED, f"now at characters {now}–{after}", now, after)


def _verdict_on_metadata(cited: _KnownThen, document: Document | None) -> Verdict:
    told = partial(Verdict, cited.document, cited.text, field=cited.field)
    if document is None:
        return told(State.GONE, "the document is missing or cannot be read")
    values = [known for field, known in document.metadata.values() if field.value == cited.field]
    now = [MetadataCitation.of(document, Field(cited.field), known, 1.0) for known in values]
    same = [one for one in now if (one.value, one.text) == (cited.value, cited.text)]
    if not same:
        others = ", ".join(one.text for one in now)
        return told(State.CHANGED, f"now it is {others}" if others else "it is no longer known")
    if all((one.origin, one.sure.value) != (cited.origin, cited.sure) for one in same):
        return told(State.CHANGED, f"it is the same, but now {told_by(same[0].origin)}")
    facts = source_facts(document)
    if others := ", ".join(name for name in FACTS if cited.facts[name] != facts[name]):
        return told(State.CHANGED, f"it is the same, but no longer the document's {others}")
    changed = "" if document.sha256 == cited.sha256 else "; the file has changed elsewhere"
    return told(State.STANDS, f"still known, {told_by(cited.origin)}{changed}")


def _differing(cited: _Cited, document: Document) -> list[str]:
    """The names of the parts of a citation, apart from the quote, that no longer match the document."""
    now = source_facts(document)
    first = cited.sentence_start
    within = cited.sentence[max(cited.start - first, 0) :].startswith(cited.quote)
    stands = document.text[max(first, 0) : first + len(cited.sentence)] == cited.sentence
    same = 0 <= first <= cited.start and within and stands
    return ([] if same else ["sentence"]) + [n for n in FACTS if cited.facts[n] != now[n]]


def _nearest(text: str, quote: str, start: int) -> int | None:
    """The place of the quote nearest to its earlier one. Only this function searches for a quote again."""
    if not quote:
        return None
    after, before = (
        text.find(quote, max(start, 0)),
        text.rfind(quote, 0, max(start, 0) + len(quote)),
    )
    places = [place for place in (before, after) if place >= 0]
    return min(places, key=lambda place: abs(place - start), default=None)


def verdicts_to_text(verdicts: list[Verdict]) -> str:
    """A line for each verdict, for a person."""
    if not verdicts:
        return "There is nothing to check: the answer has no citations."
    return "\n".join(
        f"The receipt was altered: {verdict.found}"
        if verdict.state is State.ALTERED
        else f"[{number}] {verdict.state}: {visible(verdict.document)}, {_said(verdict)} ({one_line(verdict.found)})"
        for number, verdict in enumerate(verdicts, start=1)
    )


def _said(verdict: Verdict) -> str:
    """The quote, or the fact about the document with its name."""
    words = one_line(verdict.quote)
    return f"{one_line(verdict.field)}: {words}" if verdict.field else f"“{words}”"


def verdicts_to_json(verdicts: list[Verdict]) -> str:
    """The verdicts as a JSON list."""
    return plain_json([asdict(verdict) for verdict in verdicts])
