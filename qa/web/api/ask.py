"""A question of the page, step by step: what is being done, and at the end the answer."""

import time
from collections.abc import Generator, Iterator
from dataclasses import replace
from typing import Any

from corpus.errors import UserError
from index.types import Filter
from qa.cancellation import Stop, Stopped
from qa.defaults import LONGEST_QUESTION, PASSAGES_READ
from qa.question import resolve_follow_up, validate
from qa.types import Answer, Turn
from qa.web.collection import Collection
from qa.web.requests import LONGEST_NAME, filter_of, text, turn_of
from qa.web.views import Asked, shown_answer

# All programs wait in one line.
_PROGRAMS = "programs"


def steps(
    collection: Collection, given: dict[str, Any], asker: str = ""
) -> Iterator[dict[str, Any]]:
    """What a question leads to, as plain values: `state` is opening, searching, reading, and then
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
    validate(asked)
    filter = filter_of(given.get("filter") or {})
    before = None if given.get("literal") else turn_of(given.get("before"))
    yield from _opening(collection, stop)
    began = time.monotonic()
    meant = resolve_follow_up(asked, before)
    answer, within = yield from _answered(
        collection, meant or asked, filter, before if meant else None, asker, stop
    )
    seconds = time.monotonic() - began
    yield shown_answer(answer, collection, Asked(asked, filter, meant, within, seconds))


def ask_once(
    collection: Collection, question: str, filter: Filter, k: int = PASSAGES_READ
) -> Answer:
    """The answer to a question by itself, for programs.

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
    collection: Collection,
    question: str,
    filter: Filter,
    before: Turn | None,
    asker: str,
    stop: Stop,
) -> Generator[dict[str, Any], None, tuple[Answer, tuple[str, ...]]]:
    """The answer, and the documents of the turn before that it was found in; none where in all."""
    assistant = collection.assistant()
    # What follows up is looked for where the answer before it stands, and then everywhere.
    within = before.documents if before and not filter.documents else ()
    for documents in [within, ()] if within else [()]:
        yield {"state": "searching"}
        narrowed = replace(filter, documents=documents) if documents else filter
        # What was answered of late waits for nobody.
        known = assistant.known(question, filter=narrowed)
        if known is None:
            found = assistant.find(question, filter=narrowed)
        yield {"state": "reading"}
        if known is None:
            with collection.turns.turn(asker, stop):
                known = assistant.read(found, stop=stop)
        answer = known
        if answer.found:
            break
    return answer, documents
