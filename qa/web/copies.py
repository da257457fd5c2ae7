"""Which documents of a collection are copies of which, by their ids."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from corpus.duplicates import Relation
from index.copies import load_copies
from index.store import Store


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
