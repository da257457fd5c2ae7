"""Many people asking the chat page's server at once: how long they wait, and whether anything fails.

    python -m tests.benchmarks.crowd --people 50 --seconds 540

Each asks one question of the samples after the other, through the queue that the page uses, with the
real models. No question is asked twice in the same words, or it would be answered from memory. Prints
what the server takes of memory after a tenth of the time, and at the end.
"""

import argparse
import json
import os
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from urllib.request import Request, urlopen

import numpy as np

from qa import Assistant
from qa.web.collection.collection import Collection
from qa.web.server import launch

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
        sizes: list[float] = []
        look = threading.Timer(options.seconds / 10, lambda: sizes.append(memory_mb()))
        look.start()
        waits, failures = crowd(url, options.people, options.seconds)
        sizes.append(memory_mb())
        server.close()
    half, most = np.percentile(waits, [50, 95])
    print(
        f"{options.people} people, {options.seconds:.0f} s: {len(waits)} answers, {len(failures)} failures, "
        f"median {half:.2f} s, p95 {most:.2f} s"
    )
    print(f"memory: {sizes[0]:.0f} MB after a tenth of the time, {sizes[-1]:.0f} MB at the end")
    for failure in failures[:5]:
        print(failure)


def memory_mb() -> float:
    """What this process takes of memory now; 0 where the system does not say."""
    try:
        pages = int(Path("/proc/self/statm").read_text("utf-8").split()[1])
    except OSError:
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


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

    threads = [threading.Thread(target=person, args=(n * 100_003,)) for n in range(people)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return waits, failures


def answered(url: str, questions: Sequence[str], number: int) -> None:
    """Ask one of the questions as the page does, and see that it is the one that is answered."""
    question = f"{questions[number % len(questions)]} ({number})"
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
