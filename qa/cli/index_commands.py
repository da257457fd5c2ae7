"""`qa index`: index a folder once, or keep its index up to date as documents change."""

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
        bool, typer.Option("--rebuild", help="Delete the index and build it again.")
    ] = False,
    trust_index: Annotated[
        bool,
        typer.Option(
            "--trust-index",
            help="Take over an index that someone else made, instead of making it again.",
        ),
    ] = False,
    watch: Annotated[
        bool, typer.Option("--watch", help="Keep running and index changes as they happen.")
    ] = False,
) -> None:
    """Index a folder, or update its index. Only new and changed files are read.

    Of one file at most 1,000,000 records, 1,000,000,000 characters and 2,000,000 passages are read, for
    at most 10,800 seconds, and in one run 20,000,000 new passages. CORPUS_QA_LIMITS sets others:
    documents, characters, passages, seconds, run_passages.

    \b
    Examples:
      qa index articles/
      qa index /media/archive --index ~/indexes/archive
      qa index articles/ --watch
      qa index archive/ --device cuda
      CORPUS_QA_LIMITS=documents=5000000,seconds=86400 qa index dumps/
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
            print(f"To see what could not be read, and why: qa status {folder}", flush=True)
    except CollectionError as error:
        if not watch or not folder.is_dir():
            raise
        note(str(error))
    if watch:
        note(f"Watching {folder} for changes (press Ctrl-C to stop).")
        keep_watching(
            folder,
            directory,
            loaded,
            changed=lambda found: print(summary(found), flush=True),
            failed=note,
        )
