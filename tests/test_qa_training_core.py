"""The training core: what is right in a window, what a round holds, learning, and going on exactly."""

import random
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import MPNetConfig, MPNetModel

from qa.training.core.examples import Example, context_key, is_held_out
from qa.training.core.labelled_windows import (
    NONE,
    Labelled,
    Windowing,
    batches,
    labelled,
    load_round,
    padded,
    save_round,
    targets,
    tokens_of,
)
from qa.training.core.made import Bm25, asked_of, with_another_thing, with_roles_swapped
from qa.training.core.mixing import Group, Mix, groups_of_round
from qa.training.core.model import Reader, load_reader, save_reader
from qa.training.core.state import Place, checkpoints
from qa.training.core.training import Recipe, Training, as_labelled, gone

WORDS = [f"w{i}" for i in range(60)]
SIZE: dict[str, Any] = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 32,
    "max_position_embeddings": 80,
}


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> Iterator[None]:
    """Tiny models take longer on several threads, which wait for each other."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny MPNet of random weights, as a base to train from."""
    folder = tmp_path_factory.mktemp("base")
    save_base(folder)
    return folder


def save_base(folder: Path) -> None:
    vocabulary = ["<s>", "<pad>", "</s>", "<unk>", *WORDS]
    tokenizer = Tokenizer(
        models.WordLevel({word: i for i, word in enumerate(vocabulary)}, unk_token="<unk>")
    )
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>",
        pair="<s> $A </s> </s> $B </s>",
        special_tokens=[("<s>", 0), ("</s>", 2)],
    )
    tokenizer.save(str(folder / "tokenizer.json"))
    torch.manual_seed(0)
    MPNetModel(MPNetConfig(vocab_size=len(vocabulary), **SIZE)).save_pretrained(folder)


def example(question: str, context: str, *texts: str, id: str = "1", source: str = "s") -> Example:
    answers = tuple((context.index(text), context.index(text) + len(text)) for text in texts)
    return Example(id, question, context, answers, source)


def pointing(count: int, *, seed: int = 0) -> list[Group]:
    """Contexts of ten words; asked of a word that stands there, the word after it is the answer."""
    chance = random.Random(seed)
    found = []
    for number in range(count):
        words = chance.sample(WORDS, 10)
        context, absent = " ".join(words), chance.choice([w for w in WORDS if w not in words])
        place = chance.randrange(9)
        yes = example(words[place], context, words[place + 1], id=f"{number} yes")
        found.append(Group(context, (yes, example(absent, context, id=f"{number} no"))))
    return found


def test_the_right_tokens_are_those_of_the_answer(base: Path) -> None:
    context = "w1 w2, w3 w4 w2"
    group = Group(context, (example("w9 w8", context, "w2"), example("w9", context)))
    [[first, second]] = labelled(Windowing(base), [group])
    # <s> w9 w8 </s> </s> w1 w2 , w3 w4 w2 </s>
    assert first.window.ids.tolist() == [0, 13, 12, 2, 2, 5, 6, 3, 7, 8, 6, 2]
    assert (first.window.first, first.window.stop) == (5, 11)
    assert first.right == ((6, 6),)
    assert first.ignored == ((10, 10),)
    assert second.right == ()
    inside = padded([first.window, second.window], 1).inside
    wanted = targets([first, second], inside)
    assert np.argwhere(wanted.starts).tolist() == [[0, 6], [1, NONE]]
    assert wanted.may_start[0].nonzero()[0].tolist() == [0, 5, 6, 7, 8, 9]
    assert wanted.answered.tolist() == [1, 0]


def test_each_answer_is_found_back_in_the_windows_of_a_long_context(base: Path) -> None:
    context = " ".join(f"w{i % 60}" for i in range(100))
    windowing = Windowing(base, limit=40, stride=8)
    found = windowing.windows([("w1 w2", context)])
    assert [window.offsets[window.first].tolist() for window in found] == [
        [0, 2],
        *[[context.index(f" w{n} ") + 1, context.index(f" w{n} ") + 4] for n in (26, 52)],
        [context.rindex(" w18 ") + 1, context.rindex(" w18 ") + 4],
    ]
    span = context.index("w32"), context.index("w36") + 3
    assert [tokens_of(window, span) for window in found] == [None, (11, 15), None, None]
    whole = Group(context, (example("w1 w2", context, "w32 w33 w34 w35 w36"),))
    # The first window holds the answer's first words only, and is left out.
    [kept] = labelled(windowing, [whole], beside=1.0)
    assert [item.right for item in kept] == [((11, 15),), (), ()]
    assert [item.right for item in labelled(windowing, [whole], beside=0.0)[0]] == [((11, 15),)]


def test_groups_stay_together_in_batches_of_like_length(base: Path) -> None:
    items = labelled(Windowing(base), pointing(20))
    found = batches(items, tokens=64, seed=3)
    assert sorted(item.group for batch in found for item in batch) == sorted(
        [*range(20), *range(20)]
    )
    assert all(
        {bool(i.right) for i in batch if i.group == batch[0].group} == {True, False}
        for batch in found
    )
    assert max(len(batch) for batch in found) == 4
    assert [[i.group for i in b] for b in batches(items, tokens=64, seed=3)] == [
        [i.group for i in b] for b in found
    ]


def test_who_is_held_out_depends_on_the_letters_of_the_context_alone() -> None:
    contexts = [f"Text {i} , and more." for i in range(2000)]
    held = [is_held_out(context) for context in contexts]
    assert 150 < sum(held) < 250
    assert held == [is_held_out(context.replace(" ,", ",")) for context in contexts]


def test_near_misses_are_made_of_another_things_name() -> None:
    asked = example(
        "Who led the siege of Orleans in 1429?", "Joan led it at Orleans in 1429.", "Joan"
    )
    others = [example("What fell in 1453?", ""), example("Who was born at Rouen?", "")]
    found = {with_another_thing(asked, others, random.Random(i)).question for i in range(9)}  # type: ignore[union-attr]
    assert found == {
        "Who led the siege of Rouen in 1429?",
        "Who led the siege of Orleans in 1453?",
    }
    assert with_another_thing(example("who led it?", "x"), others, random.Random(0)) is None


def test_roles_are_swapped_only_where_that_says_something_else() -> None:
    swapped = with_roles_swapped(example("When did Acme Corp buy U.S. Steel?", "x"))
    assert swapped is not None
    assert swapped.question == "When did U.S. Steel buy Acme Corp?"
    assert swapped.answers == ()
    assert with_roles_swapped(example("When did Acme and Bolt merge?", "x")) is None


def test_a_question_is_asked_elsewhere_only_where_its_answer_does_not_stand() -> None:
    asked = example("Who led it?", "Joan led it.", "Joan")
    assert asked_of(asked, "Led by JOAN!") is None
    elsewhere = asked_of(asked, "Nobody led it.")
    assert elsewhere is not None
    assert (elsewhere.context, elsewhere.answers) == ("Nobody led it.", ())


def test_search_finds_the_context_that_shares_rare_words() -> None:
    index = Bm25(["a river in spring", "a mountain", "the river Elbe floods", "a plain"])
    assert index.search("When does the Elbe flood the river?", k=2) == [2, 0]


def test_a_round_has_both_classes_in_each_group_of_written_questions() -> None:
    contexts = [f"Person{i} met Friend{i} in {1900 + i} at Town{i}." for i in range(40)]
    train = {"written": [], "squad": []}  # type: dict[str, list[Example]]
    for i, context in enumerate(contexts):
        ids = {"id": str(i)}
        train["squad"].append(example(f"Who met Friend{i}?", context, f"Person{i}", **ids))
        if i % 2:
            train["written"] += [
                example("Whom?", context, f"Friend{i}", source="written", **ids),
                example("Why?", context, source="written", **ids),
                example("How?", context, source="written", **ids),
            ]
    groups = groups_of_round(train, Mix(most=4, squad=10), seed=0)
    assert groups == groups_of_round(train, Mix(most=4, squad=10), seed=0)
    written = [g for g in groups if g.context in {e.context for e in train["written"]}]
    assert len({group.context for group in written}) == 20
    assert all({bool(e.answers) for e in g.asked} == {True, False} for g in written)
    assert all(len(group.asked) <= 4 for group in groups)
    assert len({g.context for g in groups} - {g.context for g in written}) == 10
    assert all(
        context_key(t) in context_key(g.context) for g in groups for e in g.asked for t in e.texts
    )


def round_of(base: Path, count: int) -> list[list[Labelled]]:
    return batches(labelled(Windowing(base), pointing(count)), tokens=400, seed=0)


def test_the_reader_learns_a_small_set_by_heart(base: Path, tmp_path: Path) -> None:
    round_ = round_of(base, 6) * 50
    reader = load_reader(base, device="cpu")
    training = Training(
        reader, round_, as_labelled, Recipe(learning_rate=5e-3, freeze_words=False), tmp_path
    )
    assert training.run()
    items = [item for batch in round_[:1] for item in batch]
    scores, inside = reader([item.window for item in items])
    masked = scores.starts.masked_fill(~inside, -1e9)
    right = [item.right[0][0] for item in items if item.right]
    assert [int(i) for i, item in zip(masked.argmax(1), items, strict=True) if item.right] == right
    assert [bool(a > 0) for a in scores.answer] == [bool(item.right) for item in items]


def test_a_round_is_kept_as_it_was_made(base: Path, tmp_path: Path) -> None:
    context = "w1 w2, w3 w4 w2"
    group = Group(context, (example("w9 w8", context, "w2", "w3 w4"), example("w9", context)))
    items = labelled(Windowing(base), [group, *pointing(5)], odds=[i / 4 for i in range(12)])
    round_ = batches(items, tokens=64, seed=0)
    save_round(tmp_path / "round", round_)
    kept = load_round(tmp_path / "round")
    assert [[(i.right, i.ignored, i.group, i.odds) for i in b] for b in kept] == [
        [(i.right, i.ignored, i.group, i.odds) for i in b] for b in round_
    ]
    for old, new in zip(chain(*round_), chain(*kept), strict=True):
        assert old.window.pair == new.window.pair
        assert (old.window.first, old.window.stop) == (new.window.first, new.window.stop)
        assert old.window.ids.tolist() == new.window.ids.tolist()
        assert old.window.types.tolist() == new.window.types.tolist()


def weights(reader: Reader) -> dict[str, Any]:
    return dict(reader.modules.state_dict())


def test_a_run_that_was_stopped_goes_on_exactly(base: Path, tmp_path: Path) -> None:
    round_, recipe = round_of(base, 40), Recipe(learning_rate=1e-3, accumulate=2)
    whole = Training(
        load_reader(base, device="cpu"), round_, as_labelled, recipe, tmp_path / "whole"
    )
    assert whole.run()
    assert whole.place.batch == len(round_) >= 4

    first = Training(
        load_reader(base, device="cpu"), round_, as_labelled, recipe, tmp_path / "parts"
    )
    assert not first.run(stop=lambda: True)
    assert first.place.step == 1
    second = Training(
        load_reader(base, device="cpu"), round_, as_labelled, recipe, tmp_path / "parts"
    )
    assert second.run()
    assert second.place.step == whole.place.step
    expected = weights(whole.reader)
    assert all(torch.equal(v, expected[name]) for name, v in weights(second.reader).items())


def test_a_damaged_checkpoint_is_passed_over_and_two_are_kept(base: Path, tmp_path: Path) -> None:
    round_, recipe = round_of(base, 40), Recipe()
    one = Training(load_reader(base, device="cpu"), round_, as_labelled, recipe, tmp_path)
    assert one.run(seconds_a_checkpoint=0.0)
    last = checkpoints(tmp_path)
    assert len(last) == 2
    last[1].write_bytes(b"broken")
    two = Training(load_reader(base, device="cpu"), round_, as_labelled, recipe, tmp_path)
    two.run(stop=lambda: True)
    assert two.place.step == one.place.step
    other = Training(load_reader(base, device="cpu"), round_, as_labelled, Recipe(seed=1), tmp_path)
    with pytest.raises(ValueError, match="of a run with other"):
        other.run()


def test_a_round_ends_with_its_time_where_that_is_short() -> None:
    place = Place(batch=10, first=0, begun=100.0, until=200.0)
    assert gone(place, 100, 150.0) == 0.5
    assert gone(place, 20, 110.0) == 0.5
    assert gone(place, 100, 300.0) == 2.0


def test_a_saved_reader_reads_the_same(base: Path, tmp_path: Path) -> None:
    reader = load_reader(base, device="cpu", seed=5)
    save_reader(reader, tmp_path)
    windows = Windowing(base).windows([("w1", "w2 w3"), ("w4 w5", "w6")])
    before, after = reader(windows)[0], load_reader(tmp_path, device="cpu")(windows)[0]
    assert torch.equal(before.starts, after.starts)
    assert torch.equal(before.answer, after.answer)
