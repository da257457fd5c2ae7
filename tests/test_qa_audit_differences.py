"""What a version keeps, leaves out and adds."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.passages.sentences import split_sentences
from qa.audit.differences import Change, Run, compare, to_text
from tests.support.made import document


def told(before: str, after: str) -> list[tuple[str, str, str]]:
    """The runs of two texts: what became of them, and their words in both."""
    runs = compare(document(before, "a.txt"), document(after, "b.txt"))
    return [
        (
            run.change.value,
            run.before.text if run.before else "",
            run.after.text if run.after else "",
        )
        for run in runs
    ]


def test_a_changed_sentence_goes_and_comes() -> None:
    before = "The ferry sailed on Monday. It took 212 people. The crossing is short."
    after = "The ferry sailed on Monday.\n\nIt took 219 people. The crossing is short. Fog came."
    assert told(before, after) == [
        ("kept", "The ferry sailed on Monday.", "The ferry sailed on Monday."),
        ("removed", "It took 212 people.", ""),
        ("added", "", "It took 219 people."),
        ("kept", "The crossing is short.", "The crossing is short."),
        ("added", "", "Fog came."),
    ]


def test_what_is_no_word_makes_no_difference() -> None:
    assert told("“It rained,” he said.", '"It rained", HE said.') == [
        ("kept", "“It rained,” he said.", '"It rained", HE said.')
    ]


@pytest.mark.parametrize(
    ("before", "after", "changes"),
    [
        ("", "", []), ("", "It rained.", ["added"]), ("It rained.", "", ["removed"]),
        ("It rained.", "It rained.", ["kept"]), ("It rained.", "It was dry.", ["removed", "added"]),
    ],
)  # fmt: skip
def test_nothing_all_and_the_same(before: str, after: str, changes: list[str]) -> None:
    assert [change for change, _, _ in told(before, after)] == changes


sentences = st.lists(
    st.sampled_from(["It rained.", "The sun shone.", "Ships waited.", "Nobody was hurt."]),
    max_size=8,
).map(" ".join)


@given(before=sentences, after=sentences)
def test_each_sentence_is_in_one_run_in_order(before: str, after: str) -> None:
    one, other = document(before, "a.txt"), document(after, "b.txt")
    runs = compare(one, other)
    for side, whole in (("before", one), ("after", other)):
        spans = [span for run in runs if (span := getattr(run, side))]
        assert all(a.end <= b.start for a, b in pairwise(spans))
        inside = [s for s in split_sentences(whole) for p in spans if p.start <= s.start < p.end]
        assert inside == split_sentences(whole)
    for run in runs:
        assert (run.before is None) == (run.change is Change.ADDED)
        assert (run.after is None) == (run.change is Change.REMOVED)
    assert all(a.change is not b.change for a, b in pairwise(runs))
    assert compare(one, one) == (
        [Run(Change.KEPT, one.span(0, len(before)), one.span(0, len(before)))] if before else []
    )


def test_as_text() -> None:
    one = document("It rained. The river rose. Nobody\nwas hurt.", "a.txt")
    other = document("It rained. The river rose. One man was \x1b[2Jhurt.", "b.txt")
    assert to_text(one, other) == (
        "--- A (a.txt)\n"
        "+++ A (b.txt)\n"
        "  … 2 sentences unchanged\n"
        "@@ a.txt, characters 27–43\n"
        "- Nobody was hurt.\n"
        "@@ b.txt, characters 27–48\n"
        "+ One man was \\x1b[2Jhurt."
    )
