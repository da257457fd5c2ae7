"""What others may do to the index of a folder that they hand on, each as a function of the places.

In a child process (`main`) the folders are asked, one after the other, and what came of it is printed.
"""

import json
import os
import sqlite3
import struct
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from corpus.errors import UserError
from corpus.types import Span
from qa.answering import feedback
from qa.answering.assistant import Assistant
from qa.reader import SentenceReader
from tests.support.fakes import FakeEncoder

QUESTION = "How far did the river rise in valley 7?"
LIE = "The river rose by nine hundred metres in valley 7 on that day."


@dataclass(frozen=True, slots=True)
class Place:
    """A folder with its index, as it was handed on, and what lies outside of it."""

    docs: Path
    outside: Path

    @property
    def qa(self) -> Path:
        return self.docs / ".qa"

    @property
    def file(self) -> Path:
        return self.qa / "index.sqlite"

    @property
    def victim(self) -> Path:
        return self.outside / "victim.txt"

    @property
    def derived(self) -> Path:
        return next(self.qa.glob("derived-*-*"))


Forgery = Callable[[Place], object]
FORGERIES: dict[str, Forgery] = {}


def sql(*lines: str) -> Forgery:
    def run(place: Place) -> None:
        db = sqlite3.connect(place.file, isolation_level=None)
        for line in lines:
            db.execute(line)
        db.close()

    return run


def in_header(old: bytes, new: bytes, part: str = "vectors/vectors.npy") -> Forgery:
    def run(place: Place) -> None:
        path = place.derived / part
        data = path.read_bytes()
        assert old in data and len(new) == len(old)
        path.write_bytes(data.replace(old, new, 1))

    return run


def array(made: Any, part: str = "vectors/vectors.npy") -> Forgery:
    return lambda place: np.save(place.derived / part, made, allow_pickle=True)


def steps(*forge: Forgery) -> Forgery:
    def run(place: Place) -> None:
        for one in forge:
            one(place)

    return run


def linked(name: str, target: Callable[[Place], Path] = lambda place: place.victim) -> Forgery:
    """A link in the place of a file of the index, or of one that would be made."""

    def run(place: Place) -> None:
        path = place.qa / name if "/" not in name else place.derived / name.removeprefix("/")
        if path.is_dir():
            path.rename(place.outside / "moved")
        path.unlink(missing_ok=True)
        path.symlink_to(target(place))

    return run


def written(name: str, data: bytes) -> Forgery:
    def run(place: Place) -> None:
        path = place.qa / name if "/" not in name else place.derived / name.removeprefix("/")
        path.write_bytes(data)

    return run


def piped(name: str) -> Forgery:
    def run(place: Place) -> None:
        path = place.qa / name if "/" not in name else place.derived / name.removeprefix("/")
        path.unlink(missing_ok=True)
        os.mkfifo(path)

    return run


def journal_that_names_another_file(place: Place) -> None:
    """One by which SQLite would delete that file: it takes it for what several journals have in common."""
    name = str(place.victim).encode()
    head = bytes.fromhex("d9d505f920a163d7") + struct.pack(">5I", 0, 0, 1, 512, 4096)
    tail = name + struct.pack(">2i", len(name), sum(struct.unpack(f"{len(name)}b", name)))
    journal = head.ljust(512, b"\0") + struct.pack(">I", (1 << 30) // 4096 + 1) + tail
    place.file.with_name("index.sqlite-journal").write_bytes(
        journal + bytes.fromhex("d9d505f920a163d7")
    )


def cycles(place: Place) -> None:
    """Every page that leads to others leads to itself."""
    data = bytearray(place.file.read_bytes())
    for number in range(2, len(data) // 4096 + 1):
        at = (number - 1) * 4096
        if data[at] in (2, 5):
            (cells,) = struct.unpack_from(">H", data, at + 3)
            struct.pack_into(">I", data, at + 8, number)
            for i in range(cells):
                (cell,) = struct.unpack_from(">H", data, at + 12 + 2 * i)
                struct.pack_into(">I", data, at + cell, number)
    place.file.write_bytes(data)


def many_ways(place: Place) -> None:
    """Each page that leads to others leads to the same one many times: 2**20 times as many rows."""
    data = bytearray(place.file.read_bytes())
    for number in range(2, len(data) // 4096 + 1):
        at = (number - 1) * 4096
        if data[at] == 5:
            (cells,) = struct.unpack_from(">H", data, at + 3)
            child = bytes(data[at + 8 : at + 12])
            for i in range(cells):
                (cell,) = struct.unpack_from(">H", data, at + 12 + 2 * i)
                data[at + cell : at + cell + 4] = child
    place.file.write_bytes(data)


def bytes_changed(first: int, data: bytes) -> Forgery:
    def run(place: Place) -> None:
        with place.file.open("r+b") as handle:
            handle.seek(first)
            handle.write(data)

    return run


def swapped_parts(place: Place) -> None:
    (place.derived / "tables").rename(place.derived / "x")
    (place.derived / "vectors").rename(place.derived / "tables")
    (place.derived / "x").rename(place.derived / "vectors")


class Pickled:
    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, ("touch pickle-ran",)


def _manifest(key: str, value: str) -> Forgery:
    return sql(
        f"UPDATE manifest SET value = json_set(value, '$.{key}', {value}) WHERE key = 'manifest'"
    )


_DEEP = "replace(hex(zeroblob(50000)), '0', '[')"
FORGERIES |= {
    "another text": sql(f"UPDATE documents SET text = '{LIE} ' || text"),
    "one word of a text": sql("UPDATE documents SET text = replace(text, 'metres', 'miles')"),
    "texts exchanged": sql(
        "UPDATE documents SET text = (SELECT text FROM documents WHERE key = 3) WHERE key = 8"
    ),
    "a title": sql("UPDATE documents SET metadata = replace(metadata, 'Valley', 'Moon')"),
    "ids exchanged": sql(
        "UPDATE documents SET id = 'x' WHERE key = 1",
        "UPDATE documents SET id = (SELECT file FROM documents WHERE key = 1) WHERE key = 2",
        "UPDATE documents SET id = (SELECT file FROM documents WHERE key = 2) WHERE key = 1",
    ),
    "a document's hash": sql("UPDATE documents SET sha256 = 'ff'"),
    "pages without end": sql(f"UPDATE documents SET pages = {_DEEP}"),
    "metadata without end": sql(f"UPDATE documents SET metadata = {_DEEP}"),
    "what was dropped without end": sql(f"UPDATE documents SET dropped = {_DEEP}"),
    "problems without end": sql(f"UPDATE files SET problems = {_DEEP}"),
    "offsets below zero": sql("UPDATE passages SET first = -50"),
    "offsets behind the end": sql("UPDATE passages SET last = 1000000000"),
    "offsets backwards": sql("UPDATE passages SET first = last, last = first"),
    "offsets that are words": sql("UPDATE passages SET first = 'here'"),
    "offsets beyond all numbers": sql("UPDATE passages SET last = 9223372036854775807"),
    "passages of another document": sql("UPDATE passages SET document = 1"),
    "vectors that are not numbers": sql("UPDATE passages SET vector = x'0000c07f' || vector"),
    "vectors of NaN": lambda p: _vectors(p, np.full(32, np.nan, "<f4")),
    "vectors without end": lambda p: _vectors(p, np.full(32, np.inf, "<f4")),
    "vectors exchanged": lambda p: _vectors(p, np.eye(32, dtype="<f4")[5]),
    "short vectors": sql("UPDATE passages SET vector = x'00'"),
    "long vectors": sql("UPDATE passages SET vector = zeroblob(5000000) WHERE key < 9"),
    "vectors that are text": sql("UPDATE passages SET vector = 'abcd'"),
    "dimension 0": _manifest("dimension", "0"),
    "dimension 2**31": _manifest("dimension", "2147483648"),
    "dimension -1": _manifest("dimension", "-1"),
    "another dimension": _manifest("dimension", "16"),
    "dimension as text": _manifest("dimension", "'32'"),
    "a budget of 1e999": _manifest("budget", "1e999"),
    "another encoder": _manifest("encoder_sha256", "'00'"),
    "an encoder's name of escapes": _manifest("encoder", "char(27) || '[2J'"),
    "a manifest without end": sql(f"UPDATE manifest SET value = {_DEEP} WHERE key = 'manifest'"),
    "a manifest that is a list": sql("UPDATE manifest SET value = '[]' WHERE key = 'manifest'"),
    "a generation that is a path": sql(
        "UPDATE manifest SET value = '../../../outside/x' WHERE key = 'generation'"
    ),
    "a lineage that is a path": sql(
        "UPDATE manifest SET value = '../../../outside/x' WHERE key = 'lineage'"
    ),
    "another root": sql("UPDATE manifest SET value = '/etc' WHERE key = 'root'"),
    "no seal": sql("DELETE FROM manifest WHERE key = 'seal'"),
    "a seal of zeros": sql("UPDATE manifest SET value = hex(zeroblob(32)) WHERE key = 'seal'"),
    "other totals": sql("UPDATE manifest SET value = '' WHERE key = 'totals'"),
    "many manifests": sql(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION SELECT i + 1 FROM n WHERE i < 20000) "
        "INSERT INTO manifest SELECT 'k' || i, 'x' FROM n"
    ),
    "passages taken away": sql("DELETE FROM passages WHERE key % 2"),
    "passages added": sql("INSERT INTO passages (document, first, last) SELECT 1, 0, 9 FROM files"),
    "a document taken away": sql("DELETE FROM documents WHERE key = 8"),
    "a document that is another one again": sql(
        "INSERT INTO documents SELECT key + 100, file, id || '#9', sha256, text, metadata, pages, "
        "dropped" + ", digest, seal FROM documents WHERE key = 8"
    ),
    "a ledger of nothing": sql("PRAGMA foreign_keys = OFF", "DELETE FROM files"),
    "a ledger of strange states": sql("UPDATE files SET state = 'odd'"),
    "copies in a circle": sql(
        "INSERT OR REPLACE INTO copies VALUES (7, 8, 'version'), (8, 7, 'version')"
    ),
    "copies of all": sql("INSERT OR REPLACE INTO copies SELECT key, 1, 'odd' FROM documents"),
    "lines that are dropped": sql("INSERT INTO recurring VALUES (x'0011')"),
    "a view without end": sql(
        "DROP TABLE copies",
        "CREATE VIEW copies AS WITH RECURSIVE n(document) AS (SELECT 1 UNION ALL SELECT document + 1 "
        "FROM n) SELECT document, 1 AS lead, 'copy' AS relation FROM n",
    ),
    "a trigger": sql(
        "CREATE TRIGGER t AFTER INSERT ON manifest BEGIN UPDATE documents SET text = 'x'; END"
    ),
    "another table": sql("CREATE TABLE mine (a)"),
    "another column": sql("ALTER TABLE files ADD COLUMN a TEXT DEFAULT 'x'"),
    "another program's number": sql("PRAGMA application_id = 7"),
    "another format": sql("PRAGMA user_version = 99"),
    "another journal": sql("PRAGMA journal_mode = DELETE"),
    "other pages": sql("PRAGMA journal_mode = DELETE", "PRAGMA page_size = 1024", "VACUUM"),
    "tables exchanged": sql(
        "PRAGMA writable_schema = ON",
        "UPDATE sqlite_master SET rootpage = (SELECT rootpage FROM sqlite_master WHERE name = "
        "'documents') WHERE name = 'passages'",
    ),
    "a table that is the schema": sql(
        "PRAGMA writable_schema = ON",
        "UPDATE sqlite_master SET rootpage = 1 WHERE name = 'documents'",
    ),
    "keys that begin again": sql("UPDATE sqlite_sequence SET seq = 0"),
    "pages in a circle": cycles,
    "pages that are many": many_ways,
    "half a file": lambda p: os.truncate(p.file, p.file.stat().st_size // 2),
    "an empty file": lambda p: os.truncate(p.file, 0),
    "a header alone": lambda p: os.truncate(p.file, 100),
    "zeros within": bytes_changed(9000, bytes(20000)),
    "a page size of one": bytes_changed(16, b"\0\1"),
    "noise": bytes_changed(100, bytes(i * 37 % 251 for i in range(30000))),
    "a journal that names another file": journal_that_names_another_file,
    "a journal of noise": written("index.sqlite-journal", b"noise" * 999),
    "a log of noise": written("index.sqlite-wal", b"noise" * 999),
    "a log that is a link": linked("index.sqlite-wal"),
    "a journal that is a link": linked("index.sqlite-journal"),
    "shared memory that is a link": linked("index.sqlite-shm"),
    "a file that is a link": linked("index.sqlite"),
    "a file that is a link to an index": lambda p: _moved(p.file, p.outside / "index.sqlite"),
    "a file with a second name": steps(
        lambda p: p.file.unlink(), lambda p: p.file.hardlink_to(p.victim)
    ),
    "a file that is a pipe": piped("index.sqlite"),
    "a file that is a folder": steps(lambda p: p.file.unlink(), lambda p: p.file.mkdir()),
    "a file without rights": lambda p: p.file.chmod(0),
    "a lock that is a link": linked("writer.lock"),
    "a lock with a second name": steps(
        lambda p: (p.qa / "writer.lock").unlink(missing_ok=True),
        lambda p: (p.qa / "writer.lock").hardlink_to(p.victim),
    ),
    "a lock that is a pipe": piped("writer.lock"),
    "a writer's name that is a link": linked("writer.json"),
    "a writer's name that is a pipe": piped("writer.json"),
    "a writer's name without end": written("writer.json", b"[" * 100_000),
    "a note for git that is a link": linked(".gitignore", lambda p: p.outside / "new"),
    "feedback that is a link": linked("feedback.jsonl"),
    "feedback that is a second name": lambda p: (p.qa / "feedback.jsonl").hardlink_to(p.victim),
    "feedback that is a pipe": piped("feedback.jsonl"),
    "a feedback lock that is a link": linked("feedback.lock"),
    "an index that is a link": lambda p: _moved(p.qa, p.outside / "qa"),
    "arrays in a linked folder": lambda p: _moved(p.derived, p.outside / "derived"),
    "a part that is a link": lambda p: _moved(p.derived / "tables", p.outside / "tables"),
    "an array that is a link": lambda p: _moved(
        p.derived / "tables" / "first.npy", p.outside / "first.npy"
    ),
    "an array that is a pipe": piped("/vectors/vectors.npy"),
    "a note that is a pipe": piped("/tables/arrays.json"),
    "a note that has no end": linked("/tables/arrays.json", lambda p: Path("/dev/zero")),
    "a deep note": written("/tables/arrays.json", b"[" * 100_000),
    "a large note": written("/tables/arrays.json", b'{"a": "' + b"a" * 20_000_000 + b'"}'),
    "a note of names that are paths": written(
        "/tables/arrays.json", b"0" * 64 + b'{"../../../../outside/victim": ["|u1", [1], "", null]}'
    ),
    "an array cut short": lambda p: os.truncate(p.derived / "vectors" / "vectors.npy", 300),
    "an array cut to nothing": lambda p: os.truncate(p.derived / "tables" / "first.npy", 0),
    "an array of objects": array(np.asarray([Pickled()], object)),
    "an array by columns": in_header(b"'fortran_order': False", b"'fortran_order': True "),
    "an array of other numbers": in_header(b"'descr': '<f4'", b"'descr': '<i4'"),
    "an array of another shape": array(np.zeros((1, 99_999), np.float32)),
    "an array of NaN": array(np.full((80, 32), np.nan, np.float32)),
    "rows out of range": array(np.full(80, 1 << 40), "tables/documents.npy"),
    "offsets out of range": array(np.full(80, -(1 << 40)), "tables/first.npy"),
    "postings out of range": array(np.full(9, 1 << 30, np.int32), "lexical/passages.npy"),
    "parts exchanged": swapped_parts,
    "somebody else's folder of that name": steps(
        lambda p: (p.qa / "derived-notes").mkdir(),
        lambda p: (p.qa / "derived-notes" / "mine.txt").write_text("mine"),
    ),
}


def _vectors(place: Place, row: Any) -> None:
    sql(f"UPDATE passages SET vector = x'{row.tobytes().hex()}'")(place)


def _moved(path: Path, target: Path) -> None:
    path.rename(target)
    path.symlink_to(target)


def ask(place: Place, *, refresh: bool) -> dict[str, Any]:
    """What a question gives: what is quoted and said of it, or in which words it is refused."""
    encoder = FakeEncoder()
    began, said = time.monotonic(), list[str]()
    out: dict[str, Any] = {
        "quotes": [],
        "ids": [],
        "titles": [],
        "error": "",
        "bug": "",
        "told": said,
    }
    try:
        with Assistant.open(
            place.docs,
            encoder=encoder,
            reader=SentenceReader(encoder),
            refresh=refresh,
            on_wait=said.append,
        ) as assistant:
            answer = assistant.ask(QUESTION, min_confidence=0)
            hits = assistant.search(QUESTION, k=50)
            spans = [hit.passage for hit in hits] + [c.quote for c in answer.quotes]
            out["quotes"] = [[span.document.id, span.text] for span in spans]
            out["titles"] = [[d.id, d.title] for d in assistant.descriptions()]
            _judge(place, spans[0])
    except UserError as error:
        out["error"] = f"{type(error).__name__}: {error}"
    except Exception:  # noqa: BLE001  # it is told, and is what is looked for
        out["bug"] = traceback.format_exc()
    out["seconds"] = time.monotonic() - began
    return out


def _judge(place: Place, span: Span) -> None:
    feedback.keep(place.qa, feedback.Judgement(QUESTION, True, quote=span, passage=span))


def main() -> None:
    """Ask each folder that is named on a line of the input; a line of JSON for each."""
    if "mapped" in sys.argv:
        from index.storage import arrays

        arrays.SMALL = 0
    for line in sys.stdin:
        name, docs, outside, refresh = json.loads(line)
        os.environ["XDG_CACHE_HOME"] = str(Path(docs).parent / "cache")
        os.chdir(Path(docs).parent)
        print(
            json.dumps([name, ask(Place(Path(docs), Path(outside)), refresh=refresh)]), flush=True
        )


if __name__ == "__main__":
    main()
