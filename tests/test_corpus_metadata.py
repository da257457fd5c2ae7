"""What a document says of itself, end to end: from the text of a saved page to its metadata."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.cleaning.cleaner import clean
from corpus.metadata.dates import find_date
from corpus.metadata.description import describe
from corpus.provenance import Clue, Field, Sure
from corpus.reading.loader import load
from corpus.reading.results import Loaded
from corpus.types import Dated, Document, Metadata, Sourced

BODY = "The ministers met on Tuesday to discuss the price of grain. They agreed on very little."

texts = st.text(st.sampled_from("aB \n\u200b\u2028e\u0301:.3"), max_size=40)
clue_lists = st.lists(
    st.builds(Clue, st.sampled_from(Field), texts, st.just("front matter")), max_size=8
)


@given(texts, clue_lists)
def test_a_value_has_a_place_only_where_the_text_says_it(body: str, clues: list[Clue]) -> None:
    text = clean(body, saved_page=False).text
    metadata = describe(text, clues, "some/file-name.txt")
    for _, value in metadata.values():
        assert (value.start is None) == (value.end is None)
        if value.start is None or value.end is None:
            continue
        said = text[value.start : value.end]
        if isinstance(value, Sourced):
            assert " ".join(said.split()).casefold() == value.value.casefold()
        else:
            found = find_date(said, day_first=True) or find_date(said, day_first=False)
            assert found is not None


HEAD = [
    Clue(Field.URL, "https://paper.example/grain", "front matter"),
    Clue(Field.TITLE, "Grain  talks\nstall", "front matter"),
    Clue(Field.AUTHOR, "Ann Lee", "front matter"),
    Clue(Field.AUTHOR, "Jo Park", "front matter"),
    Clue(Field.PUBLISHER, "The Paper", "front matter"),
    Clue(Field.PUBLISHED, "3 May 2016", "front matter"),
    Clue(Field.UPDATED, "2016-05-04", "front matter"),
]


def test_what_stands_outside_of_the_text_is_a_value_without_a_place() -> None:
    assert describe(BODY, HEAD, "grain.md") == Metadata(
        title=Sourced("Grain talks stall", "front matter"),
        authors=(Sourced("Ann Lee", "front matter"), Sourced("Jo Park", "front matter")),
        publisher=Sourced("The Paper", "front matter"),
        published=Dated(date(2016, 5, 3), "front matter"),
        updated=Dated(date(2016, 5, 4), "front matter"),
        url=Sourced("https://paper.example/grain", "front matter"),
    )


def test_what_the_text_says_as_well_has_its_place_there() -> None:
    text = f"Grain talks stall\n\nBy Ann Lee\nSource: The Paper\nPublished: 2016-05-03\n\n{BODY}"
    metadata = describe(text, HEAD, "grain.md")
    placed = {field: text[v.start : v.end] for field, v in metadata.values() if v.start is not None}
    assert placed == {
        Field.TITLE: "Grain talks stall",
        Field.AUTHOR: "Ann Lee",
        Field.PUBLISHER: "The Paper",
        Field.PUBLISHED: "2016-05-03",
    }
    assert metadata.title.origin == "front matter"


def test_a_byline_below_a_title_that_only_the_tags_have_is_still_one() -> None:
    text = f"Von Anna Meier\n\n{BODY}"
    [author] = describe(text, [Clue(Field.TITLE, "Brot", "OpenGraph")], "a.html").authors
    assert (author.value, author.start, author.end) == ("Anna Meier", 4, 14)


@pytest.mark.parametrize("data", [b"# Grain Talks Stall\n\n", b"Grain talks stall\n\n", b""])
def test_the_text_of_a_document_is_what_it_says_and_nothing_else(
    data: bytes, tmp_path: Path
) -> None:
    head = b"---\ntitle: Grain talks stall\nauthor: Ann Lee\ndate: 2016-05-03\n---\n\n"
    (tmp_path / "grain.md").write_bytes(head + data + BODY.encode())
    [loaded] = load(tmp_path)
    assert isinstance(loaded, Loaded)
    [document] = loaded.documents
    title = data.decode().strip("# \n")
    assert document.text == (f"{title}\n\n{BODY}" if title else BODY)
    assert (document.title, document.authors, document.published) == (
        "Grain talks stall",
        ("Ann Lee",),
        date(2016, 5, 3),
    )
    assert document.head_lines() == ([(0, len(title))] if title else [])


def test_an_ambiguous_date_is_no_date() -> None:
    clues = [Clue(Field.PUBLISHED, "04/05/2017", "front matter")]
    assert describe(BODY, clues, "a.md").published is None


def test_when_a_file_was_made_is_never_when_its_text_was_published() -> None:
    clues = [Clue(Field.FILE_MADE, "2016-05-03", "PDF information: created")]
    metadata = describe(BODY, clues, "a.pdf")
    assert (metadata.published, metadata.updated) == (None, None)
    assert metadata.file_made == Dated(date(2016, 5, 3), "PDF information: created")
    assert metadata.file_made.sure is Sure.INFERRED


def test_the_text_is_asked_where_the_clues_are_silent() -> None:
    clues = [Clue(Field.AUTHOR, "Ann Lee", "front matter")]
    metadata = describe(f"Grain talks\n\nPublished: 3 May 2016\n\n{BODY}", clues, "a.md")
    assert [a.value for a in metadata.authors] == ["Ann Lee"]
    assert metadata.published == Dated(date(2016, 5, 3), "published line", 24, 34)


def test_the_file_s_name_is_the_last_resort() -> None:
    metadata = describe(BODY, [], "reports/grain_talks-2016.txt")
    assert metadata == Metadata(Sourced("grain talks 2016", "file name"))


def test_a_clue_of_nothing_visible_is_none() -> None:
    clues = [Clue(Field.TITLE, "\u200b", "front matter"), Clue(Field.AUTHOR, " ", "front matter")]
    assert describe(BODY, clues, "grain.md") == Metadata(Sourced("grain", "file name"))


def test_the_head_lines_are_those_that_only_name_the_document() -> None:
    text = (
        "Grain talks stall\n\nBy Ann Lee\n\nLONDON (Reuters), 3 May 2016 - The talks on grain ended "
        "without a word from either side.\n\nThe millers left."
    )
    article = Document("a.txt", "", text, describe(text, (), "a.txt"))
    assert [text[a:b] for a, b in article.head_lines()] == ["Grain talks stall", "By Ann Lee"]


OPINION = """image image


Southern mills face a long winter

Ann Lee says the new pact has been oversold, but that the mills have no other choice now

PUBLISHED : Tuesday, 6 March, 2018, 9:05am
UPDATED : Wednesday, 7 March, 2018, 10:15am

The millers of the south are due to meet the ministers of the coast this week, and few expect that the price of grain will fall before the summer comes to an end.

Coast imposes new duty on flour, bread and southern rice

The two sides signed a pact worth US$4.5 billion on Sept. 5, under which Resolution No. 23 of the council was to be put into force by all of the five provinces.

Can the bakers and the millers work together to save the harvest?

“We will buy abroad,” Mr. Park said, although the ministry had published a report on 3 May 2016 that warned the mills against doing so before the autumn.

Ann Lee is a fellow at the Institute for Bread in Southport"""


def test_an_opinion_page_as_saved_from_the_web() -> None:
    cleaned = clean(OPINION, saved_page=True)
    text, metadata = cleaned.text, describe(cleaned.text, (), "000.txt")
    assert [piece.text for piece in cleaned.dropped] == [
        "image image",
        "Coast imposes new duty on flour, bread and southern rice",
        "Can the bakers and the millers work together to save the harvest?",
    ]
    note = text.rindex("Ann Lee")
    published = text.index("Tuesday, 6")
    updated = text.index("Wednesday, 7")
    assert metadata == Metadata(
        title=Sourced("Southern mills face a long winter", "first line", 0, 33),
        authors=(Sourced("Ann Lee", "author's note", note, note + 7),),
        publisher=Sourced("South China Morning Post", "inferred from the form of the date line"),
        published=Dated(date(2018, 3, 6), "published line", published, published + 30),
        updated=Dated(date(2018, 3, 7), "updated line", updated, updated + 33),
        language=Sourced("en", "detected"),
    )
    assert text[published : published + 30] == "Tuesday, 6 March, 2018, 9:05am"
    assert text[updated : updated + 33] == "Wednesday, 7 March, 2018, 10:15am"


ONE_LINE = """Mills can rely on the coast

By Wu Min Source:Grain Daily Published: 2018/3/6 22:33:02

The second round of the talks began in the port on March 1 after a first round - "Bread for All" - which had been held inland in the last days of February.

The author is a research fellow at the School of Milling, Southport University.

Newspaper headline: Mills rely on coast


blog comments powered by Disqus"""


def test_a_page_whose_labels_stand_in_one_line() -> None:
    cleaned = clean(ONE_LINE, saved_page=True)
    text, metadata = cleaned.text, describe(cleaned.text, (), "001.txt")
    assert [piece.text for piece in cleaned.dropped] == ["blog comments powered by Disqus"]
    assert metadata == Metadata(
        title=Sourced("Mills can rely on the coast", "first line", 0, 27),
        authors=(Sourced("Wu Min", "byline", 32, 38),),
        publisher=Sourced("Grain Daily", "source line", 46, 57),
        published=Dated(date(2018, 3, 6), "published line", 69, 86),
        language=Sourced("en", "detected"),
    )
    assert (text[32:38], text[46:57], text[69:86]) == ("Wu Min", "Grain Daily", "2018/3/6 22:33:02")
    assert text.endswith("Newspaper headline: Mills rely on coast")
