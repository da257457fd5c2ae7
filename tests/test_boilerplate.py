"""Lines that recur in the documents of one publisher."""

from hypothesis import given
from hypothesis import strategies as st

from corpus.boilerplate import LONGEST, REASON, recurring_lines, without
from corpus.cleaning import Cleaned, Dropped
from corpus.types import Document, Metadata, Sourced

NOTICE = "The Paper is a member of the press council of the five provinces."
CROSS = "Opinions are those of their authors."


def document(number: int, *blocks: str, publisher: str = "The Paper", url: str = "") -> Document:
    """One with a text of its own before these blocks."""
    text = "\n\n".join([f"Story {number}", f"Only story {number} says this.", *blocks])
    metadata = Metadata(
        Sourced(f"Story {number}", "first line", 0, len(f"Story {number}")),
        publisher=Sourced(publisher, "JSON-LD") if publisher else None,
        url=Sourced(url, "JSON-LD") if url else None,
    )
    return Document(f"{publisher}{number}.txt", "", text, metadata)


def test_a_block_that_stands_in_enough_documents_of_a_publisher() -> None:
    papers = [document(n, NOTICE, *[CROSS] * (n < 4)) for n in range(10)]
    others = [document(n, NOTICE, publisher="Coast") for n in range(4)]
    assert recurring_lines([*papers, *others]) == {"the paper": frozenset({NOTICE})}
    assert recurring_lines([*papers, *others], fewest=4) == {
        "the paper": frozenset({NOTICE, CROSS}),
        "coast": frozenset({NOTICE}),
    }
    assert recurring_lines(papers, fewest=4, share=0.5) == {"the paper": frozenset({NOTICE})}
    assert recurring_lines([]) == {}


def test_twice_in_one_document_is_once() -> None:
    assert recurring_lines([document(n, *[NOTICE] * 5) for n in range(4)]) == {}


def test_a_site_stands_for_a_publisher_and_nobody_for_none() -> None:
    sited = [document(n, NOTICE, publisher="", url=f"https://p.example/{n}") for n in range(5)]
    assert recurring_lines(sited) == {"p.example": frozenset({NOTICE})}
    assert recurring_lines([document(n, NOTICE, publisher="") for n in range(9)]) == {}


def test_long_blocks_and_metadata_do_not_recur() -> None:
    long = "A whole paragraph that an agency gave to them all. " * 6
    assert len(long.strip()) > LONGEST
    assert recurring_lines([document(n, long.strip()) for n in range(9)]) == {}
    titled = [
        Document(
            str(n),
            "",
            f"Weather\n\n{n}",
            Metadata(
                Sourced("Weather", "first line", 0, 7), publisher=Sourced("The Paper", "JSON-LD")
            ),
        )
        for n in range(9)
    ]
    assert recurring_lines(titled) == {}


def test_known_lines_are_dropped_and_named() -> None:
    cleaned = Cleaned(
        f"Story\n\n{NOTICE}\n\nText. {NOTICE}\n\n{CROSS}", (Dropped("Share", "navigation"),)
    )
    assert without(cleaned, frozenset({NOTICE, CROSS})) == Cleaned(
        f"Story\n\nText. {NOTICE}",
        (Dropped("Share", "navigation"), Dropped(NOTICE, REASON), Dropped(CROSS, REASON)),
    )
    for same in (Cleaned(NOTICE), Cleaned(f"A\n\n{NOTICE}", pages=(0,)), Cleaned("A\n\nB")):
        assert without(same, frozenset({NOTICE})) is same


@given(st.lists(st.lists(st.sampled_from("abc"), max_size=4), min_size=1, max_size=12))
def test_what_is_dropped_stood_in_enough_documents(blocks: list[list[str]]) -> None:
    documents = [document(n, *some) for n, some in enumerate(blocks)]
    lines = recurring_lines(documents).get("the paper", frozenset())
    for letter in "abc":
        count = sum(letter in some for some in blocks)
        assert (letter in lines) == (count >= max(5, 0.3 * len(documents)))
