"""Whatever bytes a file contains, reading it ends with documents or with a reason, never with an error."""

import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corpus.formats import FORMATS, Format
from corpus.reading import Limits, Loaded, Skipped, SourceFile, loader, walk
from tests.support import making

EXAMPLES = 40
SLOWEST_S = 10.0
FEW = Limits(documents=50, characters=200_000, seconds=5)
fuzzed = settings(
    max_examples=EXAMPLES,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

SEEDS: dict[str, list[bytes]] = {}
for made in making.all_made():
    SEEDS.setdefault(made.name.rpartition(".")[2], []).append(made.data)

# Pieces of the formats. In the wrong place, or very often, they demand the most of parsers.
PIECES = st.sampled_from(
    [
        b"<div>",
        b"</p>",
        b"<!DOCTYPE x [<!ENTITY e 'ee'>]>&e;",
        b"&#xD800;",
        b"[",
        b'{"a":',
        b'"text":',
        b",",
        b"\n",
        b"\r",
        b"\x00",
        b"\xff\xfe",
        b"\xef\xbb\xbf",
        b"\xff\xff\xff\xff",
        b"From a Mon May  2 10:00:00 2016\n",
        b"Content-Type: multipart/mixed; boundary=b\n\n--b\n",
        b"=?utf-8?B?AAAA?=",
        b"PK\x03\x04",
        b"PK\x01\x02",
        b"PK\x05\x06",
        b"\x1f\x8b\x08\x00",
        b"{\\rtf1\\bin99999 ",
        b"\\u-1?",
        b"1 0 obj<</Type/Page/Parent 1 0 R>>endobj ",
        b"stream\n",
        b"PAR1",
        b"ustar",
        b"---\ntitle: [\n",
        b"| a |\n| - |\n",
        "é\u0301\u202e".encode(),
    ]
)


def mutated(seeds: list[bytes]) -> st.SearchStrategy[bytes]:
    """A sound file of the format with parts of it repeated, removed or overwritten by others."""

    @st.composite
    def drawn(draw: st.DrawFn) -> bytes:
        data = draw(st.sampled_from(seeds))
        for _ in range(draw(st.integers(1, 4))):
            first = draw(st.integers(0, len(data)))
            last = draw(st.integers(first, min(len(data), first + 300)))
            new = draw(st.one_of(PIECES, st.binary(max_size=40), st.just(data[first:last])))
            data = data[:first] + new * draw(st.sampled_from([0, 1, 1, 1, 2, 500])) + data[last:]
        return data[: 1 << 20]

    return drawn()


def any_bytes() -> st.SearchStrategy[bytes]:
    return st.one_of(
        st.binary(max_size=2_000),
        st.builds(b"".join, st.lists(st.one_of(PIECES, st.binary(max_size=8)), max_size=60)),
        st.builds(lambda piece, times: piece * times, PIECES, st.integers(1, 20_000)),
    )


class TooLong(BaseException):
    """Not an error of a parser, since that would count as a failure of the file."""


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Stop a parser that does not return, if the system can."""

    def stop(signal_: int, frame: FrameType | None) -> None:
        raise TooLong(f"it takes more than {seconds} s")

    if not hasattr(signal, "SIGALRM"):
        yield
        return
    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def check(name: str, data: bytes) -> None:
    """Read a file with this name and these bytes; only the results that the promise allows may come."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(data)
        [file] = walk(Path(folder))
        assert isinstance(file, SourceFile)
        begun = time.process_time()
        with at_most(6 * SLOWEST_S):
            found = list(loader.slices(file, FEW))
        assert time.process_time() - begun < SLOWEST_S
        assert [path.name for path in Path(folder).iterdir()] == [name], "nothing is left behind"
    assert found
    *slices, last = found
    assert all(isinstance(one, Loaded) and one.more for one in slices)
    if isinstance(last, Skipped):
        assert slices == [] and last.reason and "\n" not in last.reason
        return
    assert not last.more
    loaded = [one for one in found if isinstance(one, Loaded)]
    documents = [document for one in loaded for document in one.documents]
    assert 1 <= len(documents) <= FEW.documents
    assert len({document.id for document in documents}) == len(documents)
    assert all(d.text.strip() and d.source == name for d in documents)
    assert all(problem.reason for one in loaded for problem in one.problems)
    for document in documents:
        for page in document.pages:
            assert 0 <= page <= len(document.text)


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name.replace(" ", "-"))
def test_no_bytes_stop_a_parser(form: Format) -> None:
    suffix = min(form.suffixes, key=lambda s: (s.removeprefix(".") not in SEEDS, s))
    seeds = SEEDS.get(suffix.removeprefix("."), [])

    @fuzzed
    @given(st.one_of(*([mutated(seeds)] * 2 if seeds else []), any_bytes()))
    def run(data: bytes) -> None:
        check(f"some{suffix}", data)

    run()


@fuzzed
@given(st.sampled_from([".gz", ".bz2", ".xz", ".zip", ".tar"]), any_bytes())
def test_no_bytes_in_a_container_stop_it(suffix: str, inner: bytes) -> None:
    import bz2
    import gzip
    import lzma

    packing: dict[str, Callable[[bytes], bytes]] = {
        ".gz": gzip.compress,
        ".bz2": bz2.compress,
        ".xz": lzma.compress,
        ".zip": lambda data: making.zipped({"a/b.html": data, "../c.json": data}),
        ".tar": lambda data: making.tarred({"a.csv": data, "b.eml": data}),
    }
    packed = packing[suffix](inner)
    check(f"some.html{suffix}" if suffix in (".gz", ".bz2", ".xz") else f"some{suffix}", packed)


def test_the_check_would_find_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*given: object, **options: object) -> object:
        raise KeyboardInterrupt

    check("some.txt", b"Rain fell.")
    monkeypatch.setattr(loader, "clean", broken)
    with pytest.raises(KeyboardInterrupt):
        check("some.txt", b"Rain fell.")
    monkeypatch.setattr(loader, "clean", lambda *given, **options: time.sleep(1))
    monkeypatch.setattr("tests.test_promises_fuzz.SLOWEST_S", 0.05)
    with pytest.raises(TooLong):
        check("some.txt", b"Rain fell.")
