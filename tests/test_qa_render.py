"""An answer as text, HTML and JSON: complete, and obeyed by nothing that shows it."""

import json
import re
from dataclasses import replace
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from corpus.duplicates.clusters import Relation
from corpus.provenance import Field
from corpus.types import Dated, Document, Metadata, Sourced, Span
from index.types import Copy, Filter, Manifest
from qa.question import parse
from qa.render.answer import Marked, mark, source_line, to_json, to_text
from qa.render.text import excerpt, fold, one_line, plain_json, visible
from qa.types import (
    Answer,
    Citation,
    Cited,
    Form,
    MetadataCitation,
    Provenance,
    Sureness,
    receipt_digest,
)

MADE_BY = Provenance(
    "/articles", Manifest(1, "fake", "f" * 64, 32, 200, 1), "sentences", "e" * 64, 8, 0.5, Filter()
)
TEXT = "Rain in May\n\nIt was\nKim who left.  Then it\trained on the hills."


def document(text: str = TEXT, id: str = "news/rain.txt", **metadata: object) -> Document:
    known: dict[str, object] = {
        "title": Sourced("Rain in May", "first line", 0, 11),
        "authors": (Sourced("Ann Lee", "byline"), Sourced("Bo Kim", "byline")),
        "publisher": Sourced("Valley Times", "source line", 0, 1),
        "published": Dated(date(2016, 5, 3), "published line"),
        "url": Sourced("https://valley.example/rain", "canonical link"),
        **metadata,
    }
    return Document(id, "a" * 64, text, Metadata(**known))  # type: ignore[arg-type]


def cited(quote: Span, sentence: Span | None = None, score: float = 1.25) -> Citation:
    whole = quote.document.span(0, len(quote.document.text))
    return Citation(quote, sentence or quote, whole, score)


def answer(*citations: Cited, confidence: float = 0.8, closest: tuple[Cited, ...] = ()) -> Answer:
    return Answer(parse("Who left?"), citations, closest, (), confidence, MADE_BY)


RAIN = document()
KIM = cited(RAIN.span(20, 23), RAIN.span(13, 33))
THEN = cited(RAIN.span(35, 63))


def test_text() -> None:
    assert to_text(answer(KIM, THEN)) == (
        "Kim\n"
        "\n"
        "[1] It was «Kim» who left.\n"
        "    Rain in May · Ann Lee, Bo Kim · Valley Times · 3 May 2016\n"
        "    news/rain.txt, characters 20–23\n"
        "[2] «Then it rained on the hills.»\n"
        "    Rain in May · Ann Lee, Bo Kim · Valley Times · 3 May 2016\n"
        "    news/rain.txt, characters 35–63\n"
        "Confidence: high (0.80)"
    )


DAY = MetadataCitation.of(RAIN, Field.PUBLISHED, Dated(date(2016, 5, 3), "JSON-LD"), 1.0)
MADE = MetadataCitation.of(
    RAIN, Field.FILE_MADE, Dated(date(2020, 1, 2), "PDF information: created"), 0.7
)


def test_what_is_known_is_shown_with_where_it_was_found_and_never_as_a_quote() -> None:
    assert to_text(replace(answer(DAY), form=Form.EACH)) == (
        "3 May 2016\n"
        "\n"
        "[1] Published: 3 May 2016 (from the page's tags)\n"
        "    Rain in May · Ann Lee, Bo Kim · Valley Times · 3 May 2016\n"
        "    news/rain.txt\n"
        "Confidence: high (0.80)"
    )
    assert to_text(answer(closest=(MADE,))) == (
        "These documents do not answer that.\n\n"
        "Known: File made: 2 January 2020 (inferred, from the file's information)\n"
        "    Rain in May · Ann Lee, Bo Kim · Valley Times · 3 May 2016\n"
        "    news/rain.txt"
    )


def test_an_answer_of_several_citations_holds_them_all() -> None:
    several = replace(answer(KIM, DAY), form=Form.EACH)
    assert several.text == "Kim; 3 May 2016"
    assert to_text(several).startswith("Kim; 3 May 2016\n\n[1] It was «Kim» who left.\n")
    assert replace(several, form=Form.COUNT).text == "2"
    assert several.quotes == (KIM,)


def test_a_receipt_tells_quotes_and_metadata_apart() -> None:
    found = json.loads(to_json(replace(answer(DAY, closest=(MADE,)), form=Form.EACH)))
    assert (found["answer"], found["form"]) == ("3 May 2016", "each")
    assert found["citations"] == [
        {
            "kind": "metadata",
            "document": "news/rain.txt",
            "sha256": "a" * 64,
            "title": "Rain in May",
            "authors": ["Ann Lee", "Bo Kim"],
            "publisher": "Valley Times",
            "published": "2016-05-03",
            "url": "https://valley.example/rain",
            "field": "published",
            "value": "2016-05-03",
            "text": "3 May 2016",
            "origin": "JSON-LD",
            "sure": "declared",
            "score": 1.0,
            "article": "news/rain.txt",
        }
    ]
    assert found["closest"] == [{"document": "news/rain.txt", "field": "file made"}]


def test_text_of_a_whole_sentence_does_not_say_it_twice() -> None:
    assert to_text(answer(THEN)).startswith("[1] «Then it rained on the hills.»\n")


def test_text_without_an_answer_shows_what_came_closest() -> None:
    came = (
        "\n\nClosest: Then it rained on the hills.\n"
        "    Rain in May · Ann Lee, Bo Kim · Valley Times · 3 May 2016\n"
        "    news/rain.txt, characters 35–63"
    )
    said = "These documents do not answer that."
    assert to_text(answer(closest=(THEN, THEN))) == said + 2 * came
    assert to_text(answer()) == said


def test_json_is_the_whole_receipt() -> None:
    found = json.loads(to_json(answer(KIM)))
    assert found.pop("digest") == receipt_digest(found)
    assert found == {
        "format": 2,
        "question": "Who left?",
        "answer": "Kim",
        "form": "best",
        "confidence": 0.8,
        "citations": [
            {
                "kind": "quote",
                "document": "news/rain.txt",
                "sha256": "a" * 64,
                "title": "Rain in May",
                "authors": ["Ann Lee", "Bo Kim"],
                "publisher": "Valley Times",
                "published": "2016-05-03",
                "url": "https://valley.example/rain",
                "start": 20,
                "end": 23,
                "page": None,
                "quote": "Kim",
                "sentence_start": 13,
                "sentence_end": 33,
                "sentence": "It was\nKim who left.",
                "score": 1.25,
                "article": "news/rain.txt",
                "also_in": [],
            }
        ],
        "closest": [],
        "made_by": {
            "collection": "/articles",
            "index": {
                "format": 1,
                "encoder": "fake",
                "encoder_sha256": "f" * 64,
                "encoder_config_sha256": "",
                "dimension": 32,
                "budget": 200,
                "overlap": 1,
            },
            "reader": "sentences",
            "reader_sha256": "e" * 64,
            "k": 8,
            "min_confidence": 0.5,
            "filter": {"publishers": [], "after": None, "before": None, "documents": []},
        },
    }


def test_json_without_an_answer_names_what_came_closest() -> None:
    found = json.loads(to_json(answer(closest=(cited(RAIN.span(13, 33)),)), indent=None))
    assert found["closest"] == [{"document": "news/rain.txt", "start": 13, "end": 33}]
    assert (found["answer"], found["citations"]) == ("", [])


def test_json_of_what_is_not_known_is_null() -> None:
    bare = document(authors=(), publisher=None, published=None, url=None)
    [citation] = json.loads(to_json(answer(cited(bare.span(20, 23)))))["citations"]
    assert [citation[key] for key in ("authors", "publisher", "published", "url")] == [
        [],
        None,
        None,
        None,
    ]


def test_source_line_leaves_out_what_is_not_known() -> None:
    assert source_line(document(authors=(), publisher=None, published=None)) == "Rain in May"
    inferred = document(publisher=Sourced("The Post", "inferred from its form"))
    assert "· The Post (inferred) ·" in source_line(inferred)


def test_sureness() -> None:
    words = [answer(KIM, confidence=c).sureness for c in (1.0, 0.75, 0.74, 0.5, 0.49, 0.0)]
    assert words == [
        Sureness.HIGH,
        Sureness.HIGH,
        Sureness.MEDIUM,
        Sureness.MEDIUM,
        Sureness.LOW,
        Sureness.LOW,
    ]


def test_excerpts_are_short() -> None:
    text = "Word after word " * 40 + "ended."
    whole = document(text)
    assert excerpt(whole.span(0, len(text)), longest=30) == "Word after word Word after …"
    assert excerpt(RAIN.span(13, 33)) == "It was Kim who left."


@given(st.text(alphabet="ab é日 \n", min_size=1, max_size=60), st.integers(5, 20))
def test_an_excerpt_is_never_longer_than_wanted(text: str, longest: int) -> None:
    bare = Document("a", "", text, Metadata(Sourced("A", "file name")))
    shown = excerpt(bare.span(0, len(text)), longest=longest)
    assert len(shown) <= longest
    folded = " ".join(text.split())
    assert folded.startswith(shown.removesuffix(" …"))
    assert shown == folded if len(folded) <= longest else shown.endswith(" …")


def test_an_excerpt_of_a_script_without_spaces_is_cut_as_well() -> None:
    text = "日" * 300
    bare = Document("a", "", text, Metadata(Sourced("A", "file name")))
    assert excerpt(bare.span(0, 300), longest=200) == "日" * 198 + " …"


# Nothing that others wrote is obeyed.

EVIL = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202eevil\u2066\x00"
# What a terminal obeys, or what turns the direction of a line.
OBEYED = re.compile(
    r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)


def everywhere(evil: str) -> Answer:
    """An answer with these words in each place that others fill."""
    text = f"Rain {evil} in May. It fell {evil} on Kim {evil} there."
    said = Sourced(f"By {evil}", "byline", 0, 1)
    wet = document(text, f"{evil}.txt", title=said, authors=(said,), publisher=said, url=said)
    start = text.index("Kim")
    quote = cited(wet.span(start - 1, start + 3 + len(evil)), wet.span(0, len(text)))
    return answer(quote, closest=(cited(wet.span(0, len(text))),))


def unanswered(found: Answer) -> Answer:
    return Answer(parse(f"Who {EVIL}?"), (), found.closest, (), 0.1, MADE_BY)


def test_no_control_character_reaches_the_terminal() -> None:
    found = everywhere(EVIL)
    for shown in (
        to_text(found),
        to_text(unanswered(found)),
        to_json(found),
        to_json(unanswered(found)),
    ):
        assert OBEYED.findall(shown) == []
        assert "evil" in shown
    assert json.loads(to_json(found))["citations"][0]["title"] == f"By {EVIL}"


@given(st.text())
def test_one_line_is_one_line_without_anything_that_is_obeyed(text: str) -> None:
    shown = one_line(text)
    assert OBEYED.findall(shown) == []
    assert "\n" not in shown
    assert visible(shown) == shown


@given(
    st.recursive(
        st.text() | st.none() | st.integers(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)
    )
)
def test_plain_json_means_the_same_and_is_not_obeyed(value: object) -> None:
    for indent in (2, None):
        shown = plain_json(value, indent=indent)
        assert OBEYED.findall(shown) == []
        assert json.loads(shown) == value
    assert "\n" not in plain_json(value, indent=None)


@given(st.text())
def test_fold_leaves_the_words(text: str) -> None:
    assert fold(text).split() == text.split()
    assert "\n" not in fold(text)
    assert "  " not in fold(text)


def test_mark_folds_each_part() -> None:
    assert mark(KIM) == Marked("It was ", "Kim", " who left.")
    assert mark(THEN) == Marked("", "Then it rained on the hills.", "")


def test_copies_are_named_and_counted() -> None:
    days = (date(2016, 5, 4), None)
    others = [
        replace(
            KIM.document,
            id=f"copy-{n}.txt",
            metadata=replace(
                KIM.document.metadata,
                publisher=None,
                published=Dated(day, "x") if day else None,
            ),
        )
        for n, day in enumerate(days * 2)
    ]
    copies = tuple(Copy(other, Relation.COPY) for other in others)
    text = to_text(answer(replace(KIM, also_in=copies, article="copy-0.txt")))
    assert (
        "    also in: Rain in May (copy-0.txt, 4 May 2016); Rain in May (copy-1.txt); "
        "Rain in May (copy-2.txt, 4 May 2016); 1 more\n"
        "Sources: 1 independent source, 5 documents\n"
    ) in text
    receipt = json.loads(to_json(answer(replace(KIM, also_in=copies[:1], article="copy-0.txt"))))
    cited = receipt["citations"][0]
    assert cited["article"] == "copy-0.txt"
    assert cited["also_in"] == [
        {
            "document": "copy-0.txt",
            "sha256": KIM.document.sha256,
            "relation": "copy",
            "title": "Rain in May",
            "authors": ["Ann Lee", "Bo Kim"],
            "publisher": None,
            "published": "2016-05-04",
            "url": KIM.document.url or None,
        }
    ]
