import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.cleaning.cleaner import clean, tidy
from corpus.types import Dropped

PROSE = (
    "The ministers met in the capital on Tuesday to discuss the price of grain, and after nine "
    "hours of talks they had agreed on very little at all."
)
MORE = (
    "The harvest had been poor in the south, where it had not rained since the spring, and the "
    "mills of the coast were already buying abroad."
)
FOREIGN = "Why the bakers of the coast no longer trust their millers"
HEADLINE = "headline of another article"

blocks = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        [
            PROSE,
            MORE,
            FOREIGN,
            "image image",
            "PUBLISHED : Tuesday, 6 March, 2018, 9:05am",
            "blog comments powered by Disqus",
            "Have the mills of the coast really bought any grain abroad, or have the bakers of the "
            "south only said so to see the price fall?",
            "Who will pay for the grain that is bought abroad?",
            "What did you tell the ministers of the southern provinces?",
            "Home > World > Asia",
            " ",
            "\u2028",
            "e\u0301\u200b",
        ]
    ),
)
pages = st.lists(blocks, max_size=8).map("\n\n".join)


@given(st.one_of(st.text(), pages))
def test_tidy_changes_nothing_twice(text: str) -> None:
    assert tidy(tidy(text)) == tidy(text)


@given(st.one_of(st.text(), pages), st.booleans())
def test_clean_changes_nothing_twice(text: str, saved_page: bool) -> None:
    once = clean(text, saved_page=saved_page).text
    assert clean(once, saved_page=saved_page).text == once


@given(pages)
def test_nothing_is_lost_without_being_named(page: str) -> None:
    cleaned = clean(page, saved_page=True)
    parts = [*cleaned.text.split("\n\n"), *(piece.text for piece in cleaned.dropped)]
    assert sorted("\n".join(parts).split()) == sorted(tidy(page).split())


@given(st.text())
def test_tidy_text_can_be_stored_and_shows_all_that_it_holds(text: str) -> None:
    tidied = tidy(text)
    assert tidied.encode().decode() == tidied
    assert not set(tidied) & set("\r\x00\x0b\x0c\x85\u2028\u2029\u200b\u202e\ufeff\xad\xa0")
    assert "\n\n\n" not in tidied


@pytest.mark.parametrize(
    ("raw", "wanted"),
    [
        ("One\r\ntwo\rthree", "One\ntwo\nthree"),
        ("One\u2028two\u2029three\x0cfour\x85five", "One\ntwo\nthree\nfour\nfive"),
        ("3\u202f200\u00a0km\u2003long", "3 200 km long"),
        ("One  \n \t \n\n\n  two", "One\n\n  two"),
        ("co\u00adoperate\u200b \u202edrow\u202c", "cooperate drow"),
        ("e\u0301", "é"),
        ("\ufeffOne\x00\x07", "One"),
        ("half \ud800 pair", "half  pair"),
        ("می\u200cروم 👩\u200d🔬", "می\u200cروم 👩\u200d🔬"),
        ("diﬃcult, ﬂat, ﬁrst", "difficult, flat, first"),
        ("donâ€™t say â€œnoâ€\x9d in MÃ¼nchen", "don’t say “no” in München"),
        ("one\nvoilÃ\xa0, câ€™est fini\nÃ", "one\nvoilà, c’est fini\nÃ"),
        ("â€‹â€‹zero width", "zero width"),
    ],
)
def test_tidy(raw: str, wanted: str) -> None:
    assert tidy(raw) == wanted


def test_what_its_author_typed_is_only_tidied() -> None:
    text = f"image image\n\n{PROSE}\n\n{FOREIGN}\n\n{MORE}\n\nShare this article"
    assert clean(text, saved_page=False).text == text


def test_a_saved_page_loses_what_its_author_did_not_write() -> None:
    page = (
        f"image image\n\n\nMillers doubt grain pact\n\n"
        f"PUBLISHED : Tuesday, 6 March, 2018, 9:05am\nUPDATED : Tuesday, 6 March, 2018, 9:05am\n\n"
        f"{PROSE}\n\n{FOREIGN}\n\n{MORE}\n\nCan the southern mills survive another summer of drought?"
        f"\n\n{PROSE}\n\nblog comments powered by Disqus"
    )
    cleaned = clean(page, saved_page=True)
    assert cleaned.text == (
        f"Millers doubt grain pact\n\n"
        f"PUBLISHED : Tuesday, 6 March, 2018, 9:05am\nUPDATED : Tuesday, 6 March, 2018, 9:05am\n\n"
        f"{PROSE}\n\n{MORE}\n\n{PROSE}"
    )
    assert cleaned.dropped == (
        Dropped("image image", "navigation"),
        Dropped(FOREIGN, HEADLINE),
        Dropped("Can the southern mills survive another summer of drought?", HEADLINE),
        Dropped("blog comments powered by Disqus", "page widget"),
    )


@pytest.mark.parametrize(
    ("block", "reason"),
    [
        ("image image", "navigation"),
        ("Share | Tweet | Print", "navigation"),
        ("Facebook\nTwitter\nWhatsApp\nCopy link", "navigation"),
        ("Skip to main content", "navigation"),
        ("Home > World > Asia", "navigation"),
        ("Home / News / Business & Money", "navigation"),
        ("Please enable JavaScript to view the comments powered by Disqus.", "page widget"),
        ("Follow us on Twitter", "page widget"),
        ("This website uses cookies to improve your experience.", "page widget"),
        ("Sign up for our newsletter", "page widget"),
        ("Copyright © 2018 The Paper. All rights reserved.", "page widget"),
        ("We and our 812 partners store information in cookies on your device.", "page widget"),
        ("By continuing to use our site you accept cookies.", "page widget"),
        ("Accept all", "navigation"),
        ("Continue reading the main story", "navigation"),
        ("Tweet\nEmail\nPrint", "navigation"),
        ("48 shares", "navigation"),
        ("Sign up to the Grain & Bread newsletter", "page widget"),
        ("Subscribe to our weekly newsletter", "page widget"),
        ("A version of this article appears in print on March 7, 2018, on Page A4.", "page widget"),
        ("This article is more than 3 years old", "page widget"),
        ("Read more: Bakers march on the town hall", HEADLINE),
        ("RELATED | Bakers march on the town hall", HEADLINE),
        ("Lire aussi : Les boulangers en colère", HEADLINE),
        ("Image copyright Coast Pictures", "caption or credit"),
        ("Photo: Max Stone/Coast Wire", "caption or credit"),
        ("[Photo/Coast Wire]", "caption or credit"),
        ("The mill at night. Photograph: Max Stone/Coast Wire", "caption or credit"),
        ("The mill at night. (Max Stone/Coast Wire)", "caption or credit"),
    ],
)
def test_page_furniture(block: str, reason: str) -> None:
    cleaned = clean(f"{PROSE}\n\n{block}\n\n{MORE}", saved_page=True)
    assert cleaned.text == f"{PROSE}\n\n{MORE}"
    assert cleaned.dropped == (Dropped(block, reason),)


@pytest.mark.parametrize(
    "block",
    [
        "They follow us on our way to the harbour.",
        "He declined to view the comments of the committee.",
        "They share this story with their children.",
        "We said that a page on which we use cookies needs a notice.",
        "All rights reserved to the crown were given up.",
        "Home is where the bread is.",
        "The images are gone.",
        "Videos of the harvest",
        "What the southern farmers asked for",
        "What happens next",
        "Q: Who would pay for all of the grain bought abroad",
        "John Miller: I never said that we would buy abroad",
        "“We will not sell a single sack of it”",
        "- the grain that was bought abroad and never paid for",
        "Subscribe to our view or not, the price will rise.",
        "We and our partners in the valley will buy the grain.",
        "(Reporting by Ann Lee; Editing by Max Stone)",
        "Photographs of the mill were shown to the court.",
        "The picture by then was clear.",
        "He ate and/or drank. (He was hungry)",
        "Read more slowly: that was his advice",
        "48 shares were sold",
        "Topics",
        "1,204",
    ],
)
def test_an_author_s_own_words_stay(block: str) -> None:
    page = f"Published: 6 March 2018\n\n{PROSE}\n\n{block}\n\n{MORE}"
    cleaned = clean(page, saved_page=True)
    assert cleaned.text == page
    assert cleaned.dropped == ()


@pytest.mark.parametrize(
    "questions",
    [
        ["Why did you buy the grain abroad?", "Who will pay for the grain that was bought?"],
        ["Who will pay for the grain that was bought?", "What do the mills say to all of this?"],
        ["Is it true that I must pay for the grain myself?"],
    ],
)
def test_the_questions_of_an_interview_stay(questions: list[str]) -> None:
    answers = "".join(f"\n\n{question}\n\n{PROSE}" for question in questions)
    page = f"image image\n\nA talk with a miller\n\n{MORE}{answers}"
    cleaned = clean(page, saved_page=True)
    assert cleaned.text == f"A talk with a miller\n\n{MORE}{answers}"


def test_lines_between_paragraphs_stay_where_nothing_speaks_of_a_page() -> None:
    text = f"Millers doubt grain pact\n\n{PROSE}\n\n{FOREIGN}\n\n{MORE}"
    assert clean(text, saved_page=True).text == text


@pytest.mark.parametrize(
    ("before", "after"),
    [(PROSE.rstrip("."), MORE), (PROSE, MORE.rstrip(".")), ("He left.", MORE), (PROSE, "He left.")],
)
def test_lines_stay_where_they_do_not_stand_between_two_paragraphs(before: str, after: str) -> None:
    page = f"Published: 6 March 2018\n\n{before}\n\n{FOREIGN}\n\n{after}"
    assert clean(page, saved_page=True).text == page


def test_a_page_of_nothing_but_furniture_is_empty() -> None:
    assert clean("image image\n\nShare", saved_page=True).text == ""


MENU = "News | Sport | Weather | Arts & Books | " * 10


@pytest.mark.parametrize(
    "block",
    [
        MENU + "More...",
        "Home | " + MENU + "More...",
        "Home " + "| a b c d e f " * 2000 + "...",
        "Home > " * 20_000,
        "image " * 20_000 + "x",
        "by a source" + " " * 100_000,
        "a" + "\u0301" * 100_000 + "\u0316" * 100_000,
        "a" + "\u0344\u0316" * 50_000,
    ],
    ids=lambda block: block[:14],
)
def test_no_page_takes_long(block: str) -> None:
    began = time.perf_counter()
    cleaned = clean(f"{PROSE}\n\n{block}\n\n{MORE}", saved_page=True)
    assert time.perf_counter() - began < 2
    assert cleaned.text.startswith(PROSE)
    assert cleaned.text.endswith(MORE)


def test_a_menu_is_navigation_however_long_its_trail() -> None:
    trail = "Home | " + "News | Sport | Arts & Books | " * 5 + "Weather"
    cleaned = clean(f"{PROSE}\n\n{trail}\n\n{MORE}", saved_page=True)
    assert cleaned.dropped == (Dropped(trail, "navigation"),)


def test_more_marks_than_any_script_writes_are_cut() -> None:
    assert tidy("x" + "\u0301" * 40 + "y" + "\u0316" * 30) == (
        "x" + "\u0301" * 30 + "y" + "\u0316" * 30
    )
    many = tidy("x" + "\u0344" * 40)
    assert many == tidy(many)
    assert len(many) == 31
    punctuation = "…" * 50 + "\u3002" * 50
    assert tidy(punctuation) == punctuation


def test_words_that_may_be_headings_go_only_with_what_is_no_doubt_furniture() -> None:
    for word in ("Topics", "Shares", "1,204"):
        text = f"{PROSE}\n\n{word}\n\n{MORE}"
        assert clean(text, saved_page=True).text == text
        cleaned = clean(f"{text}\n\nShare this article", saved_page=True)
        assert cleaned.text == f"{PROSE}\n\n{MORE}"
        assert Dropped(word, "navigation") in cleaned.dropped


def test_a_list_of_other_articles_ends_where_text_begins() -> None:
    others = "You may also like\n\nTen mills of the coast\n\nWho bakes for whom?"
    cleaned = clean(f"{PROSE}\n\n{others}\n\n{MORE}\n\nThe mills", saved_page=True)
    assert cleaned.text == f"{PROSE}\n\n{MORE}\n\nThe mills"
    assert [piece.reason for piece in cleaned.dropped] == ["navigation", HEADLINE, HEADLINE]
    above = f"Most read\n\nMillers doubt grain pact\n\n{PROSE}"
    assert clean(above, saved_page=True).text == f"Millers doubt grain pact\n\n{PROSE}"


WRAPPED = """The replacement would be built upstream of the old bridge, where the riv-
er is narrow and the rock is close to the surface. It would take three well-
known firms, and so the engineers of the county went on for a long time."""


def test_a_word_cut_at_the_end_of_a_line_is_joined_where_it_can_be_no_other() -> None:
    joined = clean(WRAPPED, saved_page=True).text
    assert joined == WRAPPED.replace("riv-\ner ", "river\n")
    assert clean(WRAPPED, saved_page=False).text == WRAPPED
    ragged = "It would go up the riv-\ner, and the county would pay for all of it, in the end, she said to us.\nNo."
    assert clean(ragged, saved_page=True).text == ragged


def test_a_word_is_joined_that_also_stands_whole_and_a_compound_is_not() -> None:
    fill = "and the county would have to pay for all of it in the very end"
    whole = f"{fill} the mill-\nstone of {fill[:52]} a\nmillstone that is its own and a stone."
    assert "the millstone\nof" in clean(whole, saved_page=True).text
    compound = f"{fill} the mill-\nstone of {fill[:52]} a\ngreat mill that is its own and a stone."
    assert clean(compound, saved_page=True).text == compound


@pytest.mark.parametrize(
    "text",
    [
        "“Ça coûte 5 £ – voilà”, says Zoë Müller’s naïve façade…",
        "Łódź, Москва, Αθήνα, 東京, القاهرة",
        "Ã is a letter, and so are Â and â.",
        "40°C ± 1 · ½ × ¾ € § ¶",
        "SÃO PAULO, São Tomé, TÜRKİYE, ESPAÑA",
    ],
)
def test_what_is_right_is_not_repaired(text: str) -> None:
    assert tidy(text) == text


@pytest.mark.parametrize(
    "block",
    ["â€™" * 40_000, "Ã" * 100_000, "ÃƒÂ¢" * 30_000, "Ã \n" * 30_000, "abcd-\nefgh " * 20_000],
)
def test_broken_text_takes_no_time(block: str) -> None:
    began = time.perf_counter()
    clean(f"{PROSE}\n\n{block}\n\n{MORE}", saved_page=True)
    assert time.perf_counter() - began < 2
