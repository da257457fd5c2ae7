import math

from hypothesis import given
from hypothesis import strategies as st

from index.retrievers.fusion import convex_combination, reciprocal_rank_fusion

sides = st.dictionaries(
    st.integers(0, 30), st.floats(-100, 100, allow_subnormal=False).map(lambda x: round(x, 3))
)


def scaled(scores: dict[int, float], passage: int) -> float:
    if passage not in scores:
        return 0.0
    low, high = min(scores.values()), max(scores.values())
    return 1.0 if low == high else (scores[passage] - low) / (high - low)


@given(sides, sides, st.floats(0, 1))
def test_convex_is_its_formula(
    lexical: dict[int, float], dense: dict[int, float], weight: float
) -> None:
    fused = convex_combination(lexical, dense, weight=weight)
    assert set(fused) == set(lexical) | set(dense)
    for passage, score in fused.items():
        wanted = (1 - weight) * scaled(lexical, passage) + weight * scaled(dense, passage)
        assert math.isclose(score, wanted, abs_tol=1e-12)
        assert 0 <= score <= 1 + 1e-12


@given(sides, sides, st.integers(0, 100))
def test_reciprocal_rank_is_its_formula(
    lexical: dict[int, float], dense: dict[int, float], k: int
) -> None:
    fused = reciprocal_rank_fusion(lexical, dense, k=k)
    assert set(fused) == set(lexical) | set(dense)
    for passage, score in fused.items():
        wanted = 0.0
        for side in (lexical, dense):
            if passage in side:
                ahead = sum(
                    other > side[passage] or (other == side[passage] and number < passage)
                    for number, other in side.items()
                )
                wanted += 1 / (k + 1 + ahead)
        assert math.isclose(score, wanted, rel_tol=1e-12)


def test_ranks_start_at_one() -> None:
    assert reciprocal_rank_fusion({4: 9.0}, {}, k=60) == {4: 1 / 61}
    assert reciprocal_rank_fusion({4: 9.0}, {4: 0.1}, k=0) == {4: 2.0}


def test_alike_scores_rank_by_passage() -> None:
    assert reciprocal_rank_fusion({5: 1.0, 2: 1.0}, {}, k=0) == {2: 1.0, 5: 0.5}


def test_a_constant_side_gives_all_its_candidates_the_most() -> None:
    assert convex_combination({1: 3.0, 2: 3.0}, {}, weight=0.25) == {1: 0.75, 2: 0.75}
    assert convex_combination({1: 0.0}, {2: -0.5}, weight=0.25) == {1: 0.75, 2: 0.25}


def test_empty_sides() -> None:
    assert convex_combination({}, {}) == {}
    assert reciprocal_rank_fusion({}, {}) == {}
    assert convex_combination({}, {1: 0.2, 2: 0.4}, weight=1.0) == {1: 0.0, 2: 1.0}
