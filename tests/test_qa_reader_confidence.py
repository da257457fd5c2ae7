"""The confidence: what speaks for a quote, and how it is weighed."""

import json
import math
import zlib
from pathlib import Path
from typing import Protocol

import numpy as np
import pytest
from numpy.typing import NDArray

from corpus.errors import ModelError, TrainingError
from corpus.types import Document, Metadata, Sourced, Span
from index.types import Hit
from qa.answering.assistant import Assistant
from qa.evaluation.datasets import Example
from qa.evaluation.metrics import calibration_error
from qa.question import parse
from qa.reader.confidence.calibrated import FILE_NAME, LogisticConfidence, ScoreConfidence
from qa.reader.confidence.features import NAMES, extract_features
from qa.reader.confidence.mismatch import LACKS
from qa.reader.sentence_reader import SentenceReader
from qa.training.calibration import Observed, bounds, fit, observe
from qa.types import Citation
from tests.support.fakes import FakeEncoder


def nothing(rows: int) -> NDArray[np.float64]:
    """Passages that lack nothing."""
    return np.zeros((rows, len(LACKS)))


def observed(count: int, *, seed: int) -> list[Observed]:
    """Questions with up to six quotes that are right by a known chance, mostly by their margin."""
    chance = np.random.default_rng(seed)
    found = []
    for number in range(count):
        rows = chance.normal(size=(chance.integers(0, 7), len(NAMES)))
        rows[:, NAMES.index("margin")] *= 4
        rows[:, NAMES.index("kind")] = 0.3
        log_odds = 0.7 * rows[:, NAMES.index("margin")] + rows[:, NAMES.index("here")] - 2
        found.append(
            Observed(
                f"{seed} {number}",
                rows,
                chance.random(len(rows)) < 1 / (1 + np.exp(-log_odds)),
                nothing(len(rows)),
            )
        )
    return found


@pytest.fixture(scope="module")
def fitted() -> LogisticConfidence:
    return fit(observed(2000, seed=0))


def chances(weighed: LogisticConfidence, rows: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(1 / (1 + np.exp(-(rows @ np.asarray(weighed.weights) + weighed.bias))))


def test_a_higher_margin_is_a_higher_probability(fitted: LogisticConfidence) -> None:
    rows = np.zeros((9, len(NAMES)))
    rows[:, NAMES.index("margin")] = np.linspace(-8, 8, 9)
    found = chances(fitted, rows)
    assert (np.diff(found) > 0).all()
    assert found[0] < 0.02
    assert found[-1] > 0.9
    named = dict(zip(NAMES, fitted.weights, strict=True))
    assert named["margin"] == pytest.approx(0.7, abs=0.1)
    assert named["here"] == pytest.approx(1, abs=0.2)
    # Of what is always the same nothing can be learnt.
    assert named.pop("kind") == pytest.approx(0, abs=1e-6)
    assert all(abs(w) < 0.2 for name, w in named.items() if name not in ("margin", "here"))


def rivals(count: int, *, seed: int) -> list[Observed]:
    """Questions with six quotes of which one is right: which one is best says more than its margin."""
    chance = np.random.default_rng(seed)
    found = []
    for number in range(count):
        rows = np.zeros((6, len(NAMES)))
        right = np.arange(6) == chance.integers(0, 6)
        rows[:, NAMES.index("margin")] = chance.normal(size=6) + 1.5 * right
        found.append(Observed(f"{seed} {number}", rows, right, nothing(6)))
    return found


class Sampling(Protocol):
    def __call__(self, count: int, *, seed: int) -> list[Observed]: ...


@pytest.mark.parametrize("sample", [observed, rivals])
def test_the_confidence_in_the_best_quote_is_its_chance(sample: Sampling) -> None:
    fitted = fit(sample(2000, seed=0))
    fresh = [one for one in sample(2000, seed=1) if len(one.right)]
    found = [chances(fitted, one.features) for one in fresh]
    confidence = [values.max() for values in found]
    is_right = [one.right[values.argmax()] for one, values in zip(fresh, found, strict=True)]
    assert calibration_error(confidence, is_right) < 0.05
    assert 0.3 < np.mean(is_right) < 0.8


def one_quote(margin: float, *, right: bool) -> Observed:
    return Observed("", np.eye(1, len(NAMES)) * margin, np.array([right]), nothing(1))


NO_QUOTES = Observed("", np.zeros((0, len(NAMES))), np.zeros(0, np.bool_), nothing(0))


@pytest.mark.parametrize(
    "seen",
    [
        [],
        [NO_QUOTES],
        [one_quote(float(i), right=True) for i in range(9)],
        [one_quote(float(i), right=False) for i in range(9)],
        # The best quote is always right, the other one never.
        [Observed("", np.eye(2, len(NAMES)) * 3.0, np.array([True, False]), nothing(2))] * 9,
    ],
)
def test_right_and_wrong_answers_are_needed(seen: list[Observed]) -> None:
    with pytest.raises(TrainingError, match="of the answers all, or none, are right"):
        fit(seen)


def test_what_each_bound_does() -> None:
    there, absent = observed(300, seed=0), observed(200, seed=1)
    for number, one in enumerate(absent):
        # The same questions as some of those with their documents, and nothing right.
        absent[number] = Observed(
            there[number].question, one.features, np.zeros(len(one.right), bool), one.lacks
        )
    # By hand: each question's confidence is by what was fitted on the questions of other folds.
    confidence: dict[bool, list[float]] = {True: [], False: []}
    right = []
    for is_there, seen in ((True, there), (False, absent)):
        for one in seen:
            fold = zlib.crc32(one.question.encode()) % 5
            others = [o for o in there + absent if zlib.crc32(o.question.encode()) % 5 != fold]
            chance = chances(fit_once(fold, others), one.features)
            confidence[is_there].append(chance.max() if len(chance) else 0.0)
            if is_there:
                right.append(bool(len(chance)) and bool(one.right[chance.argmax()]))
    p, q = np.asarray(confidence[True]), np.asarray(confidence[False])
    error = calibration_error([*p, *q], [*right, *[False] * len(q)])
    lines = bounds(there, absent)
    assert lines[:2] == [
        "300 questions with their document, 200 without, 0 near misses; "
        f"calibration error of the first two {error:.3f}",
        " false answers  confidence from  answered  right of these  near misses answered",
    ]
    for line, share in zip(lines[2:], (0.02, 0.05, 0.1, 0.2), strict=True):
        bound = np.quantile(q, 1 - share)
        sure = np.asarray(right)[p > bound]
        assert line.split() == [
            f"{share:.0%}",
            f"{bound:.2f}",
            f"{(p > bound).mean():.0%}",
            f"{sure.mean():.0%}",
            "0%",
        ]


def with_near(count: int, *, seed: int) -> tuple[list[Observed], list[Observed]]:
    """Questions of which some lack a name; and near misses that look alike, more of which lack one."""
    chance = np.random.default_rng(seed)
    asked, near = observed(count, seed=seed), []
    for number, one in enumerate(asked):
        asked[number].lacks[:, LACKS.index("names")] = chance.random() < 0.1
        lacks = nothing(len(one.right))
        lacks[:, LACKS.index("names")] = chance.random() < 0.9
        near.append(Observed(f"near {number}", one.features, np.zeros(len(one.right), bool), lacks))
    return asked, near


def test_near_misses_take_away_for_what_they_lack_and_nothing_else() -> None:
    asked, near = with_near(2000, seed=3)
    fitted, plain = fit(asked, near), fit(asked)
    assert (fitted.bias, fitted.weights) == (plain.bias, plain.weights)
    # Of 100 questions and 100 near misses that are alike 10 and 90 lack a name: a tenth is left.
    kept = dict(zip(LACKS, fitted.kept, strict=True))
    assert kept["names"] == pytest.approx(0.1, abs=0.03)
    assert (kept["figures"], kept["opposite"]) == (1.0, 1.0)
    # What speaks for a quote is as much in a near miss: answered are those that lack nothing.
    shares = [float(line.split()[-1][:-1]) for line in bounds(asked, asked, near)[2:]]
    assert all(share <= 10 for share in shares)


FITTED: dict[int, LogisticConfidence] = {}


def fit_once(fold: int, seen: list[Observed]) -> LogisticConfidence:
    return FITTED.setdefault(fold, fit(seen)) if fold not in FITTED else FITTED[fold]


def test_too_few_questions_say_nothing() -> None:
    with pytest.raises(TrainingError, match="cannot be fitted"):
        bounds([one_quote(2.0, right=True), one_quote(-1.0, right=False)], [])


def test_what_is_observed_of_an_assistant(folder: Path, encoder: FakeEncoder) -> None:
    asked = [
        Example("", "How many metres did the river rise?", "two metres", ((0, 10),)),
        Example("", "When did the tunnel open?", "on Wednesday", ((0, 12),)),
    ]
    done: list[int] = []
    with Assistant.open(folder, encoder=encoder, reader=SentenceReader(encoder)) as assistant:
        found = observe(assistant, asked, there=True, k=2, progress=done.append)
        absent = observe(assistant, asked, there=False, k=2)
        hits = [assistant.search(one.question, k=2) for one in asked]
        read = [
            assistant.reader.read(parse(one.question), [hit.passage for hit in here])
            for one, here in zip(asked, hits, strict=True)
        ]
    assert done == [1, 2]
    for one, without, question, here, quotes in zip(found, absent, asked, hits, read, strict=True):
        every = extract_features(parse(question.question), here, quotes)
        np.testing.assert_array_equal(one.features, every)
        np.testing.assert_array_equal(without.features, one.features)
        assert not without.right.any()
    assert read[0][0].quote.text == "The river rose by two metres."
    # "river rose by two metres" shares two of seven words with the answer: F1 is 4/7.
    assert found[0].right.tolist()[0] is True
    assert found[0].right.sum() == 1
    # "tunnel opened on Wednesday" and "on Wednesday": 4/6.
    assert [c.quote.text for c, r in zip(read[1], found[1].right, strict=False) if r] == [
        "The tunnel opened on Wednesday."
    ]


WEIGHED = LogisticConfidence(
    -1.25, tuple(0.5 * number - 2 for number in range(len(NAMES))), (0.3, 0.5, 0.75)
)


def test_weights_are_read_as_they_were_written(tmp_path: Path) -> None:
    assert LogisticConfidence.load(tmp_path) is None
    WEIGHED.save(tmp_path, questions=12, error=0.03)
    assert LogisticConfidence.load(tmp_path) == WEIGHED
    held = json.loads((tmp_path / FILE_NAME).read_text("utf-8"))
    assert (held["bias"], held["questions"], held["error"]) == (-1.25, 12, 0.03)
    assert held["kept"] == {"names": 0.3, "figures": 0.5, "opposite": 0.75}
    assert held["weights"]["margin"] == WEIGHED.weights[NAMES.index("margin")]


def test_weights_of_before_there_were_near_misses_are_refused(tmp_path: Path) -> None:
    WEIGHED.save(tmp_path)
    held = json.loads((tmp_path / FILE_NAME).read_text("utf-8"))
    del held["kept"]
    (tmp_path / FILE_NAME).write_text(json.dumps(held), "utf-8")
    with pytest.raises(ModelError, match="Make it anew: qa calibrate"):
        LogisticConfidence.load(tmp_path)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"\xff\xfe\x00",
        b'{"bias": 1}',
        b'{"bias": "x", "weights": {}}',
        b'{"bias": null, "weights": {}}',
        b'{"bias": 0, "weights": {"margin": 1}}',
    ],
)
def test_damaged_weights_are_one_line(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE_NAME).write_bytes(content)
    with pytest.raises(ModelError) as caught:
        LogisticConfidence.load(tmp_path)
    assert repr(str(tmp_path / FILE_NAME)) in str(caught.value)
    assert str(caught.value).endswith("Make it anew: qa calibrate")
    assert "\n" not in str(caught.value)


def document(id: str, title: str, text: str) -> Document:
    return Document(id, "", text, Metadata(Sourced(title, "file name")))


def cited(passage: Span, words: str, sentence: str, score: float) -> Citation:
    text = passage.document.text

    def span(part: str) -> Span:
        return passage.document.span(text.index(part), text.index(part) + len(part))

    return Citation(span(words), span(sentence), passage, score)


def test_evidence_by_hand() -> None:
    bridge = document("a", "Bridges", "The bridge will open in 1998. It is long.")
    road = document("b", "Roads", "An open road closed in 1998.")
    one, other = (text.span(0, len(text.text)) for text in (bridge, road))
    hits = [Hit(one, 0.9, 1, lexical=3.0, dense=0.6), Hit(other, 0.4, 2, lexical=1.0)]
    quotes = [
        cited(one, "1998", "The bridge will open in 1998.", 25.0),
        cited(one, "long", "It is long.", 3.0),
        cited(other, "1998", "An open road closed in 1998.", 1.0),
    ]
    # Of the three terms "open" stands in both passages, "long" and "bridge" in one: idf of BM25.
    open_, rare = math.log(1 + 0.5 / 2.5), math.log(1 + 1.5 / 1.5)
    total = open_ + 2 * rare
    asked = "When did the long bridge open?"
    length = math.log(1 + 6)
    rows = [
        # margin, lead, retrieval, cosine, first, here, around, kind, agreement, length
        [20, 20, 0.9, 0.6, 1, (open_ + rare) / total, 1, 1, math.log(2), length],
        [3, -20, 0.9, 0.6, 1, rare / total, 1, -1, 0, length],
        [1, -2, 0.4, 0.6, 0, open_ / total, open_ / total, 1, math.log(2), length],
    ]
    np.testing.assert_allclose(extract_features(parse(asked), hits, quotes), rows, rtol=1e-12)
    [alone] = extract_features(parse(asked), hits, quotes[2:])
    assert (alone[NAMES.index("lead")], alone[NAMES.index("agreement")]) == (20, 0)
    assert extract_features(parse(asked), hits, []).shape == (0, len(NAMES))


def test_the_probability_is_that_of_the_weighed_evidence() -> None:
    text = document("a", "A", "It opened in 1998.")
    passage = text.span(0, len(text.text))
    hits = [Hit(passage, 0.5, 1, dense=0.25)]
    quotes = [cited(passage, "1998", "It opened in 1998.", 2.0)]
    # Of the features only the margin (2) and the cosine (0.25) count here.
    weights = tuple({"margin": 0.5, "cosine": 4.0}.get(name, 0.0) for name in NAMES)
    assert LogisticConfidence(-1.0, weights).probabilities(parse("When?"), hits, quotes) == [
        pytest.approx(1 / (1 + math.exp(-1.0)))
    ]
    assert LogisticConfidence(-1.0, weights).probabilities(parse("When?"), hits, []) == []
    assert ScoreConfidence().probabilities(parse("When?"), hits, quotes) == [
        pytest.approx(1 / (1 + math.exp(-2.0)))
    ]


def test_what_the_passage_lacks_takes_away() -> None:
    text = document("a", "Talks", "Egypt joined the talks in 1998.")
    passage = text.span(0, len(text.text))
    hits = [Hit(passage, 0.5, 1, dense=0.25)]
    quotes = [cited(passage, "1998", "Egypt joined the talks in 1998.", 2.0)]
    weighed = LogisticConfidence(2.0, (0.0,) * len(NAMES), (0.25, 0.5, 0.75))
    chance = 1 / (1 + math.exp(-2.0))
    for question, share in (
        ("When did Egypt join?", 1),
        ("When did Turkey join?", 0.25),
        ("When did Turkey join, and when did Kenya?", 0.25**2),
        ("Who joined in 1998?", 1),
        ("Who joined in 1999?", 0.5),
        ("When did Turkey join the 3 talks?", 0.125),
    ):
        assert weighed.probabilities(parse(question), hits, quotes) == [
            pytest.approx(share * chance)
        ], question


def test_a_question_that_only_points_is_unsure_among_several_documents() -> None:
    texts = [document(id, id, "Ann led the talks.") for id in "ab"]
    passages = [text.span(0, len(text.text)) for text in texts]
    hits = [Hit(p, 0.5, n, dense=0.25) for n, p in enumerate(passages, 1)]
    quotes = [cited(passages[0], "Ann", "Ann led the talks.", 9.0)]
    weighed = LogisticConfidence(9.0, (0.0,) * len(NAMES))
    [vague] = weighed.probabilities(parse("Who led it?"), hits, quotes)
    [clear] = weighed.probabilities(parse("Who led the talks?"), hits, quotes)
    [alone] = weighed.probabilities(parse("Who led it?"), hits[:1], quotes)
    assert [vague, clear, alone] == pytest.approx([0.3, 1, 1], abs=1e-3)
