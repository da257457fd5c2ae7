"""Compare two versions of a document: sentences kept, removed and added."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from corpus.duplicates import words
from corpus.passages import sentences_within, split_sentences
from corpus.types import Document, Span
from qa.render import one_line, place, source_line


class Change(StrEnum):
    """Whether a run of sentences was kept, removed or added."""

    KEPT = "kept"
    REMOVED = "removed"
    ADDED = "added"


@dataclass(frozen=True, slots=True)
class Run:
    """Consecutive sentences that were all kept, removed or added.

    `before` is their place in the first document (None: added), `after` in the second (None: removed).
    Kept sentences have the same words; the characters between the words may differ.
    """

    change: Change
    before: Span | None = None
    after: Span | None = None


def compare(one: Document, other: Document) -> list[Run]:
    """The runs from one document to the other, in order; each sentence of either is in one run.

    The longest runs of the same sentences are kept, by difflib's matching (Ratcliff and Metzener 1988).
    """
    before, after = split_sentences(one), split_sentences(other)
    matcher = SequenceMatcher(None, _keys(before), _keys(after), autojunk=False)
    runs = []
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag == "equal":
            runs.append(Run(Change.KEPT, _joined(before[a:b]), _joined(after[c:d])))
            continue
        if a < b:
            runs.append(Run(Change.REMOVED, before=_joined(before[a:b])))
        if c < d:
            runs.append(Run(Change.ADDED, after=_joined(after[c:d])))
    return runs


def _keys(sentences: Sequence[Span]) -> list[tuple[str, ...]]:
    """The keys by which sentences are compared: their words, or their characters if they have none."""
    return [tuple(words(sentence.text)) or (sentence.text,) for sentence in sentences]


def _joined(sentences: Sequence[Span]) -> Span:
    return sentences[0].document.span(sentences[0].start, sentences[-1].end)


def to_text(one: Document, other: Document) -> str:
    """The difference for a person: a line for each sentence, with "-" if removed and "+" if added."""
    lines = [f"--- {source_line(one)} ({one_line(one.id)})"]
    lines.append(f"+++ {source_line(other)} ({one_line(other.id)})")
    for run in compare(one, other):
        lines += _lines(run)
    return "\n".join(lines)


def _lines(run: Run) -> Iterator[str]:
    if run.before and run.after:
        count = len(_sentences(run.before))
        yield f"  … {count} {'sentence' if count == 1 else 'sentences'} unchanged"
        return
    span, sign = (run.before, "-") if run.before else (run.after, "+")
    assert span is not None  # a run is in at least one of the documents
    yield f"@@ {place(span)}"
    yield from (f"{sign} {one_line(sentence.text)}" for sentence in _sentences(span))


def _sentences(span: Span) -> list[Span]:
    return sentences_within(span.document, span.start, span.end)
