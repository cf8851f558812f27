"""Invitations: from the letter to the account, and every way in which that comes to nothing."""

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest

from insula.accounts.interfaces import Accounts, Groups, Invitations, Passwords, Roles
from insula.kit.errors import Conflict, Invalid, NotFound, TooMany
from tests.functional.members.letters import letters, link_in, secret_in
from tests.makers import PASSWORD

EMAIL = "ada@example.org"


def invite(handle, roles=("editor",), email=EMAIL, actor="command line", **options):
    with handle.work() as work:
        return work.find_service(Invitations).invite(email, roles, actor=actor, **options)


def accept(client, path, name="Ada Lovelace", password=PASSWORD, again=PASSWORD):
    form = client.get(path).forms["invitation"]
    form["name"], form["password"], form["again"] = name, password, again
    return form.submit(expect_errors=True)


def sign_in(handle, email, password=PASSWORD):
    client = handle.visitor()
    form = client.get("/account/@@sign-in").forms["sign-in"]
    form["email"], form["password"] = email, password
    return client, form.submit(expect_errors=True).status_int


def test_an_invited_person_opens_the_letter_and_has_an_account(one, two):
    owner = one.person("owner")
    info = invite(one, actor=str(owner.id), name="Ada")
    (letter,) = letters(one, EMAIL)
    assert letter.subject == f"You are invited to {one.tenant.title}"
    assert owner.name in letter.text
    assert "If you did not expect this" in letter.text
    assert letters(two) == []
    client, path = one.visitor(), link_in(one, EMAIL)
    assert client.get(path).forms["invitation"]["name"].value == "Ada"
    response = accept(client, path)
    assert response.status_int == 303
    assert "Your account is made" in response.follow().text
    _, status = sign_in(one, EMAIL)
    assert status == 303
    with one.work(writing=False) as work:
        made = work.find_service(Accounts).by_email(EMAIL)
        assert (made.name, made.roles) == ("Ada Lovelace", {"editor"})
        assert work.find_service(Invitations).by_id(info.id).state == "accepted"
    assert accept_again(one, path) == 404


def accept_again(handle, path):
    return handle.visitor().get(path, expect_errors=True).status_int


def test_fetching_the_link_changes_nothing_and_tells_no_other_site(one):
    invite(one)
    path = link_in(one, EMAIL)
    for _ in range(3):
        page = one.visitor().get(path)
        assert page.headers["Referrer-Policy"] == "no-referrer"
        assert page.headers["Cache-Control"] == "private, no-store"
        assert not [link for link in page.html.select("[src], link[href]") if "//" in str(link)]
    assert one.visitor().head(path).status_int == 200
    assert accept(one.visitor(), path).status_int == 303


def test_a_poor_name_or_password_is_told_at_its_field_and_the_link_stays_good(one):
    invite(one)
    path, client = link_in(one, EMAIL), one.visitor()
    for field, sent in (
        ("password", {"password": "short", "again": "short"}),
        ("password", {"password": "ada12345678", "again": "ada12345678"}),
        ("again", {"again": "something else entirely"}),
        ("name", {"name": "  "}),
    ):
        response = accept(client, path, **sent)
        assert response.status_int == 422
        assert response.html.find(id=f"{field}-e")
        assert PASSWORD not in response.text
    assert accept(client, path).status_int == 303


def test_all_links_that_are_good_for_nothing_are_answered_alike(one, two):
    used, revoked = invite(one), invite(one, email="revoked@example.org")
    foreign = invite(two, email="foreign@example.org")
    paths = [link_in(one, "revoked@example.org"), link_in(one, EMAIL), link_in(two, "foreign@example.org")]
    with one.work() as work:
        work.find_service(Invitations).revoke(revoked.id)
    assert accept(one.visitor(), paths[1]).status_int == 303
    answers = set()
    for path in (*paths, "/account/@@invitation?link=x", "/account/@@invitation", "/account/@@reset?link=x"):
        response = one.visitor().get(path, expect_errors=True)
        answers.add((response.status_int, response.text))
    assert len(answers) == 1
    assert answers.pop()[0] == 404
    assert used.state == foreign.state == "waiting"


def test_two_who_accept_at_once_make_one_account(one):
    invite(one)
    secret = secret_in(one, EMAIL)
    with one.work(writing=False) as work:
        hashed = work.find_service(Passwords).hash(PASSWORD)

    def act(name):
        try:
            with one.work() as work:
                return work.find_service(Invitations).accept(secret, name, hashed).name
        except NotFound:
            return None

    with ThreadPoolExecutor(4) as pool:
        names = [name for name in pool.map(act, ["a", "b", "c", "d"]) if name]
    assert len(names) == 1


def test_a_letter_sent_again_replaces_the_one_before(one):
    info = invite(one)
    before = link_in(one, EMAIL)
    with one.work() as work:
        work.find_service(Invitations).resend(info.id)
    after = link_in(one, EMAIL)
    assert before != after
    assert one.visitor().get(before, expect_errors=True).status_int == 404
    assert accept(one.visitor(), after).status_int == 303
    with one.work() as work, pytest.raises(Conflict):
        work.find_service(Invitations).resend(info.id)


def test_whoever_has_an_account_or_waits_already_is_not_invited(one, two):
    one.person("viewer", email="there@example.org")
    with pytest.raises(Conflict):
        invite(one, email="THERE@example.org")
    invite(one)
    with pytest.raises(Conflict):
        invite(one)
    assert invite(two).state == invite(two, email="there@example.org").state == "waiting"


def test_roles_groups_and_addresses_that_are_not_are_refused_with_their_path(one, two):
    with two.work() as work:
        foreign = work.find_service(Groups).create("crew", "Crew").id
    for options, path in (
        ({"roles": ["edtior"]}, "roles"),
        ({"groups": [uuid4()]}, "groups"),
        ({"groups": [foreign]}, "groups"),
        ({"email": "nobody"}, "email"),
    ):
        with pytest.raises(Invalid) as caught:
            invite(one, **options)
        assert [error.path for error in caught.value.errors] == [path]
    assert letters(one) == []


def test_an_invitation_puts_into_groups_and_gives_no_role_that_went_meanwhile(one):
    with one.work() as work:
        work.find_service(Roles).create("press", "Press")
        group = work.find_service(Groups).create("crew", "Crew", ["author"])
    invite(one, roles=["press", "viewer"], groups=[group.id])
    with one.work() as work:
        work.find_service(Roles).delete("press")
    assert accept(one.visitor(), link_in(one, EMAIL)).status_int == 303
    with one.work(writing=False) as work:
        made = work.find_service(Accounts).by_email(EMAIL)
    assert (made.own_roles, made.roles, made.groups) == ({"viewer"}, {"viewer", "author"}, {group.id})


def test_an_address_is_not_flooded_with_letters(one):
    info = invite(one)
    with one.work() as work:
        for _ in range(4):
            work.find_service(Invitations).resend(info.id)
        with pytest.raises(TooMany) as caught:
            work.find_service(Invitations).resend(info.id)
    assert caught.value.retry_after > 0
    invite(one, email="somebody.else@example.org")


def test_the_invitations_of_another_tenant_are_not_there(one, two):
    info = invite(one)
    with two.work() as work:
        invitations = work.find_service(Invitations)
        assert invitations.by_id(info.id) is None
        assert list(invitations.list()) == []
        for act in (invitations.resend, invitations.revoke):
            with pytest.raises(NotFound):
                act(info.id)
        with pytest.raises(NotFound):
            invitations.accept(secret_in(one, EMAIL), "Eve", work.find_service(Passwords).hash(PASSWORD))
    assert accept(one.visitor(), link_in(one, EMAIL)).status_int == 303


LOSSES = {
    "nothing": lambda accounts, owner: None,
    "role": lambda accounts, owner: accounts.set_roles(owner.id, ["admin"]),
    "inactive": lambda accounts, owner: accounts.set_active(owner.id, active=False),
    "deleted": lambda accounts, owner: accounts.delete(owner.id),
}


@pytest.mark.parametrize("loss", LOSSES)
def test_an_invitation_gives_the_role_owner_only_while_whoever_invited_is_an_active_owner(one, two, loss):
    one.person("owner")
    owner, foreign = one.person("owner"), two.person("owner")
    with one.work() as work:
        top = work.find_service(Groups).create("top", "Top", ["owner"]).id
        crew = work.find_service(Groups).create("crew", "Crew", ["author"]).id
    infos = [
        invite(one, roles=roles, email=email, actor=str(owner.id), groups=groups)
        for email, roles, groups in (
            ("a@example.org", ["owner", "editor"], []),
            ("b@example.org", [], [top, crew]),
        )
    ]
    invite(two, roles=["owner"], actor=str(foreign.id))
    with one.work() as work:
        LOSSES[loss](work.find_service(Accounts), owner)
    for info in infos:
        with one.work() as work:
            if loss == "nothing":
                assert work.find_service(Invitations).resend(info.id).state == "waiting"
            else:
                with pytest.raises(Conflict):
                    work.find_service(Invitations).resend(info.id)
        assert accept(one.visitor(), link_in(one, info.email)).status_int == 303
    gained = {"owner"} if loss == "nothing" else set()
    with one.work(writing=False) as work:
        accounts = work.find_service(Accounts)
        assert accounts.by_email("a@example.org").roles == {"editor"} | gained
        assert accounts.by_email("b@example.org").roles == {"author"} | gained
    assert accept(two.visitor(), link_in(two, EMAIL)).status_int == 303
    with two.work(writing=False) as work:
        assert work.find_service(Accounts).by_email(EMAIL).roles == {"owner"}


def test_an_invitation_by_a_command_gives_the_role_owner(one):
    invite(one, roles=["owner"])
    assert accept(one.visitor(), link_in(one, EMAIL)).status_int == 303
    with one.work(writing=False) as work:
        assert work.find_service(Accounts).by_email(EMAIL).roles == {"owner"}
