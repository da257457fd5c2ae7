"""A quote is whole, without stray marks at its ends, and keeps the words that turn its meaning."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.types import Document, Metadata, Sourced, Span
from qa.reader.quotes import expand_to_whole_words, spelt_out


def document(text: str) -> Document:
    return Document("a.txt", "0" * 64, text, Metadata(Sourced("A", "file name")))


def cite(text: str, marked: str) -> str:
    """What is cited of a sentence in which a model marks these words, where they stand last."""
    start = text.rindex(marked)
    whole = document(text)
    found = expand_to_whole_words(whole.span(start, start + len(marked)), whole.span(0, len(text)))
    assert found.document is whole
    return found.text


# Whole: never cut inside a number, a name or a word.


@pytest.mark.parametrize(
    "whole",
    [
        # Numbers with separators, signs and units.
        "1,250.5",
        "$1,250.5",
        "$5",
        "€5.5bn",
        "HK$50",
        "US$4.5",
        "45%",
        "45 %",
        "3.5m",
        "10:30",
        "3/4",
        "10th",
        "1990s",
        "-5",
        "−5",
        "-$5.5bn",
        ".5%",
        "5.2 billion",
        "$1.3 trillion",
        "10 thousand",
        # Words and names.
        "Panthers",
        "O'Brien",
        "O’Brien",
        "AT&T",
        "Émile",
        "U.S.",
        "p.m.",
        "J.R.R.",
        "corpus.qa",
        "COVID-19",
        "mid-1990s",
        "Jean-Claude",
        "al-Qaeda",
        "non-Muslim",
        "Élise-Noël",
        "東京",
    ],
)
@pytest.mark.parametrize(
    "around", ["It was {} then.", "{} it was, then.", "(It was “{}” then)", "He left ({}) early."]
)
def test_wherever_a_model_cuts_it_is_whole(whole: str, around: str) -> None:
    text = around.format(whole)
    sentence = document(text)
    first = text.index(whole)
    for start in range(len(whole)):
        for end in range(start + 1, len(whole) + 1):
            found = expand_to_whole_words(
                sentence.span(first + start, first + end), sentence.span(0, len(text))
            )
            assert found.text == whole, whole[start:end]


@pytest.mark.parametrize(
    ("text", "marked", "cited"),
    [
        ("It rose from 1,250.5 to 1,300 points.", "50.5 to 1,3", "1,250.5 to 1,300"),
        ("It was in New York that he left.", "ew Yor", "New York"),
        ("It was Kim's and Lee’s idea.", "Kim", "Kim"),
        ("It was Kim's and Lee’s idea.", "Kim's", "Kim's"),
        ("It was Kim's and Lee’s idea.", "im's and Lee", "Kim's and Lee"),
        ("It was Kim's and Lee’s idea.", "s and Lee’s", "Kim's and Lee’s"),
        ("A London-based firm in US-China trade.", "London", "London"),
        ("A London-based firm in US-China trade.", "China", "China"),
        ("He led it from 1914-18, on 5 millionaires' money.", "1914", "1914"),
        ("He led it from 1914-18, on 5 millionaires' money.", "5", "5"),
        ("It fell by 5, then 10.", "by 5, then 1", "by 5, then 10"),
        # Two numbers are two, and so are two words.
        ("It fell by 5, then 10.", "5,", "5"),
        ("He is pro-Russian, in Paris-based terms.", "Paris", "Paris"),
        ("He ruled from 1990-1995.", "1990", "1990"),
        ("He ruled from 1990–1995.", "–1995", "1995"),
        ("5 - 6 men came.", "- 6 men", "6 men"),
        # Dots before a number are no decimal point, and a dash after a word is no minus.
        ("He waited...5 men came.", "...5 men", "5 men"),
        ("He waited—5 men came.", "—5 men", "5 men"),
        ("Flight A-5 left.", "-5", "A-5"),
        ("It runs on .NET there.", ".NET", ".NET"),
    ],
)
def test_whole_words_and_no_more(text: str, marked: str, cited: str) -> None:
    assert cite(text, marked) == cited


# Without what is stray at its ends.


# Divided by "~", since most other marks are among them.
STRAY = (
    "Rome~ Rome~Rome, ~, Rome;~Rome:~— Rome –~Rome!~Rome?!~Rome.~Rome...~…Rome…~(Rome~Rome)~[Rome~Rome]"
    "~{Rome~Rome}~“Rome~Rome”~‘Rome~Rome’~«Rome~Rome»~\"Rome~Rome\"~'Rome~Rome'~Rome (~) Rome~“ Rome"
    '~Rome.”~**Rome**~| Rome |~Rome,)~(“Rome~Rome”).~"Rome.'
)
BELONGING = (
    "(in Rome)~“in Rome”~‘in Rome’~\"in Rome\"~'in Rome'~[in] Rome~Rome (in Italy)~“Rome” and “Milan”"
    "~Kim's “Rome”~“Don't go”~‘Don’t go’~Kim’s ‘Rome’~the workers’~the workers'~Rome’s~'90s~C++~5°"
)


@pytest.mark.parametrize("marked", STRAY.split("~"))
def test_stray_marks_go(marked: str) -> None:
    assert cite(f"He went to {marked} then", marked) == "Rome"


@pytest.mark.parametrize("marked", BELONGING.split("~"))
def test_marks_that_belong_stay(marked: str) -> None:
    assert cite(f"He went there: {marked}, in May.", marked) == marked


@pytest.mark.parametrize(
    ("text", "marked", "cited"),
    [
        # A mark at one end, another kind at the other.
        ('It was "the workers’ day.', '"the workers’', "the workers’"),
        ("He said (in (early) May", "(in (early) May", "in (early) May"),
        ("He said in (early) May)", "in (early) May)", "in (early) May"),
        ("He wrote ‘Kim’s house', he said", "‘Kim’s house", "Kim’s house"),
        # Of several sentences the stops between them stay.
        (
            "It rained. Then it stopped.",
            "It rained. Then it stopped.",
            "It rained. Then it stopped",
        ),
        # What has neither a letter nor a digit is left alone.
        ("Well ... no", "...", "..."),
        ("Well (?) no", "(?)", "(?)"),
        ("Well no", " ", " "),
    ],
)
def test_stray_and_belonging_marks_together(text: str, marked: str, cited: str) -> None:
    assert cite(text, marked) == cited


@pytest.mark.parametrize(
    ("text", "marked", "cited"),
    [
        ("He went to the U.S. in May.", "the U.S.", "the U.S."),
        ("He went to the U.S.", "U.S.", "U.S."),
        ("He left at 3 p.m.", "3 p.m.", "3 p.m."),
        ("It was Martin Luther King Jr.", "King Jr.", "King Jr."),
        ("She works for Acme Inc.", "Acme Inc.", "Acme Inc."),
        ("She has a Ph.D.", "Ph.D.", "Ph.D."),
        ("He went to the U.S.,", "U.S.,", "U.S."),
        # A full stop that ends the sentence.
        ("He went to Rome.", "Rome.", "Rome"),
        ("He went in 1998.", "1998.", "1998"),
        ("There were 5.", "5.", "5"),
        ("It rose to 1.5.", "1.5.", "1.5"),
        ("It was worth $5.", "$5.", "$5"),
        ("He left with us.", "us.", "us"),
    ],
)
def test_the_stop_of_an_abbreviation_stays_and_the_sentences_goes(
    text: str, marked: str, cited: str
) -> None:
    assert cite(text, marked) == cited


# Widened by what turns the meaning.


@pytest.mark.parametrize(
    ("text", "marked", "cited"),
    [
        ("The house was not red.", "red", "not red"),
        ("It is not in the north.", "north", "not in the north"),
        ("She cannot drive.", "drive", "cannot drive"),
        ("She doesn't drive.", "drive", "doesn't drive"),
        ("She won’t drive.", "drive", "won’t drive"),
        ("He never smoked.", "smoked", "never smoked"),
        ("Neither Kim nor Lee left.", "Lee", "nor Lee"),
        ("Neither Kim nor Lee left.", "Kim nor Lee", "Neither Kim nor Lee"),
        ("He came without a hat.", "hat", "without a hat"),
        ("It holds unless it rains.", "it rains", "unless it rains"),
        ("Everyone left except for Kim.", "Kim", "except for Kim"),
        ("There is no money.", "money", "no money"),
        ("No one left.", "one", "No one"),
        ("He denied that the car was red.", "the car was red", "denied that the car was red"),
        ("He denies on Monday that Kim left.", "Kim left", "denies on Monday that Kim left"),
        ("He rejected claims that Kim left.", "Kim left", "rejected claims that Kim left"),
        ("They doubt that Kim left.", "Kim", "doubt that Kim"),
        ("Up to five men came.", "five men", "Up to five men"),
        ("It holds up to\n5 men.", "5", "up to\n5"),
        ("At least five men came.", "five", "At least five"),
        ("At most 5% left.", "5", "At most 5%"),
        ("More than 1,000 came.", "000", "More than 1,000"),
        ("No more than five came.", "five", "No more than five"),
        ("Fewer than five came.", "five", "Fewer than five"),
        ("As many as five came.", "five", "As many as five"),
        # One may turn another.
        ("He did not deny that Kim left.", "Kim left", "not deny that Kim left"),
        ("He didn't deny that Kim left.", "Kim left", "didn't deny that Kim left"),
        ("It was not at least five.", "five", "not at least five"),
        ("It is never unless asked.", "asked", "never unless asked"),
        # What is trimmed first does not hide it.
        ("The house was not, red.", ", red", "red"),
        ("The house was not red.", " red.", "not red"),
    ],
)
def test_what_turns_the_meaning_is_kept(text: str, marked: str, cited: str) -> None:
    assert cite(text, marked) == cited


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("It was red.", "red"),
        ("It was noted on Monday.", "on Monday"),
        ("The knot held.", "held"),
        ("See No. 5 there.", "5"),
        ("He said that Kim left.", "Kim left"),
        ("He was not there; Kim left.", "Kim left"),
        ("It did not rain and Kim left.", "Kim left"),
        ("He went up and to Rome.", "Rome"),
        ("He knows more about Rome.", "Rome"),
    ],
)
def test_what_turns_nothing_is_left(text: str, marked: str) -> None:
    assert cite(text, marked) == marked


def test_nothing_before_the_sentence_is_looked_at() -> None:
    text = document("He said no\nKim left. He would not\nLee stayed.")
    first, second = text.span(11, 20), text.span(34, 45)
    assert (first.text, second.text) == ("Kim left.", "Lee stayed.")
    assert expand_to_whole_words(text.span(11, 14), first).text == "Kim"
    assert expand_to_whole_words(text.span(34, 37), second).text == "Lee"
    assert expand_to_whole_words(text.span(11, 14), text.span(0, 20)).text == "no\nKim"


def test_nothing_behind_the_sentence_is_taken() -> None:
    text = document("He paid $5.5 million")
    assert expand_to_whole_words(text.span(9, 10), text.span(0, 10)) == text.span(8, 10)
    assert expand_to_whole_words(text.span(9, 10), text.span(0, 20)) == text.span(8, 20)


# All of it, on what nobody would think of.

PIECES = (
    "not never no denied that unless up to at least more than as many as cannot doesn't the a in of "
    "except for rejected claims U.S. p.m. e.g. Inc. Dr. $5 1,250.5 45% -5 .5 5bn ’90s HK$50 12 % $ "
    "O'Brien AT&T Kim Anne-Marie red workers’ workers' 東京 É _x_ ² . , ; : ! ? - – — − … ( ) [ ] { } "
    "“ ” ‘ ’ « » \" ' * / | & +"
)
TEXTS = st.lists(
    st.tuples(st.sampled_from(PIECES.split()), st.sampled_from(["", " ", " ", "\n", "  "])),
    min_size=1,
).map(lambda pieces: "".join(word + space for word, space in pieces))


@st.composite
def marked(draw: st.DrawFn) -> tuple[Span, Span]:
    """A quote that lies in a sentence of a document."""
    text = document(draw(TEXTS | st.text(min_size=1)))
    places = sorted(draw(st.tuples(*[st.integers(0, len(text.text))] * 4)))
    if draw(st.booleans()):
        places[0], places[3] = 0, len(text.text)
    return text.span(places[1], places[2]), text.span(places[0], places[3])


def letters(span: Span) -> list[int]:
    """Where the letters and digits of a span stand."""
    return [i for i in range(span.start, span.end) if span.document.text[i].isalnum()]


@given(marked())
def test_it_stays_in_the_sentence_and_loses_no_letter(pair: tuple[Span, Span]) -> None:
    quote, sentence = pair
    found = expand_to_whole_words(quote, sentence)
    assert found.document is quote.document
    assert sentence.start <= found.start <= found.end <= sentence.end
    assert set(letters(quote)) <= set(letters(found))


@given(marked())
def test_twice_is_once(pair: tuple[Span, Span]) -> None:
    quote, sentence = pair
    found = expand_to_whole_words(quote, sentence)
    if letters(quote):
        assert expand_to_whole_words(found, sentence) == found


@given(marked())
def test_it_neither_begins_nor_ends_with_a_space_or_a_comma(pair: tuple[Span, Span]) -> None:
    quote, sentence = pair
    if letters(quote):
        found = expand_to_whole_words(quote, sentence).text
        assert found == found.strip()
        assert found == found.strip(",;:!?…—*_|")


# What a reader is given in place of "the author".

WELLS = (
    "Wells run dry\n\nBy Ann Lee\n\nOne well in five is dry.\n\n"
    "The author is a lecturer at Westmoor College. The author of the survey is unknown."
)


def signed(*authors: str) -> Document:
    names = tuple(Sourced(name, "byline") for name in authors)
    return Document("wells.txt", "", WELLS, Metadata(Sourced("Wells run dry", "first line"), names))


def test_the_author_of_a_note_is_read_as_who_signed_and_quoted_as_it_stands() -> None:
    article = signed("Ann Lee")
    start = WELLS.index("One well")
    read = spelt_out(article.span(start, len(WELLS)))
    assert read.text == (
        "One well in five is dry.\n\n"
        "Ann Lee is a lecturer at Westmoor College. The author of the survey is unknown."
    )
    for words in ("One well", "a lecturer at Westmoor College", "The author of the survey"):
        at = read.text.index(words)
        first, last = read.place(at, at + len(words))
        assert WELLS[first:last] == words
    name = read.text.index("Ann Lee")
    for first, last in (read.place(name, name + 7), read.place(name + 4, name + 5)):
        assert WELLS[first:last] == "The author"


@pytest.mark.parametrize("authors", [(), ("Ann Lee", "Bo Kim")])
def test_a_note_that_names_nobody_or_another_number_is_read_as_it_stands(
    authors: tuple[str, ...],
) -> None:
    article = signed(*authors)
    assert spelt_out(article.span(0, len(WELLS))).text == WELLS


def test_the_middle_of_a_long_text_speaks_of_another_author() -> None:
    long = "It rained. " * 300
    text = f"{long}\n\nThe author is a baker.\n\n{long}"
    known = Metadata(Sourced("Rain", "file name"), (Sourced("Ann Lee", "byline"),))
    article = Document("a.txt", "", text, known)
    assert spelt_out(article.span(0, len(text))).text == text
