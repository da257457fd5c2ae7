"""What a document says of itself, end to end: from the text of a saved page to its metadata."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from corpus.cleaning.cleaner import clean
from corpus.metadata.description import describe
from corpus.passages.sentences import split_sentences
from corpus.provenance import Clue, Field
from corpus.types import Dated, Document, Metadata, Sourced

BODY = "The ministers met on Tuesday to discuss the price of grain. They agreed on very little."

texts = st.text(st.sampled_from("aB \n\u200b\u2028e\u0301:.3"), max_size=40)
clue_lists = st.lists(
    st.builds(Clue, st.sampled_from(Field), texts, st.just("front matter")), max_size=8
)


def values(metadata: Metadata) -> list[Sourced | Dated]:
    single = (metadata.title, metadata.publisher, metadata.published, metadata.updated)
    return [value for value in (*single, metadata.url, *metadata.authors) if value]


@given(texts, clue_lists)
def test_every_value_that_has_a_place_is_said_there(body: str, clues: list[Clue]) -> None:
    text, metadata = describe(clean(body, saved_page=False).text, clues, "some/file-name.txt")
    for value in values(metadata):
        assert (value.start is None) == (value.end is None)
        if isinstance(value, Sourced) and value.start is not None:
            assert text[value.start : value.end] == value.value
        if isinstance(value, Dated):
            assert value.start is not None
    assert "\u200b" not in text


def test_what_stands_outside_of_the_text_can_be_quoted_from_its_head() -> None:
    clues = [
        Clue(Field.URL, "https://paper.example/grain", "front matter"),
        Clue(Field.TITLE, "Grain  talks\nstall", "front matter"),
        Clue(Field.AUTHOR, "Ann Lee", "front matter"),
        Clue(Field.AUTHOR, "Jo Park", "front matter"),
        Clue(Field.PUBLISHER, "The Paper", "front matter"),
        Clue(Field.PUBLISHED, "3 May 2016", "front matter"),
        Clue(Field.UPDATED, "2016-05-04", "front matter"),
    ]
    text, metadata = describe(BODY, clues, "grain.md")
    assert text == (
        "Grain talks stall\n\n"
        "Author: Ann Lee\nAuthor: Jo Park\nPublisher: The Paper\nPublished: 3 May 2016\n"
        f"Updated: 2016-05-04\nURL: https://paper.example/grain\n\n{BODY}"
    )

    def said(words: str) -> tuple[int, int]:
        return text.index(words), text.index(words) + len(words)

    def sourced(words: str) -> Sourced:
        return Sourced(words, "front matter", *said(words))

    assert metadata == Metadata(
        title=sourced("Grain talks stall"),
        authors=(sourced("Ann Lee"), sourced("Jo Park")),
        publisher=sourced("The Paper"),
        published=Dated(date(2016, 5, 3), "front matter", *said("3 May 2016")),
        updated=Dated(date(2016, 5, 4), "front matter", *said("2016-05-04")),
        url=sourced("https://paper.example/grain"),
    )


def test_a_title_is_not_said_twice() -> None:
    clues = [Clue(Field.TITLE, "Grain Talks Stall", "front matter")]
    text, _ = describe(f"Grain talks stall\n\n{BODY}", clues, "a.md")
    assert text == f"Grain Talks Stall\n\n{BODY}"


def test_an_ambiguous_date_stays_in_the_text_but_is_no_date() -> None:
    clues = [Clue(Field.PUBLISHED, "04/05/2017", "front matter")]
    text, metadata = describe(BODY, clues, "a.md")
    assert text == f"Published: 04/05/2017\n\n{BODY}"
    assert metadata.published is None


def test_the_text_is_asked_where_the_clues_are_silent() -> None:
    clues = [Clue(Field.AUTHOR, "Ann Lee", "front matter")]
    _, metadata = describe(f"Grain talks\n\nPublished: 3 May 2016\n\n{BODY}", clues, "a.md")
    assert [a.value for a in metadata.authors] == ["Ann Lee"]
    assert metadata.published is not None
    assert (metadata.published.day, metadata.published.origin) == (
        date(2016, 5, 3),
        "published line",
    )


def test_the_file_s_name_is_the_last_resort() -> None:
    _, metadata = describe(BODY, [], "reports/grain_talks-2016.txt")
    assert metadata == Metadata(Sourced("grain talks 2016", "file name"))


def test_a_clue_of_nothing_visible_is_none() -> None:
    clues = [Clue(Field.TITLE, "\u200b", "front matter"), Clue(Field.AUTHOR, " ", "front matter")]
    text, metadata = describe(BODY, clues, "grain.md")
    assert text == BODY
    assert metadata == Metadata(Sourced("grain", "file name"))


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
    text, metadata = describe(cleaned.text, (), "000.txt")
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
    text, metadata = describe(cleaned.text, (), "001.txt")
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


def test_each_line_of_the_head_is_a_sentence() -> None:
    clues = [
        Clue(Field.URL, "https://paper.example/" + "grain-" * 12, "front matter"),
        Clue(Field.PUBLISHED, "3 May 2016", "front matter"),
        Clue(Field.AUTHOR, "Ann Lee", "front matter"),
    ]
    text, metadata = describe(BODY, clues, "a.md")
    lines = [span.text for span in split_sentences(Document("a.md", "", text, metadata))]
    assert lines[:3] == [
        "Published: 3 May 2016",
        "Author: Ann Lee",
        "URL: https://paper.example/" + "grain-" * 12,
    ]
