"""A collection for the tests of the page, a reader that knows its answers, and steps of a person."""

import re
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Locator, Page, expect

from corpus.types import Span
from qa import Assistant
from qa.answering.assistant import AT_ONCE
from qa.cancellation import Stop
from qa.reader.confidence.calibrated import Confidence, ScoreConfidence
from qa.reader.quotes import sentence_around, without_overlaps
from qa.types import Citation, Question
from qa.web.collection.collection import Collection
from qa.web.server import launch
from tests.support.fakes import ROOT, FakeEncoder, write

# A machine that is busy with something else is no failure.
expect.set_options(timeout=30_000)

HOSTILE = (
    "The mayor <img src=http://evil.invalid/a.png onerror=document.title='owned'> said\n"
    "![x](http://evil.invalid/b.png) that [this](javascript:alert(1)) costs $1 to $2 million.\n"
    "<script>document.title = 'owned'</script> # not a heading, *not* `code` \u202elive\u202c."
)
DOCUMENTS = {
    "rain": "Rain in the valley\n\nBy Ada Marsh\nPublished: 3 May 2016\nSource: Valley Times\n\n"
    "Heavy rain fell on the valley on Tuesday. The river rose by two metres. 😀 Nobody was hurt.\n\n"
    "The bridge at Oldford was closed on 5 May 2016. It was opened again by the end of May 2016.",
    "bridge": "The bridge at Oldford\n\nPublished: 6 May 2016\nSource: Coast Daily\n\n"
    "Since May 5, 2016 nobody may cross the bridge at Oldford, which the river has damaged.",
    "sun": "Sun on the coast\n\nPublished: 9 June 2017\nSource: Coast Daily\n\n"
    "The sun shone on the coast all week. Ice cream sold out by noon. The fair drew 5,000 people.",
    "fair": "The fair on the coast\n\nPublished: 11 June 2017\nSource: Valley Times\n\n"
    "The police counted 3,200 people at the fair. The organisers were content.",
    "deep/trains": "Trains under the mountain\n\nPublished: 1 June 2017\nSource: Valley Times\n\n"
    "The tunnel was opened by the queen on 31 May 2017. Trains cross the mountain in twenty minutes now.",
    "hostile": f"A *title* <b>with</b> markup\n\n{HOSTILE}",
}
# A word of the question, and what answers it.
ANSWERS = {
    "river": r"two metres",
    "closed": r"5 May 2016|May 5, 2016",
    "people": r"5,000 people|3,200 people",
    "tunnel": r"31 May 2017",
    "million": r"\$1 to \$2 million",
}


class KnowingReader:
    """Marks what it was told that answers; a word of the question says which."""

    name = "knowing"
    sha256 = "a" * 64
    confidence: Confidence = ScoreConfidence()

    def read(
        self, question: Question, passages: Sequence[Span], *, stop: Stop | None = None
    ) -> list[Citation]:
        asked = question.text.lower()
        known = next((pattern for word, pattern in ANSWERS.items() if word in asked), None)
        found = []
        for passage in passages if known else []:
            for match in re.finditer(known or "", passage.text):
                quote = passage.document.span(
                    passage.start + match.start(), passage.start + match.end()
                )
                around = sentence_around(quote.document, quote.start, quote.end)
                found.append(Citation(quote, around, passage, 2.0))
        return without_overlaps(found)


def assistant_of(root: Path, index_dir: Path | None = None) -> Assistant:
    """An assistant that needs no model."""
    return Assistant.open(root, index_dir=index_dir, encoder=FakeEncoder(), reader=KnowingReader())


def written(root: Path) -> Path:
    """The documents above in a folder, and a file that cannot be read."""
    write(root, **{name.replace("/", "__"): text for name, text in DOCUMENTS.items()})
    (root / "empty.txt").write_bytes(b"")
    return root


@contextmanager
def served(root: Path, *, adding: bool = False, **options: Any) -> Iterator[tuple[str, Collection]]:
    """The page of a folder: its address, and the collection behind it."""
    collection = Collection.of(assistant_of(root), adding=adding)
    collection.suggest()
    page, url = launch(collection, **options)
    yield url, collection
    page.close()


@dataclass
class Visit:
    """A person's browser at the page: what it asked for and said, and what went wrong in it."""

    page: Page
    requests: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def ask(self, question: str, *, wait: bool = True) -> Locator:
        """Ask, and wait for the answer; the turn that is made of it."""
        turns = self.page.locator(".qa-turn")
        count = turns.count()
        box = self.page.get_by_role("textbox", name="Question")
        box.fill(question)
        box.press("Enter")
        turn = turns.nth(count)
        if wait:
            expect(turn.locator(".qa-answer, .qa-failed")).to_have_count(1)
        return turn


@contextmanager
def visiting(
    browser: Browser, url: str, *, path: str = "", there: bool = True, **options: Any
) -> Iterator[Visit]:
    """A new person with a browser of their own. An error in the page's scripts fails the test.

    Unless `there`, the page is not waited for.
    """
    context = browser.new_context(**{"viewport": {"width": 1360, "height": 860}, **options})
    context.set_default_timeout(30_000)
    visit = Visit(context.new_page())
    visit.page.on("request", lambda request: visit.requests.append(request.url))
    visit.page.on("pageerror", lambda error: visit.errors.append(str(error)))
    visit.page.on("console", lambda message: visit.said.append(message.text))
    visit.page.goto(url + path)
    if there:
        # Its own script has taken over what came with the page.
        expect(visit.page.locator("#qa-status")).to_have_count(1)
    yield visit
    context.close()
    assert visit.errors == []


def keep_screenshot(page: Page, name: str) -> None:
    """Write a picture of the page where people and continuous integration look for it."""
    folder = ROOT / "screenshots"
    folder.mkdir(exist_ok=True)
    page.screenshot(path=folder / f"{name}.png")


def all_turns(collection: Collection) -> ExitStack:
    """Every turn at reading, taken until `close()` is called: whoever asks meanwhile has to wait.

    What was answered before is forgotten, since that would wait for nobody.
    """
    if collection.ready:
        collection.assistant().answers.clear()
    held = ExitStack()
    for _ in range(AT_ONCE):
        held.enter_context(collection.turns.turn("held", Stop()))
    return held
