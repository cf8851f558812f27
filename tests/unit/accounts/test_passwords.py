"""Hashing, its bounds, and what may become a password."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from insula.accounts.passwords import Argon2, HashSlots, TenantPasswords
from insula.accounts.sections import PasswordRules
from insula.accounts.settings import AccountsSettings
from insula.kit.errors import Invalid, Unavailable

PASSWORD = "a harbour at night"


@pytest.fixture(scope="module")
def passwords():
    return Argon2(AccountsSettings())


def rules(**changed):
    return TenantPasswords(
        Argon2(AccountsSettings()),
        most=256,
        rules=lambda: PasswordRules(**changed),
        own_words=lambda: ("bay", "San Francisco Bay", "bay.localhost"),
    )


def test_a_password_is_known_again_and_another_is_not(passwords):
    stored = passwords.hash(PASSWORD).text
    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert passwords.verify(stored, PASSWORD)
    assert not passwords.verify(stored, PASSWORD + "!")


def test_without_a_hash_a_hash_is_computed_all_the_same(passwords, monkeypatch):
    seen = []
    verify = passwords._hasher.verify
    monkeypatch.setattr(
        passwords,
        "_hasher",
        type(
            "Spy",
            (),
            {
                "verify": staticmethod(lambda stored, text: seen.append(stored) or verify(stored, text)),
                "hash": staticmethod(passwords._hasher.hash),
            },
        ),
    )
    assert not passwords.verify(None, PASSWORD)
    assert seen
    assert seen[0].startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_the_dummy_password_opens_nothing(passwords):
    assert not passwords.verify(None, "nobody has this password")


def test_a_damaged_hash_is_no_match(passwords):
    assert not passwords.verify("not a hash", PASSWORD)


def test_the_same_password_composed_differently_is_the_same(passwords):
    assert passwords.verify(passwords.hash("caf\u00e9 au lait").text, "cafe\u0301 au lait")


def test_a_hash_of_other_parameters_is_outdated(passwords):
    stronger = Argon2(AccountsSettings(hash_passes=3))
    stored = passwords.hash(PASSWORD).text
    assert not passwords.is_outdated(stored)
    assert stronger.is_outdated(stored)
    assert stronger.verify(stored, PASSWORD)


@pytest.mark.parametrize(
    "password",
    [
        "",
        "short",
        "elevenchars",
        "a" * 40,
        "abcd" * 65,
        "ada.lovelace@example.org",
        "Ada.Lovelace1815",
        "example.org1234",
        "San Francisco Bay",
        "bay.localhost",
        "password1234",
        "!Dragon12345",
        "LetMeInLetMeIn",
        "1qaz2wsx3edc",
    ],
)
def test_a_poor_password_is_refused_with_its_path(password):
    with pytest.raises(Invalid) as caught:
        rules().check_new(password, email="ada.lovelace@example.org")
    assert [error.path for error in caught.value.errors] == ["password"]
    assert password == "" or password not in str(caught.value.errors)


@pytest.mark.parametrize(
    "password", [PASSWORD, "ada and the bay at night", "a1827364918273", "bay bay bay bay at"]
)
def test_a_good_password_is_not_refused(password):
    rules().check_new(password, email="ada@example.org")


def test_a_tenant_asks_for_more_characters_or_takes_common_passwords():
    with pytest.raises(Invalid):
        rules(min_length=30).check_new(PASSWORD)
    rules(min_length=30).check_new(PASSWORD + " by the sea so blue")
    rules(refuse_common=False).check_new("password1234")


def test_no_more_than_the_slots_work_at_once():
    slots, working, most, lock = HashSlots(2, 20, 5), 0, 0, threading.Lock()
    turn = threading.Event()

    def work():
        nonlocal working, most
        with slots.hold():
            with lock:
                working += 1
                most = max(most, working)
            turn.wait(0.01)
            with lock:
                working -= 1

    with ThreadPoolExecutor(12) as pool:
        for future in [pool.submit(work) for _ in range(12)]:
            future.result()
    assert most == 2


def test_beyond_the_line_a_caller_is_told_when_to_come_back():
    slots = HashSlots(1, 0, 3)
    with slots.hold(), pytest.raises(Unavailable) as caught, slots.hold():
        pass
    assert caught.value.retry_after == 3


def test_who_waits_too_long_is_told_so_and_leaves_the_line():
    slots = HashSlots(1, 1, 0.01)
    with slots.hold():
        for _ in range(3):
            with pytest.raises(Unavailable), slots.hold():
                pass
    with slots.hold():
        pass


def test_the_slots_never_exceed_the_cores():
    assert AccountsSettings(hash_concurrency=10_000).hash_slots <= 10_000
    assert AccountsSettings(hash_concurrency=1).hash_slots == 1
