import codecs
import json
import random
import time

import pytest

from corpus.errors import DocumentError
from corpus.formats import markdown, plain_text
from corpus.formats.registry import FORMATS, format_for
from corpus.formats.text_encoding import SAMPLE, decode
from corpus.formats.web import html
from corpus.provenance import Clue, Field

ENGLISH = (
    "The minister said – in “plain” words – that it’s over… The café in Zürich is £5 dearer.\n"
)
POUNDS = "The firm’s profit rose to £5 million, it said.\n"
FRENCH = "Le président a déclaré que l’été serait très chaud à Paris, où les élèves sont déjà là.\n"
RUSSIAN = "Министры встретились в столице во вторник. Они обсудили цену зерна и хлеба.\n"
JAPANESE = "大臣は火曜日に首都で会談した。「穀物の価格は？」と彼は言った。結果は良くなかった。\n"
CHINESE = "部长们星期二在首都举行会谈。他们讨论了粮食价格问题，但是没有达成协议。\n"
POLISH = "Ministrowie oświadczyli, że będą współpracować z młynarzami i mieszkańcami Łodzi.\n"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (ENGLISH, "utf-8"),
        (JAPANESE, "utf-8"),
        (ENGLISH, "utf-16-le"),
        (ENGLISH, "utf-16-be"),
        (RUSSIAN, "utf-16-le"),
        (RUSSIAN, "utf-16-be"),
        (ENGLISH, "cp1252"),
        (POUNDS, "cp1252"),
        (FRENCH, "cp1252"),
        (RUSSIAN, "cp1251"),
        (RUSSIAN, "koi8-r"),
        (POLISH, "cp1250"),
        (JAPANESE, "cp932"),
        (JAPANESE, "euc-jp"),
        (CHINESE, "gb18030"),
        ("Plain ASCII.\n", "ascii"),
    ],
)
def test_a_text_is_read_in_its_encoding(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding)) == text
    assert decode((text * 3).encode(encoding)) == text * 3


@pytest.mark.parametrize("text", [ENGLISH, RUSSIAN, CHINESE, "😀\n"])
@pytest.mark.parametrize(
    ("bom", "encoding"),
    [
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
        (codecs.BOM_UTF32_BE, "utf-32-be"),
    ],
)
def test_a_byte_order_mark_decides(text: str, bom: bytes, encoding: str) -> None:
    assert decode(bom + text.encode(encoding)) == text


def test_a_long_text_is_not_cut_in_the_middle_of_a_character() -> None:
    text = JAPANESE * (SAMPLE // 60)
    assert len(text.encode("cp932")) > SAMPLE
    assert decode(text.encode("cp932")) == text
    assert decode(("a" + text).encode("cp932")) == "a" + text


def test_utf8_with_a_wrong_byte_stays_utf8() -> None:
    data = FRENCH.encode()
    assert decode(data + b"\xc3") == FRENCH + "\ufffd"
    assert decode(data + b"\x93Fin\x94 " + data) == f"{FRENCH}\ufffdFin\ufffd {FRENCH}"


@pytest.mark.parametrize(
    "data",
    [
        b"one\x00two",
        b"\x7fELF\x02\x01\x01\x00" + bytes(range(256)) * 20,
        b"PK\x03\x04\x14\x00\x00\x00" + random.Random(0).randbytes(500),
        random.Random(1).randbytes(3000),
        b"\x00\x00\x00\x00",
    ],
)
def test_bytes_that_are_no_text(data: bytes) -> None:
    with pytest.raises(DocumentError, match=r"^it is a binary file, not text$"):
        decode(data)


@pytest.mark.parametrize(
    ("declared", "encoding", "text"),
    [
        ("windows-1252", "cp1252", "“Café” – £5"),
        ("iso-8859-1", "cp1252", "“Café” – £5"),
        ("ISO-8859-1", "cp1252", "Fin… à Paris"),
        ("shift_jis", "cp932", "①会談"),
        ("gb2312", "gb18030", "镕基"),
        ("windows-1251", "cp1251", "Хлеб"),
        ("iso-8859-2", "iso-8859-2", "Łódź"),
    ],
)
def test_what_a_page_declares_is_believed_as_browsers_do(
    declared: str, encoding: str, text: str
) -> None:
    assert decode(text.encode(encoding), declared=declared) == text
    head = f"<html><head><meta charset='{declared}'><title>x</title></head>"
    page = f"{head}<body><p>{text}. {text}.</p></body></html>"
    assert html.read(page.encode(encoding)).text == f"{text}. {text}."


def test_utf8_is_believed_before_a_wrong_or_unknown_declaration() -> None:
    assert decode("Łódź".encode(), declared="iso-8859-2") == "Łódź"
    assert decode("“Café” – £5".encode("cp1252"), declared="x-unknown") == "“Café” – £5"


@pytest.mark.parametrize(
    ("suffix", "name"),
    [(".txt", "plain text"), ("", "plain text"), (".md", "Markdown"), (".html", "HTML")],
)
def test_formats_by_suffix(suffix: str, name: str) -> None:
    found = format_for(suffix)
    assert found is not None
    assert found.name == name


def test_no_suffix_has_two_formats() -> None:
    suffixes = [suffix for form in FORMATS for suffix in form.suffixes]
    assert len(suffixes) == len(set(suffixes))
    assert format_for(".xyz") is None


def test_plain_text_may_be_a_saved_page() -> None:
    raw = plain_text.read(b"One\r\ntwo")
    assert (raw.text, raw.clues, raw.saved_page) == ("One\r\ntwo", (), True)


# Markdown


def clues(front_matter: str) -> list[tuple[str, str]]:
    raw = markdown.read(f"---\n{front_matter}\n---\nBody.\n".encode())
    assert raw.text.strip() == "Body."
    assert {clue.origin for clue in raw.clues} <= {"front matter"}
    return [(clue.field.value, clue.value) for clue in raw.clues]


@pytest.mark.parametrize(
    ("front_matter", "wanted"),
    [
        ("title: Grain talks\nauthor: Ann Lee", [("title", "Grain talks"), ("author", "Ann Lee")]),
        ("authors: [Ann Lee, Jo Park]", [("author", "Ann Lee"), ("author", "Jo Park")]),
        ("authors:\n  - Ann Lee\n  - Jo Park", [("author", "Ann Lee"), ("author", "Jo Park")]),
        ("date: 2016-05-03", [("published", "2016-05-03")]),
        ("date: 2016-05-03 10:00:00 +02:00", [("published", "2016-05-03 10:00:00 +02:00")]),
        ("Published: 3 May 2016\nlastmod: x", [("published", "3 May 2016"), ("updated", "x")]),
        (
            "source: The Paper\nurl: http://x.example/1",
            [("publisher", "The Paper"), ("url", "http://x.example/1")],
        ),
        ('title: "Yes: a\n  title"', [("title", "Yes: a title")]),
        ("title: yes\ndate: 1e3", [("title", "yes"), ("published", "1e3")]),
        ("title:\nauthor: ''\ntags: [a, b]", []),
        ("title: {a: b}\nauthor: [[Ann Lee], {b: c}, Jo Park]", [("author", "Jo Park")]),
        ("title: !!python/object/apply:os.getcwd []", []),
        ("{title: Grain}", [("title", "Grain")]),
    ],
)
def test_front_matter(front_matter: str, wanted: list[tuple[str, str]]) -> None:
    assert clues(front_matter) == wanted


@pytest.mark.parametrize(
    "block",
    [
        "title: 'open",
        "- one\n- two",
        "just words",
        "title: *nobody",
        "{a",
        "? [a]\n: b",
        'title: "\\UFFFFFFFF"',
        "title: a\n\ttab: b",
        "[" * 2000,
    ],
)
def test_what_is_no_front_matter_stays_in_the_text(block: str) -> None:
    raw = markdown.read(f"---\n{block}\n---\n\nBody.\n".encode())
    assert raw.clues == ()
    assert raw.text.endswith("Body.")
    letters = "".join(char for char in block if char.isalpha())
    assert letters in "".join(char for char in raw.text if char.isalpha())


def test_front_matter_without_an_end_is_text() -> None:
    raw = markdown.read(b"---\ntitle: Grain\n\nBody.\n")
    assert raw.clues == ()
    assert raw.text.split() == ["title:", "Grain", "Body."]


def test_a_text_without_front_matter() -> None:
    raw = markdown.read(b"# Grain\n\nBody.\n")
    assert raw.clues == ()
    assert raw.text.strip() == "Grain\n\nBody."


def test_a_bomb_of_aliases_costs_nothing() -> None:
    lines = ["a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 12)]
    began = time.perf_counter()
    assert clues("\n".join([*lines, "title: Boom", "authors: *a11"])) == [("title", "Boom")]
    assert time.perf_counter() - began < 2


def test_windows_line_ends_and_a_mark_before_the_front_matter() -> None:
    raw = markdown.read(codecs.BOM_UTF8 + b"---\r\ntitle: Grain\r\n---\r\nOne\r\ntwo\r\n")
    assert raw.clues == (Clue(Field.TITLE, "Grain", "front matter"),)
    assert raw.text.strip() == "One\ntwo"


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("A *b* **c** `d` [e](http://x) ![f](g.png) <b>h</b> &amp; \\*", "A b c d e f h & *"),
        ("Title\n=====\n\n## Two\nText", "Title\n\nTwo\n\nText"),
        ("One\ntwo  \nthree", "One\ntwo\nthree"),
        ("They want:\n- bread\n- peace\n\nNow.", "They want:\n\n- bread\n- peace\n\nNow."),
        ("3. three\n4. four\n\n   more of four", "3. three\n4. four\n\nmore of four"),
        ("- a\n  1) b\n- c", "- a\n1) b\n- c"),
        ("| a | b |\n|---|---|\n| 1 | **2** |", "a | b\n1 | 2"),
        ("> quoted\n\n```\nx = 1\n```", "quoted\n\nx = 1"),
        ("<div>\nHi &amp; <i>bye</i>\n</div>", "Hi & bye"),
        ("A\n\n<!-- not > this -->\n\nB", "A\n\nB"),
        ("<script>\nvar x = 1 < 2;\n</script>\n\nB", "B"),
        ("2 < 3 and 5 > 4", "2 < 3 and 5 > 4"),
    ],
)
def test_the_markup_goes_and_the_words_stay(source: str, words: str) -> None:
    text = markdown.read(source.encode()).text.strip()
    while "\n\n\n" in text:
        text = text.replace("\n\n\n", "\n\n")
    assert text == words


# HTML

ONE = "The ministers met in the capital on Tuesday to discuss the price of grain, and agreed."
TWO = "The harvest had been poor in the south, where it had not rained at all since the spring."
ARTICLE = f"<article><h1>Grain talks stall</h1><p>{ONE}</p><p>{TWO}</p></article>"


DECLARED = {"OpenGraph", "meta tag", "JSON-LD", "canonical link", "heading"}


def read_page(head: str, body: str = ARTICLE) -> list[tuple[str, str]]:
    raw = html.read(f"<html><head>{head}</head><body>{body}</body></html>".encode())
    assert ONE in raw.text
    assert {clue.origin for clue in raw.clues} <= DECLARED
    return [
        (clue.field.value, clue.value) for clue in raw.clues if clue.value != "Grain talks stall"
    ]


@pytest.mark.parametrize(
    ("head", "wanted"),
    [
        (
            '<meta property="og:site_name" content="The Paper">'
            '<meta name="author" content="Ann Lee">'
            '<meta property="article:published_time" content="2016-05-03T10:00:00Z">'
            '<meta property="article:modified_time" content="2016-05-04T10:00:00Z">'
            '<link rel="canonical" href="https://paper.example/grain">',
            [
                ("author", "Ann Lee"),
                ("publisher", "The Paper"),
                ("published", "2016-05-03T10:00:00Z"),
                ("updated", "2016-05-04T10:00:00Z"),
                ("url", "https://paper.example/grain"),
            ],
        ),
        (
            '<script type="application/ld+json">{"@context": "https://schema.org", '
            '"@type": "NewsArticle", "headline": "Grain talks stall", "author": '
            '[{"@type": "Person", "name": "Ann Lee"}, {"@type": "Person", "name": "Jo Park"}], '
            '"publisher": {"@type": "Organization", "name": "The Paper"}, '
            '"datePublished": "2016-05-03", "dateModified": "2016-05-04"}</script>',
            [
                ("author", "Ann Lee"),
                ("author", "Jo Park"),
                ("publisher", "The Paper"),
                ("published", "2016-05-03"),
                ("updated", "2016-05-04"),
            ],
        ),
        ("<meta content='2016-05-03' name='DC.date'>", [("published", "2016-05-03")]),
        ('<meta name="date" content="04/05/2016">', [("published", "04/05/2016")]),
        ('<meta name="last-modified" content="2016-05-04">', [("updated", "2016-05-04")]),
        ('<script type="application/ld+json">{broken</script>', []),
        ("", []),
    ],
)
def test_metadata_of_a_page(head: str, wanted: list[tuple[str, str]]) -> None:
    assert read_page(head) == wanted


def test_the_title_of_a_page() -> None:
    raw = html.read(f"<title>Grain &amp; rice</title><body><p>{ONE}</p><p>{TWO}</p>".encode())
    assert raw.clues == (Clue(Field.TITLE, "Grain & rice", "title tag"),)


def test_a_date_that_the_page_only_mentions_is_not_its_own() -> None:
    body = f"{ARTICLE}<p>The ministry published a report on 3 May 2016.</p><footer>© 2020</footer>"
    assert read_page("", body) == []


def test_the_article_and_nothing_around_it() -> None:
    raw = html.read(
        f"<html><body><nav><a href=/>Home</a> <a href=/w>World</a></nav><article><h1>Talks</h1>"
        f"<p>{ONE}</p><!-- a > comment --><script>var secret = '<p>x</p>';</script>"
        f"<style>p {{}}</style><h2>What next</h2><ul><li>One item here</li><li>Another item</li>"
        f"</ul><table><tr><th>Year</th><th>Price</th></tr><tr><td>2016</td><td>5</td></tr></table>"
        f"<p>{TWO}</p></article><footer>Imprint</footer></body></html>".encode()
    )
    assert raw.saved_page
    assert raw.text == (
        f"Talks\n\n{ONE}\n\nWhat next\n\n- One item here\n- Another item\n\n"
        f"Year | Price\n2016 | 5\n\n{TWO}"
    )


@pytest.mark.parametrize(
    ("page", "text"),
    [
        (f"<div><p>{ONE}<p>{TWO}</div></span><b>", f"{ONE}\n\n{TWO}"),
        ("<html><body><p>Only one short line.</p></body></html>", "Only one short line."),
        ("just words, no tags", "just words, no tags"),
        ("<a href=1>One link</a> <a href=2>Two links</a>", "One link Two links"),
        (
            f'<?xml version="1.0" encoding="utf-8"?><html xmlns="http://www.w3.org/1999/xhtml">'
            f"<body><p>{ONE}</p></body></html>",
            ONE,
        ),
        ("<div>" * 5000 + "The bottom of it all." + "</div>" * 5000, "The bottom of it all."),
    ],
    ids=["broken", "short", "no markup", "links", "xhtml", "nested"],
)
def test_pages_of_every_kind_give_their_words(page: str, text: str) -> None:
    assert html.read(page.encode()).text == text


@pytest.mark.parametrize(
    "page",
    [
        "<html><body></body></html>",
        "<html><head><title>Only a title</title></head><body></body></html>",
        "<body><script>var x = 1;</script><style>p {}</style><!-- nothing --></body>",
        "<!doctype html>",
        " ",
    ],
)
def test_a_page_without_text(page: str) -> None:
    with pytest.raises(DocumentError, match=r"^no text was found in the page$"):
        html.read(page.encode())


def linked(**dates: str) -> str:
    return f'<script type="application/ld+json">{json.dumps(dates)}</script>'


PAGE_TAG = '<meta property="article:published_time" content="2017-10-30">'
NEXT_DATA = (
    '<script id="__NEXT_DATA__" type="application/json">{"datePublished":"2012-01-05"}</script>'
)


@pytest.mark.parametrize(
    ("head", "wanted"),
    [
        (NEXT_DATA + PAGE_TAG, [("published", "2017-10-30")]),
        (NEXT_DATA, []),
        (linked(datePublished="2012-01-05") + PAGE_TAG, [("published", "2017-10-30")]),
        (
            linked(dateModified="2017-11-01") + PAGE_TAG,
            [("published", "2017-10-30"), ("updated", "2017-11-01")],
        ),
        (linked(datePublished="2017-10-30") + linked(datePublished="2012-01-05"), []),
        (
            linked(datePublished="2017-10-30", dateModified="2017-11-01")
            + linked(datePublished="2012-01-05"),
            [("updated", "2017-11-01")],
        ),
        (
            linked(datePublished="2017-10-30T09:00:00Z") + linked(datePublished="2017-10-30"),
            [("published", "2017-10-30T09:00:00Z")],
        ),
        (
            linked(datePublished="2017-10-30").replace(
                "application/ld+json", "APPLICATION/LD+JSON"
            ),
            [("published", "2017-10-30")],
        ),
        (
            '<meta name="date" content="2017-10-30T09:00:00&#43;02:00">',
            [("published", "2017-10-30T09:00:00+02:00")],
        ),
    ],
)
def test_the_date_of_the_page_and_not_of_another_article(
    head: str, wanted: list[tuple[str, str]]
) -> None:
    assert read_page(head) == wanted


@pytest.mark.parametrize(
    "piece",
    [
        "<meta ",
        "<meta a",
        "<meta a='",
        "<time ",
        "<script ",
        "<script type=application/ld+json>",
        "a",
    ],
)
def test_hostile_markup_takes_no_time(piece: str) -> None:
    began = time.perf_counter()
    for end in ("", ">"):
        page = "<meta " + piece * (100_000 // len(piece)) + end
        assert html._clues(page) == ()
    assert time.perf_counter() - began < 2


def test_an_encoding_is_guessed_where_the_text_is_more_than_ascii() -> None:
    russian = RUSSIAN.strip() + " "
    text = "http://example.org\n" + russian * (130_000 // len(russian))
    assert decode(text.encode("cp1251")) == text
    late = "Plain.\n" * 20_000 + RUSSIAN * 20
    assert decode(late.encode("cp1251")) == late
    signed = "© The Paper\n" + "Plain.\n" * 20_000 + RUSSIAN * 200
    assert decode(signed.encode("cp1251")) == signed


@pytest.mark.parametrize(
    ("line", "encoding"),
    [
        (JAPANESE, "cp932"),
        (JAPANESE, "euc-jp"),
        (CHINESE, "gb18030"),
        (RUSSIAN, "koi8-r"),
        (FRENCH, "cp1252"),
    ],
)
def test_a_long_line_is_read_in_its_encoding(line: str, encoding: str) -> None:
    text = "http://example.org\n" + line.strip() * 3_000
    assert len(text.encode(encoding)) > 2 * SAMPLE
    assert decode(text.encode(encoding)) == text
    assert decode(b"a" + text[19:].encode(encoding)) == "a" + text[19:]


def test_utf8_with_a_wrong_byte_stays_utf8_where_its_signs_come_late() -> None:
    text = "Plain words.\n" * 6_000 + "“Quoted” – it’s said. " * 50
    assert decode(text.encode() + b"\x93") == text + "\ufffd"
