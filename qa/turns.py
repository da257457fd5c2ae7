"""A turn of a conversation, as what a follow-up follows."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Turn:
    """A question as it was understood, the answer to it, and the ids of the documents that were quoted."""

    question: str
    answer: str = ""
    documents: tuple[str, ...] = ()

    @property
    def asks(self) -> str:
        """The word that it asks with, in small letters: who, when, …; whatever else it begins with."""
        return next(iter(self.question.lower().split()), "")
