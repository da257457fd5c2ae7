"""Which documents of a store say the same as another one, as the last clustering found."""

from dataclasses import dataclass, field

from corpus.duplicates import Relation
from index.storage.store import Store


@dataclass(frozen=True, slots=True)
class Copies:
    """The clusters of two documents and more, by the documents' keys.

    `leads` has the lead of each document in a cluster, its own where it leads; `members` the documents
    of a cluster by its lead, which is the first of them; `relations` what each of the others is to it.
    """

    leads: dict[int, int] = field(default_factory=dict)
    members: dict[int, list[int]] = field(default_factory=dict)
    relations: dict[int, Relation] = field(default_factory=dict)


def load_copies(store: Store) -> Copies:
    """The copies as they stand in the store."""
    found = Copies()
    with store.reading() as db:
        rows = db.execute("SELECT document, lead, relation FROM copies ORDER BY document")
        for document, lead, relation in rows:
            found.leads[lead] = lead
            found.leads[document] = lead
            found.members.setdefault(lead, [lead]).append(document)
            found.relations[document] = Relation(relation)
    return found
