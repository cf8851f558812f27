"""What the services of accounts keep to, over real rows."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from insula.accounts.interfaces import Accounts, Passwords, Roles, SignIns, Tokens, WrongCredentials
from insula.accounts.seen import seen_of
from insula.kit import clock
from insula.kit.errors import Conflict, Invalid, NotFound, TooMany
from tests.makers import PASSWORD


def services(work):
    return work.find_service(Accounts), work.find_service(SignIns), work.find_service(Tokens)


def test_a_new_tenant_has_the_default_roles(one):
    with one.work(writing=False) as work:
        assert [role.name for role in work.find_service(Roles).all()] == [
            "admin",
            "author",
            "editor",
            "owner",
            "viewer",
        ]


def test_an_email_is_taken_once_a_tenant(one, two):
    one.person("viewer", email="ada@example.org")
    with one.work() as work, pytest.raises(Conflict):
        work.find_service(Accounts).create_person("ADA@example.org", "Ada", None)
    two.person("viewer", email="ada@example.org")


def test_of_two_people_of_one_email_that_are_added_together_the_second_is_refused(one):
    def add():
        one.person("viewer", email="ada@example.org")

    with one.work() as work:
        work.find_service(Accounts).create_person("ada@example.org", "Ada", None, ["viewer"])
        late = in_background(add)
    with pytest.raises(Conflict):
        late.result(10)
    with one.work(writing=False) as work:
        assert [person.email for person in work.find_service(Accounts).list()] == ["ada@example.org"]


def test_of_two_service_accounts_of_one_name_that_are_made_together_there_is_one_with_both_roles(one):
    def make():
        with one.work() as work:
            return work.find_service(Accounts).service_account("robot", ["viewer"])

    with one.work() as work:
        made = work.find_service(Accounts).service_account("robot", ["editor"])
        late = in_background(make)
    assert late.result(10).id == made.id
    assert late.result().roles == {"editor", "viewer"}


def in_background(act):
    """Begin `act` in another thread, and give it the time to come to where it has to wait."""
    threads = ThreadPoolExecutor(1)
    started = threads.submit(act)
    threads.shutdown(wait=False)
    time.sleep(0.3)
    return started


def test_a_role_nobody_has_declared_is_refused_with_the_nearest(one):
    with one.work() as work, pytest.raises(Invalid) as caught:
        work.find_service(Accounts).create_person("ada@example.org", "Ada", None, ["edtior"])
    assert caught.value.errors[0].path == "roles"
    assert "Did you mean editor?" in caught.value.errors[0].detail


def test_a_service_account_is_made_once_and_found_after(one, two):
    with one.work() as work:
        accounts = work.find_service(Accounts)
        made = accounts.service_account("cli-admin", ["admin"])
        assert accounts.service_account("cli-admin", ["admin"]) == made
        assert accounts.service_account("cli-admin", ["viewer"]).roles == {"admin", "viewer"}
        with pytest.raises(Conflict):
            accounts.set_password(made.id, PASSWORD)
    with two.work() as work:
        assert work.find_service(Accounts).service_account("cli-admin", ["admin"]).id != made.id


def test_the_accounts_of_another_tenant_are_not_there(one, two):
    person = one.person("owner")
    with two.work() as work:
        accounts, sign_ins, tokens = services(work)
        assert accounts.by_id(person.id) is None
        assert accounts.by_email(person.email) is None
        assert accounts.list() == []
        for act in (
            lambda: accounts.set_roles(person.id, ["owner"]),
            lambda: accounts.set_password(person.id, PASSWORD),
            lambda: sign_ins.start(person.id, address="", user_agent=""),
            lambda: tokens.create(person.id),
        ):
            with pytest.raises(NotFound):
                act()


def test_a_session_and_a_token_of_another_tenant_are_not_there(one, two):
    person = one.person("owner")
    with one.work() as work:
        _, sign_ins, tokens = services(work)
        session, secret = sign_ins.start(person.id, address="192.0.2.1", user_agent="x")
        token, text = tokens.create(person.id)
    with two.work() as work:
        _, sign_ins, tokens = services(work)
        assert sign_ins.find(secret) is None
        assert not sign_ins.end(person.id, session.id)
        assert sign_ins.end_all(person.id) == 0
        assert tokens.find(text) is None
        with pytest.raises(NotFound):
            tokens.revoke(token.kid)
    with one.work(writing=False) as work:
        _, sign_ins, tokens = services(work)
        assert sign_ins.find(secret).account.roles == {"owner"}
        assert tokens.find(text).account.roles == {"owner"}


def test_a_session_ends_when_idle_and_when_old(one, monkeypatch):
    person = one.person("viewer")
    with one.work() as work:
        _, secret = work.find_service(SignIns).start(person.id, address="", user_agent="")
    start = clock.now()

    def found_after(hours):
        monkeypatch.setattr("insula.accounts.sign_ins.now", lambda: start + timedelta(hours=hours))
        with one.work(writing=False) as work:
            found = work.find_service(SignIns).find(secret)
        seen_of(one.installation.registry).flush()
        return found is not None

    assert [found_after(hours) for hours in (1, 2.5, 4, 5.5)] == [True] * 4
    assert not found_after(8), "idle for longer than two hours"
    assert [found_after(hours) for hours in (7, 8.5, 10, 11.5)] == [True] * 4
    assert not found_after(12.1), "older than twelve hours, though just used"


def test_reading_a_session_or_token_writes_nothing_at_once(one, monkeypatch):
    person = one.person("viewer")
    with one.work() as work:
        _, sign_ins, tokens = services(work)
        session, secret = sign_ins.start(person.id, address="", user_agent="")
        token, text = tokens.create(person.id)
    later = clock.now() + timedelta(minutes=5)
    monkeypatch.setattr("insula.accounts.sign_ins.now", lambda: later)
    monkeypatch.setattr("insula.accounts.tokens.now", lambda: later)
    with one.work(writing=False) as work:
        _, sign_ins, tokens = services(work)
        assert sign_ins.find(secret).last_seen_at == session.last_seen_at
        assert tokens.find(text).last_used_at is None
    assert seen_of(one.installation.registry).flush() == 2
    with one.work(writing=False) as work:
        _, sign_ins, tokens = services(work)
        assert sign_ins.of_account(person.id)[0].last_seen_at == later
        assert tokens.list(person.id)[0].last_used_at == later
        assert tokens.find(text).kid == token.kid


def test_an_expired_or_revoked_token_is_not_found(one, monkeypatch):
    person = one.person("viewer")
    with one.work() as work:
        tokens = work.find_service(Tokens)
        _, short = tokens.create(person.id, days=1)
        revoked, text = tokens.create(person.id)
        tokens.revoke(revoked.kid)
        assert tokens.find(short) is not None
        assert tokens.find(text) is None
        monkeypatch.setattr("insula.accounts.tokens.now", lambda: clock.now() + timedelta(days=1))
        assert tokens.find(short) is None


def test_a_right_kid_with_a_wrong_secret_is_not_found(one):
    person = one.person("viewer")
    with one.work() as work:
        tokens = work.find_service(Tokens)
        _, text = tokens.create(person.id)
        _, other = tokens.create(person.id)
        kid, secret = text.split("_")[1], other.split("_")[2]
        from insula.accounts.credentials import TokenText

        assert tokens.find(str(TokenText(kid, secret))) is None


@pytest.mark.parametrize(
    ("options", "path"),
    [
        ({"days": 0}, "days"),
        ({"days": 366}, "days"),
        ({"scopes": ["View!"]}, "scopes"),
        ({"networks": ["here"]}, "networks"),
        ({"label": "x" * 201}, "label"),
    ],
)
def test_a_token_out_of_bounds_is_refused_with_its_path(one, options, path):
    person = one.person("viewer")
    with one.work() as work, pytest.raises(Invalid) as caught:
        work.find_service(Tokens).create(person.id, **options)
    assert [error.path for error in caught.value.errors] == [path]


def test_a_password_is_hashed_anew_when_the_parameters_changed(one):
    from argon2 import PasswordHasher

    old = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    from insula.accounts.interfaces import HashedPassword

    with one.work() as work:
        person = work.find_service(Accounts).create_person("old@example.org", "Old", HashedPassword(old))
    with one.work(writing=False) as work:
        assert work.find_service(Accounts).verify("old@example.org", PASSWORD, "192.0.2.1").id == person.id
    from insula.accounts.models import Account

    with one.work(writing=False) as work:
        stored = work.db.get(Account, (one.tenant.id, person.id)).password_hash
        assert not work.find_service(Passwords).is_outdated(stored)
        assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_neither_secret_is_in_any_row(one):
    from sqlalchemy import select

    from insula.accounts.models import APIToken, SignIn

    person = one.person("viewer")
    with one.work() as work:
        _, sign_ins, tokens = services(work)
        _, secret = sign_ins.start(person.id, address="", user_agent="")
        _, text = tokens.create(person.id)
        rows = [*work.db.scalars(select(SignIn)), *work.db.scalars(select(APIToken))]
        shown = " ".join(repr(vars(row)) for row in rows)
    assert secret not in shown
    assert text.split("_")[2] not in shown


def test_failures_are_forgotten_after_a_quiet_hour_and_their_rows_go(one, monkeypatch):
    from sqlalchemy import func, select

    from insula.accounts.models import Attempt

    person = one.person("viewer")

    def fail(address, minutes):
        monkeypatch.setattr("insula.accounts.attempts.now", lambda: start + timedelta(minutes=minutes))
        with one.work(writing=False) as work:
            try:
                work.find_service(Accounts).verify(person.email, "not the password", address)
            except (WrongCredentials, TooMany) as error:
                return error.retry_after

    start = clock.now()
    assert [fail(f"192.0.2.{number}", 0) for number in range(7)] == [None] * 5 + [2, 2]
    assert fail("192.0.2.99", 30) is None
    assert fail("192.0.2.99", 30) == 4
    assert [fail("198.51.100.1", 91) for _ in range(6)] == [None] * 5 + [2]
    with one.work(writing=False) as work:
        assert work.db.scalar(select(func.count()).select_from(Attempt)) == 2


def test_signing_in_clears_the_account_but_not_the_address(one):
    mine, other = one.person("viewer"), one.person("viewer")
    with one.work(writing=False) as work:
        accounts = work.find_service(Accounts)
        for _ in range(4):
            for _ in range(4):
                with pytest.raises(WrongCredentials):
                    accounts.verify(mine.email, "not the password", "192.0.2.1")
            accounts.verify(mine.email, PASSWORD, "192.0.2.1")
        for number in range(4):
            with pytest.raises(WrongCredentials):
                accounts.verify(f"guess-{number}@example.org", "not the password", "192.0.2.1")
        with pytest.raises(TooMany):
            accounts.verify(other.email, PASSWORD, "192.0.2.1")
        assert accounts.verify(other.email, PASSWORD, "192.0.2.2").id == other.id


def test_an_address_is_known_for_thirty_days_after_the_last_sign_in_there(one, monkeypatch):
    person, home, start = one.person("owner"), "192.0.2.1", clock.now()

    def verify(password, address, days):
        monkeypatch.setattr("insula.accounts.attempts.now", lambda: start + timedelta(days=days))
        with one.work(writing=False) as work:
            return work.find_service(Accounts).verify(person.email, password, address)

    verify(PASSWORD, home, 0)
    for days in (29, 29 + 31):
        for number in range(5):
            with pytest.raises(WrongCredentials):
                verify("not the password", f"198.51.100.{number}", days)
        if days == 29:
            assert verify(PASSWORD, home, days).id == person.id
    with pytest.raises(TooMany):
        verify(PASSWORD, home, 29 + 31)
