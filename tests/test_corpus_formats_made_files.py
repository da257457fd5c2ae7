"""Every format gives exactly the known words, what the file says of itself, and its pages."""

from collections.abc import Callable
from pathlib import Path

import pytest

from corpus.provenance import Sure
from corpus.reading.loader import read
from corpus.reading.pool import read_all
from corpus.reading.results import Loaded, SourceFile, State
from tests.support import making
from tests.support.making import Made

MADE = {made.name: made for made in making.all_made()}

Put = Callable[[str, bytes], SourceFile]


@pytest.fixture
def put(tmp_path: Path) -> Put:
    def put(name: str, data: bytes) -> SourceFile:
        path = tmp_path / name
        path.write_bytes(data)
        return SourceFile(path, name, len(data), 0)

    return put


def loaded(file: SourceFile) -> Loaded:
    found = read(file)
    assert isinstance(found, Loaded), found
    return found


@pytest.mark.parametrize("made", MADE.values(), ids=MADE.keys())
def test_every_format_gives_the_known_words(made: Made, put: Put) -> None:
    found = loaded(put(made.name, made.data))
    assert found.problems == ()
    assert found.state is State.READ
    assert [d.id for d in found.documents] == [made.name + mark for mark in made.marks]
    first = found.documents[0]
    assert first.file == (made.name if made.marks[0] else "")
    text = " ".join(first.text.split())
    for sentence in making.SENTENCES:
        assert text.count(sentence) == 1, sentence
        start = text.index(sentence)
        assert text[start : start + len(sentence)] == sentence
    if len(made.marks) > 1:
        assert making.OTHER in found.documents[-1].text


@pytest.mark.parametrize("made", MADE.values(), ids=MADE.keys())
def test_every_format_gives_what_the_file_says_of_itself(made: Made, put: Put) -> None:
    first = loaded(put(made.name, made.data)).documents[0]
    assert first.title == made.title
    assert first.authors == made.authors
    metadata = first.metadata
    if made.name in ("a.docx", "a.odt", "a.rtf"):
        # Their properties say when the file was made, and nobody says when its text was published.
        assert metadata.file_made is not None
        assert (metadata.file_made.day.isoformat(), metadata.published) == (made.day, None)
        assert metadata.file_made.sure is Sure.INFERRED
    elif made.day:
        assert first.published is not None
        assert first.published.isoformat() == made.day
    assert first.url == made.url
    for value in (metadata.title, *metadata.authors, metadata.url):
        if value is not None and value.start is not None:
            assert first.text[value.start : value.end] == value.value


@pytest.mark.parametrize("made", MADE.values(), ids=MADE.keys())
def test_paragraphs_stay_whole(made: Made, put: Put) -> None:
    """No line break within a paragraph but where the file is of lines, and an empty line between."""
    text = loaded(put(made.name, made.data)).documents[0].text
    if made.name in ("a.eml", "a.mbox"):
        text = text.replace("\n\n", "\0").replace("\n", " ").replace("\0", "\n\n")
    for paragraph in making.PARAGRAPHS:
        assert f"\n\n{paragraph}" in f"\n\n{text}"
        after = text[text.index(paragraph) + len(paragraph) :]
        assert after == "" or after.startswith("\n\n")


def test_a_process_of_its_own_reads_every_format_alike(tmp_path: Path, put: Put) -> None:
    """What limits such a process leaves room for every library."""
    files = [put(made.name, made.data) for made in MADE.values()]
    found = {outcome.file.id: outcome for outcome in read_all(files, workers=1)}
    for file in files:
        here, there = loaded(file), found[file.id]
        assert isinstance(there, Loaded), there
        assert [d.text for d in there.documents] == [d.text for d in here.documents]
        assert there.parsed == here.parsed
        assert there.problems == here.problems
