"""Questions with their answers are read from every form, and each mistake in a file says where it is."""

import gzip
import json
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.errors import ExampleError
from qa.evaluation.datasets import Example, read_examples, split

CONTEXT = "Kim left in May 1998. Émile stayed — in Rome."
WHO = Example("1", "Who left?", CONTEXT, ((0, 3),), "set")
WHEN = Example("2", "When did Kim leave?", CONTEXT, ((12, 20), (16, 20)), "set")
WHY = Example("3", "Why did Kim leave?", CONTEXT, (), "set")
WHERE = Example("4", "Where did Émile stay?", CONTEXT, ((40, 44),), "set")
ALL = [WHO, WHEN, WHY, WHERE]


def record(example: Example) -> dict[str, Any]:
    """As we write it."""
    return {
        "id": example.id,
        "question": example.question,
        "context": example.context,
        "answers": [
            {"text": text, "start": start}
            for text, (start, _) in zip(example.texts, example.answers, strict=True)
        ],
    }


def lines(*records: Any) -> str:
    return "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in records)


def written(path: Path, text: str | bytes) -> Path:
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def read(path: Path, text: str | bytes) -> list[Example]:
    return read_examples([written(path, text)])


def squad(*, impossible: bool) -> dict[str, Any]:
    """The same questions in SQuAD's form, those of version 2 with what it says beside."""
    asked: list[dict[str, Any]] = []
    for example in ALL:
        if not example.answers and not impossible:
            continue
        one: dict[str, Any] = {
            "id": example.id,
            "question": example.question,
            "answers": [
                {"text": text, "answer_start": start}
                for text, (start, _) in zip(example.texts, example.answers, strict=True)
            ],
        }
        if impossible:
            one["is_impossible"] = not example.answers
            if not example.answers:
                # What somebody might take for an answer is none.
                one["plausible_answers"] = [{"text": "May 1998", "answer_start": 12}]
        asked.append(one)
    paragraphs = [
        {"context": CONTEXT, "qas": asked[:2]},
        {"context": CONTEXT, "qas": asked[2:]},
    ]
    return {"version": "x", "data": [{"title": "Kim", "paragraphs": paragraphs}]}


# The forms.


def test_the_texts_are_the_slices() -> None:
    assert WHEN.texts == ("May 1998", "1998")
    assert WHY.texts == ()
    assert WHERE.texts == ("Rome",)


def test_json_lines(tmp_path: Path) -> None:
    assert read(tmp_path / "set.jsonl", lines(*map(record, ALL))) == ALL


def test_json_lines_with_windows_ends_and_empty_lines(tmp_path: Path) -> None:
    text = "\n\r\n" + lines(*map(record, ALL)).replace("\n", "\r\n \t\r\n").rstrip()
    assert read(tmp_path / "set.jsonl", text) == ALL


@pytest.mark.parametrize("name", ["set.jsonl.gz", "set.json.gz", "set.gz"])
def test_gzipped(tmp_path: Path, name: str) -> None:
    assert read(tmp_path / name, gzip.compress(lines(*map(record, ALL)).encode())) == ALL


def test_squad_version_1(tmp_path: Path) -> None:
    found = read(tmp_path / "set.json", json.dumps(squad(impossible=False), indent=1))
    assert found == [WHO, WHEN, WHERE]


def test_squad_version_2(tmp_path: Path) -> None:
    text = json.dumps(squad(impossible=True))
    assert read(tmp_path / "set.json", text) == ALL
    assert read(tmp_path / "set.json.gz", gzip.compress(text.encode())) == ALL


def test_answers_in_the_form_of_hugging_face(tmp_path: Path) -> None:
    records = [
        record(one)
        | {"answers": {"text": list(one.texts), "answer_start": [a for a, _ in one.answers]}}
        for one in ALL
    ]
    assert read(tmp_path / "set.jsonl", lines(*records)) == ALL


def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path: Path) -> None:
    for name, text in (
        ("set.jsonl", lines(*map(record, ALL))),
        ("set.json", json.dumps(squad(impossible=True))),
    ):
        data = b"\xef\xbb\xbf" + text.encode()
        assert read(tmp_path / name, data) == ALL
        assert read(tmp_path / f"{name}.gz", gzip.compress(data)) == ALL


def test_an_answer_given_twice_counts_once_and_the_order_stays(tmp_path: Path) -> None:
    answers = [("1998", 16), ("May 1998", 12), ("1998", 16)]
    given = record(WHEN) | {"answers": [{"text": t, "start": s} for t, s in answers]}
    [found] = read(tmp_path / "set.jsonl", lines(given))
    assert found.answers == ((16, 20), (12, 20))


def test_the_same_words_at_two_places_are_two_answers(tmp_path: Path) -> None:
    given = {
        "question": "Who?",
        "context": "Kim and Kim",
        "answers": {"text": ["Kim", "Kim"], "answer_start": [8, 0]},
    }
    [found] = read(tmp_path / "set.jsonl", lines(given))
    assert found == Example("", "Who?", "Kim and Kim", ((8, 11), (0, 3)), "set")


def test_offsets_count_characters_not_bytes(tmp_path: Path) -> None:
    context = "𝔎im — Émile, 東京"
    given = {
        "question": "Where?",
        "context": context,
        "answers": [{"text": "東京", "start": context.index("東京")}],
    }
    # Written out and as escapes, of which "𝔎" takes two.
    for ascii_only in (True, False):
        text = json.dumps(given, ensure_ascii=ascii_only)
        assert read(tmp_path / "set.jsonl", text)[0].texts == ("東京",)


def test_files_follow_one_another_and_name_the_source(tmp_path: Path) -> None:
    one = written(tmp_path / "one.v2.jsonl", lines(record(WHO)))
    other = written(tmp_path / "other.json", json.dumps(squad(impossible=True)))
    found = read_examples([other, one])
    assert [(example.source, example.id) for example in found] == [
        *(("other", example.id) for example in ALL),
        ("one", "1"),
    ]


def test_an_id_that_is_a_number_is_read_as_text(tmp_path: Path) -> None:
    assert read(tmp_path / "set.jsonl", lines(record(WHO) | {"id": 1})) == [WHO]


ANY_EXAMPLE = st.builds(
    lambda name, question, context, cuts: Example(
        name,
        question,
        context,
        tuple(
            dict.fromkeys(
                (min(a, b), max(a, b))
                for a, b in ((x % (len(context) + 1), y % (len(context) + 1)) for x, y in cuts)
                if context[min(a, b) : max(a, b)].strip()
            )
        ),
        "set",
    ),
    st.text(),
    # A question is something, and stands without white space around it.
    st.text().map(lambda text: f"Q{text}".strip()),
    st.text(),
    st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), max_size=3),
)


@given(examples=st.lists(ANY_EXAMPLE, min_size=1, max_size=4))
def test_what_is_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, examples: list[Example]
) -> None:
    folder = tmp_path_factory.mktemp("written")
    assert read(folder / "set.jsonl", lines(*map(record, examples))) == examples


# Mistakes: each names the file, and where in it.


def said(path: Path, text: str | bytes) -> str:
    with pytest.raises(ExampleError) as caught:
        read(path, text)
    message = str(caught.value)
    assert "\n" not in message
    assert repr(str(path)) in message
    return message


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"answers": [{"text": "Kim", "start": 1}]}, "the answer 'Kim' is not at character 1"),
        ({"answers": [{"text": "Lee", "start": 0}]}, "the answer 'Lee' is not at character 0"),
        ({"answers": [{"text": "Kim", "start": 900}]}, "the answer 'Kim' is not at character 900"),
        # Python would count this one from the end, where the words do stand.
        ({"answers": [{"text": "Rome", "start": -5}]}, "the answer 'Rome' is not at character -5"),
        ({"answers": [{"text": "", "start": 0}]}, "the answer '' is not at character 0"),
        ({"answers": [{"text": " ", "start": 3}]}, "the answer ' ' is not at character 3"),
        (
            {"answers": {"text": ["Kim", "May"], "answer_start": [0, 0]}},
            "the answer 'May' is not at character 0",
        ),
        ({"answers": {"text": ["Kim"], "answer_start": []}}, "not a question with a context"),
        ({"answers": {"text": ["Kim"]}}, "(KeyError('answer_start'))"),
        ({"answers": None}, "not a question with a context and answers (TypeError"),
        ({"answers": ["Kim"]}, "not a question with a context and answers (TypeError"),
        ({"answers": [{"text": "Kim"}]}, "(KeyError('answer_start'))"),
        ({"answers": [{"text": 5, "start": 0}]}, "not a question with a context and answers"),
        ({"answers": [{"text": "Kim", "start": "x"}]}, "not a question with a context and answers"),
        (
            {"answers": [{"text": "Kim", "start": None}]},
            "not a question with a context and answers",
        ),
        (
            {"answers": [{"text": "Kim", "start": float("inf")}]},
            "not a question with a context and answers",
        ),
        ({"question": 5}, "(TypeError('5 is not a string'))"),
        ({"context": ["Kim left."]}, "is not a string"),
        ({"answers": [{"text": ["Kim"], "start": 0}]}, "is not a string"),
        ({"question": " "}, "The question is empty"),
        ({"question": "a" * 2001}, "2,001 characters"),
    ],
)
def test_a_wrong_record_is_named_with_its_line(
    tmp_path: Path, change: dict[str, Any], says: str
) -> None:
    text = lines(record(WHO)) + "\n" + lines(record(WHEN) | change)
    message = said(tmp_path / "set.jsonl", text)
    assert f"{str(tmp_path / 'set.jsonl')!r}, line 3: " in message
    assert says in message


@pytest.mark.parametrize("missing", ["question", "context", "answers"])
def test_what_is_missing_is_named(tmp_path: Path, missing: str) -> None:
    given = {key: value for key, value in record(WHO).items() if key != missing}
    message = said(tmp_path / "set.jsonl", lines(given))
    assert "line 1: " in message
    assert f"KeyError({missing!r})" in message


@pytest.mark.parametrize("start", ["0", 0.0])
def test_a_start_that_is_a_number_in_another_dress_is_read(
    tmp_path: Path, start: str | float
) -> None:
    given = record(WHO) | {"answers": [{"text": "Kim", "start": start}]}
    assert read(tmp_path / "set.jsonl", lines(given)) == [WHO]


@pytest.mark.parametrize("line", ["{", "Kim left.", "{'question': 'Who?'}", "[" * 100_000])
def test_a_line_that_is_no_json_is_named(tmp_path: Path, line: str) -> None:
    text = lines(record(WHO)) + line + "\n" + lines(record(WHEN))
    assert said(tmp_path / "set.jsonl", text).endswith(
        ", line 2: not JSON. Use JSON lines or the SQuAD format."
    )


@pytest.mark.parametrize("line", ["[]", "5", '"Kim"'])
def test_a_line_that_is_no_record_is_named(tmp_path: Path, line: str) -> None:
    message = said(tmp_path / "set.jsonl", lines(record(WHO)) + line)
    assert "line 2: not a question with a context and answers (TypeError" in message


@pytest.mark.parametrize(
    "data",
    [
        5,
        [{"paragraphs": None}],
        [{"title": "Kim"}],
        [{"paragraphs": [{"qas": [{"id": "1"}]}]}],
        [{"paragraphs": [{"context": "Kim", "qas": ["Who?"]}]}],
        [5],
    ],
)
def test_what_is_not_quite_squads_form_is_said_so(tmp_path: Path, data: Any) -> None:
    message = said(tmp_path / "set.json", json.dumps({"data": data}))
    assert "is not in the SQuAD format: " in message


def test_a_wrong_answer_in_squads_form_is_named_with_its_question(tmp_path: Path) -> None:
    whole = squad(impossible=True)
    whole["data"][0]["paragraphs"][1]["qas"][1]["answers"][0]["answer_start"] += 1
    message = said(tmp_path / "set.json", json.dumps(whole))
    assert message.endswith(", question '4': the answer 'Rome' is not at character 41.")


@pytest.mark.parametrize("text", ["", "\n \n", '{"data": []}', "\ufeff"])
def test_a_file_without_questions_is_an_error(tmp_path: Path, text: str) -> None:
    full = written(tmp_path / "full.jsonl", lines(record(WHO)))
    empty = written(tmp_path / "empty.json", text)
    with pytest.raises(ExampleError) as caught:
        read_examples([full, empty])
    assert str(caught.value) == f"{str(empty)!r} contains no questions."


def test_no_file_is_no_question() -> None:
    assert read_examples([]) == []


def test_what_is_no_text_is_an_error(tmp_path: Path) -> None:
    assert "cannot be read: it is not UTF-8 text" in said(
        tmp_path / "set.jsonl", "é".encode("latin-1")
    )


def test_a_damaged_gzip_file_is_an_error(tmp_path: Path) -> None:
    whole = gzip.compress(lines(*map(record, ALL * 20)).encode())
    middle = len(whole) // 2
    for name, data in (
        ("plain.gz", b"no gzip at all"),
        ("short.gz", whole[:-12]),
        ("sum.gz", whole[:-8] + bytes(8)),
        ("bits.gz", whole[:middle] + b"\xff" * 40 + whole[middle + 40 :]),
        ("beginning.gz", whole[:10] + b"\xff" * 40 + whole[50:]),
    ):
        assert " cannot be read: " in said(tmp_path / name, data)


def test_a_missing_file_or_a_folder_is_an_error(tmp_path: Path) -> None:
    for path in (tmp_path / "missing.jsonl", tmp_path):
        with pytest.raises(ExampleError) as caught:
            read_examples([path])
        assert str(caught.value).startswith(f"{str(path)!r} cannot be read: ")


# Holding some out.


def numbered(count: int, source: str = "a", each: int = 1) -> list[Example]:
    """So many contexts, each asked about `each` times."""
    return [
        Example(f"{source}{i}.{j}", "Who?", f"{source} {i}", (), source)
        for i in range(count)
        for j in range(each)
    ]


def places(examples: list[Example]) -> list[int]:
    return [int(example.context.split()[1]) for example in examples]


@pytest.mark.parametrize(
    ("share", "block", "held"),
    [
        (0.5, 2, [2, 3, 6, 7]),
        (0.25, 2, [6, 7]),
        (0.25, 1, [3, 7]),
        (0.2, 1, [4, 9]),
        (0.1, 1, [9]),
        # Ten contexts are too few for a block of such a share: theirs is shorter.
        (0.1, 2, [9]),
        (0.0, 2, []),
    ],
)
def test_the_last_block_of_each_period_is_held_out(
    share: float, block: int, held: list[int]
) -> None:
    examples = numbered(10)
    kept, found = split(examples, share, block=block)
    assert places(found) == held
    assert places(kept) == [place for place in range(10) if place not in held]


@pytest.mark.parametrize("share", [0.05, 0.07, 0.1, 0.3, 0.5, 0.9])
def test_the_share_of_many_is_what_was_asked_for(share: float) -> None:
    kept, held = split(numbered(20_000), share, block=10)
    assert len(held) / 20_000 == pytest.approx(share, abs=0.001)
    assert len(kept) + len(held) == 20_000
    runs = [len(list(run)) for _, run in groupby(b - a for a, b in enumerate(places(held)))]
    # A share that does not divide the block leaves runs that are one shorter or longer.
    assert set(runs[:-1]) <= {9, 10, 11}


def test_a_context_of_two_sources_is_on_one_side() -> None:
    one = [Example(str(i), "Why?", f"context {i}", (), "one") for i in range(4)]
    other = [Example(f"o{i}", "Why?", f"context {3 - i}", (), "other") for i in range(4)]
    kept, held = split([*one, *other], 0.25, block=1)
    assert [example.id for example in held] == ["0", "3", "o0", "o3"]
    assert {example.context for example in kept} == {"context 1", "context 2"}


def test_the_default_block_is_of_sixty_contexts() -> None:
    assert split(numbered(1200), 0.1) == split(numbered(1200), 0.1, block=60)
    assert places(split(numbered(1200), 0.1)[1]) == [*range(540, 600), *range(1140, 1200)]


@given(
    st.lists(st.tuples(st.integers(0, 12), st.sampled_from("ab")), max_size=60),
    st.floats(0, 0.9),
    st.integers(1, 5),
)
def test_each_example_is_on_one_side_and_its_context_with_it(
    rows: list[tuple[int, str]], share: float, block: int
) -> None:
    examples = [
        Example(str(n), "Who?", f"{source} {i}", (), source) for n, (i, source) in enumerate(rows)
    ]
    kept, held = split(examples, share, block=block)
    assert sorted([*kept, *held], key=lambda one: int(one.id)) == examples
    assert [int(one.id) for one in kept] == sorted(int(one.id) for one in kept)
    assert [int(one.id) for one in held] == sorted(int(one.id) for one in held)
    assert not {one.context for one in kept} & {one.context for one in held}
    assert split(examples, share, block=block) == (kept, held)


def test_a_context_that_comes_back_later_stays_on_its_side() -> None:
    examples = numbered(8, each=2)
    again = examples + examples[::-1]
    kept, held = split(again, 0.25, block=2)
    assert places(held) == [6, 6, 7, 7, 7, 7, 6, 6]
    assert places(kept) == [i for i in places(again) if i < 6]


def test_each_source_is_counted_by_itself() -> None:
    one, other = numbered(8, "a"), numbered(8, "b")
    mixed = [example for pair in zip(one, other, strict=True) for example in pair]
    kept, held = split(mixed, 0.25, block=2)
    assert [example.context for example in held] == ["a 6", "b 6", "a 7", "b 7"]
    assert split(one + other, 0.25, block=2)[1] == [*one[6:], *other[6:]]
    assert kept == [example for example in mixed if example not in held]


def test_the_split_is_the_same_however_the_questions_differ() -> None:
    examples = numbered(40, each=3)
    _, held = split(examples, 0.2, block=2)
    fewer = [one for one in examples if one.id.endswith(".1")]
    assert split(fewer, 0.2, block=2)[1] == [one for one in held if one.id.endswith(".1")]


@pytest.mark.parametrize("share", [-0.1, 1, 1.5, float("nan")])
def test_a_share_that_cannot_be_held_out_is_a_bug(share: float) -> None:
    with pytest.raises(ValueError, match=f"a share of {share} cannot be held out"):
        split(numbered(3), share)


def test_half_a_character_is_no_text(tmp_path: Path) -> None:
    line = '{"question": "Wh\\ud800?", "context": "Kim left.", "answers": []}'
    assert "line 1: not a question with a context and answers" in said(tmp_path / "set.jsonl", line)
