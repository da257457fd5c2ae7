"""Questions about a document itself, and those that only look like it."""

from datetime import date

import pytest

from corpus.metadata.description import describe
from corpus.types import Dated, Document, Metadata, Sourced, Span
from index.types import Hit
from qa.answering.metadata_questions import Subject, asked_subject, read_metadata


def document(id: str, text: str, **where: str | list[str] | None) -> Document:
    """A document whose metadata are these words of its text; None is said by nobody."""

    def sourced(words: str) -> Sourced:
        start = text.index(words)
        return Sourced(words, "test", start, start + len(words))

    title, publisher, day = where["title"], where.get("publisher"), where.get("day")
    assert isinstance(title, str)
    published = sourced(str(day)) if day else None
    return Document(
        id,
        "0" * 64,
        text,
        Metadata(
            sourced(title),
            tuple(sourced(name) for name in where.get("authors") or ()),
            sourced(str(publisher)) if publisher else None,
            Dated(date(2017, 9, 18), "test", published.start, published.end) if published else None,
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
        Hit(Span(d, d.text.rindex("\n") + 1, len(d.text)), 1.0, rank)
        for rank, d in enumerate(documents, start=1)
    ]


def quoted(question: str, *documents: Document) -> list[tuple[str, str]]:
    found = read_metadata(question, hits(*documents))
    return [(c.document.id, c.quote.text) for c in found]


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
    assert quoted("When was it published?", DRILL) == []


def test_two_passages_of_one_document_are_one_document() -> None:
    assert quoted("Who wrote this article?", DRILL, DRILL) == [("gt/drill.txt", "Yang Sheng")]


def test_an_inferred_publisher_is_never_quoted() -> None:
    inferred = Document(
        "post.txt",
        "0" * 64,
        "A headline on trade\n\nPUBLISHED : Monday, 30 October, 2017, 4:24pm\n\nTrade grew.",
        Metadata(
            Sourced("A headline on trade", "first line", 0, 19),
            publisher=Sourced("South China Morning Post", "inferred from the form"),
        ),
    )
    assert quoted("Who published the article on trade?", inferred) == []


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
    [found] = read_metadata("Who wrote the Global Times article?", hits(*ALL))
    line = "By Yang Sheng Source:Global Times Published: 2017/9/18"
    assert (found.sentence.text, found.passage.text, found.score) == (line, line, 1.0)
    whole = Hit(DRILL.span(0, len(DRILL.text)), 1.0, 2)
    [found] = read_metadata("Who wrote the Global Times article?", [*hits(*ALL), whole])
    assert found.passage == whole.passage


@pytest.mark.parametrize(
    ("question", "subject"),
    [
        ("When did the article appear?", Subject.PUBLISHED),
        ("Who authored it?", Subject.AUTHOR),
        ("What newspaper ran the story?", Subject.PUBLISHER),
        ("When did the ship sail?", None),
        ("Who wrote to him?", None),
    ],
)
def test_asked_subject(question: str, subject: Subject | None) -> None:
    assert asked_subject(question) is subject


def test_the_part_of_a_title_before_its_colon_names_it() -> None:
    text = "Harvest of the hill farms: what the rain left\n\nPublished: 4 May 2016\n\nIt rained."
    document = Document("hill.txt", "", *describe(text, [], "hill.txt"))
    question = "When was The harvest of the hill farms published?"
    assert quoted(question, document) == [("hill.txt", "4 May 2016")]
    assert quoted("When was the harvest published?", document) == []
