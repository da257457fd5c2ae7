"""`qa docs`: list the documents of an index and their metadata."""

from typing import Annotated

import typer

from qa.cli import options
from qa.cli.console import note

Dropped = Annotated[
    bool, typer.Option("--dropped", help="Show what cleaning removed from each document, and why.")
]
AsCsv = Annotated[
    bool,
    typer.Option("--csv", help="Print the known metadata as a metadata.csv for you to correct."),
]

Diff = Annotated[
    tuple[str, str] | None,
    typer.Option("--diff", metavar="ID ID", help="Show how the second document differs."),
]


def docs(
    folder: options.Folder,
    publisher: options.Publishers = None,
    after: options.After = None,
    before: options.Before = None,
    document: options.Documents = None,
    dropped: Dropped = False,
    as_json: options.AsJson = False,
    as_csv: AsCsv = False,
    diff: Diff = None,
    index_dir: options.IndexDir = None,
) -> None:
    """List the documents of an index with their metadata.

    \b
    Examples:
      qa docs articles/
      qa docs articles/ --publisher "Global Times" --json
      qa docs articles/ --dropped
      qa docs articles/ --csv > articles/metadata.csv     (correct it, and index again)
      qa docs articles/ --diff talks.html talks-updated.html
    """
    from corpus.errors import FilterError
    from corpus.metadata import read_overrides, to_csv
    from index.types import Filter
    from qa.audit import (
        difference,
        document_lines,
        document_to_dict,
        dropped_lines,
        list_documents,
        unmatched,
    )
    from qa.render import plain_json

    if dropped + as_json + as_csv > 1:
        raise FilterError("Use only one of --dropped, --json and --csv.")
    if diff is not None:
        print(difference(folder, *diff, index_dir=index_dir))
        return
    filter = options.filter_from(publisher, after, before, document)
    listed = list_documents(folder, index_dir, filter=filter)
    if as_csv:
        print(to_csv(one.document for one in listed), end="")
    elif as_json:
        print(plain_json([document_to_dict(one) for one in listed]))
    elif lines := dropped_lines(listed) if dropped else document_lines(listed):
        print(lines)
    if filter == Filter():
        for line in unmatched(read_overrides(folder), listed):
            note(line)
