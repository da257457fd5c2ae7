"""What a reader selects in a document is found again as characters of its text, whatever is in it."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.errors import UserError
from qa.web import texts
from qa.web.collection.collection import Collection
from qa.web.views.document_view import Stretch, shown, source_view
from qa.web.views.selection_view import LONGEST_SELECTION, _position, selected
from tests.support.made import document
from tests.support.pages import assistant_of, written

# Letters, an emoji (two units in a browser), and characters that are spelt out where they are shown.
ANY = st.text(st.sampled_from("ab 😀\n\t\u202e\x07\u2028é"), min_size=1, max_size=40)


@given(ANY, st.data())
def test_every_place_that_is_shown_is_found_in_the_text(text: str, data: st.DataObject) -> None:
    whole = document(text)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), min_size=2, max_size=2)))
    place = data.draw(st.integers(0, len(text)))
    view = source_view(whole, focus=Stretch(*cuts))
    for piece in view["pieces"]:
        assert shown(text[piece["start"] :]).startswith(piece["text"])
        if piece["start"] <= place:
            count = len(shown(text[piece["start"] : place]))
            assert _position(whole, piece["start"], count) == place


@pytest.fixture(scope="module")
def collection(tmp_path_factory: pytest.TempPathFactory) -> Collection:
    return Collection.of(assistant_of(written(tmp_path_factory.mktemp("page") / "news")))


def place_of(collection: Collection, id: str, words: str, before: str = "") -> dict[str, Any]:
    found = collection.document(id)
    assert found is not None
    start = found.text.index(words) - len(before)
    ends = {"from": [0, start], "to": [start, len(before + words)]}
    return {"id": id, "sha256": found.sha256, **ends}


def test_what_is_selected_is_copied_with_its_source(collection: Collection) -> None:
    told = selected(collection, place_of(collection, "rain.txt", "Nobody was hurt.", before=" "))
    found = collection.document("rain.txt")
    assert found is not None and "😀" in found.text[: told["start"]]
    assert found.text[told["start"] : told["end"]] == told["quote"] == "Nobody was hurt."
    assert told["copies"]["plain"] == (
        "“Nobody was hurt.” (Rain in the valley · Ada Marsh · Valley Times · 3 May 2016; "
        f"rain.txt, characters {told['start']}–{told['end']})"
    )
    assert told["copies"]["markdown"].startswith("> Nobody was hurt.\n>\n> — *Rain in the valley*")
    assert told["copies"]["apa"].startswith("“Nobody was hurt.” (Ada Marsh, 2016)\n")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"id": "gone.txt"}, texts.DOCUMENT_GONE), ({"sha256": "0" * 64}, texts.CHANGED_SINCE),
        ({"sha256": None}, texts.CHANGED_SINCE), ({"from": None}, "places"), ({"from": [0]}, "places"),
        ({"from": [-1, 0]}, "places"), ({"to": [0, -1]}, "places"), ({"to": [0, "7"]}, "places"),
        ({"to": [10**9, 0]}, "places"), ({"to": [0, 10**12]}, "places"),
        ({"from": [9, 0], "to": [9, 0]}, texts.NOTHING_SELECTED),
        ({"from": [9, 9], "to": [9, 0]}, texts.NOTHING_SELECTED),
    ],
)  # fmt: skip
def test_what_lies_nowhere_is_refused(
    collection: Collection, change: dict[str, Any], message: str
) -> None:
    given_ = place_of(collection, "rain.txt", "Nobody")
    with pytest.raises(UserError, match=message):
        selected(collection, {**given_, **change})


def test_too_much_is_refused(tmp_path: Path) -> None:
    (tmp_path / "long.txt").write_text("A title\n\n" + "word " * LONGEST_SELECTION)
    collection = Collection.of(assistant_of(tmp_path))
    whole = collection.document(collection.documents()[0].id)
    assert whole is not None
    given_ = {"id": whole.id, "sha256": whole.sha256, "from": [0, 0], "to": [0, len(whole.text)]}
    with pytest.raises(UserError, match="At most 5,000 characters"):
        selected(collection, given_)
