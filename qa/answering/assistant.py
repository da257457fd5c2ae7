"""Answer questions about a collection of documents, with citations."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
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
from qa.question import at_least_one, search_scopes, understand
from qa.reader import Reader, SentenceReader, load_reader
from qa.types import About, Answer, Found, Provenance, Question, Turn

# Questions that are read at once; more would only take turns on the same cores.
AT_ONCE = 2


@dataclass(frozen=True, slots=True)
class Assistant:
    """A collection with its index and models loaded. Safe to use from several threads.

    `reader` finds the quotes that answer, `nearest` the closest sentences if nothing answers. `answers`
    caches recent answers. Create one with `Assistant.open`.
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
        """Open the assistant for a folder of documents, or for the built-in samples if `folder` is None.

        The folder is indexed on first use, into `index_dir` or `folder/.qa`. After that, only new and
        changed files are read; `refresh=False` does not look for them. `progress` is called for each
        step of the indexing, `on_wait` if another process is indexing the same folder.

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
        """Close the index; `with Assistant.open(…) as assistant:` does this automatically."""
        self.index.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def documents(self) -> list[Document]:
        """All documents of the collection, with their texts."""
        return self.index.documents()

    def descriptions(self) -> list[Description]:
        """All documents of the collection without their texts, which is much faster."""
        return self.index.descriptions()

    def document(self, id: str) -> Document | None:
        """The document with this id; None if there is none."""
        return self.index.document(id)

    def search(
        self, question: str | Question, *, k: int = PASSAGES_READ, filter: Filter = Filter()
    ) -> list[Hit]:
        """The k passages that fit a question best, best first.

        Raises:
            QuestionError: if the question is empty or too long.
        """
        return self.index.search(understand(question).text, k=at_least_one(k), filter=filter)

    def ask(
        self,
        question: str | Question,
        *,
        after: Answer | Turn | None = None,
        k: int = PASSAGES_READ,
        filter: Filter = Filter(),
        min_confidence: float = MIN_CONFIDENCE,
    ) -> Answer:
        """Answer a question from the documents.

        `after` is the answer that the question follows up: "And where?" is written out with words of the
        question before, and searched first in the documents that were quoted. `k` passages are read; below
        `min_confidence` (0..1) there is no answer.

        Raises:
            QuestionError: if the question is empty or too long.
        """
        asked = understand(question, after=after.turn if isinstance(after, Answer) else after)
        for scope in search_scopes(asked, filter):
            [answer] = self.ask_many([asked], k=k, filter=scope, min_confidence=min_confidence)
            if answer.found:
                break
        return answer

    def ask_in_turn(
        self,
        questions: Sequence[str],
        *,
        k: int = PASSAGES_READ,
        filter: Filter = Filter(),
        min_confidence: float = MIN_CONFIDENCE,
    ) -> list[Answer]:
        """Answer the questions of a conversation: each may follow up the one before it."""
        answers: list[Answer] = []
        for question in questions:
            before = answers[-1] if answers else None
            answers.append(
                self.ask(question, after=before, k=k, filter=filter, min_confidence=min_confidence)
            )
        return answers

    def ask_many(
        self,
        questions: Sequence[str | Question],
        *,
        k: int = PASSAGES_READ,
        filter: Filter = Filter(),
        min_confidence: float = MIN_CONFIDENCE,
    ) -> list[Answer]:
        """Answer several independent questions, which are searched together and read two at a time.

        The answers are in the order of the questions.
        """
        asked = [understand(question) for question in questions]
        wanted = [self._key(question, k, filter, min_confidence) for question in asked]
        given = {key: answer for key in wanted if (answer := self.answers.get(key))}
        new = {key: q for key, q in zip(wanted, asked, strict=True) if key not in given}
        found = self.find_many([*new.values()], k=k, filter=filter, min_confidence=min_confidence)
        given.update(zip(new, self._read_many(found), strict=True))
        return [_to(question, given[key]) for question, key in zip(asked, wanted, strict=True)]

    def known(
        self,
        question: str | Question,
        *,
        k: int = PASSAGES_READ,
        filter: Filter = Filter(),
        min_confidence: float = MIN_CONFIDENCE,
    ) -> Answer | None:
        """The cached answer to a question asked recently; None if there is none or the index has changed.

        Raises:
            QuestionError: if the question is empty or too long.
        """
        asked = understand(question)
        answer = self.answers.get(self._key(asked, k, filter, min_confidence))
        return _to(asked, answer) if answer else None

    def find(
        self,
        question: str | Question,
        *,
        k: int = PASSAGES_READ,
        filter: Filter = Filter(),
        min_confidence: float = MIN_CONFIDENCE,
    ) -> Found:
        """The first half of `ask`: find the passages to read. The second half is `read`.

        Raises:
            QuestionError: if the question is empty or too long.
        """
        return self.find_many([question], k=k, filter=filter, min_confidence=min_confidence)[0]

    def find_many(
        self,
        questions: Sequence[str | Question],
        *,
        k: int = PASSAGES_READ,
        filter: Filter = Filter(),
        min_confidence: float = MIN_CONFIDENCE,
    ) -> list[Found]:
        """`find` for several questions, which are searched together."""
        asked = [understand(question) for question in questions]
        searched = self.index.searched([q.text for q in asked], k=at_least_one(k), filter=filter)
        provenance = Provenance(
            # subtle: not resolved, because the id of a symbolic link is its own name, not its target's.
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
                self._about(question.text, hits, filter),
            )
            for question, hits in zip(asked, searched.hits, strict=True)
        ]

    def _about(self, question: str, hits: Sequence[Hit], filter: Filter) -> About:
        """The metadata that answer a question about the documents themselves; empty for other questions."""
        subject = asked_subject(question)
        if subject is None:
            return About()
        listed = [one for one in self.descriptions() if filter.accepts(one)]
        among = Candidates(listed, hits, bool(filter.documents), self._likeness)
        return read_metadata(question, subject, among, self.document)

    def _likeness(self, question: str, titles: Sequence[str]) -> list[float]:
        """The similarity of each title to the question, as cosines."""
        vectors = self.index.encoder.encode_passages(titles)
        asked = self.index.encoder.encode_questions([question])[0]
        return [float(cosine) for cosine in vectors @ asked]

    def read(self, found: Found, *, stop: Stop | None = None) -> Answer:
        """The second half of `ask`: read the passages that were found, and answer.

        Raises:
            Stopped: soon after `stop` is set.
        """
        made = found.provenance
        key = Key(found.generation, found.question.text, made.k, made.min_confidence, made.filter)
        answer = self.answers.answer(
            key, lambda: select_answer(found, self.reader, self.nearest, stop=stop), stop=stop
        )
        return _to(found.question, answer)

    def _key(self, question: Question, k: int, filter: Filter, min_confidence: float) -> Key:
        return Key(self.index.generation, question.text, at_least_one(k), min_confidence, filter)

    def _read_many(self, found: Sequence[Found]) -> list[Answer]:
        if len(found) < 2:
            return [self.read(one) for one in found]
        # While the model reads for one question, the quotes for another are weighed.
        with ThreadPoolExecutor(AT_ONCE) as threads:
            return list(threads.map(self.read, found))


def _to(question: Question, answer: Answer) -> Answer:
    """The answer with this question in place of an equal one that may have been typed differently."""
    return answer if answer.question == question else replace(answer, question=question)


def ask(
    question: str | Question,
    documents: Assistant | Path | str | None = None,
    *,
    k: int = PASSAGES_READ,
    filter: Filter = Filter(),
    min_confidence: float = MIN_CONFIDENCE,
) -> Answer:
    """Answer a question from the documents: a folder, an open Assistant, or None for the samples.

    A folder is indexed on first use; after that, the index is only updated. To ask more than once, open an
    `Assistant`: loading the models takes longer than answering.

    Raises:
        UserError: if the folder or the question cannot be used; its message says why.
    """
    if isinstance(documents, Assistant):
        return documents.ask(question, k=k, filter=filter, min_confidence=min_confidence)
    question = understand(question)  # a bad question fails before the folder is indexed
    with Assistant.open(documents) as assistant:
        return assistant.ask(question, k=k, filter=filter, min_confidence=min_confidence)
