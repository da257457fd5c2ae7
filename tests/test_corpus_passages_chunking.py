import re
import tracemalloc
from bisect import bisect_left
from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.passages.chunking import Chunking, TokenStarts, split_passages, word_starts
from corpus.passages.sentences import split_sentences
from corpus.types import Document, Metadata, Sourced, Span


def document(text: str) -> Document:
    return Document("a.txt", "", text, Metadata(Sourced("A", "file name")))


def letter_starts(text: str) -> list[int]:
    """Every letter is a token, as in a text that a model has no words for."""
    return [i for i, char in enumerate(text) if not char.isspace()]


def byte_starts(text: str) -> list[int]:
    """As byte-level tokenisers do it: a space belongs to its word, a rare sign is several tokens."""
    starts = []
    for i, char in enumerate(text):
        if not char.isspace() and (i == 0 or text[i - 1].isspace()):
            starts.append(max(i - 1, 0))
        if char > "\uffff":
            starts += [i] * 4
    return starts


words = st.sampled_from(
    [
        "rain",
        "fell",
        "on",
        "Tuesday.",
        "Then",
        "sun!",
        "“Why?”",
        "😀",
        "结果。",
        "\n\n",
        "-",
        "U.S.",
    ]
)
texts = st.lists(words, max_size=120).map(" ".join)
tokenisers = st.sampled_from([word_starts, letter_starts, byte_starts])
chunkings = st.builds(Chunking, budget=st.integers(8, 40), overlap=st.integers(0, 4))


def tokens(span: Span, starts: Sequence[int]) -> int:
    return bisect_left(starts, span.end) - bisect_left(starts, span.start)


@settings(deadline=None)  # the first example loads the splitter
@given(texts, tokenisers, chunkings)
def test_passages_cover_every_sentence_in_order(
    text: str, token_starts: TokenStarts, chunking: Chunking
) -> None:
    whole = document(text)
    passages = split_passages(whole, token_starts=token_starts, chunking=chunking)
    covered = {i for passage in passages for i in range(passage.start, passage.end)}
    for sentence in split_sentences(whole):
        inside = {i for i in range(sentence.start, sentence.end) if not text[i].isspace()}
        assert inside <= covered
    assert passages == sorted(passages, key=lambda p: (p.start, p.end))
    for passage in passages:
        assert passage.document is whole
        assert passage.text == text[passage.start : passage.end] == passage.text.strip()
        assert passage.text


@settings(deadline=None)  # the first example loads the splitter
@given(texts, tokenisers, chunkings)
def test_passages_fit_the_budget_and_say_something_new(
    text: str, token_starts: TokenStarts, chunking: Chunking
) -> None:
    passages = split_passages(document(text), token_starts=token_starts, chunking=chunking)
    starts = token_starts(text)
    for before, passage in zip([None, *passages], passages, strict=False):
        assert tokens(passage, starts) <= chunking.budget
        if before:
            assert before.start < passage.start
            assert before.end < passage.end


@settings(deadline=None)  # the first example loads the splitter
@given(st.lists(st.integers(1, 12), min_size=1, max_size=25), chunkings)
def test_passages_are_whole_sentences_that_overlap_as_asked(
    lengths: list[int], chunking: Chunking
) -> None:
    """Compared with the definition: take sentences while they fit, step back while there is room."""
    text = "\n\n".join(" ".join(["word"] * n) + "." for n in lengths)
    whole = document(text)
    sentences = split_sentences(whole)
    fitting = all(n <= chunking.budget for n in lengths)
    position = {s.start: i for i, s in enumerate(sentences)} | {
        s.end: i for i, s in enumerate(sentences)
    }
    passages = split_passages(whole, chunking=chunking)
    if not fitting:
        return
    ranges = [(position[p.start], position[p.end]) for p in passages]
    for (_, last), (first, end) in pairwise(ranges):
        new = last + 1
        assert first <= new <= end
        repeated = new - first
        room = chunking.budget - lengths[new]
        assert repeated <= chunking.overlap
        assert sum(lengths[first:new]) <= room
        if repeated < chunking.overlap:
            assert sum(lengths[first - 1 : new]) > room
    for first, end in ranges:
        if end + 1 < len(lengths):
            assert sum(lengths[first : end + 2]) > chunking.budget


def test_passages_by_hand() -> None:
    text = "One two three. Four five six. Seven eight nine. Ten eleven."
    passages = split_passages(document(text), chunking=Chunking(budget=8, overlap=1))
    assert [p.text for p in passages] == [
        "One two three. Four five six.",
        "Four five six. Seven eight nine. Ten eleven.",
    ]
    apart = split_passages(document(text), chunking=Chunking(budget=8, overlap=0))
    assert [p.text for p in apart] == [
        "One two three. Four five six.",
        "Seven eight nine. Ten eleven.",
    ]


def test_a_sentence_over_the_budget_is_cut_between_words() -> None:
    text = "one two three four five six seven eight nine ten eleven"
    passages = split_passages(document(text), chunking=Chunking(budget=8, overlap=0))
    assert [p.text for p in passages] == [
        "one two three four five six seven eight",
        "nine ten eleven",
    ]


def test_a_word_over_the_budget_is_cut_between_tokens() -> None:
    passages = split_passages(
        document("abcdefghijklmnopqrst"),
        token_starts=letter_starts,
        chunking=Chunking(budget=8, overlap=0),
    )
    assert [p.text for p in passages] == ["abcdefgh", "ijklmnop", "qrst"]


def test_a_sign_of_more_tokens_than_the_budget_is_not_cut() -> None:
    passages = split_passages(
        document("ab"), token_starts=lambda text: [0] * 20 + [1], chunking=Chunking(budget=8)
    )
    assert [p.text for p in passages] == ["a", "b"]


@pytest.mark.parametrize("text", ["", " \n\n "])
def test_no_text_has_no_passages(text: str) -> None:
    assert split_passages(document(text)) == []


@pytest.mark.parametrize(("budget", "overlap"), [(7, 1), (0, 0), (200, -1)])
def test_a_chunking_that_cannot_be(budget: int, overlap: int) -> None:
    with pytest.raises(ValueError, match=f"budget is {budget} .* overlap is {overlap} "):
        Chunking(budget=budget, overlap=overlap)


@settings(deadline=None)  # the first example loads the splitter
@given(
    texts, st.sampled_from([word_starts, letter_starts, byte_starts]), chunkings, st.integers(1, 99)
)
def test_the_tokeniser_is_given_blocks_and_the_passages_are_the_same(
    text: str, token_starts: TokenStarts, chunking: Chunking, longest: int
) -> None:
    whole = document(text)
    wanted = split_passages(whole, token_starts=token_starts, chunking=chunking)
    # A run without white space that is longer than a block has its tokens cut.
    longest = max(longest, *(len(run) + 1 for run in re.split(r"[ \n\t]", text)))
    sentence = max((len(s) for s in split_sentences(whole)), default=0)
    seen: list[str] = []

    def watched(block: str) -> Sequence[int]:
        seen.append(block)
        return token_starts(block)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("corpus.passages.chunking.LONGEST_BLOCK", longest)
        found = split_passages(whole, token_starts=watched, chunking=chunking)
    assert found == wanted
    assert "".join(seen) == text[: len("".join(seen))]
    assert not text[len("".join(seen)) :].strip()
    assert all(len(block.strip()) <= max(longest, sentence) for block in seen)


def test_a_long_text_takes_little_more_memory_than_itself() -> None:
    text = "Rain fell on the old town by the river. " * 6_000
    whole = document(text)
    list(split_passages(document("Warm up.")))
    tracemalloc.start()
    try:
        passages = split_passages(whole, token_starts=letter_starts)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert passages[-1].end == len(text.rstrip())
    assert peak < 20 * len(text)
