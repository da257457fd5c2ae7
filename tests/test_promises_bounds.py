"""Every file is read within its limits, says if it exceeds them, and never blocks other files."""

import bz2
import gzip
import io
import os
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

from corpus.errors import CollectionError
from corpus.formats.tabular import csv_rows, json_records
from corpus.reading import Limits, Loaded, Skipped, SourceFile, State, limits, loader, pool, walk
from corpus.reading.limits import limits_set
from corpus.types import Cause, Problem
from index.indexing.updater import update
from index.types import Changes
from qa.audit import index_status, status_lines
from tests.support.fakes import ROOT, SMALL, FakeEncoder, write
from tests.support.terminals import Qa
from tests.support.workers import OBEDIENT
from tests.test_promises_reading import ids, ledger

MOST = 20


def read(path: Path, most: Limits) -> tuple[list[str], list[Problem]]:
    """The ids of the documents read from one file, and its problems."""
    [file] = [one for one in walk(path.parent) if isinstance(one, SourceFile)]
    found, problems = list[str](), list[Problem]()
    for one in loader.slices(file, most):
        if isinstance(one, Skipped):
            problems.append(Problem(one.file.id, one.reason))
        else:
            found += [document.id for document in one.documents]
            problems += one.problems
    return found, problems


def parquet(rows: int) -> bytes:
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet as writer

    out = io.BytesIO()
    writer.write_table(pyarrow.table({"text": ["Rain fell."] * rows}), out)
    return out.getvalue()


def zipped(name: str, data: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return out.getvalue()


ROWS = 30_000
RECORD = b'{"text": "Rain fell."}'
# Each unpacks to far more than its size suggests.
SHAPES = {
    "rows.csv.gz": gzip.compress(b"text,day\n" + b"Rain fell.,Monday\n" * ROWS),
    "records.json.gz": gzip.compress(b"[" + RECORD + (b"," + RECORD) * ROWS + b"]"),
    "tiny.json.gz": gzip.compress(b"[1" + b",1" * ROWS + b"]"),
    "empty.json.bz2": bz2.compress(b'[{"text": "Rain."}' + b",{}" * ROWS + b"]"),
    "lines.jsonl.gz": gzip.compress((RECORD + b"\n") * ROWS),
    "many.zip": zipped("rows.csv", b"text,day\n" + b"Rain fell.,Monday\n" * ROWS),
    "posts.mbox.gz": gzip.compress(
        b"From a Mon May  2 10:00:00 2016\nFrom: Ann <a@b.org>\nSubject: x\n\nRain.\n\n" * 3_000
    ),
}


@pytest.mark.parametrize("name", SHAPES)
def test_a_small_file_that_unpacks_to_many_records_is_read_so_far(
    tmp_path: Path, name: str
) -> None:
    (tmp_path / name).write_bytes(SHAPES[name])
    assert len(SHAPES[name]) < 20_000
    begun = time.monotonic()
    found, problems = read(tmp_path / name, Limits(documents=MOST))
    assert time.monotonic() - begun < 20
    records = len(found) + len([p for p in problems if p.cause is Cause.FILE])
    assert records == MOST
    assert problems[-1].reason == (
        "partly read: the first 20 records; CORPUS_QA_LIMITS sets the limits"
    )
    assert problems[-1].cause is Cause.LIMIT


def test_columns_of_repeated_values_are_read_so_far(tmp_path: Path) -> None:
    data = parquet(200_000)
    assert len(data) < 20_000
    (tmp_path / "rows.parquet").write_bytes(data)
    found, problems = read(tmp_path / "rows.parquet", Limits(documents=MOST))
    assert len(found) == MOST
    assert problems[-1].reason.startswith("partly read: the first 20 records")


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        (
            "rows.csv",
            b"text,day\nRain fell.,Monday\n" + b"\n" * 900 + b"Sun shone.,Tuesday\n",
            "more than 500 empty rows follow row 1; it was left there",
        ),
        (
            "rows.csv",
            b"text,day\nRain fell.,Monday\n" + b",\n" * 900,
            "more than 500 empty rows follow row 1; it was left there",
        ),
        (
            "lines.jsonl",
            RECORD + b"\n" + b"\n" * 900 + RECORD,
            "more than 500 empty lines follow each other; it was left at line 502",
        ),
    ],
)
def test_rows_of_nothing_are_not_looked_at_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, data: bytes, reason: str
) -> None:
    monkeypatch.setattr(csv_rows, "MOST_EMPTY", 500)
    monkeypatch.setattr(json_records, "MOST_EMPTY", 500)
    (tmp_path / name).write_bytes(data)
    found, problems = read(tmp_path / name, Limits())
    assert found == [f"{name}#1"]
    assert [p.reason for p in problems] == [reason]


def test_a_row_of_very_many_columns_is_a_row(tmp_path: Path) -> None:
    (tmp_path / "wide.csv").write_bytes(
        b"text" + b"," * 300_000 + b"\nRain fell." + b",1" * 300_000
    )
    found, problems = read(tmp_path / "wide.csv", Limits())
    assert (found, problems) == (["wide.csv#1"], [])


@pytest.mark.parametrize("opening", [b"[", b'{"a":', b'[{"text":'])
def test_what_is_nested_without_end_is_refused(tmp_path: Path, opening: bytes) -> None:
    (tmp_path / "deep.json").write_bytes(opening * 200_000)
    found, problems = read(tmp_path / "deep.json", Limits())
    assert found == []
    assert "nested too deeply" in problems[-1].reason


def test_characters_are_bounded(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("text,n\n" + "Rain fell here.,1\n" * 50)
    found, problems = read(tmp_path / "rows.csv", Limits(characters=200))
    assert 1 <= len(found) < 50
    assert f"partly read: the first {len(found)} records, with " in problems[-1].reason


def test_the_time_for_a_file_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sound = loader.clean  # type: ignore[attr-defined]

    def slow(*given: object, **options: object) -> object:
        time.sleep(0.3)
        return sound(*given, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(loader, "clean", slow)
    (tmp_path / "rows.csv").write_text("text,n\n" + "Rain fell here.,1\n" * 50)
    found, problems = read(tmp_path / "rows.csv", Limits(seconds=1))
    assert 2 <= len(found) <= 4
    assert problems[-1].reason.startswith(
        f"partly read: the first {len(found)} records, as far as it came in 1 s"
    )


def test_parts_that_cannot_be_read_are_named_so_far_and_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "MOST_PROBLEMS", 3)
    (tmp_path / "some.json").write_bytes(b'[{"text": "Rain."}' + b",{}" * 10 + b"]")
    found, problems = read(tmp_path / "some.json", Limits())
    assert found == ["some.json#1"]
    assert [p.id for p in problems] == ["some.json#2", "some.json#3", "some.json#4", "some.json"]
    assert problems[-1].reason == "7 more parts of it cannot be read"


def run(root: Path, place: Path, most: Limits, encoder: FakeEncoder | None = None) -> Changes:
    return update(root, place, encoder or FakeEncoder(), chunking=SMALL, limits=most)


def test_the_ledger_says_what_a_limit_left_and_other_limits_read_on(
    tmp_path: Path, place: Path
) -> None:
    root = tmp_path / "docs"
    write(root, rain="Rain fell.")
    (root / "rows.csv").write_text("text,n\n" + "".join(f"Rain {n}.,{n}\n" for n in range(50)))
    few = Limits(documents=10)
    run(root, place, few)
    assert ids(place) == {"rain.txt"} | {f"rows.csv#{n}" for n in range(1, 11)}
    assert ledger(place)["rows.csv"].state is State.PARTLY
    said = "rows.csv: partly read: the first 10 records; CORPUS_QA_LIMITS sets the limits"
    assert said in status_lines(index_status(root, place))
    assert run(root, place, few) == Changes(unchanged=2)
    encoder = FakeEncoder()
    assert run(root, place, Limits(), encoder) == Changes(changed=1, unchanged=1)
    assert len(ids(place)) == 51
    assert not any("Rain 3." in text for text in encoder.encoded), "it was there"


def test_the_passages_of_a_file_are_bounded(
    tmp_path: Path, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "SLICE_DOCUMENTS", 4)
    root = tmp_path / "docs"
    write(root, rain="Rain fell.")
    (root / "rows.csv").write_text("text,n\n" + "".join(f"Rain {n}.,{n}\n" for n in range(3000)))
    few = Limits(passages=10)
    run(root, place, few)
    [problem] = ledger(place)["rows.csv"].problems
    count = len(ids(place)) - 1
    assert 5 <= count <= 13
    assert problem.reason.startswith(f"partly read: the first {count} records, with ")
    assert "rain.txt" in ids(place)
    assert run(root, place, few) == Changes(unchanged=2)


def test_a_run_takes_so_many_passages_and_the_next_goes_on(
    tmp_path: Path, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "SLICE_DOCUMENTS", 4)
    monkeypatch.setattr(pool, "LINES_AHEAD", 1)
    root = tmp_path / "docs"
    write(root, **{f"d{n:02d}": f"Rain fell {n} times." for n in range(60)})
    (root / "rows.csv").write_text("text,n\n" + "".join(f"Rain {n}.,{n}\n" for n in range(400)))
    few = Limits(run_passages=120)
    runs = 0
    while any(one.state is State.LATER for one in ledger(place).values()) if runs else True:
        before = len(ids(place)) if runs else 0
        run(root, place, few)
        runs += 1
        assert len(ids(place)) > before, "each goes on"
        if runs == 1:
            said = status_lines(index_status(root, place))
            assert "120 new passages are as many as one run takes; the next run goes on" in said
    assert len(ids(place)) == 460
    assert 2 < runs < 12


@pytest.mark.slow
def test_a_file_that_takes_long_lets_the_others_go_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "_START", OBEDIENT)
    monkeypatch.setenv("NAP", "0.06")
    monkeypatch.setattr(pool, "TURN_S", 3.0)
    monkeypatch.setattr(pool, "SLICE_DOCUMENTS", 4)
    for name in ("a", "b"):
        rows = b"text,n\n" + b"".join(b"SLOW %d.,%d\n" % (n, n) for n in range(120))
        (tmp_path / f"{name}.csv.gz").write_bytes(gzip.compress(rows))
    # Larger than the slow ones, so it is read after them.
    write(tmp_path, **{f"d{n}": f"Rain fell {n} times. " * 200 for n in range(6)})
    files = [one for one in walk(tmp_path) if isinstance(one, SourceFile)]
    ended: list[str] = []
    read: dict[str, list[str]] = {}
    for one in pool.read_all(files, workers=1):
        assert isinstance(one, Loaded)
        name = one.file.id
        read[name] = [*read.get(name, []), *(d.id for d in one.documents)]
        if one.restart:
            assert 0 < len(read.pop(name)) < 120
        elif not one.more:
            ended.append(name)
    assert set(ended[:6]) == {f"d{n}.txt" for n in range(6)}
    assert set(ended[6:]) == {"a.csv.gz", "b.csv.gz"}
    assert read["a.csv.gz"] == [f"a.csv.gz#{n}" for n in range(1, 121)]


# Reads one line of 20 MB into an index, and prints the peak memory of itself and its reader, in MB.
HEAVY = r"""
import re, resource, sys
from pathlib import Path
from index.indexing.updater import update
from tests.support.fakes import FakeEncoder
update(Path(sys.argv[1]), Path(sys.argv[2]), FakeEncoder(dimension=8))
# subtle: the peak that getrusage reports for this process is that of its parent, if that is larger.
print(int(re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[1]) // 1024)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)
"""
MOST_MB = 700


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="counts kilobytes")
@pytest.mark.parametrize("line", ["The river rose by two metres on day {}. ", "дождь шёл {} "])
def test_a_line_of_20_megabytes_takes_little_memory(tmp_path: Path, place: Path, line: str) -> None:
    (tmp_path / "docs").mkdir()
    with (tmp_path / "docs" / "line.txt").open("w", encoding="utf-8") as file:
        size = number = 0
        while size < 20 << 20:
            some = "".join(line.format(n) for n in range(number, number + 1000))
            number += 1000
            size += len(some.encode())
            file.write(some)
    command = [sys.executable, "-c", HEAVY, str(tmp_path / "docs"), str(place)]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    ran = subprocess.run(command, env=env, capture_output=True, text=True, check=True)
    own, readers = map(int, ran.stdout.split())
    assert (own < MOST_MB, readers < MOST_MB) == (True, True), (own, readers)
    assert ids(place) == {"line.txt"}


def test_small_files_come_before_large_ones(tmp_path: Path) -> None:
    write(tmp_path, a="Rain fell. " * 9_000, b="Rain fell. " * 90, c="Rain fell.")
    files = [one for one in walk(tmp_path) if isinstance(one, SourceFile)]
    assert [one.file.id for one in pool.read_all(files, workers=1)] == ["c.txt", "b.txt", "a.txt"]


def test_a_person_can_set_the_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    assert limits_set() == Limits()
    monkeypatch.setenv("CORPUS_QA_LIMITS", "documents=5_000_000, seconds = 86400")
    assert limits_set() == Limits(documents=5_000_000, seconds=86400)


@pytest.mark.parametrize(
    "said", ["documents", "documents=0", "documents=-1", "rows=5", "seconds=1.5"]
)
def test_limits_that_cannot_be_understood_are_said(
    monkeypatch: pytest.MonkeyPatch, said: str
) -> None:
    monkeypatch.setenv("CORPUS_QA_LIMITS", said)
    with pytest.raises(CollectionError) as error:
        limits_set()
    assert str(error.value) == (
        f"CORPUS_QA_LIMITS has {said!r}. Write NAME=NUMBER, separated by commas; the names are "
        "documents, characters, passages, seconds, run_passages."
    )


def test_help_and_the_program_know_the_limits(
    qa: Qa, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "CORPUS_QA_LIMITS" in qa("index", "--help").out
    monkeypatch.setenv("CORPUS_QA_LIMITS", "documents=many")
    write(tmp_path / "docs", a="Rain fell.")
    ran = qa("index", tmp_path / "docs")
    assert ran.code == 2
    assert "CORPUS_QA_LIMITS has 'documents=many'" in ran.err
