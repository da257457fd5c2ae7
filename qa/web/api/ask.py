"""Answer a question from the page step by step, reporting progress."""

import time
from collections.abc import Generator, Iterator
from typing import Any

from corpus.errors import UserError
from index.types import Filter
from qa.cancellation import Stop, Stopped
from qa.defaults import LONGEST_QUESTION, PASSAGES_READ
from qa.question import search_scopes, understand
from qa.types import Answer, Question
from qa.web.collection import Collection
from qa.web.requests import LONGEST_NAME, filter_of, text, turn_of
from qa.web.views import Asked, shown_answer

# All programs share one place in the queue.
_PROGRAMS = "programs"


def steps(
    collection: Collection, given: dict[str, Any], asker: str = ""
) -> Iterator[dict[str, Any]]:
    """The steps of a question as plain values: `state` is opening, searching, reading, and then
    answered, failed or stopped.

    `given` has `question`, and may have `filter`, `before` (the question before, with its answer and
    its documents), `literal` (true: as it stands, whatever was asked before) and `name` (what it can
    be stopped by). `asker` is who has to wait in the same line for all questions.
    """
    try:
        name = text("name", given.get("name") or "", LONGEST_NAME)
        with collection.running.asking(name) as stop:
            yield from _steps(collection, given, asker, stop)
    except Stopped:
        yield {"state": "stopped"}
    except UserError as error:
        yield {"state": "failed", "message": str(error)}


def _steps(
    collection: Collection, given: dict[str, Any], asker: str, stop: Stop
) -> Iterator[dict[str, Any]]:
    asked = text("question", given.get("question"), LONGEST_QUESTION)
    before = None if given.get("literal") else turn_of(given.get("before"))
    question = understand(asked, after=before)
    filter = filter_of(given.get("filter") or {})
    yield from _opening(collection, stop)
    began = time.monotonic()
    answer = yield from _answered(collection, question, filter, asker, stop)
    yield shown_answer(answer, collection, Asked(filter, time.monotonic() - began))


def ask_once(
    collection: Collection, question: str, filter: Filter, k: int = PASSAGES_READ
) -> Answer:
    """The answer to a single question, for programs.

    Raises:
        UserError: if it cannot be asked.
    """
    assistant = collection.assistant()
    if known := assistant.known(question, k=k, filter=filter):
        return known
    found = assistant.find(question, k=k, filter=filter)
    with collection.turns.turn(_PROGRAMS, Stop()):
        return assistant.read(found)


def _opening(collection: Collection, stop: Stop) -> Iterator[dict[str, Any]]:
    while not collection.wait(0.25):
        stop.check()
        step = collection.step
        yield {
            "state": "opening",
            "done": step.done if step else 0,
            "total": step.total if step else 0,
        }


def _answered(
    collection: Collection, question: Question, filter: Filter, asker: str, stop: Stop
) -> Generator[dict[str, Any], None, Answer]:
    """The answer, searched for where the question says, with progress reported to the page."""
    assistant = collection.assistant()
    for scope in search_scopes(question, filter):
        yield {"state": "searching"}
        # A recent answer is returned without waiting.
        known = assistant.known(question, filter=scope)
        found = known or assistant.find(question, filter=scope)
        yield {"state": "reading"}
        if isinstance(found, Answer):
            answer = found
        else:
            with collection.turns.turn(asker, stop):
                answer = assistant.read(found, stop=stop)
        if answer.found:
            break
    return answer
