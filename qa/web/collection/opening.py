"""Prepare and open the collection for `qa chat`."""

from collections.abc import Callable
from pathlib import Path

from corpus.errors import CollectionError, ServerError
from corpus.samples import samples
from index.storage import existing_directory
from index.types import OnProgress
from qa.answering import Assistant, Display, open_assistant
from qa.web.access import is_loopback
from qa.web.collection import Collection


def collection_for(
    folder: Path | None, index_dir: Path | None, *, host: str, adding: bool | None
) -> Collection:
    """The collection of a folder, or of the samples, not yet opened.

    Unless `adding` says otherwise, documents can be added to a person's own folder, if the page can be
    reached only from this machine.

    Raises:
        CollectionError: if there is no such folder.
        ServerError: if `adding` is set without a folder that documents can be added to.
    """
    root = folder or samples()
    existing_directory(root, index_dir)
    own = folder is not None and root.is_dir() and root.resolve() != samples().resolve()
    if adding and not own:
        raise ServerError(
            "Documents can be added only to a folder of your own. Pass one as FOLDER."
        )
    return Collection(root, index_dir, own and (is_loopback(host) if adding is None else adding))


def opener(
    collection: Collection,
    folder: Path | None,
    index_dir: Path | None,
    encoder: str | None,
    reader: str | None,
    *,
    refresh: bool,
    display: Display = Display(),
) -> Callable[[OnProgress], Assistant]:
    """The function that opens the collection, with its progress shown on `display` and on the page."""

    def opened(watch: OnProgress, *, looking: bool = refresh) -> Assistant:
        collection.beside = looking
        return open_assistant(
            folder,
            index_dir,
            encoder,
            reader,
            refresh=looking,
            display=display,
            watch=watch,
            over=collection.indexed,
        )

    def opened_or_empty(watch: OnProgress) -> Assistant:
        try:
            return opened(watch)
        except CollectionError:
            # The folder may be empty because documents are about to be dropped into it.
            if not collection.adding or collection.documents():
                raise
            return opened(watch, looking=False)

    return opened_or_empty
