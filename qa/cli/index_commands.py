"""`qa index`: from a folder to its index, once or for as long as documents come and go."""

from typing import Annotated

import typer

from corpus.errors import CollectionError
from qa.cli import options
from qa.cli.console import note, summary
from qa.cli.models import encoder_named
from qa.cli.progress import indexing


def index(
    folder: options.Folder,
    index_dir: options.IndexDir = None,
    encoder: options.EncoderName = None,
    device: options.Device = "cpu",
    precision: options.Precision = "auto",
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="Throw the old index away and begin anew.")
    ] = False,
    trust_index: Annotated[
        bool,
        typer.Option(
            "--trust-index",
            help="Take over an index that someone else made, instead of making it again.",
        ),
    ] = False,
    watch: Annotated[
        bool, typer.Option("--watch", help="Go on and take changes in as they happen.")
    ] = False,
) -> None:
    """Index a folder, or bring its index up to date. Only what changed is read.

    \b
    Examples:
      qa index articles/
      qa index /media/archive --index ~/indexes/archive
      qa index articles/ --watch
      qa index archive/ --device cuda
    """
    from index import index_directory, update
    from index.indexing import watch as keep_watching

    directory = index_directory(folder, index_dir)
    loaded = encoder_named(encoder, device=device, precision=precision)
    try:
        with indexing() as progress:
            changes = update(
                folder,
                directory,
                loaded,
                rebuild=rebuild,
                trust=trust_index,
                progress=progress,
                on_wait=note,
            )
        print(summary(changes), flush=True)
        if changes.skipped:
            print(f"What could not be read, and why: qa status {folder}", flush=True)
    except CollectionError as error:
        if not watch or not folder.is_dir():
            raise
        note(str(error))
    if watch:
        note(f"Watching {folder} for changes (Ctrl-C ends it).")
        keep_watching(
            folder,
            directory,
            loaded,
            changed=lambda found: print(summary(found), flush=True),
            failed=note,
        )
