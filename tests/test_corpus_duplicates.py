"""Which documents are the same article, and which only look like it."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.duplicates.clusters import (
    FEW_WORDS,
    MOST_IN_BAND,
    Relation,
    candidates,
    cluster_by_likeness,
    estimated,
    fingerprint,
    lead_order,
    likeness,
    profile,
    relation,
    said_words,
)
from corpus.duplicates.shingles import (
    SHINGLE_SIZE,
    resemblance,
    runs_of,
    shingle,
    sketch,
    without_head,
    words,
)
from corpus.types import Document
from tests.support.articles import FERRY, LAUNCH, made, weather

MONDAY, TUESDAY, AUTUMN = date(2021, 5, 3), date(2021, 5, 4), date(2021, 9, 20)
ORIGINAL = made("a.txt", *FERRY, publisher="Sound Courier", day=MONDAY)


def alike(one: Document, other: Document) -> float:
    found = likeness(profile(one), profile(other))
    assert found == likeness(profile(other), profile(one))
    return found


def test_the_same_text_in_two_formats() -> None:
    marked = made("a.md", *(f"**{p.upper()}**" for p in FERRY), publisher="Sound Courier")
    assert fingerprint(marked).digest == fingerprint(ORIGINAL).digest
    assert relation(ORIGINAL, marked) is Relation.SAME_TEXT
    again = made("copy/a.txt", *FERRY, publisher="Sound Courier", day=MONDAY, sha256="a.txt")
    assert relation(ORIGINAL, again) is Relation.SAME_FILE


def test_a_wire_copy_with_another_headline_that_is_cut() -> None:
    wire = made(
        "b.txt", *FERRY[:2], title="Islands get a ship", publisher="Daily Gull", day=TUESDAY
    )
    assert alike(ORIGINAL, wire) == 1
    assert fingerprint(wire).digest != fingerprint(ORIGINAL).digest
    assert relation(ORIGINAL, wire) is Relation.COPY


def test_an_updated_version() -> None:
    changed = FERRY[2].replace("A year", "Two years").replace("shrimp", "shrimp and crab")
    new = "On Tuesday the ferry stayed in the harbour for some hours because of fog."
    later = made("c.txt", *FERRY[:2], changed, new, publisher="Sound Courier", day=TUESDAY)
    assert alike(ORIGINAL, later) > 0.6
    assert relation(ORIGINAL, later) is Relation.VERSION
    url = "https://example.org/ferry"
    first = made("d.txt", *FERRY, url=url)
    rewritten = made("e.txt", FERRY[0], FERRY[1], LAUNCH[1], url=url, day=AUTUMN)
    assert alike(first, rewritten) >= 0.4
    assert relation(first, rewritten) is Relation.VERSION


def test_two_articles_on_one_event_are_two() -> None:
    other = made("f.txt", *LAUNCH, publisher="Daily Gull", day=MONDAY)
    assert alike(ORIGINAL, other) == 0
    # Not even where both tell the same background, word for word.
    assert alike(ORIGINAL, made("g.txt", *LAUNCH, FERRY[1], day=MONDAY)) == 0


def test_reports_of_a_series_are_not_copies() -> None:
    figures = [(3, 17, 9, 40, 12), (4, 18, 8, 60, 15), (5, 15, 7, 80, 21), (6, 21, 11, 10, 9)]
    reports = [
        made(f"{n}.txt", weather(*f), day=date(2021, 5, f[0])) for n, f in enumerate(figures)
    ]
    assert all(alike(*pair) == 0 for pair in combinations(reports, 2))
    tables = [made(f"t{n}.txt", *[weather(*f)] * 3) for n, f in enumerate(figures)]
    assert all(alike(*pair) == 0 for pair in combinations(tables, 2))


def test_the_same_few_words_of_another_day_are_another_notice() -> None:
    notice = "The council met on the pier and left the harbour dues unchanged. " * 4
    one, other = made("h.txt", notice, day=MONDAY), made("i.txt", notice, day=AUTUMN)
    assert 30 <= len(said_words(one)) < FEW_WORDS
    assert fingerprint(one).digest != fingerprint(other).digest
    assert alike(one, other) == 0
    assert alike(one, made("j.txt", notice, day=TUESDAY)) == 1


def test_a_very_short_document_is_only_like_the_same() -> None:
    short = made("k.txt", "No boats sail today.")
    assert not len(fingerprint(short).sketch)
    assert fingerprint(made("l.txt", "NO boats sail, today!")).digest == fingerprint(short).digest
    other = made("m.txt", "No boats sail today.", title="Another title")
    assert fingerprint(other).digest != fingerprint(short).digest


def test_a_digest_of_many_articles_is_a_copy_of_none() -> None:
    others = " ".join(f"another{n}" for n in range(4 * len(said_words(ORIGINAL))))
    assert alike(ORIGINAL, made("n.txt", *FERRY, others)) == 0


def test_the_head_is_no_part_of_the_body() -> None:
    assert said_words(ORIGINAL) == words(" ".join(FERRY))
    middle = ORIGINAL.text.index("Publisher") + 3
    assert words(without_head(ORIGINAL.span(middle, len(ORIGINAL.text)))) == words(" ".join(FERRY))
    long = made("o.txt", title=" ".join(FERRY[:2]))
    assert said_words(long) == words(
        " ".join(FERRY[:2])
    )  # a paragraph that is taken for a title stays


def test_what_leads() -> None:
    order = [
        (MONDAY, 5, "z"),
        (MONDAY, 4, "a"),
        (MONDAY, 4, "b"),
        (TUESDAY, 9, "a"),
        (None, 99, "a"),
    ]
    assert sorted(order, key=lambda one: lead_order(*one)) == order


texts = st.lists(st.sampled_from("abcdefghijklmnop"), min_size=1, max_size=300)


@given(one=texts, other=texts)
def test_a_sketch_estimates_the_resemblance(one: list[str], other: list[str]) -> None:
    a, b = shingle(one), shingle(other)
    by_hand = [{tuple(t[i : i + 3]) for i in range(max(1, len(t) - 2))} for t in (one, other)]
    assert [len(a), len(b)] == [len(runs) for runs in by_hand]
    shared = len(by_hand[0] & by_hand[1])
    true, held = resemblance(a, b)
    assert true == shared / len(by_hand[0] | by_hand[1])
    assert held == shared / min(map(len, by_hand))
    rows = np.stack([sketch(a), sketch(b)])
    guess = float(estimated(rows, np.asarray([0]), np.asarray([1]))[0])
    assert abs(guess - true) <= 5 * (true * (1 - true) / SHINGLE_SIZE) ** 0.5 + 0.02


def test_estimates_have_no_bias() -> None:
    rng = np.random.default_rng(1)
    errors = []
    for _ in range(200):
        runs = rng.integers(0, 2**63, 500, np.uint64)
        a, b = np.unique(runs[:400]), np.unique(runs[200:])
        found = float((sketch(a) == sketch(b)).mean())
        errors.append(found - resemblance(a, b)[0])
    assert abs(np.mean(errors)) < 0.01
    assert np.std(errors) < 0.055


def test_a_sketch_of_a_book_is_the_least_of_its_parts() -> None:
    runs = runs_of([str(n) for n in range(20_000)])
    parts = np.stack([sketch(part) for part in np.array_split(runs, 7)])
    assert sketch(runs).tolist() == parts.min(axis=0).tolist()


def test_sketches_are_the_same_on_every_machine() -> None:
    found = sketch(shingle(words("The new ferry sailed for the first time on Monday")))
    assert found.shape == (SHINGLE_SIZE,)
    assert found[:3].tolist() == [1859604102, 1386304626, 215652397]


def rows_of(*articles: Sequence[str]) -> np.ndarray[tuple[int, int], np.dtype[np.uint32]]:
    return np.stack([sketch(shingle(words(" ".join(a)))) for a in articles])


def test_candidates() -> None:
    rows = rows_of(FERRY, LAUNCH, FERRY[:2], FERRY, LAUNCH[1:])
    assert candidates(rows) == [(0, 2), (0, 3), (1, 4), (2, 3)]
    assert candidates(rows[:1]) == []
    assert candidates(np.empty((0, SHINGLE_SIZE), np.uint32)) == []


def test_a_phrase_of_many_makes_few_pairs() -> None:
    rows = rows_of(*[FERRY] * 300)
    found = candidates(rows)
    assert len(found) == sum(299 - n for n in range(MOST_IN_BAND))
    assert {j for i, j in found if i == 0} == set(range(1, 300))


pairs = st.dictionaries(
    st.tuples(st.integers(0, 11), st.integers(0, 11)).filter(lambda p: p[0] < p[1]),
    st.sampled_from([0.0, 0.5, 0.9, 1.0]),
)


@given(order=st.permutations(range(12)), likenesses=pairs)
def test_every_document_is_in_one_cluster_with_its_lead(
    order: list[int], likenesses: dict[tuple[int, int], float]
) -> None:
    leads = cluster_by_likeness(order, likenesses)
    assert sorted(leads) == list(range(12))
    place = {key: i for i, key in enumerate(order)}
    members = defaultdict(set)
    for key, lead in leads.items():
        members[lead].add(key)
        assert leads[lead] == lead
        if key != lead:
            assert place[lead] < place[key]
            assert likenesses[min(key, lead), max(key, lead)] > 0
    for one, other in combinations(members, 2):
        assert likenesses.get((min(one, other), max(one, other)), 0) == 0


def test_it_joins_the_lead_that_it_is_most_like() -> None:
    likenesses = {("a", "c"): 0.6, ("b", "c"): 0.9}
    assert cluster_by_likeness("abc", likenesses) == {"a": "a", "b": "b", "c": "b"}
    assert cluster_by_likeness("abc", {("a", "c"): 0.6, ("b", "c"): 0.6})["c"] == "a"


@pytest.mark.parametrize("count", [0, 1, 2])
def test_texts_of_a_few_words_have_one_run(count: int) -> None:
    assert len(shingle(["word"] * count)) == min(count, 1)
    assert len(sketch(shingle(["word"] * count))) == (SHINGLE_SIZE if count else 0)
