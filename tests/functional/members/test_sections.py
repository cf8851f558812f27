"""What a tenant decides about sessions, passwords and failed sign-ins holds at the next request, in every process."""

from datetime import timedelta

import pytest

from insula.accounts.interfaces import Accounts, Passwords, SignIns, WrongCredentials
from insula.accounts.seen import seen_of
from insula.accounts.settings import AccountsSettings
from insula.features.interfaces import Sections
from insula.kit import clock
from insula.kit.errors import Invalid, TooMany
from tests.makers import PASSWORD


def decide(handle, section, **settings):
    with handle.work() as work:
        sections = work.find_service(Sections)
        version = sections.state(section).version
        return sections.change(section, settings=settings, expected=version, actor="command line")


def elsewhere(handle, client):
    found = handle.installation.another_process().client(handle.host)
    found.cookiejar = client.cookiejar
    return found


def test_a_shorter_session_ends_those_that_are_older_at_once(one, two, monkeypatch):
    client, neighbour = one.signed_in("viewer"), two.signed_in("viewer")
    other = elsewhere(one, client)
    later = clock.now() + timedelta(minutes=50)
    monkeypatch.setattr("insula.accounts.sign_ins.now", lambda: later)
    assert other.get("/account").status_int == 200
    seen_of(one.installation.registry).flush()
    decide(one, "sessions", max=40 * 60)
    assert other.get("/account", expect_errors=True).status_int == 401
    assert client.get("/account", expect_errors=True).status_int == 401
    assert neighbour.get("/account").status_int == 200
    decide(one, "sessions", max=60 * 60)
    assert other.get("/account").status_int == 200


def test_a_shorter_pause_ends_those_that_are_not_used(one, two, monkeypatch):
    client, neighbour = one.signed_in("viewer"), two.signed_in("viewer")
    decide(one, "sessions", idle=20 * 60)
    monkeypatch.setattr("insula.accounts.sign_ins.now", lambda: clock.now() + timedelta(minutes=25))
    assert elsewhere(one, client).get("/account", expect_errors=True).status_int == 401
    assert neighbour.get("/account").status_int == 200


def test_a_new_session_ends_when_the_tenant_says(one):
    decide(one, "sessions", max=3600)
    person = one.person("viewer")
    with one.work() as work:
        info, _ = work.find_service(SignIns).start(person.id, address="", user_agent="")
    assert info.expires_at - info.created_at == timedelta(hours=1)


def test_the_fewest_characters_of_a_password_are_the_tenants(one, two):
    decide(one, "passwords", min_length=20)
    with two.work(writing=False) as work:
        work.find_service(Passwords).check_new("harbour by night")
    with one.work(writing=False) as work, pytest.raises(Invalid) as caught:
        work.find_service(Passwords).check_new("harbour by night")
    assert "at least 20 characters" in caught.value.errors[0].detail


def test_no_password_has_to_be_longer_than_one_may_be(one, monkeypatch):
    monkeypatch.setattr(
        "insula.accounts.sections.settings_of", lambda *_: AccountsSettings(password_max_length=64)
    )
    decide(one, "passwords", min_length=64)
    with pytest.raises(Invalid) as caught:
        decide(one, "passwords", min_length=65)
    assert [error.path for error in caught.value.errors] == ["settings.min_length"]


def test_common_passwords_are_refused_unless_the_tenant_takes_them(one, two):
    decide(one, "passwords", refuse_common=False)
    for handle, refused in ((one, False), (two, True)):
        with handle.work(writing=False) as work:
            passwords = work.find_service(Passwords)
            if refused:
                with pytest.raises(Invalid):
                    passwords.check_new("password1234")
            else:
                passwords.check_new("password1234")
            with pytest.raises(Invalid):
                passwords.check_new(handle.tenant.name)
            with pytest.raises(Invalid):
                passwords.check_new(handle.host.upper())


def fail(handle, email, number):
    with handle.work(writing=False) as work:
        try:
            work.find_service(Accounts).verify(email, "not the password", f"198.51.100.{number}")
        except (TooMany, WrongCredentials) as error:
            return error.retry_after
    return None


def test_failed_sign_ins_wait_as_the_tenant_says_and_the_owner_at_home_does_not(one, two):
    decide(one, "lockout", free_account=2, delay=60)
    person, other = one.person("owner"), two.person("owner")
    with one.work(writing=False) as work:
        work.find_service(Accounts).verify(person.email, PASSWORD, "192.0.2.1")
    waits = [fail(one, person.email, number) for number in range(4)]
    assert waits[:2] == [None, None]
    assert all(50 < wait <= 60 for wait in waits[2:])
    assert [fail(two, other.email, number) for number in range(4)] == [None] * 4
    with one.work(writing=False) as work:
        assert work.find_service(Accounts).verify(person.email, PASSWORD, "192.0.2.1").id == person.id


@pytest.mark.parametrize(
    ("section", "setting", "value"),
    [
        ("sessions", "idle", 12 * 3600),
        ("sessions", "idle", 300),
        ("sessions", "max", 24 * 3600),
        ("passwords", "min_length", 8),
        ("lockout", "free_account", 50),
        ("lockout", "delay", 1),
        ("lockout", "delay_max", 60),
        ("lockout", "delay_max", 7200),
    ],
)
def test_no_tenant_loosens_what_the_installation_says(one, section, setting, value):
    with pytest.raises(Invalid) as caught:
        decide(one, section, **{setting: value})
    assert [error.path for error in caught.value.errors] == [f"settings.{setting}"]
