"""Questions about a document itself, and those that only look like it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pytest

from corpus.metadata.dates import find_date
from corpus.metadata.description import describe
from corpus.provenance import Field, Sure
from corpus.types import Dated, Document, Metadata, Sourced, Span
from index.types import Hit
from qa.answering.document_names import (
    BY_BEGINNING,
    MOST_IN_PLAY,
    NAMED_AS_PIECE,
    POINTED_AT,
    Candidates,
    Similar,
)
from qa.answering.metadata_questions import INFERRED, Subject, asked_subject, read_metadata
from qa.types import About, Citation, Form, MetadataCitation


def document(id: str, text: str, **where: str | list[str] | None) -> Document:
    """A document whose metadata are these words of its text; None is said by nobody."""

    def sourced(words: str) -> Sourced:
        start = text.index(words)
        return Sourced(words, "test", start, start + len(words))

    title, publisher, day = where["title"], where.get("publisher"), where.get("day")
    assert isinstance(title, str)
    published = sourced(str(day)) if day else None
    found = find_date(str(day))
    return Document(
        id,
        "0" * 64,
        text,
        Metadata(
            sourced(title),
            tuple(sourced(name) for name in where.get("authors") or ()),
            sourced(str(publisher)) if publisher else None,
            Dated(found.day, "test", published.start, published.end)
            if published and found
            else None,
        ),
    )


DRILL = document(
    "gt/drill.txt",
    "Drill sends message to Washington\n\nBy Yang Sheng Source:Global Times Published: 2017/9/18\n\n"
    "China and Russia began a drill on Monday. A report of the IAEA appeared in June.",
    title="Drill sends message to Washington",
    authors=["Yang Sheng"],
    publisher="Global Times",
    day="2017/9/18",
)
THAAD = document(
    "kt/thaad.txt",
    "THAAD and the neighbours\n\nBy Ann Lee and Bo Kim\nSource: Korea Herald\n\nThe system is disputed.",
    title="THAAD and the neighbours",
    authors=["Ann Lee", "Bo Kim"],
    publisher="Korea Herald",
)
PLAGUE = document(
    "plague.txt",
    "The eradication of rinderpest\n\nPublished: 28 June 2011\n\nThe last outbreak was in Kenya.",
    title="The eradication of rinderpest",
    day="28 June 2011",
)
THESES = document(
    "luther.txt",
    "Luther and the 95 theses\n\nPublished: 31 October 2017\n\nHe is said to have nailed them up.",
    title="Luther and the 95 theses",
    day="31 October 2017",
)
AGENCY = document(
    "agency.txt",
    "IAEA inspectors leave the country\n\nSource: Daily News\nPublished: 5 May 2017\n\nThey left.",
    title="IAEA inspectors leave the country",
    publisher="Daily News",
    day="5 May 2017",
)
PRESIDENT = document(
    "president.txt",
    "The president\n\nBy Cy Roe\nPublished: 2 May 2017\n\nHe got a letter.",
    title="The president",
    authors=["Cy Roe"],
    day="2 May 2017",
)
BARE = document("bare.txt", "Notes on a treaty\n\nIt was signed.", title="Notes on a treaty")
ALL = [DRILL, THAAD, PLAGUE, THESES, AGENCY, PRESIDENT, BARE]


def hits(*documents: Document) -> list[Hit]:
    """The last line of each: not where the metadata stand."""
    return [
        Hit(Span(d, d.text.rfind("\n") + 1, len(d.text)), 1.0, rank)
        for rank, d in enumerate(documents, start=1)
    ]


def unlike(question: str, titles: Sequence[str]) -> list[float]:
    """No title is like any question."""
    return [0.0 for _ in titles]


def about(
    question: str,
    *documents: Document,
    narrowed: bool = False,
    similar: Similar = unlike,
    found: Sequence[Hit] | None = None,
) -> About:
    here = hits(*documents) if found is None else found
    listed = list(dict.fromkeys(documents))
    by_id = {document.id: document for document in documents}
    subject = asked_subject(question)
    if subject is None:
        return About()
    among = Candidates(listed, here, narrowed, similar)
    return read_metadata(question, subject, among, by_id.get)


def said(question: str, *documents: Document) -> list[tuple[str, str]]:
    return [(c.document.id, c.text) for c in about(question, *documents).citations]


def quoted(question: str, *documents: Document) -> list[tuple[str, str]]:
    found = about(question, *documents).citations
    assert all(isinstance(citation, Citation) for citation in found)
    return [(c.document.id, c.text) for c in found]


@pytest.mark.parametrize(
    ("question", "id", "quotes"),
    [
        (
            "When was the Global Times article on the drill published?",
            "gt/drill.txt",
            ["2017/9/18"],
        ),
        ('When was "Drill sends message to Washington" published?', "gt/drill.txt", ["2017/9/18"]),
        ("On what date did the Global Times commentary appear?", "gt/drill.txt", ["2017/9/18"]),
        ("What is the publication date of the drill article?", "gt/drill.txt", ["2017/9/18"]),
        ("Who wrote the Global Times article?", "gt/drill.txt", ["Yang Sheng"]),
        ("Who is the author of the piece about THAAD?", "kt/thaad.txt", ["Ann Lee", "Bo Kim"]),
        ("By whom was the THAAD story written?", "kt/thaad.txt", ["Ann Lee", "Bo Kim"]),
        ("When was “Drill sends” published?", "gt/drill.txt", ["2017/9/18"]),
        ("Who wrote THAAD and the neighbours?", "kt/thaad.txt", ["Ann Lee", "Bo Kim"]),
        ("Which newspaper published the THAAD article?", "kt/thaad.txt", ["Korea Herald"]),
        ("Where was the article by Yang Sheng published?", "gt/drill.txt", ["Global Times"]),
        ("Who is the publisher of the drill article?", "gt/drill.txt", ["Global Times"]),
        ("When was The eradication of rinderpest published?", "plague.txt", ["28 June 2011"]),
        ("When was the Daily News report published?", "agency.txt", ["5 May 2017"]),
        ("when did the article on luther's theses come out", "luther.txt", ["31 October 2017"]),
    ],
)
def test_the_documents_own_words_answer(question: str, id: str, quotes: list[str]) -> None:
    assert quoted(question, *ALL) == [(id, quote) for quote in quotes]


@pytest.mark.parametrize(
    "question",
    [
        "When was the treaty signed?",
        "Who published the 95 theses?",
        "Who wrote to the president?",
        "When did the report of the IAEA appear?",
        "When did rinderpest appear?",
        "Where did the last outbreak of rinderpest appear?",
        "Which agency carried the inspectors?",
        "What is the date of the outbreak of rinderpest?",
        "Who said that the article was wrong?",
        "When was the film released?",
        "Who wrote the constitution?",
        "Who has written the most books?",
        "What did Yang Sheng write?",
        "",
    ],
)
def test_the_world_is_not_a_document(question: str) -> None:
    assert quoted(question, *ALL) == []


@pytest.mark.parametrize(
    "question",
    [
        "When was the THAAD article published?",
        "Who wrote the notes on a treaty article?",
        "Who published the article about rinderpest?",
    ],
)
def test_what_the_document_does_not_say_is_not_answered(question: str) -> None:
    assert quoted(question, *ALL) == []


def test_this_article_is_the_only_one() -> None:
    assert quoted("When was this article published?", DRILL) == [("gt/drill.txt", "2017/9/18")]
    assert quoted("Who wrote this report?", DRILL) == [("gt/drill.txt", "Yang Sheng")]
    assert quoted("When was this article published?", DRILL, PLAGUE) == []
    assert quoted("When was it published?", DRILL) == [("gt/drill.txt", "2017/9/18")]
    assert quoted("When was it published?", DRILL, PLAGUE) == []


def test_two_passages_of_one_document_are_one_document() -> None:
    assert quoted("Who wrote this article?", DRILL, DRILL) == [("gt/drill.txt", "Yang Sheng")]


def test_what_the_text_does_not_say_is_cited_as_what_is_known() -> None:
    text = "A headline on trade\n\nPUBLISHED : Monday, 30 October, 2017, 4:24pm\n\nTrade grew."
    inferred = Document(
        "post.txt",
        "0" * 64,
        text,
        Metadata(
            Sourced("A headline on trade", "first line", 0, 19),
            (Sourced("Ann Lee", "meta tag"),),
            publisher=Sourced("South China Morning Post", "inferred from the form"),
        ),
    )
    [publisher] = about("Who published the article on trade?", inferred).citations
    assert publisher == MetadataCitation(
        inferred,
        Field.PUBLISHER,
        "South China Morning Post",
        "inferred from the form",
        Sure.INFERRED,
        INFERRED,
    )
    [author] = about("who wrote the article on trade", inferred).citations
    assert author == MetadataCitation(inferred, Field.AUTHOR, "Ann Lee", "meta tag", Sure.DECLARED)


def test_a_title_from_the_file_name_is_a_name_too() -> None:
    named = Document(
        "talks_in_geneva.txt",
        "0" * 64,
        "By Ann Lee\n\nThey talked.",
        Metadata(Sourced("talks in geneva", "file name"), (Sourced("Ann Lee", "byline", 3, 10),)),
    )
    assert quoted("Who wrote the article on the talks in Geneva?", named, DRILL) == [
        ("talks_in_geneva.txt", "Ann Lee")
    ]


def test_the_sentence_is_the_line_and_the_passage_holds_the_quote() -> None:
    [found] = about("Who wrote the Global Times article?", *ALL).citations
    line = "By Yang Sheng Source:Global Times Published: 2017/9/18"
    assert isinstance(found, Citation)
    assert (found.sentence.text, found.passage.text, found.score) == (line, line, 1.0)
    whole = Hit(DRILL.span(0, len(DRILL.text)), 1.0, 2)
    here = [*hits(*ALL), whole]
    [found] = about("Who wrote the Global Times article?", *ALL, found=here).citations
    assert isinstance(found, Citation)
    assert found.passage == whole.passage


@pytest.mark.parametrize(
    ("question", "subject"),
    [
        ("When did the article appear?", Subject.PUBLISHED),
        ("Who authored it?", Subject.AUTHOR),
        ("What newspaper ran the story?", Subject.PUBLISHER),
        ("When was the page last updated?", Subject.UPDATED),
        ("Which is the oldest?", Subject.OLDEST),
        ("which of them is the newest", Subject.NEWEST),
        ("Which article was published first?", Subject.OLDEST),
        ("What is the latest article on THAAD?", Subject.NEWEST),
        ("How many articles are by Ann Lee?", Subject.COUNT),
        ("Which is the oldest bridge?", None),
        ("Which bridge is the oldest?", None),
        ("Which article of the treaty is the oldest one in force?", None),
        ("How many people wrote articles?", None),
        ("When did the ship sail?", None),
        ("Who wrote to him?", None),
    ],
)
def test_asked_subject(question: str, subject: Subject | None) -> None:
    assert asked_subject(question) is subject


def test_the_part_of_a_title_before_its_colon_names_it() -> None:
    text = "Harvest of the hill farms: what the rain left\n\nPublished: 4 May 2016\n\nIt rained."
    document = Document("hill.txt", "", text, describe(text, [], "hill.txt"))
    question = "When was The harvest of the hill farms published?"
    assert quoted(question, document, PLAGUE) == [("hill.txt", "4 May 2016")]
    assert quoted("When was the harvest published?", document) == []


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("When were the two articles published?", ["28 June 2011", "2017/9/18"]),
        ("When were they published?", ["28 June 2011", "2017/9/18"]),
        ("When were both articles published?", ["28 June 2011", "2017/9/18"]),
        ("When were the articles on the drill and on rinderpest published?", ["28 June 2011", "2017/9/18"]),
        ("When were the three articles published?", []),
        ("When was the article published?", []),
        ("Who wrote them?", ["Yang Sheng"]),
        ("Who published these articles?", ["Global Times"]),
        ("When was the oldest article published?", ["28 June 2011"]),
        ("Which is the oldest?", ["The eradication of rinderpest", "28 June 2011"]),
        ("Which article is the newest?", ["Drill sends message to Washington", "2017/9/18"]),
        ("which one was published last", ["Drill sends message to Washington", "2017/9/18"]),
    ],
)  # fmt: skip
def test_several_documents_are_cited_one_by_one(question: str, answer: list[str]) -> None:
    assert [text for _, text in said(question, DRILL, PLAGUE)] == answer


def test_they_are_all_documents_only_where_these_are_few() -> None:
    many = [replace(PLAGUE, id=f"{number}.txt") for number in range(MOST_IN_PLAY + 1)]
    assert said("When were they published?", *many) == []
    assert len(said("When were they published?", *many[1:])) == MOST_IN_PLAY


def test_a_question_that_only_points_is_less_sure() -> None:
    [pointed] = about("When was it published?", DRILL).citations
    [spoken] = about("When was this article published?", DRILL).citations
    assert (pointed.score, spoken.score) == (POINTED_AT, 1.0)


def test_the_oldest_is_less_sure_where_some_have_no_day() -> None:
    found = about("Which is the oldest?", PLAGUE, THAAD, BARE, DRILL).citations
    assert {citation.score for citation in found} == {0.5}


@pytest.mark.parametrize(
    ("question", "count"),
    [
        ("How many articles did the Global Times publish?", 1),
        ("How many articles are by Kim?", 1),
        ("How many articles by Ann Lee are there?", 1),
        ("How many articles were published in 2017?", 4),
        ("How many documents are there?", 7),
        ("How many articles are about the Global Times?", 0),
        ("How many articles are in the treaty?", 0),
        ("How many articles did Kofi Annan write?", 0),
    ],
)
def test_articles_are_counted_by_who_made_them_and_never_guessed(question: str, count: int) -> None:
    found = about(question, *ALL)
    assert len(found.citations) == count
    assert not count or found.form is Form.COUNT


def test_the_articles_of_a_publisher_are_listed() -> None:
    found = about("Which articles did the Daily News publish in 2017?", *ALL)
    assert [c.text for c in found.citations] == ["IAEA inspectors leave the country"]
    assert found.form is Form.EACH
    assert said("Which articles did the Daily News publish in 2016?", *ALL) == []


UPDATED = Document(
    "ferry.html",
    "0" * 64,
    "The ferry sails once a day.",
    Metadata(
        Sourced("Ferry cut to one sailing", "OpenGraph"),
        updated=Dated(date(2020, 9, 14), "OpenGraph"),
        file_made=Dated(date(2021, 1, 2), "PDF information: created"),
    ),
)
PRINTED = Document(
    "report.pdf",
    "0" * 64,
    "The reading room was full.",
    Metadata(
        Sourced("Annual report of the reading room", "PDF information"),
        file_made=Dated(date(2026, 11, 26), "PDF information: created"),
    ),
)


@pytest.mark.parametrize(
    ("question", "document", "field", "day"),
    [
        ("When was the article on the ferry published?", UPDATED, Field.UPDATED, "2020-09-14"),
        (
            "When was the annual report of the reading room published?",
            PRINTED,
            Field.FILE_MADE,
            "2026-11-26",
        ),
    ],
)
def test_another_day_is_never_given_as_that_of_publication(
    question: str, document: Document, field: Field, day: str
) -> None:
    found = about(question, document, DRILL)
    assert (found.citations, found.is_silent) == ((), True)
    [instead] = found.instead
    assert (instead.document, instead.field, instead.value) == (document, field, day)
    assert instead.score == INFERRED


def test_the_day_of_an_update_is_given_where_it_is_asked_for() -> None:
    [found] = about("When was the article on the ferry last updated?", UPDATED, DRILL).citations
    assert (found.text, found.score) == ("14 September 2020", 1.0)


def test_a_report_that_a_text_tells_of_is_something_in_the_world() -> None:
    text = "The report on the old bridge was written by two engineers. It fell in May."
    bridge = Document(
        "bridge.txt",
        "0" * 64,
        text,
        Metadata(Sourced("The old bridge", "OpenGraph"), (Sourced("Cy Roe", "OpenGraph"),)),
    )
    hit = [Hit(bridge.span(0, len(text)), 1.0, 1)]
    assert about("Who wrote the report on the old bridge?", bridge, DRILL, found=hit) == About()
    silent = replace(bridge, text="It fell in May.")
    [author] = about("Who wrote the report on the old bridge?", silent, DRILL).citations
    assert author.text == "Cy Roe"


def test_an_article_is_named_by_what_it_begins_with() -> None:
    text = "Harsk Courier\n\nDam at Lower Wend holds\n\nBy Pia Holt, 14 May 2013\n\nIt held."
    dam = Document("old.pdf", "0" * 64, text, describe(text, (), "old.pdf"))
    [found] = about("When was the article about the dam published?", dam, DRILL).citations
    assert (found.text, found.score) == ("14 May 2013", BY_BEGINNING)
    other = replace(dam, id="other.pdf")
    assert about("When was the article about the dam published?", dam, other) == About()


def test_a_title_in_other_words_is_known_by_its_likeness() -> None:
    def alike(question: str, titles: Sequence[str]) -> list[float]:
        return [0.8 if "rinderpest" in title else 0.1 for title in titles]

    question = "When was the piece about the end of cattle plague published?"
    [found] = about(question, *ALL, similar=alike).citations
    assert (found.text, found.score) == ("28 June 2011", NAMED_AS_PIECE)
    assert about(question, *ALL, similar=lambda _, titles: [0.8] * len(titles)).citations == ()
    asked_of_world = "When did cattle plague appear?"
    assert about(asked_of_world, *ALL, similar=alike) == About()
