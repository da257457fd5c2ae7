"""Guessing passwords is slow, and locks out nobody but who guesses."""

import base64
import json
import urllib.error
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from qa.web.access.throttle import (
    FIRST_WAIT,
    LONGEST_WAIT,
    MOST_KNOWN,
    OF_ADDRESS,
    OF_NAME,
    OF_SITE,
    ROWS,
    SLOTS,
    Attempts,
)
from tests.support.pages import served, written


class Clock:
    now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def attempts(clock: Clock) -> Attempts:
    return Attempts(["ada", "bo"], clock)


def guess(attempts: Attempts, client: str, name: str, count: int, first: int = 0) -> None:
    for number in range(first, first + count):
        attempts.wrong(client, name, f"guess {number}")


def test_an_address_waits_after_five_wrong_passwords_and_longer_each_time(
    attempts: Attempts, clock: Clock
) -> None:
    guess(attempts, "192.0.2.1", "ada", OF_ADDRESS - 1)
    assert attempts.wait("192.0.2.1", "ada") == 0
    waits = []
    for number in range(9):
        guess(attempts, "192.0.2.1", f"name {number}", 1)
        waits.append(attempts.wait("192.0.2.1", "eve"))
        clock.now += waits[-1]
        assert attempts.wait("192.0.2.1", "eve") == 0
    assert waits == [60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]
    assert attempts.wait("192.0.2.2", "ada") == 0
    clock.now += LONGEST_WAIT + 1
    guess(attempts, "192.0.2.1", "ada", OF_ADDRESS - 1)
    assert attempts.wait("192.0.2.1", "ada") == 0


def test_the_same_wrong_password_again_is_no_new_guess(attempts: Attempts) -> None:
    for _ in range(50):
        attempts.wrong("192.0.2.1", "ada", "the old one")
    assert attempts.wait("192.0.2.1", "ada") == 0


def test_a_name_that_many_addresses_guess_waits_but_not_for_who_came_in_before(
    attempts: Attempts, clock: Clock
) -> None:
    attempts.right("192.0.2.1", "ada")
    for number in range(OF_NAME):
        assert attempts.wait(f"198.51.100.{number}", "ada") == 0
        guess(attempts, f"198.51.100.{number}", "ada", 1, number)
    assert attempts.wait("203.0.113.1", "ada") == FIRST_WAIT
    assert attempts.wait("203.0.113.1", "bo") == 0
    assert attempts.wait("192.0.2.1", "ada") == 0
    clock.now += FIRST_WAIT
    assert attempts.wait("203.0.113.1", "ada") == 0
    guess(attempts, "203.0.113.1", "ada", 1, 99)
    assert attempts.wait("203.0.113.2", "ada") == FIRST_WAIT


def test_who_shares_an_address_with_a_guesser_stays_in_and_is_guarded_too(
    attempts: Attempts,
) -> None:
    attempts.right("192.0.2.1", "ada")
    guess(attempts, "192.0.2.1", "bo", OF_ADDRESS)
    assert attempts.wait("192.0.2.1", "bo") == FIRST_WAIT
    assert attempts.wait("192.0.2.1", "ada") == 0
    guess(attempts, "192.0.2.1", "ada", OF_ADDRESS)
    assert attempts.wait("192.0.2.1", "ada") == FIRST_WAIT


def test_a_right_password_makes_good_for_slips(attempts: Attempts) -> None:
    for number in range(20):
        guess(attempts, "192.0.2.1", "ada", OF_ADDRESS - 1, 10 * number)
        assert attempts.wait("192.0.2.1", "ada") == 0
        attempts.right("192.0.2.1", "ada")


def test_the_addresses_of_one_household_are_one(attempts: Attempts) -> None:
    for number in range(OF_ADDRESS):
        attempts.wrong(f"2001:db8::{number}", f"name {number}", "x")
    assert attempts.wait("2001:db8::ffff:1", "ada") == FIRST_WAIT
    assert attempts.wait("2001:db8:0:1::1", "ada") == 0


def test_the_households_of_one_site_wait_together(attempts: Attempts) -> None:
    for number in range(OF_SITE):
        assert attempts.wait("2001:db8:1:ffff::1", "bo") == 0
        attempts.wrong(f"2001:db8:1:{number:x}::1", f"name {number}", "x")
    assert attempts.wait("2001:db8:1:ffff::1", "bo") == FIRST_WAIT
    assert attempts.wait("2001:db8:2::1", "bo") == 0


def test_a_guesser_does_not_clear_its_guesses_with_a_password_of_its_own(
    attempts: Attempts,
) -> None:
    for number in range(OF_ADDRESS):
        attempts.wrong("192.0.2.1", "ada", f"guess {number}")
        attempts.right("192.0.2.1", "bo")
    assert attempts.wait("192.0.2.1", "ada") == FIRST_WAIT


def test_what_is_kept_is_bounded(attempts: Attempts) -> None:
    for number in range(15_000):
        client = f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"
        attempts.wrong(client, f"name {number}", "x")
        attempts.right(client, "ada")
    assert len(attempts._addresses) <= ROWS * SLOTS
    assert len(attempts._strangers) <= ROWS * SLOTS
    assert [len(known) for known in attempts._known.values()] == [MOST_KNOWN, 0]


@pytest.mark.slow
def test_the_server_says_when_to_try_again_and_looks_at_no_password_before(tmp_path: Path) -> None:
    def answered(name: str, password: str) -> tuple[int, str, str]:
        code = base64.b64encode(f"{name}:{password}".encode()).decode()
        request = Request(url + "page/start", headers={"Authorization": f"Basic {code}"})
        try:
            with urlopen(request) as response:
                return response.status, "", json.loads(response.read())["name"]
        except urllib.error.HTTPError as error:
            return error.code, error.headers.get("Retry-After") or "", error.read().decode()

    with served(written(tmp_path / "news"), users={"ada": "correct horse"}) as (url, _):
        for number in range(OF_ADDRESS):
            assert answered("ada", f"guess {number}")[0] == 401
        status, after, words = answered("ada", "correct horse")
        assert status == 429 and 50 < int(after) <= FIRST_WAIT
        assert words.startswith("Too many wrong passwords. Try again in ")
