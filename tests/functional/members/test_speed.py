"""That no answer takes longer for an account that there is, each measured beside the other in the same run."""

import pytest

from insula.accounts.interfaces import Accounts, Passwords, Recovery, WrongCredentials
from tests.makers import PASSWORD
from tests.speed import spent

ROUNDS = 7


def least(act, **subjects):
    """Return the processor time of the quickest call for each kind of subject, asked in turn."""
    times = {name: [] for name in subjects}
    for turn in range(ROUNDS):
        for name, each in subjects.items():
            times[name].append(spent(lambda one=each[turn]: act(one)))
    return {name: min(found) for name, found in times.items()}


def emails(handle):
    return [handle.person("viewer").email for _ in range(ROUNDS)]


def nobodys():
    return [f"nobody-{number}@example.org" for number in range(ROUNDS)]


def test_a_wrong_password_takes_as_long_whoever_it_is_for(one):
    """A hash is computed for everybody, so the answers differ by less than half of one."""
    asked = []

    def fail(email):
        asked.append(email)
        with one.work(writing=False) as work, pytest.raises(WrongCredentials):
            work.find_service(Accounts).verify(email, "not the password", f"198.51.100.{len(asked)}")

    kept_out = emails(one)
    with one.work() as work:
        accounts = work.find_service(Accounts)
        for email in kept_out:
            accounts.set_active(accounts.by_email(email).id, active=False)
        passwords = work.find_service(Passwords)
    fail("warm@example.org")
    times = least(fail, known=emails(one), unknown=nobodys(), kept_out=kept_out)
    hashing = min(spent(lambda: passwords.hash(PASSWORD)) for _ in range(ROUNDS))
    assert max(times.values()) - min(times.values()) < hashing / 2, (times, hashing)


def test_asking_for_a_reset_letter_takes_as_long_whoever_it_is_for(one):
    asked = []

    def ask(email):
        asked.append(email)
        with one.work() as work:
            work.find_service(Recovery).ask_reset(email, f"198.51.100.{len(asked)}")

    ask("warm@example.org")
    times = least(ask, known=emails(one), unknown=nobodys())
    assert max(times.values()) < 2 * min(times.values()), times


def test_asking_for_another_address_takes_as_long_whether_it_is_taken(one):
    def ask(email):
        with one.work() as work:
            work.find_service(Recovery).request_email_change(person.id, email)

    person = one.person("viewer")
    ask("warm@example.org")
    times = least(ask, taken=emails(one), free=nobodys())
    assert max(times.values()) < 2 * min(times.values()), times
