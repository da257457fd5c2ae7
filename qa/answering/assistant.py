"""Ask: from a question to a cited answer."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from corpus.samples import samples
from corpus.types import Description, Document
from index.encoders import load_encoder
from index.search import Index
from index.storage import existing_directory, index_directory
from index.types import Changes, Encoder, Filter, Hit, OnProgress
from qa.answering.cache import AnswerCache, Key
from qa.answering.document_names import Candidates
from qa.answering.metadata_questions import asked_subject, read_metadata
from qa.answering.selection import select_answer
from qa.cancellation import Stop
from qa.defaults import MIN_CONFIDENCE, PASSAGES_READ
from qa.question import at_least_one, validate
from qa.reader import Reader, SentenceReader, load_reader
from qa.types import About, Answer, Found, Provenance

# Questions that are read at once; more of them would only take turns on the same cores.
AT_ONCE = 2


@dataclass(frozen=True, slots=True)
class Assistant:
    """A collection with its index and models kept warm. Safe to use from several threads.

    `reader` finds what answers, `nearest` what comes closest where nothing does; `answers` are those
    that were given of late. Make one with `Assistant.open`.
    """

    root: Path
    index: Index
    reader: Reader
    nearest: SentenceReader
    changes: Changes
    answers: AnswerCache = field(default_factory=AnswerCache)

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
        progress: OnProgress = lambda step: None,
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
            from index.indexing import update

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

    def document(self, id: str) -> Document | None:
        """The document of this id; None if there is none."""
        return self.index.document(id)

    def search(
        self, question: str, *, k: int = PASSAGES_READ, filter: Filter = Filter()
    ) -> list[Hit]:
        """The k passages that fit a question best, best first.

        Raises:
            QuestionError: if the question is empty or too long.
        """
        return self.index.search(validate(question), k=at_least_one(k), filter=filter)

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
        """`ask` for several questions, which are searched and read together; answers in their order."""
        wanted = self._keys(questions, k, filter, min_confidence)
        given = {key: answer for key in wanted if (answer := self.answers.get(key))}
        new = [key for key in dict.fromkeys(wanted) if key not in given]
        found = self.find_many(
            [key.question for key in new], k=k, filter=filter, min_confidence=min_confidence
        )
        given.update(zip(new, self._read_many(found), strict=True))
        return [given[key] for key in wanted]

    def known(
        self,
        question: str,
        *,
        k: int = PASSAGES_READ,
        filter: Filter = Filter(),
        min_confidence: float = MIN_CONFIDENCE,
    ) -> Answer | None:
        """The answer to a question that was asked of late, if no document has changed since.

        Raises:
            QuestionError: if the question is empty or too long.
        """
        return self.answers.get(self._keys([question], k, filter, min_confidence)[0])

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
        asked = [validate(question) for question in questions]
        searched = self.index.searched(asked, k=at_least_one(k), filter=filter)
        provenance = Provenance(
            # subtle: not resolved, since the id of a link is its own name, not its target's.
            collection=str(self.root.absolute()),
            index=searched.manifest,
            reader=self.reader.name,
            reader_sha256=self.reader.sha256,
            k=k,
            min_confidence=min_confidence,
            filter=filter,
        )
        return [
            Found(
                question,
                tuple(hits),
                provenance,
                searched.generation,
                self._about(question, hits, filter),
            )
            for question, hits in zip(asked, searched.hits, strict=True)
        ]

    def _about(self, question: str, hits: Sequence[Hit], filter: Filter) -> About:
        """What is known to a question about the documents themselves; nothing for any other question."""
        if asked_subject(question) is None:
            return About()
        listed = [one for one in self.descriptions() if filter.accepts(one)]
        among = Candidates(listed, hits, bool(filter.documents), self._likeness)
        return read_metadata(question, among, self.document)

    def _likeness(self, question: str, titles: Sequence[str]) -> list[float]:
        """How like the question each title is, as cosines."""
        vectors = self.index.encoder.encode_passages(titles)
        asked = self.index.encoder.encode_questions([question])[0]
        return [float(cosine) for cosine in vectors @ asked]

    def read(self, found: Found, *, stop: Stop | None = None) -> Answer:
        """The second half of `ask`: what the passages that were found say.

        Raises:
            Stopped: soon after `stop` is set.
        """
        made = found.provenance
        key = Key(found.generation, found.question, made.k, made.min_confidence, made.filter)
        return self.answers.answer(
            key, lambda: select_answer(found, self.reader, self.nearest, stop=stop), stop=stop
        )

    def _keys(
        self, questions: Sequence[str], k: int, filter: Filter, min_confidence: float
    ) -> list[Key]:
        now = self.index.generation
        return [
            Key(now, validate(question), at_least_one(k), min_confidence, filter)
            for question in questions
        ]

    def _read_many(self, found: Sequence[Found]) -> list[Answer]:
        if len(found) < 2:
            return [self.read(one) for one in found]
        # While the model reads for one question, another's quotes are weighed.
        with ThreadPoolExecutor(AT_ONCE) as threads:
            return list(threads.map(self.read, found))


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
    validate(question)  # before the folder is indexed for nothing
    with Assistant.open(documents) as assistant:
        return assistant.ask(question, k=k, filter=filter, min_confidence=min_confidence)
