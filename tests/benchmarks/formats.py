"""How fast each format is read, and by what: $ python tests/benchmarks/formats.py

Each file holds the same text of about 60,000 characters in 300 paragraphs, archives twice as much.
"""

import tempfile
import time
from pathlib import Path

from corpus.reading.loader import read
from corpus.reading.results import Loaded, SourceFile
from tests.support import making

COPIES = 100
SECONDS = 1.0
# Of each ending: the library, and what is kept.
TOLD = {
    "txt": ("own", "text"),
    "md": ("markdown-it-py", "text, front matter"),
    "html": ("trafilatura", "main text, metadata of the page"),
    "mhtml": ("email, trafilatura", "as HTML, and the address"),
    "pdf": ("pypdfium2", "text, pages, information"),
    "docx": ("python-docx", "text, lists, tables, footnotes, properties"),
    "odt": ("odfdo, lxml", "text, lists, tables, footnotes, properties"),
    "rtf": ("striprtf", "text, tables, properties"),
    "epub": ("zipfile, lxml", "chapters in order, record of the book"),
    "eml": ("email", "text, subject, sender, day, attachments"),
    "mbox": ("email", "each message as .eml"),
    "json": ("json", "each record: text, mapped fields"),
    "jsonl": ("json", "each record: text, mapped fields"),
    "csv": ("csv", "each row: text, mapped fields"),
    "tsv": ("csv", "each row: text, mapped fields"),
    "parquet": ("pyarrow", "each row: text, mapped fields"),
    "zip": ("zipfile", "each file in it"),
    "tar": ("tarfile", "each file in it"),
    "gz": ("gzip", "what is inside"),
    "tgz": ("gzip, tarfile", "each file in it"),
    "bz2": ("bz2", "what is inside"),
    "xz": ("lzma", "what is inside"),
}


def main() -> None:
    paragraphs = making.PARAGRAPHS
    making.PARAGRAPHS = tuple(f"{i}: {p}" for i in range(COPIES) for p in paragraphs)
    print("| file | by | what is kept | files/s | MB of text/s |")
    print("| --- | --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory() as folder:
        for made in making.all_made():
            path = Path(folder) / made.name
            path.write_bytes(made.data)
            file = SourceFile(path, made.name, len(made.data), 0)
            read(file)  # loads the library
            times, size = 0, 0
            begun = time.perf_counter()
            while (taken := time.perf_counter() - begun) < SECONDS:
                found = read(file)
                assert isinstance(found, Loaded), found
                times += 1
                size += sum(len(document.text) for document in found.documents)
            ending = made.name.split(".", 1)[1]
            library, kept = TOLD[ending.rpartition(".")[2]]
            print(
                f"| .{ending} | {library} | {kept} | {times / taken:.0f} | {size / taken / 1e6:.1f} |"
            )


if __name__ == "__main__":
    main()
