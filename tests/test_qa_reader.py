"""Readers quote the documents: the sentence reader whole sentences, the extractive one any words."""

import json
import random
import shutil
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from corpus.errors import ModelError, UserError
from corpus.types import Dated, Document, Metadata, Sourced, Span
from index import Encoder
from qa.cancellation import Stop, Stopped
from qa.question import parse
from qa.reader.confidence.calibrated import LogisticConfidence, ScoreConfidence
from qa.reader.confidence.features import NAMES
from qa.reader.extractive_reader import ExtractiveReader
from qa.reader.load import (
    DEFAULT_READER,
    DEFAULT_READER_SHA256,
    load_extractive_reader,
    load_reader,
    reader_folder,
)
from qa.reader.quotes import sentence_around, without_overlaps
from qa.reader.sentence_reader import SentenceReader
from qa.reader.span_model.onnx_model import OnnxModel
from qa.reader.span_model.span_decoding import Scores
from qa.reader.span_model.torch_model import load_model
from qa.reader.span_model.windows import Window, Windowing
from qa.render.answer import Marked, mark
from qa.types import Citation
from tests.support.fakes import FakeEncoder
from tests.support.tiny_models import NUMBERED, save_bert_reader, save_roberta_reader

QUESTION = "w3 w14 w15 ?"


def document(text: str, id: str = "a.txt", **metadata: Any) -> Document:
    return Document(
        id,
        "0" * 64,
        text,
        Metadata(**{"title": Sourced("A title elsewhere", "file name"), **metadata}),
    )


def numbered(count: int, seed: int = 1) -> Document:
    """So many words that the tiny models know, with uneven white space."""
    chosen = random.Random(seed)
    words = [chosen.choice(NUMBERED) + chosen.choice([" ", " ", "\n", "  "]) for _ in range(count)]
    return document("".join(words).rstrip())


def extractive(
    folder: Path, *, longest: int = 30, per_passage: int = 3, batch: int = 16
) -> ExtractiveReader:
    """A reader of the weights in a folder, read by torch."""
    return ExtractiveReader(
        "tiny",
        load_model("tiny", folder),
        sha256="",
        confidence=ScoreConfidence(),
        longest=longest,
        per_passage=per_passage,
        batch=batch,
    )


@pytest.fixture(scope="module")
def bert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_bert_reader(tmp_path_factory.mktemp("bert"))


@pytest.fixture(scope="module")
def roberta(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_roberta_reader(tmp_path_factory.mktemp("roberta"))


@pytest.fixture(scope="module", params=["bert", "roberta"])
def folder(request: pytest.FixtureRequest) -> Path:
    found: Path = request.getfixturevalue(request.param)
    return found


@pytest.fixture(scope="module")
def reader(folder: Path) -> ExtractiveReader:
    return extractive(folder)


def plain(citations: Sequence[Citation]) -> list[Any]:
    return [
        (c.document.id, c.quote.start, c.quote.end, pytest.approx(c.score, abs=1e-4))
        for c in citations
    ]


# The extractive reader.


def test_quotes_are_words_of_their_passage(reader: ExtractiveReader) -> None:
    text = numbered(400)
    places = [m for m in range(len(text.text)) if text.text[m] == "w"]
    passages = [text.span(places[i], places[i + 60]) for i in (0, 7, 100, 330)]
    found = reader.read(parse(QUESTION), passages)
    assert found
    for citation in found:
        quote, passage, sentence = citation.quote, citation.passage, citation.sentence
        assert passage in passages
        assert passage.start <= quote.start < quote.end <= passage.end
        assert sentence.start <= quote.start < quote.end <= sentence.end
        assert quote.text == text.text[quote.start : quote.end] == quote.text.strip()
        assert set(quote.text.split()) <= set(NUMBERED)
    assert [c.score for c in found] == sorted((c.score for c in found), reverse=True)


def test_a_passage_in_mid_document_reads_like_the_same_words_alone(
    reader: ExtractiveReader,
) -> None:
    text = numbered(100)
    start = text.text.index("w", 150)
    inside = text.span(start, len(text.text))
    alone = document(inside.text)
    found = reader.read(parse(QUESTION), [inside])
    assert [(c.quote.start - start, c.quote.text) for c in found] == [
        (c.quote.start, c.quote.text)
        for c in reader.read(parse(QUESTION), [alone.span(0, len(alone.text))])
    ]


def by_hand(folder: Path, ids: list[int], types: list[int] | None) -> tuple[Any, Any]:
    from transformers import AutoModelForQuestionAnswering

    model = AutoModelForQuestionAnswering.from_pretrained(folder).eval()
    typed = {"token_type_ids": torch.tensor([types])} if types else {}
    with torch.no_grad():
        output = model(input_ids=torch.tensor([ids]), **typed)
    return output.start_logits[0].numpy(), output.end_logits[0].numpy()


@pytest.mark.parametrize("name", ["bert", "roberta"])
def test_the_score_is_that_of_the_best_span_less_no_answer(
    name: str, request: pytest.FixtureRequest
) -> None:
    folder: Path = request.getfixturevalue(name)
    first = 5 if name == "bert" else 4  # the id of "w0"
    asked, said = [first + 3, first + 14], [first + i for i in (20, 21, 22, 23)]
    if name == "bert":
        ids = [2, *asked, 3, *said, 3]
        starts, ends = by_hand(folder, ids, [0] * 4 + [1] * 5)
        at = 4
    else:
        ids = [0, *asked, 2, 2, *said, 2]
        starts, ends = by_hand(folder, ids, None)
        at = 5
    scores = {
        (i, j): float(starts[at + i] + ends[at + j] - starts[0] - ends[0])
        for i in range(4)
        for j in range(i, 4)
    }
    (i, j), score = max(scores.items(), key=lambda item: item[1])
    text = document("w20 w21 w22 w23")
    best = extractive(folder).read(parse("w3 w14"), [text.span(0, 15)])[0]
    assert best.quote.text == " ".join(text.text.split()[i : j + 1])
    assert best.score == pytest.approx(score, abs=1e-4)


def test_every_word_of_a_long_passage_can_be_found(folder: Path) -> None:
    text = numbered(300)
    reader = extractive(folder, longest=1, per_passage=1000)
    found = reader.read(parse(QUESTION), [text.span(0, len(text.text))])
    words = {(c.quote.start, c.quote.end) for c in found}
    expected, place = set(), 0
    for word in text.text.split():
        place = text.text.index(word, place)
        expected.add((place, place + len(word)))
        place += len(word)
    assert words == expected
    assert len(found) == len(words), "the same words in two windows are one citation"


def test_the_same_words_through_two_passages_are_one_citation(reader: ExtractiveReader) -> None:
    text = numbered(30)
    whole = text.span(0, len(text.text))
    once = reader.read(parse(QUESTION), [whole])
    assert plain(reader.read(parse(QUESTION), [whole, text.span(0, len(text.text))])) == plain(once)
    overlapping = reader.read(parse(QUESTION), [whole, text.span(0, text.text.index("w", 60))])
    taken: set[int] = set()
    for citation in overlapping:
        characters = set(range(citation.quote.start, citation.quote.end))
        assert not taken & characters
        taken |= characters


def test_equal_words_of_two_documents_are_two_citations(reader: ExtractiveReader) -> None:
    one, other = document("w20 w21 w22", "one.txt"), document("w20 w21 w22", "other.txt")
    found = reader.read(parse(QUESTION), [one.span(0, 11), other.span(0, 11)])
    assert [c.document.id for c in found[:2]] == ["one.txt", "other.txt"]
    assert found[0].quote.text == found[1].quote.text


def test_the_result_does_not_depend_on_the_batch_size(folder: Path) -> None:
    text = numbered(200)
    cuts = [i for i in range(len(text.text)) if text.text[i] == "w"]
    passages = [text.span(cuts[i], cuts[i + n]) for i, n in ((0, 3), (5, 90), (40, 1), (100, 50))]
    found = [
        plain(extractive(folder, batch=batch).read(parse(QUESTION), passages))
        for batch in (1, 2, 16)
    ]
    assert found[0] == found[1] == found[2]
    assert found[0]


def test_a_long_question_leaves_room_for_the_passage(
    reader: ExtractiveReader, folder: Path
) -> None:
    text = numbered(200)
    passages = [text.span(0, len(text.text))]
    long = " ".join(NUMBERED * 20)
    # A quarter of the 64 or 62 tokens is the question's, and two of those are special.
    kept = 14 if folder.name.startswith("bert") else 13
    assert reader.read(parse(long), passages) == reader.read(
        parse(" ".join(NUMBERED[:kept])), passages
    )
    assert reader.read(parse(long), passages) != reader.read(
        parse(" ".join(NUMBERED[: kept - 1])), passages
    )


def test_nothing_to_read_gives_nothing(reader: ExtractiveReader) -> None:
    text = document(" \n \n w1")
    assert reader.read(parse(QUESTION), []) == []
    assert reader.read(parse(QUESTION), [text.span(2, 2), text.span(0, 4)]) == []


@pytest.mark.parametrize("question", ["", "zzz ???", "\x00", "何ですか", "𝔘"])
def test_any_question_can_be_asked(reader: ExtractiveReader, question: str) -> None:
    text = numbered(20)
    found = reader.read(parse(question), [text.span(0, len(text.text))])
    assert all(c.quote.text in text.text for c in found)
    assert found


def test_many_threads_can_ask_at_once(reader: ExtractiveReader) -> None:
    text = numbered(150)
    passages = [text.span(0, len(text.text))]
    # Long ones, so that one thread is still tokenising when the next one begins.
    questions = [f"w{i} w1{i} " * 4000 for i in range(6)]
    alone = [plain(reader.read(parse(question), passages)) for question in questions]
    with ThreadPoolExecutor(len(questions)) as pool:
        found = list(
            pool.map(lambda question: plain(reader.read(parse(question), passages)), questions * 3)
        )
    assert found == alone * 3


@pytest.mark.parametrize(
    ("says", "positions", "limit"), [(None, 64, 64), (48, 64, 48), (None, 40, 40)]
)
def test_no_window_is_longer_than_the_model(
    tmp_path: Path, says: int | None, positions: int, limit: int
) -> None:
    folder = save_bert_reader(tmp_path / "m", positions=positions, says_length=says)
    model = load_model("tiny", folder)
    reader = ExtractiveReader("tiny", model, sha256="", confidence=ScoreConfidence(), longest=60)
    seen: list[int] = []
    model.model.register_forward_pre_hook(
        lambda module, args, kwargs: seen.append(kwargs["input_ids"].shape[1]), with_kwargs=True
    )
    text = numbered(200)
    assert reader.read(parse(QUESTION), [text.span(0, len(text.text))])
    assert max(seen) == limit


def test_a_model_that_takes_next_to_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="takes 8 tokens at once, too few"):
        load_model("tiny", save_bert_reader(tmp_path / "m", positions=8))


def test_the_head_of_a_document_is_not_read(folder: Path) -> None:
    text = document(
        "w50 w51 w52\n\nw20 w21 w22 w23.",
        title=Sourced("w50 w51 w52", "first line", 0, 11),
    )
    found = extractive(folder, longest=1, per_passage=1000).read(
        parse(QUESTION), [text.span(0, 29)]
    )
    assert {(c.quote.start, c.quote.text) for c in found if c.quote.text != "."} == {
        (13, "w20"),
        (17, "w21"),
        (21, "w22"),
        (25, "w23"),
    }
    assert {c.passage for c in found} == {text.span(0, 29)}


class Points:
    """A model that points at the tokens of some characters, whatever is asked."""

    def __init__(self, folder: Path, start: int, end: int) -> None:
        self._windowing = load_model("tiny", folder).windowing
        self._start, self._end = start, end

    def windowing(self, *, stride: int) -> Windowing:
        return self._windowing(stride=stride)

    def scores(
        self, windows: Sequence[Window], *, stop: Stop | None = None
    ) -> tuple[Scores, Scores]:
        width = max(len(window.ids) for window in windows)
        starts, ends = np.zeros((2, len(windows), width), np.float32)
        for row, window in enumerate(windows):
            for token in np.flatnonzero(window.allowed):
                a, b = window.offsets[token]
                starts[row, token] = 4.0 * (a == self._start)
                ends[row, token] = 4.0 * (b == self._end)
        return starts, ends


@pytest.mark.parametrize(
    ("pointed", "quoted"),
    [
        ("1998", "1998"),
        ("million,", "$1.5 million"),
        ("5 million", "$1.5 million"),
        ("fall", "not fall"),
        (", in 1998", "in 1998"),
    ],
)
def test_a_quote_can_stand_alone(bert: Path, pointed: str, quoted: str) -> None:
    text = document("It rose. It did not fall by $1.5 million, in 1998.")
    at = text.text.index(pointed)
    model = Points(bert, at, at + len(pointed))
    reader = ExtractiveReader("tiny", model, sha256="", confidence=ScoreConfidence(), per_passage=1)
    [found] = reader.read(parse(QUESTION), [text.span(0, len(text.text))])
    assert found.quote.text in text.text
    assert found.quote.text == quoted
    assert found.sentence.text == "It did not fall by $1.5 million, in 1998."
    assert found.score == 8.0


def test_punctuation_alone_is_no_quote(bert: Path) -> None:
    text = document("It rose. It fell.")
    model = Points(bert, 7, 8)
    reader = ExtractiveReader("tiny", model, sha256="", confidence=ScoreConfidence(), per_passage=1)
    assert reader.read(parse(QUESTION), [text.span(0, len(text.text))]) == []


def test_only_the_files_that_are_expected(bert: Path) -> None:
    sha256 = load_extractive_reader("ours", bert).sha256
    assert load_extractive_reader("ours", bert, expected=sha256).sha256 == sha256
    with pytest.raises(ModelError) as caught:
        load_extractive_reader("ours", bert, expected="0" * 64)
    assert one_line(caught.value) == (
        "The files of ours are not the recorded ones "
        f"(SHA-256 {sha256[:12]}…, not 000000000000…). Install corpus-qa anew; they were not loaded."
    )


def test_the_confidence_is_what_lies_beside_the_weights(bert: Path, tmp_path: Path) -> None:
    assert isinstance(load_extractive_reader("tiny", bert).confidence, ScoreConfidence)
    shutil.copytree(bert, tmp_path / "m")
    weighed = LogisticConfidence(-1.5, tuple(0.25 * i for i in range(len(NAMES))))
    weighed.save(tmp_path / "m")
    assert load_extractive_reader("tiny", tmp_path / "m").confidence == weighed


def one_line(error: UserError) -> str:
    message = str(error)
    assert "\n" not in message
    assert len(message) < 500
    return message


def test_a_folder_without_safe_weights_is_refused(bert: Path, tmp_path: Path) -> None:
    shutil.copytree(bert, tmp_path / "m")
    (tmp_path / "m/model.safetensors").rename(tmp_path / "m/pytorch_model.bin")
    with pytest.raises(ModelError) as caught:
        load_reader(str(tmp_path / "m"), FakeEncoder())
    assert "holds no .safetensors file" in one_line(caught.value)


def test_a_model_without_a_head_for_answers_is_refused(
    bert: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    from transformers import BertConfig, BertForMaskedLM

    shutil.copytree(bert, tmp_path / "m")
    BertForMaskedLM(BertConfig.from_pretrained(bert)).save_pretrained(tmp_path / "m")
    capfd.readouterr()
    with pytest.raises(ModelError) as caught:
        load_reader(str(tmp_path / "m"), FakeEncoder())
    assert one_line(caught.value) == (
        f"The reader {str(tmp_path / 'm')!r} cannot be loaded: it was not trained for question "
        "answering (it has no qa_outputs.bias)"
    )
    assert capfd.readouterr() == ("", "")


def test_a_tokeniser_without_offsets_is_refused(bert: Path, tmp_path: Path) -> None:
    shutil.copytree(bert, tmp_path / "m")
    (tmp_path / "m/tokenizer.json").unlink()
    (tmp_path / "m/tokenizer_config.json").write_text('{"tokenizer_class": "ByT5Tokenizer"}')
    with pytest.raises(ModelError) as caught:
        load_reader(str(tmp_path / "m"), FakeEncoder())
    assert "its tokeniser gives no offsets" in one_line(caught.value)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("config.json", b"{"),
        ("config.json", b'{"model_type": "no such model"}'),
        ("config.json", b"[]"),
        ("model.safetensors", b"nothing of the kind"),
        ("tokenizer.json", b"{}"),
    ],
)
def test_damaged_files_are_one_line(bert: Path, tmp_path: Path, name: str, content: bytes) -> None:
    shutil.copytree(bert, tmp_path / "m")
    (tmp_path / "m" / name).write_bytes(content)
    with pytest.raises(ModelError) as caught:
        load_reader(str(tmp_path / "m"), FakeEncoder())
    assert "cannot be loaded" in one_line(caught.value)


def test_loading_and_reading_print_nothing(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    text = numbered(200)
    extractive(folder).read(parse(QUESTION), [text.span(0, len(text.text))])
    assert capfd.readouterr() == ("", "")


def test_a_reader_says_which_it_is(bert: Path, roberta: Path) -> None:
    one, other = load_reader(str(bert), FakeEncoder()), load_reader(str(roberta), FakeEncoder())
    assert (one.name, other.name) == (str(bert), str(roberta))
    assert len({one.sha256, other.sha256}) == 2
    assert all(len(sha) == 64 and int(sha, 16) for sha in (one.sha256, other.sha256))
    assert json.loads((bert / "config.json").read_text())["architectures"] == [
        "BertForQuestionAnswering"
    ]


def test_sentence_around() -> None:
    text = document("It rained. Then the sun came out. All was well.")
    assert sentence_around(text, 16, 19).text == "Then the sun came out."
    assert sentence_around(text, 3, 19).text == "It rained. Then the sun came out."
    assert sentence_around(text, 10, 11) == text.span(10, 11)


def test_distinct_keeps_the_better_of_two_that_overlap() -> None:
    text, other = document("one two three"), document("one two three", "b.txt")
    quotes = [(text.span(0, 7), 1.0), (text.span(4, 13), 2.0), (other.span(0, 7), 1.5)]
    cited = [Citation(quote, quote, quote, score) for quote, score in quotes]
    assert without_overlaps(cited) == [cited[1], cited[2]]


# The sentence reader.


def article() -> Document:
    text = (
        "Rain in the valley\n\nBy Ann Lee\nPublished: 3 May 2016\nSource: Valley Times\n\n"
        "Heavy rain fell on Tuesday. The river rose by two metres. Nobody was hurt.\n\n"
        "The author lives by the river.\n\nCy Roe, a professor at the college, walks there."
    )

    def at(words: str) -> tuple[int, int]:
        return text.index(words), text.index(words) + len(words)

    return document(
        text,
        title=Sourced("Rain in the valley", "first line", *at("Rain in the valley")),
        authors=(
            Sourced("Ann Lee", "byline", *at("Ann Lee")),
            Sourced("Cy Roe", "author's note", *at("Cy Roe")),
        ),
        publisher=Sourced("Valley Times", "source line", *at("Valley Times")),
        published=Dated(date(2016, 5, 3), "line", *at("3 May 2016")),
    )


def test_every_sentence_once_and_never_the_head() -> None:
    text = article()
    passages = [text.span(0, 120), text.span(90, len(text.text)), text.span(0, len(text.text))]
    found = SentenceReader(FakeEncoder()).read(parse("Who was hurt?"), passages)
    body = text.text[text.text.index("Heavy") :]
    rebuilt = sorted((c.quote.start, c.quote.end) for c in found)
    assert all(end <= start for (_, end), (start, _) in pairwise(rebuilt))
    assert "".join(c.quote.text for c in sorted(found, key=lambda c: c.quote.start)).replace(
        " ", ""
    ) == "".join(body.split())
    for citation in found:
        assert citation.quote == citation.sentence
        assert citation.passage.start <= citation.quote.start
        assert citation.quote.end <= citation.passage.end


def test_the_sentence_with_the_words_of_the_question_comes_first() -> None:
    text = article()
    found = SentenceReader(FakeEncoder()).read(
        parse("How many metres did the river rise?"), [text.span(0, len(text.text))]
    )
    assert found[0].quote.text == "The river rose by two metres."
    scores = [c.score for c in found]
    assert scores == sorted(scores, reverse=True)
    assert scores[0] > scores[1]


def test_the_author_is_who_wrote_it() -> None:
    text = article()
    reader = SentenceReader(FakeEncoder())
    found = reader.read(parse("Where does Ann Lee live?"), [text.span(0, len(text.text))])
    assert found[0].quote.text == "The author lives by the river."


def test_names_are_words_not_patterns() -> None:
    text = document(r"The author said \g<0> to it.", authors=(Sourced(r"A \1 Lee\\", "byline"),))
    [found] = SentenceReader(FakeEncoder()).read(
        parse("Who said it?"), [text.span(0, len(text.text))]
    )
    assert found.quote.text == r"The author said \g<0> to it."


def test_the_note_on_the_author_may_be_quoted() -> None:
    text = article()
    found = SentenceReader(FakeEncoder()).read(
        parse("Who is Cy Roe, professor at the college?"), [text.span(0, len(text.text))]
    )
    assert found[0].quote.text == "Cy Roe, a professor at the college, walks there."


def test_a_sentence_longer_than_a_passage_is_read_in_pieces() -> None:
    text = document("one two three four five six seven eight")
    passages = [text.span(0, 18), text.span(19, len(text.text))]
    found = SentenceReader(FakeEncoder()).read(parse("Where is seven?"), passages)
    assert [c.quote.text for c in found] == ["five six seven eight", "one two three four"]


def test_quotes_do_not_overlap_even_where_passages_cut_a_sentence_twice() -> None:
    text = document("one two three four five six seven eight")
    found = SentenceReader(FakeEncoder()).read(
        parse("Where is six seven eight?"), [text.span(0, 23), text.span(14, 39)]
    )
    assert [c.quote.text for c in found] == ["four five six seven eight"]


@pytest.mark.parametrize("question", ["谁受伤了?", "Кто пострадал?", "?!", "من", "the of and"])
def test_a_question_that_shares_no_words_still_ranks(question: str) -> None:
    text = article()
    found = SentenceReader(FakeEncoder()).read(parse(question), [text.span(0, len(text.text))])
    assert sorted(c.quote.text for c in found)[0] == (
        "Cy Roe, a professor at the college, walks there."
    )
    assert all(np.isfinite(c.score) for c in found)


def test_nothing_but_a_head_or_nothing_at_all_gives_nothing() -> None:
    text = article()
    reader = SentenceReader(FakeEncoder())
    assert reader.read(parse("Who?"), []) == []
    assert reader.read(parse("Who?"), [text.span(5, 5)]) == []
    assert reader.read(parse("Who?"), [text.span(0, text.text.index("Heavy"))]) == []


def test_a_question_answers_nothing() -> None:
    text = document("What was it worth?\n\nIt was worth little.")
    [found] = SentenceReader(FakeEncoder()).read(parse("What was it worth?"), [text.span(0, 40)])
    assert found.quote.text == "It was worth little."


def test_a_sentence_is_encoded_once() -> None:
    text, encoder = article(), FakeEncoder()
    reader = SentenceReader(encoder)
    passages = [text.span(0, len(text.text))]
    before = reader.read(parse("Who was hurt?"), passages)
    assert len(encoder.encoded) == len(before) == 5
    again = reader.read(parse("Who was hurt?"), passages)
    other = SentenceReader(FakeEncoder()).read(parse("Where is the river?"), passages)
    assert again == before
    assert reader.read(parse("Where is the river?"), passages) == other
    assert len(encoder.encoded) == 5


def test_what_is_kept_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SentenceReader, "MOST_KEPT", 6)
    text, encoder = article(), FakeEncoder()
    reader = SentenceReader(encoder)
    other = document("One thing. Another thing.")
    for _ in range(2):
        for passage in (text.span(0, len(text.text)), other.span(0, 25)):
            fresh = SentenceReader(FakeEncoder()).read(parse("Which thing?"), [passage])
            assert reader.read(parse("Which thing?"), [passage]) == fresh
    assert len(encoder.encoded) == 14


def test_the_sentence_reader_goes_by_its_name() -> None:
    found = load_reader("sentences", FakeEncoder())
    assert isinstance(found, SentenceReader)
    assert found.name == "sentences"
    assert found.sha256 == SentenceReader(FakeEncoder()).sha256


def test_the_default_reader_is_our_own() -> None:
    for name in (None, DEFAULT_READER):
        found = load_reader(name)
        assert isinstance(found, ExtractiveReader)
        assert (found.name, found.sha256) == (DEFAULT_READER, DEFAULT_READER_SHA256)
        assert isinstance(found.confidence, LogisticConfidence)


def test_other_numbers_or_another_encoder_make_another_sentence_reader() -> None:
    class Tuned(SentenceReader):
        BIAS = SentenceReader.BIAS + 0.1

    hashes = {
        SentenceReader(FakeEncoder()).sha256,
        SentenceReader(FakeEncoder(sha256="a" * 64)).sha256,
        Tuned(FakeEncoder()).sha256,
    }
    assert len(hashes) == 3
    assert SentenceReader(FakeEncoder()).sha256 in hashes


@pytest.mark.parametrize("name", ["/no/such/folder", "./none", "a/b/c", "no-such-reader", "a b"])
def test_a_reader_that_is_not_there_is_one_line(name: str) -> None:
    with pytest.raises(ModelError) as caught:
        load_reader(name, FakeEncoder())
    assert repr(name) in one_line(caught.value)


def test_spans_of_different_cut_are_the_same_citation() -> None:
    text = article()
    reader = SentenceReader(FakeEncoder())
    whole = [text.span(0, len(text.text))]
    twice: list[Span] = [*whole, text.span(0, text.text.index("Nobody") + 16)]
    assert [c.quote for c in reader.read(parse("Who?"), whole)] == [
        c.quote for c in reader.read(parse("Who?"), twice)
    ]


def test_the_dash_of_a_list_is_no_part_of_the_quote() -> None:
    text = "Two dates are given.\n\n- Rome declared it in June.\n- Paris said so in May."
    document = Document("a.txt", "", text, Metadata(Sourced("A", "file name")))
    [best, *_] = SentenceReader(FakeEncoder()).read(
        parse("Paris in May"), [document.span(0, len(text))]
    )
    assert best.quote.text == "Paris said so in May."
    assert best.sentence.text == "- Paris said so in May."
    assert mark(best) == Marked("", "Paris said so in May.", "")


def test_a_model_at_work_is_stopped_at_once(default_encoder: Encoder) -> None:
    reader = load_reader(None)
    text = "The tunnel was opened by the queen on 31 May 2017, before 5,000 people. " * 60
    passages = [document(text, f"{n}.txt").span(0, len(text)) for n in range(40)]
    stop = Stop()
    begun = threading.Event()
    ended: list[float] = []

    def read() -> None:
        begun.set()
        with pytest.raises(Stopped):
            reader.read(parse("When was it opened?"), passages, stop=stop)
        ended.append(time.monotonic())

    thread = threading.Thread(target=read)
    thread.start()
    begun.wait()
    time.sleep(1)
    assert thread.is_alive()  # else there was nothing to stop
    asked = time.monotonic()
    stop.set()
    thread.join()
    print(f"\nstopped after {1000 * (ended[0] - asked):.0f} ms")
    assert ended[0] - asked < 1  # some tens of milliseconds; a whole batch takes seconds
    with pytest.raises(Stopped):
        reader.read(parse("When was it opened?"), passages[:1], stop=stop)
    with pytest.raises(Stopped):
        SentenceReader(default_encoder).read(parse("When was it opened?"), passages[:1], stop=stop)
    assert reader.read(parse("When was it opened?"), passages[:1], stop=Stop())[0].quote.text


def test_a_model_that_fails_says_so_and_is_not_taken_for_stopped() -> None:
    model = OnnxModel("ours", reader_folder())
    window = model.windowing(stride=8).windows([("Who?", "Kim.")])[0]
    broken = replace(window, ids=[10**9] * len(window.ids))
    with pytest.raises(Exception, match="out of range"):
        model.scores([broken], stop=Stop())


def test_what_a_window_scores_does_not_depend_on_what_is_read_with_it() -> None:
    model = OnnxModel("ours", reader_folder())
    texts = [
        "Kim left in May.",
        "The river rose by two metres. " * 9,
        "It rained.",
        "Ada won. " * 40,
    ]
    windows = model.windowing(stride=8).windows([("Who left?", text) for text in texts])
    starts, ends = model.scores(windows)
    assert starts.shape == ends.shape == (4, max(len(window.ids) for window in windows))
    for row, window in enumerate(windows):
        n = len(window.ids)
        [start], [end] = model.scores([window])
        assert start.tolist() == starts[row, :n].tolist()
        assert end.tolist() == ends[row, :n].tolist()
        assert not starts[row, n:].any() and not ends[row, n:].any()
