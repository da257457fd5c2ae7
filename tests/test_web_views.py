"""What the page is told of documents: cut where quotes are, counted over time, bounded in size."""

import json
import re
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.errors import FilterError, QuestionError
from corpus.types import Dated, Document, Metadata, Sourced
from index import Filter
from qa.question.suggestions import candidates, suggest
from qa.types import Turn
from qa.web import texts
from qa.web.collection.collection import Collection
from qa.web.requests import filter_of, number, turn_of
from qa.web.views.document_view import WINDOW, Stretch, source_view
from qa.web.views.listing_view import Wanted, list_view, over_time
from tests.support.fakes import ROOT
from tests.support.made import document
from tests.support.pages import assistant_of, written


def dated(day: date | None, publisher: str = "") -> Document:
    metadata = Metadata(
        Sourced("A", "file name"),
        publisher=Sourced(publisher, "byline", 0, 1) if publisher else None,
        published=Dated(day, "byline", 0, 1) if day else None,
    )
    return Document("a.txt", "", "text", metadata)


@given(st.text(min_size=1, max_size=60), st.data())
def test_the_pieces_are_the_text_and_the_focus_is_the_quote(text: str, data: st.DataObject) -> None:
    text = "".join(c for c in text if c.isprintable() or c == "\n") or "x"
    ends = st.integers(0, len(text))
    stretches = [Stretch(*sorted((data.draw(ends), data.draw(ends)))) for _ in range(4)]
    view = source_view(document(text), focus=stretches[0], marks=stretches[1:])
    assert "".join(piece["text"] for piece in view["pieces"]) == text.replace("\u2028", "\\u2028")
    focus = "".join(piece["text"] for piece in view["pieces"] if piece.get("focus"))
    assert focus == text[stretches[0].start : stretches[0].end]
    for piece in view["pieces"]:
        if "mark" in piece:
            assert text[piece["mark"] :].startswith(piece["text"])


def test_a_long_text_is_told_around_the_quote_and_in_parts() -> None:
    text = "a" * 500_000 + "quote" + "b" * 500_000
    focus = Stretch(500_000, 500_005)
    view = source_view(document(text), focus=focus)
    assert (view["start"], view["end"]) == (500_000 - WINDOW, 500_005 + WINDOW)
    assert [p["text"] for p in view["pieces"] if p.get("focus")] == ["quote"]
    part = source_view(document(text), focus=focus, part=Stretch(0, 1_000_005))
    assert part["end"] - part["start"] == 3 * WINDOW
    with pytest.raises(ValueError, match="is outside"):
        source_view(document("short"), focus=Stretch(0, 6))


@pytest.mark.parametrize(
    ("days", "labels"),
    [
        ([date(2016, 5, 3), date(2016, 7, 1)], ["May 2016", "Jun 2016", "Jul 2016"]),
        ([date(2016, 12, 31), date(2017, 1, 1)], ["Dec 2016", "Jan 2017"]),
        ([date(2010, 5, 3), date(2013, 6, 1)], ["2010", "2011", "2012", "2013"]),
    ],
)
def test_bars_are_months_or_years(days: list[date], labels: list[str]) -> None:
    told = over_time([dated(day) for day in days], [])
    assert [bar["label"] for bar in told["bars"]] == labels
    assert next(sum(bar["counts"]) for bar in told["bars"]) == 1
    for one, other in zip(told["bars"], told["bars"][1:], strict=False):
        assert date.fromisoformat(one["before"]) + timedelta(1) == date.fromisoformat(
            other["after"]
        )


@given(st.lists(st.dates(date(1400, 1, 1), date(2100, 12, 31)), min_size=1, max_size=20))
def test_every_dated_document_is_counted_once_in_its_bar(days: list[date]) -> None:
    named = ["A", "B"]
    documents = [dated(day, "ABC"[n % 3]) for n, day in enumerate(days)]
    told = over_time([*documents, dated(None)], named)
    assert told["undated"] == 1
    assert len(told["bars"]) <= 75
    for bar in told["bars"]:
        within = Filter(
            after=date.fromisoformat(bar["after"]), before=date.fromisoformat(bar["before"])
        )
        inside = [d for d in documents if within.accepts(d)]
        counts = [sum(d.publisher == name for d in inside) for name in "ABC"]
        assert bar["counts"] == counts
    assert sum(sum(bar["counts"]) for bar in told["bars"]) == len(days)


def test_a_page_of_the_listing(tmp_path: Path) -> None:
    collection = Collection.of(assistant_of(written(tmp_path / "news")))
    told = list_view(collection, Wanted(search="COAST times", order="newest", limit=5))
    assert [row["id"] for row in told["documents"]] == ["fair.txt"]
    assert told["documents"][0]["published"] == "2017-06-11"
    assert list_view(collection, Wanted(offset=5))["documents"] != []
    assert list_view(collection, Wanted(offset=6))["documents"] == []
    assert list_view(collection, Wanted(order="sideways"))["matching"] == 6


@pytest.mark.parametrize(
    "given_",
    [
        {"publishers": "Valley Times"}, {"publishers": [7]}, {"documents": ["x" * 1001]},
        {"documents": ["x"] * 201}, {"after": "yesterday"}, {"after": 7},
        {"after": "2017-01-02", "before": "2017-01-01"}, [], "x",
    ],
)  # fmt: skip
def test_a_filter_that_is_none_is_refused(given_: object) -> None:
    with pytest.raises(FilterError):
        filter_of(given_)


def test_what_was_sent_is_read() -> None:
    wanted = filter_of({"publishers": ["A"], "after": "2017-01-01", "before": None, "x": 1})
    assert wanted == Filter(publishers=("A",), after=date(2017, 1, 1))
    assert turn_of(None) is None
    assert turn_of({"question": "Who?", "documents": ["a"]}) == Turn("Who?", "", ("a",))
    for wrong in ([1], {"question": 7}, {"question": "x" * 3000}, {"answer": "x"}):
        with pytest.raises(QuestionError):
            turn_of(wrong)
    assert number(None, least=0, most=9, default=4) == 4
    assert number(float("inf"), least=0, most=9, default=4) == 4


def test_suggestions_are_answered_and_of_several_documents(tmp_path: Path) -> None:
    documents = assistant_of(written(tmp_path / "news")).documents()
    offered = suggest(documents, lambda question: "published" not in question)
    assert offered == [
        "When was the tunnel opened by the queen?", "When was the bridge at Oldford closed?",
    ]  # fmt: skip
    assert suggest(documents, lambda _: False) == []
    assert len(suggest(documents, lambda _: True, count=2)) == 2


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("The tunnel opened on 1 June 2016.", "When did the tunnel open?"),
        ("Cassini entered orbit around Saturn on 1 July 2004.", "When did Cassini enter orbit around Saturn?"),
        ("Rinderpest was declared extinct in 2011.", "When was Rinderpest declared extinct?"),
        ("Ada Marsh said that the policy of patience is over.", "Who said that the policy of patience is over?"),
        ("It was closed in 2016.", None), ("He said that nobody would ever be there.", None),
        ("The tunnel is long.", None), ("See <b>it</b> (here) was made in 2016.", None),
    ],
)  # fmt: skip
def test_questions_are_made_of_sentences(text: str, question: str | None) -> None:
    assert next(candidates(document(text)), None) == question


def test_the_page_s_scripts_use_texts_that_exist_and_only_those() -> None:
    scripts = "".join(p.read_text("utf-8") for p in (ROOT / "qa/web/page").rglob("*.js"))
    # These are said by the server.
    said = {"document_gone", "changed_since", "nothing_selected", "too_much_selected"}
    known = set(texts.for_page()) - said
    used = {name for name in known if f'"{name}"' in scripts or f'{name}"' in scripts}
    # Names that are put together: t(view.sureness), t(`order_${order}`), t(`relation_${…}`), t(now), t(name) of a fact.
    made = {n for n in known if n.startswith(("order_", "relation_"))} | {
        "high", "medium", "low", "reading", "authors", "publisher", "published", "updated", "file_made",
    }  # fmt: skip
    assert known - used - made == set()
    asked = set(re.findall(r'\bt\("(\w+)"', scripts))
    assert asked - known == set()
    assert json.dumps(texts.for_page())
