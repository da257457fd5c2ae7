"""The collection that the page is about: there at once, opened while people already look at it."""

import hashlib
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from corpus.duplicates import Relation
from corpus.errors import CollectionError, IndexFileError, UserError
from corpus.types import Description, Document, Dropped, Problem
from index.storage import FILE_NAME, Store, existing_directory, load_copies
from index.types import Filter, OnProgress, Progress
from qa.answering import AT_ONCE, Assistant
from qa.question import spread_over_publishers, suggest
from qa.render import visible
from qa.web.collection.turn_queue import Running, Turns

Opener = Callable[[OnProgress], Assistant]


@dataclass(frozen=True, slots=True)
class CopiesById:
    """The documents that another one leads: `leads` has that one, `relations` what they are to it."""

    leads: Mapping[str, str] = field(default_factory=dict)
    relations: Mapping[str, Relation] = field(default_factory=dict)

    def lead(self, id: str) -> str:
        """The document that leads this one: itself where none does."""
        return self.leads.get(id, id)


def load_copies_by_id(store: Store) -> CopiesById:
    """The copies as they stand in the store."""
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
    # Whether an indexing run goes on beside the open collection.
    beside: bool = False
    failure: UserError | None = None
    # One person's change at a time; it is held for as long as an indexing run takes.
    changing: threading.Lock = field(default_factory=threading.Lock)
    turns: Turns = field(default_factory=lambda: Turns(AT_ONCE))
    running: Running = field(default_factory=Running)
    _opened: threading.Event = field(default_factory=threading.Event)
    _assistant: Assistant | None = None
    # While it is being opened: what was indexed before.
    _known: list[Description] | None = None
    # What could not be read, and the generation of the index that says so.
    _unread: tuple[str, tuple[Problem, ...]] = ("", ())
    # Which documents are copies, and the generation that says so.
    _copies: tuple[str, CopiesById] = ("", CopiesById())

    @classmethod
    def of(
        cls, assistant: Assistant, index_dir: Path | None = None, *, adding: bool = False
    ) -> "Collection":
        """The collection of an assistant that is open already."""
        collection = cls(assistant.root, index_dir, adding)
        collection.open(lambda _: assistant)
        return collection

    def open(self, opener: Opener) -> None:
        """Open it: `opener` is given what it should tell its progress.

        Raises:
            UserError: if it cannot be opened; those who wait for it are told, too.
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
        """Find questions that the collection answers; the first of them also warms the models."""
        assistant = self.assistant()
        some = (assistant.document(one.id) for one in spread_over_publishers(self.documents()))
        found = (document for document in some if document is not None)
        self.suggested = tuple(suggest(found, lambda q: assistant.ask(q).found))

    def tell(self, step: Progress) -> None:
        """Take note of how far an indexing run has come."""
        self.step = step

    def indexed(self) -> None:
        """Take note that it is over."""
        self.step, self.beside = None, False

    @property
    def ready(self) -> bool:
        """Whether it can be asked."""
        return self._assistant is not None

    def wait(self, seconds: float) -> bool:
        """Wait until it is open or has failed to open; whether it has."""
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
        """Where its index is."""
        return existing_directory(self.root, self.index_dir)

    @property
    def name(self) -> str:
        """Its folder's name."""
        return visible(self.root.resolve().name)

    @property
    def key(self) -> str:
        """What tells it from other collections, without telling where it is."""
        return hashlib.sha256(os.fsencode(self.root.resolve())).hexdigest()[:12]

    def documents(self) -> list[Description]:
        """All documents, without their texts; while it is being opened those that were indexed before."""
        if self._assistant is not None:
            return self._assistant.descriptions()
        return self._known or []

    @property
    def known(self) -> bool:
        """Whether anything is known of its documents yet."""
        return self.ready or self._known is not None

    def document(self, id: str) -> Document | None:
        """The document with this id, if it is in the collection."""
        if self._assistant is not None:
            return self._assistant.document(id)
        with suppress(UserError), self._looked_into() as store:
            keys = {one.id: key for key, one in store.descriptions()}
            return store.document(keys[id]) if id in keys else None
        return None

    def dropped(self, id: str) -> tuple[Dropped, ...]:
        """What was left out of a document's text when it was read."""
        with suppress(IndexFileError), self._looked_into() as store:
            return store.dropped_of(id)
        return ()

    def accepted(self, filter: Filter) -> int:
        """How many documents a filter leaves."""
        return sum(filter.accepts(document) for document in self.documents())

    def unread(self) -> tuple[Problem, ...]:
        """The files, and parts of files, that could not be read, each with the reason."""
        with suppress(IndexFileError), self._looked_into() as store:
            name = store.generation()
            if name != self._unread[0]:
                records = store.ledger().values()
                whole = [Problem(r.id, r.reason) for r in records if r.reason]
                parts = [problem for record in records for problem in record.problems]
                self._unread = (name, (*whole, *parts))
        return self._unread[1]

    def copies(self) -> CopiesById:
        """Which documents are copies of which."""
        with suppress(IndexFileError), self._looked_into() as store:
            name = store.generation()
            if name != self._copies[0]:
                self._copies = (name, load_copies_by_id(store))
        return self._copies[1]

    def _indexed_before(self) -> list[Description]:
        with suppress(UserError), self._looked_into() as store:
            known = list(store.descriptions())
            # Not asked yet, but made of the documents' own sentences: something to begin with.
            some = (store.document(key) for key, _ in spread_over_publishers(known))
            self.suggested = tuple(suggest(some, lambda _: True))
            return [one for _, one in known]
        return []

    @contextmanager
    def _looked_into(self) -> Iterator[Store]:
        """The store as it stands, opened for the block."""
        store = Store.open(self.directory / FILE_NAME)
        try:
            yield store
        finally:
            store.close()
