"""Which quotes say the same, whatever the way they are written."""

from dataclasses import replace

import pytest

from corpus.duplicates.clusters import Relation
from index.types import Copy
from qa.render.grouping import SameAnswer, group, normal_form
from qa.types import Citation
from tests.support.made import document

TEXT = document("Rain. On 5 May 2016 it rained. Five thousand, 5,000 or 5000 came on May 5, 2016.")


def cited(words: str) -> Citation:
    start = TEXT.text.index(words)
    quote = TEXT.span(start, start + len(words))
    return Citation(quote, quote, quote, 1.0)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("5 May 2016", "Thursday, May 5, 2016"), ("on 5 May 2016", "2016-05-05"),
        ("The President", "president"), ("5,000 people", "5000 people"), ("seven", "7"),
        ("“Kim”", "Kim"), ("in Geneva", "Geneva."), ("a  cat", "the cat"),
    ],
)  # fmt: skip
def test_these_say_the_same(one: str, other: str) -> None:
    assert normal_form(one) == normal_form(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("5 May 2016", "6 May 2016"), ("4.5", "45"), ("5,000", "5.000"), ("May 2016", "2016"),
        ("not Kim", "Kim"), ("US$4", "US$5"), ("1 to 2", "1"),
    ],
)  # fmt: skip
def test_these_do_not(one: str, other: str) -> None:
    assert normal_form(one) != normal_form(other)


def test_groups_keep_the_order_of_their_best() -> None:
    first, second, third = cited("5 May 2016"), cited("5,000"), cited("May 5, 2016")
    assert group([first, second, third]) == [SameAnswer((first, third)), SameAnswer((second,))]
    assert group([]) == []


def test_copies_of_one_article_are_one_source() -> None:
    other = document("On 5 May 2016 it rained.", "b.txt")
    third = document("It was on 5 May 2016.", "c.txt")
    spans = [TEXT.span(9, 19), other.span(3, 13), third.span(10, 20)]
    lead, copy, alone = (Citation(span, span, span, 1.0) for span in spans)
    assert {span.text for span in spans} == {"5 May 2016"}
    found = group([lead, replace(copy, article="a.txt"), alone])
    assert [(same.sources, same.documents) for same in found] == [(2, 3)]
    named = replace(lead, also_in=(Copy(document("", "d.txt"), Relation.COPY),))
    assert [(same.sources, same.documents) for same in group([named])] == [(1, 2)]
