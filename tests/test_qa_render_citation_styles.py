"""A quote with its source: what is pasted elsewhere says where it is from, and is no markup there."""

from dataclasses import replace
from datetime import date

import pytest

from corpus.types import Dated, Document, Metadata, Sourced
from qa.render.citation_styles import as_apa, as_markdown, as_text, web_address
from qa.types import Citation

MARKUP = "<b>*Rain*</b> [x](javascript:y) `c` | $x$"


def cited(
    text: str = "Kim\nleft.", *, title: str = "On Kim", url: str = "", day: date | None = None,
    authors: tuple[str, ...] = (), publisher: str = "",
) -> Citation:  # fmt: skip
    def sourced(value: str) -> Sourced:
        return Sourced(value, "front matter", 0, 1)

    metadata = Metadata(
        sourced(title),
        tuple(map(sourced, authors)),
        sourced(publisher) if publisher else None,
        Dated(day, "front matter", 0, 1) if day else None,
        None,
        sourced(url) if url else None,
    )
    quote = Document("news/kim.txt", "a" * 64, text, metadata).span(0, len(text))
    return Citation(quote, quote, quote, 1.0)


FULL = cited(
    authors=("Ada Marsh", "Bo Kim"), publisher="Valley Times", day=date(2016, 5, 3),
    url="https://news.example/kim",
)  # fmt: skip


def test_plain() -> None:
    assert as_text(FULL) == (
        "“Kim left.” (On Kim · Ada Marsh, Bo Kim · Valley Times · 3 May 2016; "
        "news/kim.txt, characters 0–9)"
    )


def test_markdown() -> None:
    assert as_markdown(FULL) == (
        "> Kim left.\n>\n> — [*On Kim*](<https://news.example/kim>), Ada Marsh, Bo Kim, Valley Times, "
        "3 May 2016, news/kim.txt, characters 0–9"
    )


def test_apa() -> None:
    assert as_apa(FULL) == (
        "“Kim left.” (Ada Marsh, Bo Kim, 2016)\n"
        "Ada Marsh, Bo Kim (2016, May 3). On Kim. Valley Times. https://news.example/kim"
    )


def test_what_is_not_known_is_left_out() -> None:
    assert as_markdown(cited()) == "> Kim left.\n>\n> — *On Kim*, news/kim.txt, characters 0–9"
    assert as_apa(cited()) == "“Kim left.” (On Kim, n.d.)\nOn Kim (n.d.)."
    assert as_apa(cited(publisher="Valley Times")).endswith("\nValley Times (n.d.). On Kim.")


def test_nothing_in_a_document_is_markdown() -> None:
    said = as_markdown(cited(MARKUP, title=MARKUP))
    for piece in ("<b>", "[x](", "`c`", "*Rain"):
        assert piece not in said.replace("\\" + piece[0], "")
    assert said.count("\n") == 2


def test_a_line_of_others_stays_one_line() -> None:
    assert as_apa(cited("a\x1b[2J\nb", title="t\nu")).count("\n") == 1
    assert "\x1b" not in as_apa(cited("a\x1b[2J")) + as_text(cited("a\x1b[2J"))


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://a.example/b?c=d", True), ("HTTP://a.example", True), ("javascript:alert(1)", False),
        ("data:text/html,x", False), ("https://a.example/ onclick=x", False), ("//a.example", False),
        ("https://a.example/\">", False), ("", False),
    ],
)  # fmt: skip
def test_only_addresses_of_the_web_are_links(url: str, safe: bool) -> None:
    assert web_address(cited(url=url).document) == (url if safe else "")


def test_the_page_is_named_where_there_are_pages() -> None:
    whole = cited("One.\n\nKim left.", day=date(2016, 5, 3), publisher="Valley Times")
    document = replace(whole.document, pages=(0, 6))
    quote = document.span(6, 9)
    there = Citation(quote, document.span(6, 15), document.span(0, 15), 1.0)
    assert as_text(there).endswith("; news/kim.txt, page 2, characters 6–9)")
    assert as_apa(there).startswith("“Kim” (Valley Times, 2016, p. 2)\n")
    assert there.to_dict()["page"] == 2
    assert whole.to_dict()["page"] is None
