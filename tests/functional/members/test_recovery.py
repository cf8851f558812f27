"""Ways back into an account, and to another address; nobody learns whether there is one."""

import re
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier, BrokenBarrierError

import pytest
from sqlalchemy import select

from insula.accounts.interfaces import Accounts, Invitations, Links, Passwords, Recovery, SignIns
from insula.accounts.models import Link
from insula.accounts.services import SQLAccounts
from insula.events.models import Outbox
from insula.kit.errors import Conflict, Invalid, NotFound
from insula.security.cookies import session_cookie
from tests.functional.members.letters import letters, link_in, secret_in
from tests.functional.members.test_own_account import second_session
from tests.makers import PASSWORD

NEW = "another harbour at night"


def ask(handle, email, **environ):
    form = handle.visitor(**environ).get("/account/@@forgot").forms["forgot"]
    form["email"] = email
    return form.submit(expect_errors=True)


def answered(handle, email, **environ):
    response = ask(handle, email, **environ)
    handle.installation.drain()
    return response


def set_new(handle, path, password=NEW, again=NEW):
    form = handle.visitor().get(path).forms["reset"]
    form["password"], form["again"] = password, again
    return form.submit(expect_errors=True)


def alike(response):
    text = re.sub(r'name="csrf_token" value="[^"]*"', "", response.text)
    headers = {
        name: value
        for name, value in response.headers.items()
        if name.lower() not in ("x-request-id", "set-cookie")
    }
    return response.status_int, text, headers


def test_a_forgotten_password_is_set_anew_and_all_sessions_end(one, two):
    client = one.signed_in("viewer")
    email = client.person.email
    two.person("viewer", email)
    assert answered(one, email.upper()).status_int == 200
    assert letters(two) == []
    path = link_in(one, email)
    poor = set_new(one, path, "short", "short")
    assert (poor.status_int, bool(poor.html.find(id="password-e"))) == (422, True)
    response = set_new(one, path)
    assert response.status_int == 303
    assert "Your new password is set" in response.follow().text
    assert client.get("/account", expect_errors=True).status_int == 401
    form = one.visitor().get("/account/@@sign-in").forms["sign-in"]
    form["email"], form["password"] = email, NEW
    assert form.submit().status_int == 303
    assert one.visitor().get(path, expect_errors=True).status_int == 404
    assert letters(one, email)[0].kind == "password-changed"
    second_session(two, type("P", (), {"email": email}))


def test_fetching_the_link_changes_nothing(one):
    person = one.person("viewer")
    answered(one, person.email)
    path = link_in(one, person.email)
    for _ in range(3):
        page = one.visitor().get(path)
        assert (page.headers["Referrer-Policy"], page.headers["Cache-Control"]) == (
            "no-referrer",
            "private, no-store",
        )
    second_session(one, person)
    assert set_new(one, path).status_int == 303


def test_an_address_without_an_account_is_answered_alike_and_gets_no_letter(one):
    known = one.person("viewer").email
    kept_out = one.person("viewer")
    with one.work() as work:
        work.find_service(Accounts).set_active(kept_out.id, active=False)
    answers = [alike(ask(one, email)) for email in (known, kept_out.email, "nobody@example.org")]
    assert answers[0] == answers[1] == answers[2]
    one.installation.drain()
    assert [letter.to for letter in letters(one)] == [known]


def test_the_same_is_written_whether_there_is_such_a_person(one):
    known = one.person("viewer").email

    def written(email):
        with one.work(writing=False) as work:
            before = {row.id for row in work.db.scalars(select(Outbox))}
        ask(one, email)
        with one.work(writing=False) as work:
            links = work.db.scalars(select(Link).where(Link.email == email)).all()
            rows = [row for row in work.db.scalars(select(Outbox)) if row.id not in before]
            return (
                [(link.purpose, link.account_id, link.used_at, link.revoked_at) for link in links],
                sorted((row.event, row.consumer) for row in rows),
            )

    assert written(known) == written("nobody@example.org")
    one.installation.drain()
    with one.work(writing=False) as work:
        assert {link.email for link in work.db.scalars(select(Link))} == {known}


def test_a_newer_letter_makes_the_one_before_void(one):
    person = one.person("viewer")
    answered(one, person.email)
    before = link_in(one, person.email)
    answered(one, person.email)
    after = link_in(one, person.email)
    assert before != after
    assert one.visitor().get(before, expect_errors=True).status_int == 404
    assert set_new(one, after).status_int == 303


def test_a_changed_password_makes_the_letters_sent_before_void(one):
    person = one.person("viewer")
    answered(one, person.email)
    path = link_in(one, person.email)
    with one.work() as work:
        work.find_service(Accounts).set_password(person.id, NEW)
    assert one.visitor().get(path, expect_errors=True).status_int == 404


def test_nobody_is_flooded_with_letters_and_the_answer_stays_the_same(one):
    person = one.person("viewer")
    statuses = [answered(one, person.email, REMOTE_ADDR=f"198.51.100.{n}").status_int for n in range(8)]
    assert statuses == [200] * 8
    assert len(letters(one, person.email)) == 5


def test_one_address_may_ask_so_often_whoever_it_asks_for(one, two):
    emails = [one.person("viewer").email, *(f"nobody-{n}@example.org" for n in range(19))]
    assert {ask(one, email).status_int for email in emails} == {200}
    refused = [alike(ask(one, email)) for email in ("again@example.org", "again@example.org")]
    assert [answer[0] for answer in refused] == [429, 429]
    assert int(refused[0][2]["Retry-After"]) > 0
    assert ask(two, "again@example.org").status_int == 200
    assert ask(one, "again@example.org", REMOTE_ADDR="198.51.100.7").status_int == 200


def test_of_two_who_use_a_letter_at_once_one_sets_the_password(one):
    person = one.person("viewer")
    answered(one, person.email)
    secret = secret_in(one, person.email)
    with one.work(writing=False) as work:
        hashed = work.find_service(Passwords).hash(NEW)

    def act(_):
        try:
            with one.work() as work:
                return bool(work.find_service(Recovery).reset(secret, hashed))
        except NotFound:
            return False

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(act, range(4))) == [False, False, False, True]


def test_an_owner_finds_back_though_somebody_else_is_signed_in_in_the_browser(one):
    owner, client = one.person("owner"), one.signed_in("viewer")
    answered(one, owner.email)
    form = client.get(link_in(one, owner.email)).forms["reset"]
    form["password"] = form["again"] = NEW
    assert form.submit().status_int == 303


def test_a_reset_lets_in_whom_wrong_passwords_kept_waiting(one):
    person = one.person("viewer")
    for number in range(6):
        form = one.visitor(REMOTE_ADDR=f"198.51.100.{number}").get("/account/@@sign-in").forms["sign-in"]
        form["email"], form["password"] = person.email, "not the password"
        form.submit(expect_errors=True)
    answered(one, person.email)
    set_new(one, link_in(one, person.email))
    form = one.visitor().get("/account/@@sign-in").forms["sign-in"]
    form["email"], form["password"] = person.email, NEW
    assert form.submit().status_int == 303


def change(client, email, current=PASSWORD):
    form = client.get("/account/@@email").forms["change-email"]
    form["email"], form["current"] = email, current
    return form.submit(expect_errors=True)


def test_a_new_address_counts_once_it_is_confirmed_and_the_old_one_is_told(one, two):
    client = one.signed_in("viewer")
    old = client.person.email
    assert "A letter is on its way" in change(client, "new@example.org").follow().text
    assert old in client.get("/account").text
    path = link_in(one, "new@example.org")
    assert one.visitor().get(path).headers["Referrer-Policy"] == "no-referrer"
    assert two.visitor().get(path, expect_errors=True).status_int == 404
    assert old in client.get("/account").text
    confirmed = client.get(path).forms["confirm"].submit()
    assert confirmed.status_int == 303
    assert "new@example.org" in client.get("/account").text
    told = letters(one, old)[0]
    assert told.kind == "address-changed"
    assert "new@example.org" not in told.text
    assert one.visitor().get(path, expect_errors=True).status_int == 404


@pytest.mark.parametrize("act", ["password", "reset", "kept out", "none"])
def test_a_pending_change_of_the_address_ends_with_a_new_password_and_with_the_account(one, two, act):
    client, neighbour = one.signed_in("viewer"), two.signed_in("viewer")
    email, person_id = client.person.email, client.person.id
    for each in (client, neighbour):
        change(each, "new@example.org")
    path = link_in(one, "new@example.org")
    if act == "password":
        with one.work() as work:
            work.find_service(Accounts).set_password(person_id, NEW)
    elif act == "reset":
        answered(one, email)
        set_new(one, link_in(one, email))
    elif act == "kept out":
        with one.work() as work:
            work.find_service(Accounts).set_active(person_id, active=False)
        with one.work() as work:
            work.find_service(Accounts).set_active(person_id, active=True)
    answer = one.visitor().get(path, expect_errors=True)
    assert answer.status_int == (200 if act == "none" else 404)
    assert two.visitor().get(link_in(two, "new@example.org")).status_int == 200


def test_a_confirmed_address_ends_the_other_sessions_and_makes_older_letters_void(one, two):
    client, neighbour = one.signed_in("viewer"), two.signed_in("viewer")
    there = second_session(one, client.person)
    change(client, "new@example.org")
    with one.work() as work:
        links = work.find_service(Links)
        options = {"email": "else@example.org", "account_id": client.person.id, "lifetime": 3600}
        older = [(purpose, links.issue(purpose, **options)[1]) for purpose in ("confirmation", "reset")]
    assert client.get(link_in(one, "new@example.org")).forms["confirm"].submit().status_int == 303
    assert client.get("/account").status_int == 200
    assert there.get("/account", expect_errors=True).status_int == 401
    with one.work(writing=False) as work:
        assert [work.find_service(Links).open(*each) for each in older] == [None, None]
    change(client, "newer@example.org")
    assert one.visitor().get(link_in(one, "newer@example.org")).forms["confirm"].submit().status_int == 303
    assert client.get("/account", expect_errors=True).status_int == 401, "confirmed by somebody not signed in"
    assert neighbour.get("/account").status_int == 200


def test_of_two_who_confirm_one_address_at_once_the_second_is_told(one, monkeypatch):
    people, secrets, meeting = [one.person("viewer") for _ in range(2)], [], Barrier(2)
    for person in people:
        with one.work() as work:
            work.find_service(Recovery).request_email_change(person.id, "new@example.org")
        secrets.append(secret_in(one, "new@example.org"))
    look = SQLAccounts.by_email

    def by_email(accounts, email):
        found = look(accounts, email)
        with suppress(BrokenBarrierError):
            meeting.wait(1)
        return found

    def act(secret):
        try:
            with one.work() as work:
                return bool(work.find_service(Recovery).confirm_email(secret))
        except NotFound:
            return False

    monkeypatch.setattr(SQLAccounts, "by_email", by_email)
    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(act, secrets)) == [False, True]


def test_a_taken_address_is_answered_alike_and_told_to_itself(one):
    taken = one.person("viewer").email
    clients = [one.signed_in("viewer"), one.signed_in("viewer")]
    answers = [
        change(client, email) for client, email in zip(clients, (taken, "new@example.org"), strict=True)
    ]
    assert alike(answers[0])[:2] == alike(answers[1])[:2]
    (letter,) = letters(one, taken)
    assert letter.kind == "address-taken"
    assert "link=" not in letter.text


def test_an_address_that_was_taken_meanwhile_is_not_confirmed(one):
    client = one.signed_in("viewer")
    change(client, "new@example.org")
    one.person("viewer", "new@example.org")
    form = one.visitor().get(link_in(one, "new@example.org")).forms["confirm"]
    assert form.submit(expect_errors=True).status_int == 404
    assert client.person.email in client.get("/account").text


def test_without_the_current_password_no_address_is_asked_for(one):
    client = one.signed_in("viewer")
    response = change(client, "new@example.org", current="not the password")
    assert response.status_int == 422
    assert "not your current password" in response.html.find(id="current-e").text
    assert letters(one) == []
    assert change(client, "nonsense").html.find(id="email-e")
    assert change(client, client.person.email.upper()).html.find(id="email-e")


def test_a_token_asks_for_no_other_address(one):
    assert one.api("owner").get("/account/@@email", expect_errors=True).status_int == 403


def test_a_new_secret_replaces_that_of_the_session_that_changes_the_password(one):
    client = one.signed_in("viewer")
    name = session_cookie(one.installation.registry)
    before = client.cookies[name]
    form = client.get("/account/@@password").forms["change-password"]
    form["current"], form["password"], form["again"] = PASSWORD, NEW, NEW
    assert form.submit().status_int == 303
    assert client.cookies[name] != before
    assert client.get("/account").status_int == 200
    with one.work(writing=False) as work:
        assert work.find_service(SignIns).find(before.strip('"')) is None


def test_an_administrator_has_a_letter_sent_to_people_only(one, two):
    person = one.person("viewer")
    with one.work() as work:
        work.find_service(Recovery).send_reset(person.id)
        robot = work.find_service(Accounts).service_account("robot")
        with pytest.raises(Conflict):
            work.find_service(Recovery).send_reset(robot.id)
    assert set_new(one, link_in(one, person.email)).status_int == 303
    with two.work() as work, pytest.raises(NotFound):
        work.find_service(Recovery).send_reset(person.id)


def test_an_address_that_no_letter_reaches_is_told_where_somebody_can_mend_it(one):
    person = one.person("viewer", "jos\u00e9@example.org")
    assert answered(one, person.email).status_int == 200
    assert letters(one) == []
    with one.work(writing=False) as work:
        assert work.db.scalars(select(Link)).all() == []
    with one.work() as work:
        work.find_service(Accounts).set_password(person.id, NEW)
    with one.work() as work, pytest.raises(Invalid) as caught:
        work.find_service(Invitations).invite("z\u00e9@example.org", ["viewer"], actor="command line")
    assert [error.path for error in caught.value.errors] == ["email"]
    client = one.signed_in("viewer")
    assert change(client, "z\u00e9@example.org").html.find(id="email-e")
