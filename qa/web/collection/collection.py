"""The collection that the page shows. It is available at once, and opens in the background."""

import hashlib
import os
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from corpus.duplicates import Relation
from corpus.errors import CollectionError, IndexFileError, UserError
from corpus.types import Description, Document, Dropped, Problem
from index.storage import Store, existing_directory, load_copies, reading_store
from index.types import Filter, OnProgress, Progress
from qa.answering import AT_ONCE, Assistant
from qa.question import spread_evenly, suggest
from qa.render import visible
from qa.web.collection.turn_queue import Running, Turns

Opener = Callable[[OnProgress], Assistant]


@dataclass(frozen=True, slots=True)
class CopiesById:
    """The copies by document id: `leads` has the document that leads each, `relations` its relation to it."""

    leads: Mapping[str, str] = field(default_factory=dict)
    relations: Mapping[str, Relation] = field(default_factory=dict)

    def lead(self, id: str) -> str:
        """The document that leads this one; itself if none does."""
        return self.leads.get(id, id)


def load_copies_by_id(store: Store) -> CopiesById:
    """The copies recorded in the store."""
    with store.snapshot():
        copies = load_copies(store)
        ids = {key: one.id for key, one in store.descriptions() if key in copies.leads}
    followers = copies.relations.items()
    return CopiesById(
        {ids[key]: ids[copies.leads[key]] for key, _ in followers},
        {ids[key]: relation for key, relation in followers},
    )


@dataclass(slots=True)
class Collection:
    """A folder of documents with its index: being opened, open, or failed to open.

    `adding` says whether people may add and remove documents. Safe to use from several threads.
    """

    root: Path
    index_dir: Path | None = None
    adding: bool = False
    suggested: tuple[str, ...] = ()
    added: int = 0
    step: Progress | None = None
    # Whether an indexing run continues while the collection is already open.
    beside: bool = False
    failure: UserError | None = None
    # Held while a change is indexed, so that only one is made at a time.
    changing: threading.Lock = field(default_factory=threading.Lock)
    turns: Turns = field(default_factory=lambda: Turns(AT_ONCE))
    running: Running = field(default_factory=Running)
    _opened: threading.Event = field(default_factory=threading.Event)
    _assistant: Assistant | None = None
    # While the collection is being opened: the documents indexed before.
    _known: list[Description] | None = None
    # The generation of the index, and what could not be read as of then.
    _unread: tuple[str, tuple[Problem, ...]] = ("", ())
    # The generation of the index, and the copies as of then.
    _copies: tuple[str, CopiesById] = ("", CopiesById())

    @classmethod
    def of(
        cls, assistant: Assistant, index_dir: Path | None = None, *, adding: bool = False
    ) -> "Collection":
        """The collection of an assistant that is already open."""
        collection = cls(assistant.root, index_dir, adding)
        collection.open(lambda _: assistant)
        return collection

    def open(self, opener: Opener) -> None:
        """Open the collection: `opener` gets a callback for its progress.

        Raises:
            UserError: if it cannot be opened; `assistant` raises it as well.
        """
        self._known = self._indexed_before()
        try:
            self._assistant = opener(self.tell)
        except UserError as error:
            self.failure = error
            raise
        finally:
            if not self.beside:
                self.step = None
            self._known = None
            self._opened.set()

    def suggest(self) -> None:
        """Find questions that the collection can answer; the first one also warms up the models."""
        assistant = self.assistant()
        some = (assistant.document(one.id) for one in spread_evenly(self.documents()))
        found = (document for document in some if document is not None)
        self.suggested = tuple(suggest(found, lambda q: assistant.ask(q).found))

    def tell(self, step: Progress) -> None:
        """Record the progress of an indexing run."""
        self.step = step

    def indexed(self) -> None:
        """Record that the indexing run is over."""
        self.step, self.beside = None, False

    @property
    def ready(self) -> bool:
        """Whether the collection can answer questions."""
        return self._assistant is not None

    def wait(self, seconds: float) -> bool:
        """Wait until it is open or failed to open. Returns False if the time ran out."""
        return self._opened.wait(seconds)

    def assistant(self) -> Assistant:
        """The assistant, as soon as it is open.

        Raises:
            UserError: if it could not be opened.
        """
        self._opened.wait()
        if self._assistant is None:
            raise self.failure or CollectionError("The collection could not be opened.")
        return self._assistant

    @property
    def directory(self) -> Path:
        """The directory of its index."""
        return existing_directory(self.root, self.index_dir)

    @property
    def name(self) -> str:
        """Its folder's name."""
        return visible(self.root.resolve().name)

    @property
    def key(self) -> str:
        """A key that distinguishes it from other collections without revealing its path."""
        return hashlib.sha256(os.fsencode(self.root.resolve())).hexdigest()[:12]

    def documents(self) -> list[Description]:
        """All documents, without their texts; while opening, those that were indexed before."""
        if self._assistant is not None:
            return self._assistant.descriptions()
        return self._known or []

    @property
    def known(self) -> bool:
        """Whether anything is known about its documents yet."""
        return self.ready or self._known is not None

    def document(self, id: str) -> Document | None:
        """The document with this id, if it is in the collection."""
        if self._assistant is not None:
            return self._assistant.document(id)
        with suppress(UserError), reading_store(self.directory) as store:
            keys = {one.id: key for key, one in store.descriptions()}
            return store.document(keys[id]) if id in keys else None
        return None

    def dropped(self, id: str) -> tuple[Dropped, ...]:
        """The pieces left out of a document's text when it was read."""
        with suppress(IndexFileError), reading_store(self.directory) as store:
            return store.dropped_of(id)
        return ()

    def accepted(self, filter: Filter) -> int:
        """The number of documents that a filter accepts."""
        return sum(filter.accepts(document) for document in self.documents())

    def unread(self) -> tuple[Problem, ...]:
        """The files, and parts of files, that could not be read, each with the reason."""
        with suppress(IndexFileError), reading_store(self.directory) as store:
            name = store.generation()
            if name != self._unread[0]:
                records = store.ledger().values()
                whole = [Problem(r.id, r.reason) for r in records if r.reason]
                parts = [problem for record in records for problem in record.problems]
                self._unread = (name, (*whole, *parts))
        return self._unread[1]

    def copies(self) -> CopiesById:
        """Which documents are copies of which."""
        with suppress(IndexFileError), reading_store(self.directory) as store:
            name = store.generation()
            if name != self._copies[0]:
                self._copies = (name, load_copies_by_id(store))
        return self._copies[1]

    def _indexed_before(self) -> list[Description]:
        with suppress(UserError), reading_store(self.directory) as store:
            known = list(store.descriptions())
            # Not checked yet, but made from the documents' own sentences: something to begin with.
            some = (store.document(key) for key, _ in spread_evenly(known))
            self.suggested = tuple(suggest(some, lambda _: True))
            return [one for _, one in known]
        return []
