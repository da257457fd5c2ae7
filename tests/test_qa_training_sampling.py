"""What training draws from the examples, and how windows of it are labelled."""

import random
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from qa.evaluation.datasets import Characters, Example
from qa.evaluation.unanswerable import with_absent
from qa.reader.span_model.torch_model import load_model
from qa.reader.span_model.windows import Window, Windowing
from qa.training.batches import Labelled, batches, labelled
from qa.training.config import Shares
from qa.training.sampling import Draw, Drawing, as_typed
from tests.support.made import example
from tests.support.tiny_models import NUMBERED, save_bert_reader

pytestmark = pytest.mark.usefixtures("one_thread")

# Questions as people type them.


def typed(question: str) -> set[str]:
    return {as_typed(question, random.Random(seed)) for seed in range(400)}


def test_every_way_of_typing_a_question() -> None:
    assert typed("When did it open?") == {
        "When did it open?",
        "When did it open",
        "when did it open?",
        "when did it open",
        "When open",
        "when open",
    }


def test_a_slip_changes_one_place_of_a_long_word() -> None:
    swapped = {"huose", "hosue", "houes"}
    dropped = {"huse", "hose", "houe"}
    doubled = {"hoouse", "houuse", "housse"}
    words = {"house"} | swapped | dropped | doubled
    assert typed("house?") == {word + mark for word in words for mark in ("", "?")}


@given(question=st.text(min_size=1), seed=st.integers(0, 1000))
def test_any_question_can_be_typed_and_follows_from_the_seed(question: str, seed: int) -> None:
    found = as_typed(question, random.Random(seed))
    assert found
    assert found == as_typed(question, random.Random(seed))


# What is drawn.


TOWNS = ["Arden", "Birk", "Corve", "Dunmore", "Esk", "Fenn", "Garth", "Holm", "Ings", "Jarrow"]


def town(number: int) -> Example:
    """Ten contexts of 120 words that look alike, one question about each; two share their answer."""
    name, chance = TOWNS[number], random.Random(number)
    year = 1900 + number // 2
    filler = [chance.choice(["river", "bridge", "market", "road", "stone"]) for _ in range(110)]
    at = chance.randrange(len(filler))
    said = f"{name} built its bridge in {year}."
    context = " ".join([*filler[:at], said, *filler[at:], f"In {year} {name} was glad."])
    return example(f"When did {name} build its bridge?", context, str(year), id=str(number))


EXAMPLES = [town(number) for number in range(10)]
PLAIN = Shares(negatives=0, typed=0)


def test_the_same_seed_and_place_give_the_same_draws() -> None:
    shares = Shares(negatives=0.5, cropped=(0.9, 0.5), typed=0.5)
    one, same, other = (Drawing(EXAMPLES, shares, seed=seed) for seed in (1, 1, 2))
    drawn = one.block(3, 4, 5, gone=0.5)
    one.block(0, 0, 10, gone=0)
    assert drawn == same.block(3, 4, 5, gone=0.5) == one.block(3, 4, 5, gone=0.5)
    assert drawn != other.block(3, 4, 5, gone=0.5)
    assert drawn != same.block(4, 4, 5, gone=0.5)
    # Not only the order follows from the seed, the crops do, too.
    crops = {
        Drawing(EXAMPLES[:1], Shares(0, (1, 1), 0), seed=seed).block(0, 0, 1, gone=0)[0].passage
        for seed in range(8)
    }
    assert len(crops) > 4


def test_a_round_draws_each_example_once_whatever_its_blocks() -> None:
    drawing = Drawing(EXAMPLES, PLAIN, seed=0)
    whole = drawing.block(1, 0, 10, gone=0)
    in_blocks = [d for first in (0, 4, 8) for d in drawing.block(1, first, 4, gone=0)]
    assert in_blocks == whole
    assert [d.question for d in whole] != [e.question for e in EXAMPLES]
    assert sorted((d.question, d.passage, d.answers) for d in whole) == [
        (e.question, e.context, e.answers) for e in EXAMPLES
    ]


def test_a_negative_looks_right_and_holds_no_right_answer() -> None:
    drawn = Drawing(EXAMPLES, Shares(negatives=1, typed=0), seed=0).block(0, 0, 10, gone=0)
    by_question = {e.question: e for e in EXAMPLES}
    assert [bool(d.answers) for d in drawn] == [True, False] * 10
    for positive, negative in zip(drawn[::2], drawn[1::2], strict=True):
        asked = by_question[negative.question]
        assert positive.question == asked.question
        others = {e.context for e in EXAMPLES if e.texts != asked.texts}
        assert negative.passage in others
        assert (negative.answers, negative.ignored) == ((), ())


def test_each_question_is_asked_once_more_where_nothing_answers() -> None:
    found = with_absent(EXAMPLES, seed=3)
    assert found[: len(EXAMPLES)] == EXAMPLES
    absent = found[len(EXAMPLES) :]
    assert [(one.id, one.question) for one in absent] == [
        (f"{one.id} absent", one.question) for one in EXAMPLES
    ]
    for one, asked in zip(absent, EXAMPLES, strict=True):
        assert one.answers == ()
        assert one.context in {other.context for other in EXAMPLES}
        assert asked.texts[0] not in one.context
    assert found == with_absent(EXAMPLES, seed=3) != with_absent(EXAMPLES, seed=4)


def test_where_every_context_answers_none_is_absent() -> None:
    same = [example("Who left?", "Kim left.", "Kim"), example("Who came?", "Kim came.", "Kim")]
    assert with_absent(same, seed=0) == same


def test_the_case_of_a_right_answer_does_not_make_a_negative() -> None:
    same = [
        example("Which party came?", "The GREEN party came.", "GREEN"),
        example("Which party went?", "Then the green party went.", "green"),
        Example("", "Which party stayed?", "Nobody from the party stayed.", ()),
    ]
    drawing = Drawing(same, Shares(negatives=1, typed=0), seed=0)
    drawn = {draw for epoch in range(20) for draw in drawing.block(epoch, 0, 3, gone=0)}
    # The two that name the green party are no negatives of each other.
    assert sorted((d.question, d.passage) for d in drawn) == [
        ("Which party came?", "Nobody from the party stayed."),
        ("Which party came?", "The GREEN party came."),
        ("Which party stayed?", "Nobody from the party stayed."),
        ("Which party went?", "Nobody from the party stayed."),
        ("Which party went?", "Then the green party went."),
    ]


@pytest.mark.parametrize(
    ("context", "ignored"),
    [
        ("Rain fell. RAIN again, no rains.", ["RAIN", "rain"]),
        ("Rain fell. \u0130zmir had RAIN.", ["RAIN"]),  # its lower case has one letter more
        ("Rain fell.", []),
    ],
)
def test_other_places_of_the_same_words_are_ignored(context: str, ignored: list[str]) -> None:
    asked = example("What fell?", context, "Rain", "Rain fell")
    [draw] = Drawing([asked], PLAIN, seed=0).block(0, 0, 1, gone=0)
    assert draw.answers == ((0, 4), (0, 9))
    assert [context[start:end] for start, end in draw.ignored] == ignored


def test_how_much_is_cropped_changes_evenly() -> None:
    drawing = Drawing(EXAMPLES, Shares(negatives=1, cropped=(1.0, 0.0), typed=0), seed=0)
    contexts = {e.context for e in EXAMPLES}
    shares = [
        float(
            np.mean(
                [
                    d.passage not in contexts
                    for epoch in range(40)
                    for d in drawing.block(epoch, 0, 10, gone=gone)
                ]
            )
        )
        for gone in (0.0, 0.25, 1.0)
    ]
    assert (shares[0], shares[2]) == (1.0, 0.0)
    assert shares[1] == pytest.approx(0.75, abs=0.05)


def test_how_many_questions_are_typed() -> None:
    def changed(share: float) -> float:
        drawing = Drawing(EXAMPLES, Shares(negatives=0, typed=share), seed=0)
        asked = {e.question for e in EXAMPLES}
        drawn = [d for epoch in range(40) for d in drawing.block(epoch, 0, 10, gone=0)]
        return float(np.mean([d.question not in asked for d in drawn]))

    assert changed(0) == 0
    assert changed(1) == 1
    assert changed(0.25) == pytest.approx(0.25, abs=0.05)


@st.composite
def answered(draw: st.DrawFn) -> Example:
    """Words with uneven white space, and up to three answers at any of their characters."""
    words = draw(st.lists(st.sampled_from(["w1", "w23", "\u0130x", "a,b", "W1"]), min_size=1))
    words = words * draw(st.integers(1, 60))
    gap = draw(st.sampled_from([" ", "\n", "  "]))
    context = gap.join(words)
    spans = []
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(context) - 1))
        end = draw(st.integers(start + 1, min(len(context), start + 200)))
        if context[start:end].strip():
            spans.append((start, end))
    return Example("", "w1 ?", context, tuple(dict.fromkeys(spans)) or ((0, 1),))


@given(asked=answered(), seed=st.integers(0, 100))
@settings(max_examples=200)
def test_a_crop_keeps_an_answer_and_its_place(asked: Example, seed: int) -> None:
    shares = Shares(negatives=0, cropped=(1, 1), typed=0)
    drawing = Drawing([asked], shares, seed=seed)
    [draw] = drawing.block(0, 0, 1, gone=0)
    assert draw.passage in asked.context
    texts = [draw.passage[start:end] for start, end in draw.answers]
    assert texts
    assert set(texts) <= set(asked.texts)
    folded = {text.lower() for text in asked.texts}
    assert {draw.passage[start:end].lower() for start, end in draw.ignored} <= folded
    if draw.passage != asked.context:
        assert drawing.SHORTEST <= len(draw.passage.split()) <= drawing.LONGEST


# Labels.


@pytest.fixture(scope="module")
def bert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_bert_reader(tmp_path_factory.mktemp("bert"))


@pytest.fixture(scope="module")
def windowing(bert: Path) -> Windowing:
    return load_model("tiny", bert).windowing(stride=6, limit=24)


Labels = tuple[list[int], set[int], set[int], set[int], set[int]]


def where(mask: NDArray[np.bool_]) -> set[int]:
    return set(np.flatnonzero(mask).tolist())


def plain(item: Labelled) -> Labels:
    return (
        item.window.ids,
        where(item.starts),
        where(item.ends),
        where(item.may_start),
        where(item.may_end),
    )


def by_hand(windowing: Windowing, draws: Sequence[Draw], *, negatives: bool) -> list[Labels]:
    """The labels from the characters that each token covers, by looking at each one."""
    found: list[Labels] = []
    for window in windowing.windows([(draw.question, draw.passage) for draw in draws]):
        draw = draws[window.pair]
        token_of = {
            char: token
            for token in np.flatnonzero(window.allowed).tolist()
            for char in range(*window.offsets[token])
        }

        def ends_of(
            span: Characters, token_of: dict[int, int] = token_of
        ) -> tuple[int, int] | None:
            first, last = token_of.get(span[0]), token_of.get(span[1] - 1)
            return (first, last) if first is not None and last is not None else None

        whole = [pair for span in draw.answers if (pair := ends_of(span))]
        if draw.answers and not whole:
            cut = any(char in token_of for span in draw.answers for char in range(*span))
            if cut or not negatives:
                continue
        whole = whole or [(0, 0)]
        every = {0, *token_of.values()}
        ignored = [pair for span in draw.ignored if (pair := ends_of(span))]
        starts, ends = {first for first, _ in whole}, {last for _, last in whole}
        may_start = (every - {first for first, _ in ignored}) | starts
        may_end = (every - {last for _, last in ignored}) | ends
        found.append((window.ids, starts, ends, may_start, may_end))
    return found


@st.composite
def draws(draw: st.DrawFn) -> list[Draw]:
    """Passages of one or more windows, with answers and ignored places at any of their letters."""
    found = []
    for _ in range(draw(st.integers(1, 3))):
        words = draw(st.lists(st.sampled_from(NUMBERED[:40]), min_size=1, max_size=60))
        passage = " ".join(words)
        letters = [i for i, char in enumerate(passage) if char != " "]
        ends = st.lists(st.sampled_from(letters), min_size=2, max_size=2).map(sorted)
        spans = st.lists(ends.map(lambda pair: (pair[0], pair[1] + 1)), max_size=3).map(tuple)
        short = spans.map(lambda some: tuple((a, min(b, a + 6)) for a, b in some))
        found.append(Draw("w3 w14 ?", passage, draw(short | spans), draw(short)))
    return found


@given(drawn=draws(), negatives=st.booleans())
@settings(max_examples=200)
def test_labels_equal_brute_force(windowing: Windowing, drawn: list[Draw], negatives: bool) -> None:
    drawn = [
        # The ends of a shortened span may stand on a space; such answers are not drawn here.
        Draw(d.question, d.passage, _on_letters(d.passage, d.answers), d.ignored)
        for d in drawn
    ]
    found = labelled(windowing, drawn, random.Random(0), 1.0 if negatives else 0.0)
    assert [plain(item) for item in found] == by_hand(windowing, drawn, negatives=negatives)


def _on_letters(passage: str, spans: Sequence[Characters]) -> tuple[Characters, ...]:
    return tuple((a, b) for a, b in spans if passage[a : a + 1] != " " and passage[b - 1] != " ")


def test_labels_of_a_passage_with_three_windows(windowing: Windowing) -> None:
    # 24 tokens: three of them special, two of the question, nineteen of the passage; six overlap.
    passage = " ".join(NUMBERED[10:50])
    start = passage.index("w30")
    answer = (start, passage.index("w31") + 3)
    draw = Draw("w3 w14", passage, (answer,), ((passage.index("w12"), passage.index("w12") + 3),))
    windows = windowing.windows([("w3 w14", passage)])
    texts = [passage[w.offsets[4][0] : w.offsets[len(w.ids) - 2][1]].split() for w in windows]
    assert [(text[0], text[-1]) for text in texts] == [
        ("w10", "w28"),
        ("w23", "w41"),
        ("w36", "w49"),
    ]
    kept = list(labelled(windowing, [draw], random.Random(0), 1.0))
    assert [where(item.starts) for item in kept] == [{0}, {4 + 7}, {0}]
    assert [where(item.ends) for item in kept] == [{0}, {4 + 8}, {0}]
    assert where(kept[0].may_start) == {0, *range(4, 23)} - {4 + 2}
    [alone] = labelled(windowing, [draw], random.Random(0), 0.0)
    assert plain(alone) == plain(kept[1])


def test_a_window_that_cuts_an_answer_is_left_out(windowing: Windowing) -> None:
    passage = " ".join(NUMBERED[10:50])
    whole = (passage.index("w20"), passage.index("w45") + 3)
    assert (
        list(labelled(windowing, [Draw("w3 w14", passage, (whole,))], random.Random(0), 1.0)) == []
    )


def unlabelled(pair: int, length: int) -> Labelled:
    none = np.zeros(length, np.bool_)
    window = Window(pair, [0] * length, [0] * length, [(0, 0)] * length, none, 0)
    return Labelled(window, none, none, none, none)


@given(
    lengths=st.lists(st.integers(1, 40), max_size=60),
    most=st.integers(1, 120),
    seed=st.integers(0, 9),
)
def test_batches_hold_each_window_once_within_their_budget(
    lengths: list[int], most: int, seed: int
) -> None:
    items = [unlabelled(pair, length) for pair, length in enumerate(lengths)]
    found = batches(items, most, random.Random(seed))
    assert sorted(item.window.pair for batch in found for item in batch) == list(range(len(items)))
    spans = []
    for batch in found:
        sizes = [len(item.window.ids) for item in batch]
        assert len(batch) * max(sizes) <= most or len(batch) == 1
        spans.append((min(sizes), max(sizes)))
    for (_, longest), (shortest, _) in zip(sorted(spans), sorted(spans)[1:], strict=False):
        assert longest <= shortest
    again = batches(items, most, random.Random(seed))
    assert [[i.window.pair for i in b] for b in again] == [
        [i.window.pair for i in b] for b in found
    ]
