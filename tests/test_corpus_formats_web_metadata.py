"""What a web page says of itself, in its true origin: JSON-LD, tags, microdata, lines."""

import json
import time
from datetime import date

import pytest

from corpus.formats.web import html
from corpus.formats.web.json_ld import read_items
from corpus.metadata.description import describe
from corpus.metadata.language import detect, tag
from corpus.metadata.names import split_names
from corpus.provenance import Clue, Field, Sure
from corpus.types import Dated, Sourced

BODY = (
    "<article><h1>Grain talks stall</h1><p>The ministers met in the capital on Tuesday to discuss the "
    "price of grain, and agreed.</p><p>The harvest had been poor in the south, where it had not rained "
    "at all since the spring.</p></article>"
)
Said = dict[Field, list[tuple[str, str]]]


def said(head: str, body: str = BODY) -> Said:
    """Value and origin of each clue of a page, by its field."""
    raw = html.read(f"<html><head>{head}</head><body>{body}</body></html>".encode())
    found: Said = {}
    for clue in raw.clues:
        found.setdefault(clue.field, []).append((clue.value, clue.origin))
    return found


def linked(*items: object) -> str:
    return "".join(f'<script type="application/ld+json">{json.dumps(i)}</script>' for i in items)


ARTICLE = {
    "@type": "NewsArticle",
    "headline": "Grain talks stall",
    "url": "https://paper.example/grain",
    "author": [{"@type": "Person", "name": "Ann Lee"}, "By Jo Park"],
    "publisher": {"@type": "Organization", "name": "The Paper"},
    "datePublished": "2016-05-03T10:00:00Z",
    "dateModified": "2016-05-04",
    "articleSection": ["World", "Grain"],
    "inLanguage": "en-GB",
}
OTHER = {
    "@type": "NewsArticle",
    "headline": "Bakers march",
    "url": "https://paper.example/bakers",
    "datePublished": "2019-01-01",
    "author": {"name": "Max Stone"},
}


def test_an_article_in_linked_data() -> None:
    found = said(linked(ARTICLE))
    assert found == {
        Field.TITLE: [("Grain talks stall", "JSON-LD")],
        Field.AUTHOR: [("Ann Lee", "JSON-LD"), ("Jo Park", "JSON-LD")],
        Field.PUBLISHER: [("The Paper", "JSON-LD")],
        Field.PUBLISHED: [("2016-05-03T10:00:00Z", "JSON-LD")],
        Field.UPDATED: [("2016-05-04", "JSON-LD")],
        Field.URL: [("https://paper.example/grain", "JSON-LD")],
        Field.SECTION: [("World", "JSON-LD")],
        Field.LANGUAGE: [("en-GB", "JSON-LD")],
    }


GRAPH = {
    "@context": "https://schema.org",
    "@graph": [
        {"@type": "Organization", "@id": "#org", "name": "The Paper"},
        {"@type": "WebPage", "@id": "https://paper.example/grain", "datePublished": "2016-05-03"},
        {"@type": "Person", "@id": "#ann", "name": "Ann Lee"},
        {
            "@type": ["Article", "BlogPosting"],
            "headline": "Grain talks stall",
            "author": {"@id": "#ann"},
            "publisher": {"@id": "#org"},
            "mainEntityOfPage": {"@id": "https://paper.example/grain"},
        },
    ],
}


def test_a_graph_whose_parts_name_each_other() -> None:
    found = said(linked(GRAPH))
    assert found[Field.AUTHOR] == [("Ann Lee", "JSON-LD")]
    assert found[Field.PUBLISHER] == [("The Paper", "JSON-LD")]
    assert found[Field.PUBLISHED] == [("2016-05-03", "JSON-LD")]
    assert found[Field.URL] == [("https://paper.example/grain", "JSON-LD")]


@pytest.mark.parametrize(
    "head",
    [
        linked(OTHER, ARTICLE) + '<link rel="canonical" href="https://paper.example/grain">',
        linked(OTHER, ARTICLE) + "<title>Grain talks stall</title>",
        linked([OTHER, ARTICLE]) + '<meta property="og:url" content="https://paper.example/grain">',
        linked({"@type": "ItemList", "itemListElement": [OTHER]}, ARTICLE),
    ],
)
def test_other_articles_say_nothing(head: str) -> None:
    found = said(head)
    assert [value for value, _ in found[Field.AUTHOR]] == ["Ann Lee", "Jo Park"]
    assert found[Field.PUBLISHED] == [("2016-05-03T10:00:00Z", "JSON-LD")]


def test_several_articles_none_of_which_is_this_page() -> None:
    found = said(linked(OTHER, {**OTHER, "headline": "Fish", "url": "https://paper.example/fish"}))
    assert Field.AUTHOR not in found
    assert found[Field.PUBLISHED] == [("2019-01-01", "JSON-LD")]


@pytest.mark.parametrize(
    ("script", "count"),
    [("{broken", 0), ("[" * 100_000, 0), ("[[[[[[[[{}]]]]]]]]", 0), ("[{}, {}]", 2), ("null", 0)],
)
def test_linked_data_of_any_form(script: str, count: int) -> None:
    assert len(read_items([script])) == count


@pytest.mark.parametrize(
    ("head", "body", "field", "wanted"),
    [
        ('<meta property="og:title" content="Grain">', BODY, Field.TITLE, ("Grain", "OpenGraph")),
        (
            "<title>Grain talks stall | Paper</title>",
            BODY,
            Field.TITLE,
            ("Grain talks stall", "heading"),
        ),
        ("<title>Grain talks stall | Paper</title>", BODY, Field.PUBLISHER, ("Paper", "title tag")),
        ('<meta property="og:site_name" content="P">', BODY, Field.PUBLISHER, ("P", "OpenGraph")),
        (
            '<meta property="article:section" content="World">',
            BODY,
            Field.SECTION,
            ("World", "OpenGraph"),
        ),
        ('<meta name="DC.creator" content="Ann Lee">', BODY, Field.AUTHOR, ("Ann Lee", "meta tag")),
        (
            '<meta property="og:locale" content="de_DE">',
            BODY,
            Field.LANGUAGE,
            ("de_DE", "OpenGraph"),
        ),
        (
            "",
            '<time class="entry-date" datetime="2016-05-03">last week</time>' + BODY,
            Field.PUBLISHED,
            ("2016-05-03", "time element"),
        ),
        (
            "",
            BODY + '<div class="comments"><time datetime="2019-05-03">x</time></div>'
            '<time datetime="2016-05-03">x</time>',
            Field.PUBLISHED,
            ("2016-05-03", "time element"),
        ),
        (
            "",
            '<div class="meta">3 May 2016 • Ann Lee</div>' + BODY,
            Field.AUTHOR,
            ("Ann Lee", "byline"),
        ),
        (
            "",
            '<p itemscope itemprop="author"><b itemprop="name">Ann Lee</b></p>' + BODY,
            Field.AUTHOR,
            ("Ann Lee", "microdata"),
        ),
        (
            "",
            '<p itemscope itemprop="publisher"><meta itemprop="name" content="P"></p>' + BODY,
            Field.PUBLISHER,
            ("P", "microdata"),
        ),
    ],
)
def test_tags(head: str, body: str, field: Field, wanted: tuple[str, str]) -> None:
    assert said(head, body)[field] == [wanted]


@pytest.mark.parametrize(
    "page",
    [
        "<div class=date>" * 20_000,
        "<meta name=author content='" + "a, " * 50_000 + "'>",
        "<time datetime='2017-01-01'>" * 20_000,
        "<span class=byline>By A</span>" * 20_000,
        "<p class=meta>" + "<span itemprop=name>" * 3_000,
        "<title>" + "a | " * 30_000 + "</title><h1>a</h1>",
        "<div class=comment>" * 10_000,
    ],
    ids=lambda page: page[:16],
)
def test_hostile_tags_take_no_time(page: str) -> None:
    began = time.perf_counter()
    html._clues(f"<html><body><p>Bread.</p>{page}</body></html>")
    assert time.perf_counter() - began < 2


@pytest.mark.parametrize(
    ("value", "names"),
    [
        ("By Ann Lee and Jo Park", ["Ann Lee", "Jo Park"]),
        ("Ann Lee, Jo Park; Wu Min & Bo Kim", ["Ann Lee", "Jo Park", "Wu Min", "Bo Kim"]),
        ("Lee, Ann", ["Lee, Ann"]),
        ("depotfan » Wed Dec 12", ["depotfan"]),
        ("ann@paper.example", []),
        ("Ann Lee;Ann Lee", ["Ann Lee"]),
        (" ", []),
    ],
)
def test_names_in_one_value(value: str, names: list[str]) -> None:
    assert split_names(value) == names


def test_languages() -> None:
    german = (
        "Die Stadt sperrt von Montag an die alte Brücke, weil an zwei Pfeilern Risse sind. " * 2
    )
    assert detect(german) == "de"
    assert (
        detect(
            "部长们星期二在首都举行会谈。他们讨论了粮食价格问题，但是没有达成协议，会谈推迟到明年春天。"
        )
        == "zh"
    )
    assert detect(german[:30]) == ""
    assert detect("1 2 3 4 5 6 7 8 9 " * 20) == ""
    assert [tag(v) for v in ("de_DE", "EN", "zh-Hans-CN", "Deutsch", "x", "12")] == [
        "de-DE",
        "en",
        "zh-CN",
        "de",
        "",
        "",
    ]


TODAY = date(2018, 1, 1)
TEXT = "Grain talks\n\nThe ministers met in the capital on Tuesday."


@pytest.mark.parametrize(
    ("text", "clues", "name", "published"),
    [
        (TEXT, [], "2017-01-05-grain.txt", Dated(date(2017, 1, 5), "file name")),
        (TEXT, [], "grain_20170105.txt", Dated(date(2017, 1, 5), "file name")),
        (TEXT, [], "2017-13-05.txt", None),
        (TEXT, [], "12017-01-05.txt", None),
        (TEXT, [], "2017-01-05/grain.txt", None),
        (TEXT, [], "2020-01-05.txt", None),
        ("Grain\n\nPublished: 9 May 2018\n\nBread.", [], "a.txt", None),
        (
            "Grain\n\n2 January 2018\n\nBread.",
            [],
            "a.txt",
            Dated(date(2018, 1, 2), "date line", 7, 21),
        ),
        (
            "Grain\n\n3 May 2016\n\nBread.",
            [],
            "2017-01-05.txt",
            Dated(date(2016, 5, 3), "date line", 7, 17),
        ),
    ],
)
def test_days_outside_of_the_text(
    text: str, clues: list[Clue], name: str, published: Dated | None
) -> None:
    assert describe(text, clues, name, today=TODAY).published == published


def test_a_day_in_the_address_and_one_whose_order_is_told() -> None:
    url = Clue(Field.URL, "https://paper.example/2017/01/05/grain", "canonical link")
    found = describe(TEXT, [url], "a.txt", today=TODAY).published
    assert found == Dated(date(2017, 1, 5), "address")
    assert found.sure is Sure.INFERRED
    text = "Grain\n\nPublished: 04/05/2017\n\nThe next report is due on 31/05/2017."
    found = describe(text, [], "a.txt", today=TODAY).published
    assert found is not None
    assert (found.day, found.sure) == (date(2017, 5, 4), Sure.INFERRED)
    assert text[found.start : found.end] == "04/05/2017"
    clue = Clue(Field.PUBLISHED, "04/05/2017", "meta tag")
    found = describe("Next: 05/31/2017.", [clue], "a.txt", today=TODAY).published
    assert found is not None
    assert (found.day, found.origin.startswith("meta tag, ")) == (date(2017, 4, 5), True)


def test_section_and_language_are_values_and_no_text() -> None:
    clues = [Clue(Field.SECTION, "World", "OpenGraph"), Clue(Field.LANGUAGE, "en_GB", "html lang")]
    metadata = describe(TEXT, clues, "a.txt", today=TODAY)
    assert metadata.section == Sourced("World", "OpenGraph")
    assert metadata.language == Sourced("en-GB", "html lang")
    assert metadata.language.sure is Sure.DECLARED


@pytest.mark.parametrize(
    ("lang", "numbers", "day"),
    [
        ("en-GB", "01/10/2014", date(2014, 10, 1)),
        ("en-US", "01/10/2014", date(2014, 1, 10)),
        ("en", "01/10/2014", None),
        ("en", "15/10/2014", date(2014, 10, 15)),
    ],
)
def test_a_day_in_numbers_in_a_page_is_not_guessed(
    lang: str, numbers: str, day: date | None
) -> None:
    body = BODY.replace("<p>", f"<p>Published: {numbers}</p><p>", 1)
    raw = html.read(f'<html lang="{lang}"><body>{body}</body></html>'.encode())
    published = describe(raw.text, raw.clues, "a.html", today=TODAY).published
    assert (published and published.day) == day
