"""The labelled pages are read as well as they were when this was written, or better."""

from pathlib import Path

import pytest

from tests.benchmarks.labelled import FIELDS, Score, pages, read_pages, scores

# Precision and recall, a little below what is reached; the first half is the one that rules were
# written by.
FLOORS = {
    False: dict.fromkeys((*FIELDS, "cleaning"), (0.96, 0.96)),
    True: {
        "title": (0.95, 0.95),
        "author": (0.95, 0.84),
        "publisher": (0.95, 0.95),
        "published": (0.97, 0.88),
        "updated": (0.95, 0.85),
        "url": (0.95, 0.95),
        "section": (0.95, 0.75),
        "language": (0.95, 0.95),
        "cleaning": (0.94, 0.95),
    },
}


@pytest.mark.parametrize("held_out", [False, True])
def test_labelled_pages(tmp_path: Path, held_out: bool) -> None:
    half = [page for page in pages() if page.held_out is held_out]
    assert len(half) == 42
    found = scores(half, read_pages(tmp_path, half))
    low = {
        name: (round(score.precision, 3), round(score.recall, 3))
        for name, score in found.items()
        if score.precision < FLOORS[held_out][name][0] or score.recall < FLOORS[held_out][name][1]
    }
    assert low == {}


def test_a_score_of_nothing_is_perfect_and_half_is_half() -> None:
    assert (Score().precision, Score().recall) == (1.0, 1.0)
    assert (Score(1, 2, 4).precision, Score(1, 2, 4).recall) == (0.5, 0.25)
