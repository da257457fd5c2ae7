"""Many people asking the chat page's server at once: how long they wait, and whether anything fails.

    python tests/benchmarks/crowd.py --people 20 --seconds 60

Each asks one question of the samples after the other, through the queue that the page uses, with the
real models.
"""

import argparse
import json
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from urllib.request import Request, urlopen

import numpy as np

from qa import Assistant
from qa.web.app import launch
from qa.web.collection import Collection

QUESTIONS = (
    "When did the Cassini mission end?",
    "Where was the last outbreak of rinderpest?",
    "Who won the World Cup in 2014?",
    "How long is the Gotthard Base Tunnel?",
    "Who said the policy of strategic patience is over?",
)


def main() -> None:
    """Ask, and print the waiting times."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=60)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        collection = Collection.of(Assistant.open(index_dir=place), Path(place))
        server, url = launch(collection)
        collection.assistant().ask(QUESTIONS[0])
        waits, failures = crowd(url, options.people, options.seconds)
        server.close(verbose=False)
    half, most = np.percentile(waits, [50, 95])
    print(
        f"{options.people} people, {options.seconds:.0f} s: {len(waits)} answers, {len(failures)} failures, "
        f"median {half:.2f} s, p95 {most:.2f} s"
    )
    for failure in failures[:5]:
        print(failure)


def crowd(url: str, people: int, seconds: float) -> tuple[list[float], list[str]]:
    """How long each answer took, and what went wrong."""
    waits: list[float] = []
    failures: list[str] = []
    end = time.monotonic() + seconds

    def person(first: int) -> None:
        number = first
        while time.monotonic() < end:
            began = time.monotonic()
            try:
                answered(url, QUESTIONS, number)
            except (OSError, ValueError, AssertionError) as error:
                failures.append(repr(error))
            else:
                waits.append(time.monotonic() - began)
            number += 1

    threads = [threading.Thread(target=person, args=(n,)) for n in range(people)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return waits, failures


def answered(url: str, questions: Sequence[str], number: int) -> None:
    """Ask one of the questions as the page does, and see that it is the one that is answered."""
    question = questions[number % len(questions)]
    body = json.dumps({"data": [{"question": question}]}).encode()
    address = f"{url}gradio_api/call/page_ask"
    with urlopen(Request(address, body, {"Content-Type": "application/json"})) as response:
        event = json.loads(response.read())["event_id"]
    with urlopen(f"{address}/{event}") as response:
        *_, last = (
            line for line in response.read().decode().splitlines() if line.startswith("data: ")
        )
    told = json.loads(last.removeprefix("data: "))[0]
    assert told["state"] == "answered" and told["question"] == question, told


if __name__ == "__main__":
    main()
