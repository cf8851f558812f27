"""Signing in and out, and that no answer tells who has an account."""

import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from insula.accounts.interfaces import Accounts, SignIns, WrongCredentials
from insula.accounts.passwords import Argon2
from insula.kit.errors import TooMany
from tests.functional.members.test_sections import decide
from tests.makers import PASSWORD

FORM = "/account/@@sign-in"


def attempt(client, email, password, **query):
    form = client.get(FORM, params=query).forms["sign-in"]
    form["email"], form["password"] = email, password
    return form.submit(expect_errors=True)


@pytest.fixture
def long_waits(one):
    """Waits that no busy machine sits out."""
    decide(one, "lockout", delay=900)


def without_what_differs_anyway(response, email):
    text = re.sub(r'name="csrf_token" value="[^"]*"', "", response.text)
    return text.replace(email, "")


def test_a_person_signs_in_and_is_known(one):
    person = one.person("viewer")
    client = one.visitor()
    response = attempt(client, person.email, PASSWORD)
    assert (response.status_int, response.location.removeprefix(f"https://{one.host}")) == (303, "/account")
    assert person.email in client.get("/account").text


def test_the_cookie_is_bound_to_the_host_and_out_of_reach_of_scripts(one):
    person = one.person("viewer")
    response = attempt(one.visitor(), person.email, PASSWORD)
    (cookie,) = [text for text in response.headers.getall("Set-Cookie") if "session" in text]
    assert cookie.startswith("__Host-")
    attributes = {part.strip().lower() for part in cookie.split(";")[1:]}
    assert {"secure", "httponly", "path=/", "samesite=lax"} <= attributes
    assert not any(attribute.startswith("domain") for attribute in attributes)


def test_the_email_may_be_spelled_otherwise(one):
    person = one.person("viewer", email="Ada.Lovelace@Example.org")
    assert attempt(one.visitor(), " ADA.lovelace@example.ORG", PASSWORD).status_int == 303
    assert person.email == "ada.lovelace@example.org"


def test_a_wrong_password_is_401_and_names_neither_field(one):
    person = one.person("viewer")
    client = one.visitor()
    response = attempt(client, person.email, "not the password")
    assert response.status_int == 401
    problem = response.html.find(id="problem")
    assert "do not belong together" in problem.text
    assert problem.has_attr("autofocus")
    assert response.html.find(id="email")["value"] == person.email
    assert "not the password" not in response.text
    assert client.get("/account", expect_errors=True).status_int == 401


def test_an_unknown_email_is_answered_like_a_wrong_password(one):
    person = one.person("viewer")
    known = attempt(one.visitor(), person.email, "not the password")
    unknown = attempt(one.visitor(), "nobody@example.org", "not the password")
    assert known.status == unknown.status
    assert without_what_differs_anyway(known, person.email) == without_what_differs_anyway(
        unknown, "nobody@example.org"
    )
    names = {name for name, _ in known.headerlist}
    assert names == {name for name, _ in unknown.headerlist}


def test_after_five_failures_known_and_unknown_wait_alike(one, long_waits):
    person = one.person("viewer")
    answers = {}
    for email in (person.email, "nobody@example.org"):
        client = one.visitor(REMOTE_ADDR="198.51.100.7" if email == person.email else "198.51.100.8")
        answers[email] = [attempt(client, email, "not the password").status_int for _ in range(6)]
        last = attempt(client, email, "not the password")
        assert 600 < int(last.headers["Retry-After"]) <= 900
        assert "Too many failed attempts" in last.html.find(id="problem").text
    assert set(map(tuple, answers.values())) == {(401,) * 5 + (429,)}


def test_the_right_password_waits_too_but_only_in_its_own_tenant(one, two, long_waits):
    email = "ada@example.org"
    one.person("viewer", email=email)
    two.person("viewer", email=email)
    for _ in range(5):
        attempt(one.visitor(), email, "not the password")
    assert attempt(one.visitor(), email, PASSWORD).status_int == 429
    assert attempt(two.visitor(), email, PASSWORD).status_int == 303


def test_strangers_cannot_keep_the_owner_out_at_home(one, two, long_waits):
    person, other = one.person("owner"), one.person("viewer")
    home = {"REMOTE_ADDR": "198.51.100.7"}
    assert attempt(one.visitor(**home), person.email, PASSWORD).status_int == 303
    for _ in range(6):
        attempt(one.visitor(), person.email, "not the password")
    assert attempt(one.visitor(), person.email, PASSWORD).status_int == 429
    assert attempt(one.visitor(**home), person.email, PASSWORD).status_int == 303
    # The owner's success is no new start for the strangers, and home is home for this account alone.
    assert attempt(one.visitor(), person.email, PASSWORD).status_int == 429
    for _ in range(5):
        attempt(one.visitor(), other.email, "not the password")
    assert attempt(one.visitor(**home), other.email, PASSWORD).status_int == 429


def test_guesses_at_home_wait_too(one, long_waits):
    person = one.person("owner")
    home = {"REMOTE_ADDR": "198.51.100.7"}
    assert attempt(one.visitor(**home), person.email, PASSWORD).status_int == 303
    answers = [attempt(one.visitor(**home), person.email, "not the password").status_int for _ in range(6)]
    assert answers == [401] * 5 + [429]
    assert attempt(one.visitor(**home), person.email, PASSWORD).status_int == 429
    assert attempt(one.visitor(), person.email, PASSWORD).status_int == 303


def test_one_address_waits_after_twenty_failures_whatever_the_account(one, long_waits):
    person = one.person("viewer")
    there = one.visitor(REMOTE_ADDR="2001:db8:1:2::1")
    for number in range(20):
        assert attempt(there, f"guess-{number}@example.org", "not the password").status_int == 401
    assert attempt(one.visitor(REMOTE_ADDR="2001:db8:1:2::ffff"), person.email, PASSWORD).status_int == 429
    assert attempt(one.visitor(REMOTE_ADDR="2001:db8:1:3::1"), person.email, PASSWORD).status_int == 303


def test_the_same_email_in_two_tenants_is_two_accounts(one, two):
    email = "ada@example.org"
    one.person("admin", email=email)
    with two.work() as work:
        work.find_service(Accounts).create_person(
            email, "Another Ada", "quite another passphrase", ["viewer"]
        )
    assert attempt(one.visitor(), email, "quite another passphrase").status_int == 401
    assert attempt(two.visitor(), email, PASSWORD).status_int == 401
    client = two.visitor()
    assert attempt(client, email, "quite another passphrase").status_int == 303
    assert "Another Ada" in client.get("/account").text


def test_a_session_of_one_tenant_is_nobody_in_the_other(one, two):
    client = one.signed_in("owner")
    assert client.get("/account").status_int == 200
    cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in client.cookiejar)
    assert "session" in cookies
    other = two.visitor()
    assert other.get("/account", headers={"Cookie": cookies}, expect_errors=True).status_int == 401
    assert other.get("/admin", headers={"Cookie": cookies}, expect_errors=True).status_int == 401
    again = one.visitor()
    assert again.get("/account", headers={"Cookie": cookies}).status_int == 200


def test_a_token_of_one_tenant_is_refused_in_the_other(one, two):
    header = {"Authorization": f"Bearer {one.token('admin')}"}
    assert one.visitor().get("/api/", headers=header).status_int == 200
    assert two.visitor().get("/api/", headers=header, expect_errors=True).status_int == 401


def test_signing_in_again_ends_the_session_before(one):
    client = one.signed_in("viewer")
    (before,) = [cookie.value for cookie in client.cookiejar if "session" in cookie.name]
    form = one.visitor().get(FORM)
    assert form.status_int == 200
    page = client.get("/account")
    token = page.forms["sign-out"]["csrf_token"].value
    response = client.post(FORM, {"email": client.person.email, "password": PASSWORD, "csrf_token": token})
    assert response.status_int == 303
    with one.work(writing=False) as work:
        assert work.find_service(SignIns).find(before) is None
        assert len(work.find_service(SignIns).of_account(client.person.id)) == 1


def test_signing_out_ends_the_session_and_drops_the_cookie(one):
    client = one.signed_in("viewer")
    cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in client.cookiejar)
    response = client.get("/account").forms["sign-out"].submit()
    assert response.status_int == 303
    assert "You are signed out" in response.follow().text
    assert client.get("/account", expect_errors=True).status_int == 401
    assert one.visitor().get("/account", headers={"Cookie": cookies}, expect_errors=True).status_int == 401


def test_a_form_without_its_csrf_token_changes_nothing(one):
    client = one.signed_in("viewer")
    assert client.post("/account/@@sign-out", expect_errors=True).status_int == 400
    assert client.get("/account").status_int == 200
    person = one.person("viewer")
    stranger = one.visitor()
    sent = {"email": person.email, "password": PASSWORD}
    assert stranger.post(FORM, sent, expect_errors=True).status_int == 400
    assert stranger.get("/account", expect_errors=True).status_int == 401


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "javascript:alert(1)",
        "\t//evil.example",
    ],
)
def test_signing_in_never_leads_off_the_host(one, target):
    person = one.person("viewer")
    response = attempt(one.visitor(), person.email, PASSWORD, next=target)
    assert response.location.removeprefix(f"https://{one.host}") == "/account"


def test_signing_in_leads_back_to_where_one_wanted_to_go(one):
    person = one.person("owner")
    client = one.visitor()
    page = client.get("/admin?x=1", expect_errors=True)
    assert page.status_int == 401
    form = page.forms["sign-in"]
    form["email"], form["password"] = person.email, PASSWORD
    assert form.submit().location.removeprefix(f"https://{one.host}") == "/admin?x=1"


def test_every_name_below_account_looks_alike_to_a_visitor(one):
    client = one.visitor()
    pages = [
        client.get(path, expect_errors=True)
        for path in (
            "/account",
            "/account/@@password",
            "/account/@@nothing",
            "/account/nothing",
            "/account/a/b",
        )
    ]
    assert {page.status_int for page in pages} == {401}
    bodies = {
        re.sub(r'name="next" value="[^"]*"', "", without_what_differs_anyway(page, "-")) for page in pages
    }
    assert len(bodies) == 1


def test_an_inactive_or_passwordless_account_is_answered_like_an_unknown_one(one):
    with one.work() as work:
        guest = work.find_service(Accounts).create_person("guest@example.org", "Guest", None)
    unknown = attempt(one.visitor(), "nobody@example.org", "")
    known = attempt(one.visitor(), guest.email, "")
    assert known.status_int == unknown.status_int == 401
    assert without_what_differs_anyway(known, guest.email) == without_what_differs_anyway(
        unknown, "nobody@example.org"
    )


def test_a_password_longer_than_any_can_be_is_a_wrong_one(one):
    person = one.person("viewer")
    assert attempt(one.visitor(), person.email, PASSWORD + "x" * 2_000).status_int == 401


def test_the_page_is_kept_by_no_cache(one):
    assert "no-store" in one.visitor().get(FORM).headers["Cache-Control"]


def test_guesses_sent_all_at_once_are_limited_like_guesses_sent_in_turn(one):
    person = one.person("viewer")

    def guess(number):
        with one.work(writing=False) as work:
            try:
                work.find_service(Accounts).verify(person.email, f"guess {number}", f"192.0.2.{number}")
            except (WrongCredentials, TooMany) as error:
                return type(error).__name__
        return "in"

    with ThreadPoolExecutor(8) as pool:
        answers = Counter(pool.map(guess, range(16)))
    assert answers == {"WrongCredentials": 5, "TooMany": 11}


def test_no_row_is_locked_while_a_password_is_hashed(one, monkeypatch):
    person = one.person("viewer")
    client = one.visitor()
    written = []

    def writing_meanwhile(name):
        hashing = getattr(Argon2, name)

        def call(self, *arguments):
            with one.work() as work:
                work.find_service(Accounts).service_account(f"during-{name}-{len(written)}")
            written.append(name)
            return hashing(self, *arguments)

        return call

    monkeypatch.setattr(Argon2, "verify", writing_meanwhile("verify"))
    assert attempt(client, person.email, "not the password").status_int == 401
    assert attempt(client, person.email, PASSWORD).status_int == 303
    monkeypatch.setattr(Argon2, "hash", writing_meanwhile("hash"))
    form = client.get("/account/@@password").forms["change-password"]
    form["current"], form["password"], form["again"] = PASSWORD, *["a harbour at noon"] * 2
    assert form.submit().status_int == 303
    assert written == ["verify", "verify", "verify", "hash"]
