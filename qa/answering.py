"""Ask: from a question to a cited answer."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Self

from corpus.errors import QuestionError
from corpus.types import Description, Document
from index.encoding import Encoder, load_encoder
from index.hybrid import Index
from index.locating import existing_directory, index_directory
from index.types import Changes, Filter, Hit, Progress
from qa.about import read_metadata
from qa.defaults import (
    LONGEST_QUESTION,
    MIN_CONFIDENCE,
    MOST_CITATIONS,
    NEAR_BEST,
    PASSAGES_READ,
)
from qa.reading import Reader, SentenceReader, load_reader
from qa.sources import with_sources
from qa.stopping import Stop, check
from qa.types import Answer, Citation, Found, Provenance


def samples() -> Path:
    """The folder of the built-in sample collection."""
    return Path(str(files("corpus").joinpath("samples")))


@dataclass(frozen=True, slots=True)
class Assistant:
    """A collection with its index and models kept warm. Safe to use from several threads.

    `reader` finds what answers, `nearest` what comes closest where nothing does. Make one with
    `Assistant.open`.
    """

    root: Path
    index: Index
    reader: Reader
    nearest: SentenceReader
    changes: Changes

    @classmethod
    def open(
        cls,
        folder: Path | str | None = None,
        *,
        index_dir: Path | str | None = None,
        encoder: Encoder | None = None,
        reader: Reader | None = None,
        refresh: bool = True,
        rebuild: bool = False,
        progress: Progress = lambda step: None,
        on_wait: Callable[[str], None] | None = None,
    ) -> Self:
        """The assistant for a folder of documents; the built-in samples if none is named.

        The folder is indexed on first use, into `index_dir` or `folder/.qa`; later only what changed
        is read again, and with `refresh=False` not even that is looked for. `progress` is told of
        each file, `on_wait` of another process that is indexing the same folder.

        Raises:
            UserError: if the folder, the index or a model cannot be used; its message says why.
        """
        root = Path(folder) if folder is not None else samples()
        chosen = Path(index_dir) if index_dir is not None else None
        writes = refresh or rebuild
        directory = (index_directory if writes else existing_directory)(root, chosen)
        encoder = encoder or load_encoder()
        reader = reader or load_reader(None, encoder)
        changes = Changes()
        if writes:
            from index.building import update  # with the readers of all formats

            changes = update(
                root, directory, encoder, rebuild=rebuild, progress=progress, on_wait=on_wait
            )
        index = Index.open(directory, encoder, root=root)
        return cls(root, index, reader, SentenceReader(encoder), changes)

    def close(self) -> None:
        """Let go of the index; `with Assistant.open(…) as assistant:` does so by itself."""
        self.index.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def documents(self) -> list[Document]:
        """All documents of the collection, with their texts."""
        return self.index.documents()

    def descriptions(self) -> list[Description]:
        """All documents of the collection without their texts, which takes far less time."""
        return self.index.descriptions()

    def search(
        self, question: str, *, k: int = PASSAGES_READ, filter: Filter = Filter()
    ) -> list[Hit]:
        """The k passages that fit a question best, best first.

        Raises:
            QuestionError: if the question is empty or too long.
        """
        return self.index.search(checked(question), k=_at_least_one(k), filter=filter)

    def ask(
        self,
        question: str,
        *,
        k: int = PASSAGES_READ,
        filter: Filter = Filter(),
        min_confidence: float = MIN_CONFIDENCE,
    ) -> Answer:
        """What the documents say to a question.

        `k` passages are read; below `min_confidence` (0..1) there is no answer.

        Raises:
            QuestionError: if the question is empty or too long.
        """
        return self.ask_many([question], k=k, filter=filter, min_confidence=min_confidence)[0]

    def ask_many(
        self,
        questions: Sequence[str],
        *,
        k: int = PASSAGES_READ,
        filter: Filter = Filter(),
        min_confidence: float = MIN_CONFIDENCE,
    ) -> list[Answer]:
        """`ask` for several questions, which are searched together; answers in their order."""
        found = self.find_many(questions, k=k, filter=filter, min_confidence=min_confidence)
        return [self.read(one) for one in found]

    def find(
        self,
        question: str,
        *,
        k: int = PASSAGES_READ,
        filter: Filter = Filter(),
        min_confidence: float = MIN_CONFIDENCE,
    ) -> Found:
        """The first half of `ask`: the passages that are to be read. `read` is the second.

        Raises:
            QuestionError: if the question is empty or too long.
        """
        return self.find_many([question], k=k, filter=filter, min_confidence=min_confidence)[0]

    def find_many(
        self,
        questions: Sequence[str],
        *,
        k: int = PASSAGES_READ,
        filter: Filter = Filter(),
        min_confidence: float = MIN_CONFIDENCE,
    ) -> list[Found]:
        """`find` for several questions, which are searched together."""
        asked = [checked(question) for question in questions]
        provenance = Provenance(
            # subtle: not resolved, since the id of a link is its own name, not its target's.
            collection=str(self.root.absolute()),
            index=self.index.manifest,
            reader=self.reader.name,
            reader_sha256=self.reader.sha256,
            k=_at_least_one(k),
            min_confidence=min_confidence,
            filter=filter,
        )
        hits = self.index.search_many(asked, k=k, filter=filter)
        return [
            Found(question, tuple(some), provenance)
            for question, some in zip(asked, hits, strict=True)
        ]

    def read(self, found: Found, *, stop: Stop | None = None) -> Answer:
        """The second half of `ask`: what the passages that were found say.

        Raises:
            Stopped: soon after `stop` is set.
        """
        check(stop)
        read = self._read(found, stop)
        best = max((p for _, p in read), default=0.0)
        bound = max(found.provenance.min_confidence, best * NEAR_BEST)
        sure = [citation for citation, p in read if p >= bound][:MOST_CITATIONS]
        closest = [] if sure else self.nearest.read(found.question, found.passages, stop=stop)
        quotes = with_sources(sure, found.hits)
        nearest = with_sources(closest[:MOST_CITATIONS], found.hits)
        return Answer(found.question, quotes, nearest, found.hits, best, found.provenance)

    def _read(self, found: Found, stop: Stop | None) -> list[tuple[Citation, float]]:
        """The citations, the likeliest first, each with how likely it is to be right (0..1)."""
        if about := read_metadata(found.question, found.hits):
            return [(citation, citation.score) for citation in about]
        read = self.reader.read(found.question, found.passages, stop=stop)
        likely = self.reader.confidence.probabilities(found.question, found.hits, read)
        return sorted(zip(read, likely, strict=True), key=lambda pair: -pair[1])


def ask(
    question: str,
    documents: Assistant | Path | str | None = None,
    *,
    k: int = PASSAGES_READ,
    filter: Filter = Filter(),
    min_confidence: float = MIN_CONFIDENCE,
) -> Answer:
    """What the documents say to a question: a folder, or an open Assistant, or the samples.

    A folder is indexed on first use and the index reused after that. To ask more than once, open an
    Assistant: loading the models takes longer than answering.

    Raises:
        UserError: if the folder or the question cannot be used; its message says why.
    """
    if isinstance(documents, Assistant):
        return documents.ask(question, k=k, filter=filter, min_confidence=min_confidence)
    checked(question)  # before the folder is indexed for nothing
    with Assistant.open(documents) as assistant:
        return assistant.ask(question, k=k, filter=filter, min_confidence=min_confidence)


def _at_least_one(k: int) -> int:
    if k < 1:
        raise ValueError(f"k is {k}: at least one passage must be read")
    return k


def checked(question: str) -> str:
    r"""The question without white space around it, and as text that can be encoded.

    >>> checked(" Who left? "), checked("Wh\udcff?")
    ('Who left?', 'Wh??')

    Raises:
        QuestionError: if the question is empty or too long.
    """
    # subtle: bytes of the command line that are no text arrive as lone surrogates, which no
    # tokeniser takes.
    words = question.encode("utf-8", "replace").decode("utf-8").strip()
    if not any(char.isalnum() for char in words):
        raise QuestionError("The question is empty. Ask something in a few words.")
    if len(words) > LONGEST_QUESTION:
        raise QuestionError(
            f"The question has {len(words):,} characters; at most {LONGEST_QUESTION:,} are taken. "
            "Ask one thing at a time."
        )
    return words
