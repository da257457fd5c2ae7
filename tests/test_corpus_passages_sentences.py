import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.passages.sentences import LONGEST_PIECE, sentences_within, split_sentences
from corpus.types import Document, Metadata, Sourced

PIECES = [
    "The talks failed.",
    "He met Mr. Kim on Sept. 5.",
    "“Will they come?” he asked",
    "no",
    "U.S.",
    "...",
    "!",
    "”",
    "- item",
    "3. item",
    "结果很好。",
    "「来ますか？」",
    "Все ушли.",
    "ماذا سيحدث؟",
    "😀",
    "a line of ordinary words that is long enough to have been wrapped by hand",
    " ",
    "  ",
    "\t",
    "\n",
    "\n\n",
    "\n \n",
    "\n    ",
    "\u2028",
    "\x0b",
]
texts = st.one_of(
    st.lists(st.sampled_from(PIECES), max_size=25).map("".join),
    st.lists(st.sampled_from(PIECES), max_size=25).map(" ".join),
    st.text(max_size=80),
)


def document(text: str) -> Document:
    return Document("a.txt", "", text, Metadata(Sourced("A", "file name")))


def sentences(text: str) -> list[str]:
    return [sentence.text for sentence in split_sentences(document(text))]


@settings(deadline=None)  # the first example loads the splitter
@given(texts)
def test_sentences_are_ordered_and_disjoint_and_leave_only_white_space_out(text: str) -> None:
    at = 0
    for span in split_sentences(document(text)):
        assert not text[at : span.start].strip()
        assert at <= span.start < span.end
        assert span.text == text[span.start : span.end] == span.text.strip()
        at = span.end
    assert not text[at:].strip()


@settings(deadline=None)  # the first example loads the splitter
@given(texts, st.integers(-3, 300), st.integers(-3, 300))
def test_sentences_within_are_those_of_the_document_that_share_a_character(
    text: str, a: int, b: int
) -> None:
    whole = document(text)
    wanted = [s for s in split_sentences(whole) if set(range(s.start, s.end)) & set(range(a, b))]
    assert sentences_within(whole, a, b) == wanted


def test_sentences_within_at_every_edge() -> None:
    whole = document("One fell. Two fell.\n\nThree\nstood\n \n「四。」五。 Six fell. Seven")
    every = split_sentences(whole)
    edges = {edge for s in every for edge in (s.start - 1, s.start, s.start + 1, s.end, s.end + 1)}
    for a in edges:
        for b in edges:
            wanted = [s for s in every if max(a, s.start) < min(b, s.end)]
            assert sentences_within(whole, a, b) == wanted


# Each case is a list of sentences: the text is these, with a space between.
CASES = [
    ["The U.S. and China met.", "It was in the U.S.", "The talks failed."],
    ["Mr. Kim met Dr. Lee on Sept. 5.", "They had until Oct. 10."],
    ["It was Resolution No. 2375 of the U.N. Security Council.", "It passed."],
    ["The deal is worth US$4.5 billion.", "Shares rose 3.2 per cent."],
    ["Gen. Park and Lt. Col. Choi flew to Ft. Bragg at 3 p.m. on Jan. 3.", "It rained."],
    ["Then Lt. Park asked Cmdr. Hall of it.", "It cost Mme. Curie Rs. 500."],
    ["J. R. Smith, Ph.D., wrote it.", "George W. Hill read it."],
    ["Acme Inc., of St. Paul, bought Foo Corp. for $3m.", "Bar Ltd. did not bid."],
    ["The fall (see p. 5 and fig. 3), i.e. the loss, was large.", "It hurt."],
    ["He said, “We will win.”", "Then he left."],
    ['"No," she said.', '"Never."', "He nodded."],
    ["“Will they come?” he said.", "“I doubt it!” she answered.", "They did."],
    ["(It was not over.)", "Later it was."],
    [
        "She waited ... and then left.",
        "He paused...",
        "Then he spoke.",
        "It ended…",
        "Nobody came.",
    ],
    [
        "They lost the series.",
        "“It came last month.”",
        "Mr. Smith has no horse.",
        "They do.",
    ],
    ["Some of it went to the dept. Store Street, at approx. Five."],
    ["What a day?!", "Really??", "Yes!!!", "Good."],
    ["See www.example.com for more.", "Version 3.5.1 is out.", "It came at 8.45."],
    ["Great news 🎉!", "We won 😀 at last.", "👍 Fine."],
    ["Президент встретился с министром.", "Встреча прошла в г. Москве.", "Все ушли."],
    ["وصل الرئيس إلى موسكو.", "ماذا سيحدث؟", "لا أحد يعرف."],
    ["यह पहला वाक्य है।", "यह दूसरा है।"],
]


@pytest.mark.parametrize("wanted", CASES, ids=lambda case: case[0][:30])
def test_latin_and_other_scripts_with_spaces(wanted: list[str]) -> None:
    assert sentences(" ".join(wanted)) == wanted


@pytest.mark.parametrize(
    "wanted",
    [
        ["两国举行了联合演习。", "演习于九月开始！", "谁来参加？", "“我们会来。”"],
        ["首相は会談した。", "「来ますか？」と彼は言った。", "結果は良かった。"],
        ["なに。。。", "そう。"],
    ],
)
def test_scripts_without_spaces(wanted: list[str]) -> None:
    assert sentences("".join(wanted)) == wanted


def test_a_paragraph_ends_its_sentence() -> None:
    text = "Grain talks stall\n\nMinisters met\n \t\non Tuesday\n\n\nand left"
    assert sentences(text) == ["Grain talks stall", "Ministers met", "on Tuesday", "and left"]


def test_hard_wrapped_lines_are_one_paragraph() -> None:
    text = (
        "The minister flew to the capital of the island, where he met Mr.\n"
        "Kim of the U.S. Army, and they spoke for two hours about the price of\n"
        "Grain and of rice. Then the minister, who was tired, left the island.\n"
        "Nobody was there to see him off at the small airport, he said later."
    )
    assert sentences(text) == [
        text[: text.index(" Then")],
        text[text.index("Then") : text.index("\nNobody")],
        text[text.index("Nobody") :],
    ]


def test_an_indented_first_line_begins_a_paragraph() -> None:
    text = (
        "    The first paragraph goes on until the end of its second\n"
        "line without a stop\n"
        "    The second paragraph has one line\n"
        "\tThe third is indented by a tabulator"
    )
    assert sentences(text) == [
        "The first paragraph goes on until the end of its second\nline without a stop",
        "The second paragraph has one line",
        "The third is indented by a tabulator",
    ]


def test_items_are_sentences() -> None:
    items = ["They want:", "- bread", "- peace and\nquiet", "* land", "• work", "1. One", "2) Two"]
    assert sentences("\n".join(items)) == items


def test_a_heading_is_not_part_of_what_follows_it() -> None:
    body = "The body of the text stands in one long line, as text from the web does, until its end."
    long_heading = "A heading of more than forty-five characters, before its text"
    assert sentences(f"A heading\n{body}") == ["A heading", body]
    assert sentences(f"{long_heading}\n{body}") == [long_heading, body]


def test_paragraphs_of_one_line_each_need_no_empty_line() -> None:
    first = "She listed what the ministers had brought along to the talks, " * 3 + "and their wives"
    second = "Then the talks began, and they lasted for nine hours. Nobody ate."
    assert sentences(f"{first}\n{second}") == [first, *second.replace(". N", ".|N").split("|")]


def test_questions_and_answers_in_lines() -> None:
    text = "Q: Did you win?\nA: We did, and by a lot\nQ: What now?"
    assert sentences(text) == text.split("\n")


def test_ideographs_fill_two_columns() -> None:
    lines = ["两国举行了联合演习，演习于九月在海上开始并且持续", "了一个星期。结果很好。"]
    assert sentences("\n".join(lines)) == [
        "两国举行了联合演习，演习于九月在海上开始并且持续\n了一个星期。",
        "结果很好。",
    ]


@pytest.mark.parametrize("text", ["", " ", "\n\n", "\t\n "])
def test_no_text_has_no_sentences(text: str) -> None:
    assert sentences(text) == []


def test_a_block_without_end_is_split_in_pieces_at_white_space() -> None:
    text = "word " * 10_000
    pieces = sentences(text)
    assert " ".join(pieces) == text.strip()
    assert len(pieces) > 1
    assert max(map(len, pieces)) <= LONGEST_PIECE


@settings(deadline=None)  # the first example loads the splitter
@given(texts, st.integers(-3, 300), st.integers(-3, 300), st.integers(2, 60))
def test_sentences_within_are_the_same_where_blocks_are_too_long(
    text: str, a: int, b: int, longest: int
) -> None:
    whole = document(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("corpus.passages.sentences.LONGEST_PIECE", longest)
        every = split_sentences(whole)
        found = sentences_within(whole, a, b)
    assert found == [s for s in every if max(a, s.start) < min(b, s.end)]
    assert max(map(len, every), default=0) <= longest
    at = 0
    for span in every:
        assert not text[at : span.start].strip()
        at = span.end
    assert not text[at:].strip()


FALLEN = "Rain fell on the old town by the river. Nobody had seen it come, said Mr. Lee. "
WRAPPED = "\n".join(
    (
        "The minister flew to the capital of the island, where he met the",
        "farmers of the south and those of the coast, who had come. Then he",
        "Left again, since nobody had anything to say about it all. They of",
    )
)


@pytest.mark.parametrize(
    "block", [FALLEN, WRAPPED + "\n", "word ", "а б. ", "x", "Lt. "], ids=lambda block: block[:4]
)
def test_the_sentences_around_a_place_take_no_longer_in_a_long_block(block: str) -> None:
    whole = document(block * (2_000_000 // len(block)))
    sentences_within(whole, 0, 10)  # loads the splitter
    places = range(1_000, 2_000_000, 97_531)
    began = time.perf_counter()
    for at in places:
        found = sentences_within(whole, at, at + 100)
        assert found[0].start <= at + 1
        assert found[-1].end >= at + 99
    assert (time.perf_counter() - began) / len(places) < 0.05


def test_a_long_block_is_cut_only_where_its_sentences_end() -> None:
    every = sentences(FALLEN * 1000)
    assert len(FALLEN) * 1000 > 5 * LONGEST_PIECE
    assert (
        every
        == [
            "Rain fell on the old town by the river.",
            "Nobody had seen it come, said Mr. Lee.",
        ]
        * 1000
    )


@pytest.mark.parametrize("text", ["Lt. " * 25_000, ("。" * 7_000 + "と") * 150])
def test_no_text_takes_long(text: str) -> None:
    began = time.perf_counter()
    assert "".join(sentences(text)).replace(" ", "") == text.replace(" ", "")
    assert time.perf_counter() - began < 2
