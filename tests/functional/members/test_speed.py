"""That no answer takes longer for an account that there is, measured by a yardstick of the same run."""

import pytest

from insula.accounts.interfaces import Accounts, Recovery, WrongCredentials
from tests.speed import spent, yardstick

ROUNDS = 5


def least(act, subjects):
    """Return the processor time of the quickest of several calls, in yardsticks."""
    return min(spent(lambda each=each: act(each)) for each in subjects) / yardstick()


def test_a_wrong_password_takes_as_long_whoever_it_is_for(one):
    """A hash is computed for everybody, so the two differ by less than a part of one."""

    def fail(email):
        with one.work(writing=False) as work, pytest.raises(WrongCredentials):
            work.find_service(Accounts).verify(email, "not the password", "192.0.2.1")

    known = [one.person("viewer").email for _ in range(ROUNDS)]
    kept_out = [one.person("viewer") for _ in range(ROUNDS)]
    with one.work() as work:
        for person in kept_out:
            work.find_service(Accounts).set_active(person.id, active=False)
    fail("warm@example.org")
    times = {
        "known": least(fail, known),
        "unknown": least(fail, [f"nobody-{n}@example.org" for n in range(ROUNDS)]),
        "kept out": least(fail, [person.email for person in kept_out]),
    }
    assert max(times.values()) < 1.5 * min(times.values()), times


def test_asking_for_a_reset_letter_takes_as_long_whoever_it_is_for(one):
    def ask(email):
        with one.work() as work:
            work.find_service(Recovery).ask_reset(email, f"198.51.100.{len(asked)}")
        asked.append(email)

    asked: list[str] = []
    known = [one.person("viewer").email for _ in range(ROUNDS)]
    ask("warm@example.org")
    times = least(ask, known), least(ask, [f"nobody-{n}@example.org" for n in range(ROUNDS)])
    assert max(times) < 2 * min(times), times


def test_asking_for_another_address_takes_as_long_whether_it_is_taken(one):
    def ask(email):
        with one.work() as work:
            work.find_service(Recovery).request_email_change(person.id, email)

    person = one.person("viewer")
    taken = [one.person("viewer").email for _ in range(ROUNDS)]
    ask("warm@example.org")
    times = least(ask, taken), least(ask, [f"nobody-{n}@example.org" for n in range(ROUNDS)])
    assert max(times) < 2 * min(times), times
