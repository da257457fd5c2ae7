import time

import pytest

from corpus.metadata.bylines import find_authors, find_title
from corpus.metadata.datelines import find_dates
from corpus.metadata.publishers import find_publisher
from corpus.types import Dated, Sourced

PROSE = (
    "The ministers met in the capital on Tuesday to discuss the price of grain, and after nine "
    "hours of talks they had agreed on very little at all. By Monday the last of them had left the "
    "hotel, and the price of bread rose again in every one of the five southern provinces."
)
TITLE = "Millers doubt grain pact"


def page(head: str = "", foot: str = "") -> str:
    return "\n\n".join(filter(None, (TITLE, head, PROSE, PROSE, foot)))


def quoted(text: str, found: Sourced | Dated | None) -> str | None:
    """What the text says where a value was found."""
    return None if found is None or found.start is None else text[found.start : found.end]


@pytest.mark.parametrize(
    ("head", "names"),
    [
        ("By Ann Lee", ["Ann Lee"]),
        ("by Ann Lee", ["Ann Lee"]),
        ("BY ANN LEE AND JO PARK", ["ANN LEE", "JO PARK"]),
        ("By Ann Lee and Jo Park", ["Ann Lee", "Jo Park"]),
        ("By Ann Lee, Jo Park, and Wu Min", ["Ann Lee", "Jo Park", "Wu Min"]),
        ("By Ann Lee & Jo Park", ["Ann Lee", "Jo Park"]),
        ("Written by Ann Lee", ["Ann Lee"]),
        ("Author: Ann Lee", ["Ann Lee"]),
        ("Authors: Ann Lee; Jo Park", ["Ann Lee", "Jo Park"]),
        ("Posted by Ann Lee on 3 May 2016", ["Ann Lee"]),
        ("By J. R. McDonald", ["J. R. McDonald"]),
        ("By Jean-Luc O'Neill", ["Jean-Luc O'Neill"]),
        ("By Ludwig van der Berg", ["Ludwig van der Berg"]),
        ("By Łukasz Żak and Élodie Đurić", ["Łukasz Żak", "Élodie Đurić"]),
        ("Authors: Ann Lee, Jo Park", ["Ann Lee", "Jo Park"]),
        ("By Ann Lee, Reuters", ["Ann Lee"]),
        ("By Ann Lee, Coastal Wire", ["Ann Lee"]),
        ("By Ann Lee and Jo Park, Staff Writers", ["Ann Lee", "Jo Park"]),
        ("By Ann Lee in Moscow", ["Ann Lee"]),
        ("By Ann Lee for The Paper", ["Ann Lee"]),
        ("By Ann Lee | 3 May 2016", ["Ann Lee"]),
        ("By Ann Lee (Moscow)", ["Ann Lee"]),
        ("By Wu Min Source:Grain Daily Published: 2018/3/6 22:33:02", ["Wu Min"]),
        ("By Ann Lee\nMOSCOW, May 3 -", ["Ann Lee"]),
        ("By The Grain Desk", ["The Grain Desk"]),
        ("By Ann Lee and Jo Park | Staff Writer", ["Ann Lee", "Jo Park"]),
        ("By ANN LEE JAN. 5, 2017", ["ANN LEE"]),
        ("By Ann Lee September 28, 2014 at 6:12 PM EDT", ["Ann Lee"]),
        ("Posted on June 9, 2013 by Ann Lee", ["Ann Lee"]),
        ("Von Anna Lehmann und Max Stein, Berlin", ["Anna Lehmann", "Max Stein"]),
        ("Par Anne Leroy", ["Anne Leroy"]),
        ("Por Ana López y Luis Díaz", ["Ana López", "Luis Díaz"]),
        ("Autor: Reto Caduff", ["Reto Caduff"]),
        ("2016年11月02日 来源：粮食日报 作者：吴敏", ["吴敏"]),
        ("Ann Lee in Southport\n\n3 May 2016", ["Ann Lee"]),
        ("Ann Lee\n\n@annlee", ["Ann Lee"]),
        ("Ann Lee\n\nMay 3, 2016 · 4 min read", ["Ann Lee"]),
        ("3 May 2016 • Ann Lee", ["Ann Lee"]),
    ],
)
def test_authors(head: str, names: list[str]) -> None:
    text = page(head)
    authors = find_authors(text)
    assert [author.value for author in authors] == names
    assert [quoted(text, author) for author in authors] == names
    assert {author.origin for author in authors} == {"byline"}


@pytest.mark.parametrize(
    "head",
    [
        "By Monday the troops had left",
        "By Monday Morning",
        "By Friday Evening In Moscow",
        "By Monday",
        "By our foreign staff",
        "By Ann Lee's own account it was a mess",
        "By Ann Lee's Own Account",
        "By Russian President Ivan Petrov's decree the tax ended.",
        "By Ann Lee, Moscow had fallen.",
        "By air and by sea",
        "It was seen by Ann Lee",
        "The report had been written long before that day by a person\nby Ann Lee\nwho knew",
        "Stand by Ann Lee",
        "North Korea\n\n3 May 2016",
        "World News\n\nNo mill is safe",
        "Bread in Southport\n\nIt costs more",
        "Par for the course",
    ],
)
def test_no_authors(head: str) -> None:
    assert find_authors(page(head)) == ()


def test_a_byline_stands_at_the_head() -> None:
    assert find_authors(f"{TITLE}\n\n" + f"{PROSE}\n\n" * 6 + "By Ann Lee\n\n" + PROSE) == ()


STANDFIRST = "Ann Lee says that the pact has been oversold, but that the mills have no choice"


@pytest.mark.parametrize(
    ("head", "foot"),
    [
        (STANDFIRST, "Ann Lee is a fellow of the Institute for Bread in Southport"),
        (STANDFIRST, "Dr. Ann Lee is the head of grain research at Southport University."),
        (STANDFIRST, "Ann Lee is a baker from Southport.\n\nThis appeared in print as: Pact"),
        ("Grain: Ann Lee and Jo Park argue for it", "Ann Lee is a fellow of the Institute"),
    ],
)
def test_the_author_s_note_at_the_end(head: str, foot: str) -> None:
    text = page(head, foot)
    (author,) = find_authors(text)
    assert (author.value, author.origin) == ("Ann Lee", "author's note")
    assert author.start is not None
    assert author.start > text.index(foot) - 1
    assert quoted(text, author) == "Ann Lee"


@pytest.mark.parametrize(
    ("head", "foot"),
    [
        ("", "Ann Lee is a fellow of the Institute for Bread in Southport"),
        (STANDFIRST, "Jo Park is the owner of a mill in Southport"),
        (STANDFIRST, "The author is a fellow of the Institute for Bread"),
        (STANDFIRST, "The Central Bank is the regulator of the market"),
        ("Bread prize for Ann Lee", "Ann Lee is a baker from Southport."),
    ],
)
def test_no_author_s_note(head: str, foot: str) -> None:
    assert find_authors(page(head, foot)) == ()


def test_one_who_wins_in_the_title_is_no_author() -> None:
    text = f"Ann Lee says no\n\n{PROSE}\n\nAnn Lee is the head of the mill of Southport."
    assert find_authors(text) == ()


@pytest.mark.parametrize(
    ("foot", "names"),
    [
        ("(Reporting by Ann Lee and Jo Park; Editing by Max Stone)", ["Ann Lee", "Jo Park"]),
        ("(Reporting by Ann Lee)", ["Ann Lee"]),
        ("(Additional reporting by Ann Lee; Editing by Max Stone)", []),
        ("Posted by Ann Lee on 3 May 2016", []),
    ],
)
def test_who_filed_a_story_without_a_byline(foot: str, names: list[str]) -> None:
    text = page("", foot)
    authors = find_authors(text)
    assert [author.value for author in authors] == names
    assert [quoted(text, author) for author in authors] == names
    assert {author.origin for author in authors} <= {"reporting credit"}


def test_who_posted_it_stands_under_a_post() -> None:
    assert [a.value for a in find_authors(page("", "Posted by Ann Lee at 10:30 PM"))] == ["Ann Lee"]


def test_a_word_that_begins_a_byline_elsewhere_begins_a_title() -> None:
    text = f"Par Excellence Bakers\n\n{PROSE}"
    assert find_authors(text) == ()
    found = find_title(text)
    assert found is not None
    assert found.value == "Par Excellence Bakers"


@pytest.mark.parametrize(
    ("head", "day", "origin", "words"),
    [
        (
            "PUBLISHED : Tuesday, 6 March, 2018, 9:05am",
            "2018-03-06",
            "published line",
            "Tuesday, 6 March, 2018, 9:05am",
        ),
        ("Published: 6 March 2018", "2018-03-06", "published line", "6 March 2018"),
        ("Published on 6 March 2018.", "2018-03-06", "published line", "6 March 2018"),
        ("First published at 6 March 2018", "2018-03-06", "published line", "6 March 2018"),
        ("Posted: March 6, 2018", "2018-03-06", "published line", "March 6, 2018"),
        ("Date: 2018-03-06", "2018-03-06", "published line", "2018-03-06"),
        ("Ann Lee | Published 6 Mar 2018", "2018-03-06", "published line", "6 Mar 2018"),
        (
            "By Wu Min Source:Grain Daily Published: 2018/3/6 22:33:02",
            "2018-03-06",
            "published line",
            "2018/3/6 22:33:02",
        ),
        ("6 March 2018", "2018-03-06", "date line", "6 March 2018"),
        ("March 6, 2018 4:24 PM EST", "2018-03-06", "date line", "March 6, 2018 4:24 PM EST"),
        ("By Ann Lee, Moscow, 6 March 2018", "2018-03-06", "byline", "6 March 2018"),
        ("Posted by Ann Lee on 6 March 2018", "2018-03-06", "byline", "6 March 2018"),
        ("04/05/2017\n\n6 March 2018", "2018-03-06", "date line", "6 March 2018"),
        (
            "MOSCOW, 6 March 2018 (Wire) - The talks failed",
            "2018-03-06",
            "dateline",
            "6 March 2018",
        ),
    ],
)
def test_published(head: str, day: str, origin: str, words: str) -> None:
    text = page(head)
    published, updated = find_dates(text)
    assert published is not None
    assert (published.day.isoformat(), published.origin) == (day, origin)
    assert quoted(text, published) == words
    assert updated is None


@pytest.mark.parametrize(
    "head",
    [
        "The ministry published a report on 3 May 2016",
        "The report, published on 3 May 2016, says so",
        "The paper published on 3 May 2016 was wrong.",
        "Published on 3 May 2016, the report was soon forgotten.",
        "published on 3 May 2016 and forgotten",
        "It was to be posted on 3 May 2016",
        "Release date: 3 May 2016",
        "Published: 04/05/2017",
        "Published: 31 February 2017",
        "Published: May",
        "By Monday, 3 May 2016 was history",
        "MOSCOW, May 3 (Reuters) - The talks failed",
        "The minister (2 May 2016) - so he said",
        "Since then, 3 May 2016 is a holiday",
    ],
)
def test_not_published(head: str) -> None:
    assert find_dates(page(head)) == (None, None)


@pytest.mark.parametrize(
    ("head", "days"),
    [
        (
            "PUBLISHED : Tuesday, 6 March, 2018, 9:05am\nUPDATED : Friday, 9 March, 2018, 1:10pm",
            ("2018-03-06", "2018-03-09"),
        ),
        ("Published: 6 March 2018 | Updated: 9 March 2018", ("2018-03-06", "2018-03-09")),
        (
            "Published Tue 6 Mar 2018 16.24 GMT\nLast modified on Fri 9 Mar 2018 09.00 GMT",
            ("2018-03-06", "2018-03-09"),
        ),
        ("By Ann Lee | 6 March 2018 | Updated 9 March 2018", ("2018-03-06", "2018-03-09")),
        ("Updated: 9 March 2018", (None, "2018-03-09")),
        ("Published: 04/05/2017\nUpdated: 13/05/2017", (None, "2017-05-13")),
        ("By Ann Lee | Updated 9 March 2018", (None, "2018-03-09")),
        (
            "Published 10:30 GMT, 6 March 2018. Updated 14:05 GMT, 9 March 2018",
            ("2018-03-06", "2018-03-09"),
        ),
        ("Publié le 6 mars 2018, mis à jour le 9 mars 2018", ("2018-03-06", "2018-03-09")),
        ("Stand: 9. März 2018, 08:15 Uhr", (None, "2018-03-09")),
        ("Updated 1405 GMT (2205 HKT) March 9, 2018", (None, "2018-03-09")),
    ],
)
def test_published_and_updated(head: str, days: tuple[str | None, str | None]) -> None:
    found = find_dates(page(head))
    assert tuple(dated and dated.day.isoformat() for dated in found) == days


@pytest.mark.parametrize(
    ("foot", "days"),
    [
        ("This article was first published on 3 May 2016 in The Paper.", ("2016-05-03", None)),
        ("Published: 3 May 2016", ("2016-05-03", None)),
        ("Last updated: 3 May 2016", (None, "2016-05-03")),
        ("Posted on 9 June 2018 by a reader", (None, None)),
        ("9 June 2018", (None, None)),
    ],
)
def test_dates_at_the_foot(foot: str, days: tuple[str | None, str | None]) -> None:
    found = find_dates(page(f"{PROSE}\n\n" * 5, foot))
    assert tuple(dated and dated.day.isoformat() for dated in found) == days


def test_a_label_in_the_middle_of_an_article_is_not_its_own() -> None:
    filler = f"{PROSE}\n\n" * 6
    assert find_dates(f"{TITLE}\n\n{filler}Published: 3 May 2016\n\n{filler}") == (None, None)


@pytest.mark.parametrize(
    ("head", "name"),
    [
        ("Source: Grain Daily", "Grain Daily"),
        ("By Wu Min Source:Grain Daily Published: 2018/3/6 22:33:02", "Grain Daily"),
        ("Source: Grain Daily | 2018-03-06 | Editor: Wu", "Grain Daily"),
        ("By Ann Lee\nPublisher: The Paper\nDate: 3 May 2016", "The Paper"),
        ("Published: 3 May 2016 Source: The Paper", "The Paper"),
    ],
)
def test_publisher(head: str, name: str) -> None:
    text = page(head)
    publisher = find_publisher(text)
    assert publisher is not None
    assert (publisher.value, publisher.origin) == (name, "source line")
    assert quoted(text, publisher) == name


@pytest.mark.parametrize(
    ("head", "name", "origin"),
    [
        ("OLDFORD, Jan 3, 2017 (Reuters) - The bridge", "Reuters", "dateline"),
        ("OLDFORD, Jan 3 (Coast Wire) -- The bridge", "Coast Wire", "dateline"),
        ("SUND (AP) — A ferry", "AP", "dateline"),
        ("(Kyodo) -- A ferry", "Kyodo", "dateline"),
        ("Sund, 9 oct (EFE).- Un", "EFE", "dateline"),
        ("TARN, March 12. /TASS/. The trees", "TASS", "dateline"),
        ("BRANNOCK, Dec. 10, Kyodo -\n\nThe tram", "Kyodo", "dateline"),
        ("新华社北京1月5日电 五个", "新华社", "dateline"),
        ("By ANN LEE, Associated Press", "Associated Press", "byline"),
        ("来源：粮食日报 作者：吴敏", "粮食日报", "source line"),
        ("From: Department for Trees", "Department for Trees", "source line"),
    ],
)
def test_agencies_and_offices(head: str, name: str, origin: str) -> None:
    text = page(head)
    publisher = find_publisher(text)
    assert publisher is not None
    assert (publisher.value, publisher.origin) == (name, origin)
    assert quoted(text, publisher) == name


@pytest.mark.parametrize(
    ("head", "foot"),
    [
        ("The union (TUC) - which is old - agreed", ""),
        ("OLDFORD (pop. 4,000) - a town", ""),
        ("From: Ann Lee", ""),
        ("By Ann Lee, Oldford", ""),
        ("Photo: Ann Lee Source: Reuters", ""),
        ("A mill by night. Source: Reuters", ""),
        ("He named no source: nobody did", ""),
        ("", "Source: Reuters"),
        (PROSE, "Source: Institute for Bread, 2016"),
    ],
)
def test_the_source_of_something_else_is_no_publisher(head: str, foot: str) -> None:
    assert find_publisher(page(head, foot)) is None


def test_a_publisher_known_by_the_form_of_its_dates() -> None:
    publisher = find_publisher(page("PUBLISHED : Tuesday, 6 March, 2018, 9:05am"))
    assert publisher == Sourced(
        "South China Morning Post", "inferred from the form of the date line"
    )
    assert find_publisher(page("Published: Tuesday, 6 March, 2018, 9:05am")) is None


@pytest.mark.parametrize(
    ("text", "title"),
    [
        (f"{TITLE}\n\n{PROSE}", TITLE),
        (f"{TITLE}\n{PROSE}", TITLE),
        (f"  {TITLE}\n\n{PROSE}", TITLE),
        (f"Who wants the pact?\n\n{PROSE}", "Who wants the pact?"),
        (f"Mills to close in U.S.\n\n{PROSE}", "Mills to close in U.S."),
        (f"Rivals of the baker...\n\n{PROSE}", "Rivals of the baker..."),
        (f"By Ann Lee\n\n3 May 2016\n\n{TITLE}\n\n{PROSE}", TITLE),
        (f"Published: 3 May 2016\n{TITLE}\n{PROSE}", TITLE),
        (f"https://paper.example/mills\n{TITLE}\n{PROSE}", TITLE),
        (f"By bread alone\n\n{PROSE}", "By bread alone"),
        (
            f"The night of 3 May 2016 in the mills\n\n{PROSE}",
            "The night of 3 May 2016 in the mills",
        ),
        (f"两国领导人会晤\n\n{PROSE}", "两国领导人会晤"),
        (
            f"FOR IMMEDIATE RELEASE\nJanuary 3, 2017\n\nContact: Ann Lee\n\n{TITLE}\n\n{PROSE}",
            TITLE,
        ),
        (f"MILL OF OLDFORD\nPRESS RELEASE 18/07\n\n{TITLE}\n\n{PROSE}", TITLE),
        (f"MILLERS DOUBT\n\n{TITLE}\n\n{PROSE}", "MILLERS DOUBT"),
    ],
)
def test_title(text: str, title: str) -> None:
    found = find_title(text)
    assert found is not None
    assert (found.value, found.origin) == (title, "first line")
    assert quoted(text, found) == title


@pytest.mark.parametrize(
    "text",
    [
        "",
        TITLE,
        f"{PROSE}\n\n{PROSE}",
        f"It rained.\n\n{PROSE}",
        f"Dear reader,\n\n{PROSE}",
        "3 May 2016\n\nIt rained.",
        "By Ann Lee\n\n3 May 2016",
    ],
)
def test_no_title(text: str) -> None:
    assert find_title(text) is None


@pytest.mark.parametrize(
    "line",
    [
        "By A " * 20_000,
        "By " + "A and " * 20_000,
        "Authors: " + "A b, " * 20_000,
        "ABC, " * 20_000,
        "(" * 50_000,
        "3 May " * 20_000,
        "Posted on " * 10_000,
    ],
)
def test_a_long_line_of_names_takes_no_time(line: str) -> None:
    began = time.perf_counter()
    assert find_title(f"{line}x\n\nText.") is None
    assert find_authors(f"Title\n{line}x\n\nText.") == ()
    assert time.perf_counter() - began < 2
