from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.metadata.dates import day_first, find_date

FORMS = [
    "%d %B %Y",
    "%d %b. %Y",
    "%d-%b-%Y",
    "%A, %d %B, %Y, 9:05am",
    "%a %d %b %Y 16.24 GMT",
    "%B %d, %Y",
    "%b %d %Y",
    "%B %d, %Y 4:24 PM EDT",
    "%Y-%m-%d",
    "%Y/%m/%d 22:33:02",
    "%Y.%m.%d",
    "%Y-%m-%dT16:24:00Z",
    "%Y-%m-%dT16:24:00.123+08:00",
    "%Y年%m月%d日",
    "%Y年%m月%d日 10:30",
    "%Y年%m月%d日 10時30分",
    "10:30 GMT, %d %B %Y",
    "1405 GMT (2205 HKT) %B %d, %Y",
    "05:41, %d %B %Y",
]


@given(st.dates(date(1400, 1, 1), date(2199, 12, 31)), st.sampled_from(FORMS))
def test_every_day_is_read_in_every_form(day: date, form: str) -> None:
    words = day.strftime(form)
    text = f"It was dated {words} by hand."
    found = find_date(text)
    assert found is not None
    assert found.day == day
    assert text[found.start : found.end] == words


@given(st.dates(date(1400, 1, 1), date(2199, 12, 31)), st.sampled_from("/-."), st.booleans())
def test_a_day_in_numbers_is_read_only_where_it_can_be_no_other(
    day: date, mark: str, day_first: bool
) -> None:
    parts = (day.day, day.month) if day_first else (day.month, day.day)
    found = find_date(mark.join(map(str, (*parts, day.year))))
    if day.day > 12 or day.day == day.month:
        assert found is not None
        assert found.day == day
    else:
        assert found is None


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("the 3rd of May 2016", date(2016, 5, 3)),
        ("the 3rd of May, 2016", date(2016, 5, 3)),
        ("Sept. 5, 2017", date(2017, 9, 5)),
        ("Sept 5 2017", date(2017, 9, 5)),
        ("WEDNESDAY 1 MARCH 2017", date(2017, 3, 1)),
        ("29 February 2016", date(2016, 2, 29)),
        ("04/05/2017, that is 4 May 2017", date(2017, 5, 4)),
        ("31 February 2017, or rather 3 March 2017", date(2017, 3, 3)),
        ("Montag, 5. März 2018, 10:30 Uhr", date(2018, 3, 5)),
        ("14 mai 2013 à 18h07", date(2013, 5, 14)),
        ("1er janvier 2017", date(2017, 1, 1)),
        ("10 de octubre de 2015", date(2015, 10, 10)),
        ("28 сентября 2014, 18:00", date(2014, 9, 28)),
        ("2017년 1월 5일", date(2017, 1, 5)),
        ("2 June 2017, before 2017-06-01", date(2017, 6, 2)),
        ("2017-06-01, before 2 June 2017", date(2017, 6, 1)),
    ],
)
def test_the_first_date_that_can_be_read(text: str, day: date) -> None:
    found = find_date(text)
    assert found is not None
    assert found.day == day


@pytest.mark.parametrize(
    "text",
    [
        "",
        "04/05/2017",
        "4.5.2017",
        "31 February 2017",
        "29 February 2017",
        "2017-13-05",
        "2017-00-10",
        "13/13/2017",
        "3 May 0000",
        "3 May 20161",
        "3 May",
        "May 2016",
        "2016",
        "Resolution 1.2.3.2017",
        "/2016/05/03/",
        "between 3 and 5 May",
        "Mayor 3 2016",
        "Mars 3 2016",
    ],
)
def test_no_date(text: str) -> None:
    assert find_date(text) is None


def test_only_between_the_two_offsets() -> None:
    text = "3 May 2016 and 9 June 2017"
    found = find_date(text, 5)
    assert found is not None
    assert (found.day, found.start, found.end) == (date(2017, 6, 9), 15, 26)
    assert find_date(text, 0, 8) is None


def test_the_order_of_day_and_month_can_be_told() -> None:
    text = "on 04/05/2017 or 4.5.2017, and 05/31/2017"
    for order, day in ((True, date(2017, 5, 4)), (False, date(2017, 4, 5))):
        found = find_date(text, day_first=order)
        assert found is not None
        assert (found.day, found.ordered, text[found.start : found.end]) == (
            day,
            True,
            "04/05/2017",
        )
    found = find_date(text, 25, day_first=True)
    assert found is not None
    assert (found.day, found.ordered) == (date(2017, 5, 31), False)


NUMBERS = "Published: 04/05/2017"


@pytest.mark.parametrize(
    ("text", "language", "url", "order"),
    [
        (NUMBERS, "", "", None),
        (f"{NUMBERS}. Next: 31/05/2017", "", "", True),
        (f"{NUMBERS}. Next: 05/31/2017", "", "", False),
        (f"{NUMBERS}. Next: 05/31/2017, then 31/05/2017", "de", "", None),
        (f"{NUMBERS}. Next: 13/13/2017", "", "", None),
        (f"{NUMBERS} 10:30 AM EST", "", "", False),
        (f"{NUMBERS}, 10:30 BST", "", "", True),
        (NUMBERS, "en", "", None),
        (NUMBERS, "en-US", "", False),
        (NUMBERS, "en-GB", "", True),
        (NUMBERS, "fr", "", True),
        (NUMBERS, "fr-CA", "", None),
        (NUMBERS, "zh", "", None),
        (f"{NUMBERS}. Next: 05/31/2017", "en-GB", "", False),
        (NUMBERS, "en", "https://paper.co.uk/a", True),
        (NUMBERS, "en", "https://www.mill.gov:8080", False),
        (NUMBERS, "en", "https://paper.com/a.uk", None),
    ],
)
def test_what_tells_the_order(text: str, language: str, url: str, order: bool | None) -> None:
    assert day_first(text, language=language, url=url) is order
