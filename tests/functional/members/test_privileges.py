"""Roles, groups and owners: what is in force, who decides, and that an owner stays."""

import threading
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest

from insula.accounts.groups import SQLGroups
from insula.accounts.interfaces import Accounts, Groups, Invitations, Passwords, Recovery, Roles, SignIns
from insula.accounts.privileges import privileges_of
from insula.accounts.services import accounts_of
from insula.events.interfaces import Events
from insula.kit.errors import Conflict, Invalid, NotFound, Refused
from tests.counting import counted
from tests.functional.members.letters import secret_in
from tests.makers import PASSWORD


def group(handle, name="crew", roles=("editor",), members=()):
    with handle.work() as work:
        made = work.find_service(Groups).create(name, name.title(), roles)
        return work.find_service(Groups).set_members(made.id, [person.id for person in members])


def info(handle, person):
    with handle.work(writing=False) as work:
        return work.find_service(Accounts).by_id(person.id)


def test_the_roles_of_a_group_are_in_force_in_another_process_at_the_next_request(one):
    client = one.signed_in("viewer")
    other = one.installation.another_process()
    elsewhere = other.client(one.host)
    elsewhere.cookiejar = client.cookiejar
    assert elsewhere.get("/account").status_int == 200
    crew = group(one, roles=["admin"], members=[client.person])
    assert elsewhere.get("/account", expect_errors=True).status_int == 401, "ended with its privileges"
    found = info(one, client.person)
    assert (found.roles, found.own_roles, found.groups) == ({"viewer", "admin"}, {"viewer"}, {crew.id})
    form = elsewhere.get("/account/@@sign-in").forms["sign-in"]
    form["email"], form["password"] = client.person.email, PASSWORD
    assert form.submit().status_int == 303
    assert elsewhere.get("/admin").status_int == 200
    with one.work() as work:
        work.find_service(Groups).delete(crew.id)
    assert elsewhere.get("/account", expect_errors=True).status_int == 401
    assert info(one, client.person).roles == {"viewer"}


def test_a_session_a_role_and_an_account_that_are_taken_away_are_gone_in_another_process(one):
    acts = {
        "session": lambda work, person: work.find_service(SignIns).end_all(person.id),
        "role": lambda work, person: work.find_service(Accounts).set_roles(person.id, []),
        "account": lambda work, person: work.find_service(Accounts).set_active(person.id, active=False),
        "removal": lambda work, person: work.find_service(Accounts).delete(person.id),
    }
    other = one.installation.another_process()
    for act in acts.values():
        client = one.signed_in("admin")
        elsewhere = other.client(one.host)
        elsewhere.cookiejar = client.cookiejar
        assert elsewhere.get("/admin").status_int == 200
        with one.work() as work:
            act(work, client.person)
        assert elsewhere.get("/admin", expect_errors=True).status_int == 401
        assert client.get("/admin", expect_errors=True).status_int == 401


def test_a_token_of_an_account_that_is_kept_out_is_refused_at_once(one):
    client = one.api("admin")
    assert client.get("/api/").status_int == 200
    with one.work() as work:
        accounts = work.find_service(Accounts)
        (robot,) = [each for each in accounts.list() if each.kind == "service"]
        accounts.set_active(robot.id, active=False)
    assert client.get("/api/", expect_errors=True).status_int == 401
    with one.work() as work:
        work.find_service(Accounts).set_active(robot.id, active=True)
    assert client.get("/api/").status_int == 200


def test_sessions_stay_where_the_roles_in_force_stay(one):
    client = one.signed_in("editor")
    crew = group(one, roles=["editor"], members=[client.person])
    with one.work() as work:
        work.find_service(Groups).change(crew.id, title="The crew", roles=["editor"])
        work.find_service(Accounts).set_roles(client.person.id, [])
        work.find_service(Accounts).set_name(client.person.id, "Somebody Else")
    assert "Somebody Else" in client.get("/account").text
    assert info(one, client.person).roles == {"editor"}


WAYS = {
    "roles": lambda work, owner, crew: work.find_service(Accounts).set_roles(owner.id, ["admin"]),
    "inactive": lambda work, owner, crew: work.find_service(Accounts).set_active(owner.id, active=False),
    "deleted": lambda work, owner, crew: work.find_service(Accounts).delete(owner.id),
}
GROUP_WAYS = {
    "members": lambda work, owner, crew: work.find_service(Groups).set_members(crew.id, []),
    "group roles": lambda work, owner, crew: work.find_service(Groups).change(
        crew.id, title="x", roles=["admin"]
    ),
    "group gone": lambda work, owner, crew: work.find_service(Groups).delete(crew.id),
    "own groups": lambda work, owner, crew: work.find_service(Accounts).set_groups(owner.id, []),
    "inactive": WAYS["inactive"],
    "deleted": WAYS["deleted"],
}


@pytest.mark.parametrize("way", WAYS)
def test_the_last_active_owner_stays_and_the_last_but_one_may_go(one, two, way):
    owner, second = one.person("owner"), one.person("owner")
    two.person("owner")
    with one.work() as work:
        work.find_service(Accounts).service_account("robot", ["owner"])
        WAYS[way](work, second, None)
    with pytest.raises(Conflict), one.work() as work:
        WAYS[way](work, owner, None)
    assert info(one, owner).roles == {"owner"}
    assert info(one, owner).active


@pytest.mark.parametrize("way", GROUP_WAYS)
def test_an_owner_through_a_group_is_an_owner(one, way):
    owner = one.person("viewer")
    crew = group(one, roles=["owner"], members=[owner])
    with pytest.raises(Conflict), one.work() as work:
        GROUP_WAYS[way](work, owner, crew)
    assert info(one, owner).roles == {"viewer", "owner"}
    one.person("owner")
    with one.work() as work:
        GROUP_WAYS[way](work, owner, crew)


@pytest.mark.parametrize("pair", [("roles", "inactive"), ("deleted", "own"), ("roles", "roles")])
def test_of_two_who_each_take_away_one_of_the_last_two_owners_one_is_refused(one, pair):
    ways = {**WAYS, "own": lambda work, owner, crew: work.find_service(Accounts).set_groups(owner.id, [])}
    first = one.person("owner")
    second = one.person("viewer" if "own" in pair else "owner")
    crew = group(one, roles=["owner"], members=[second]) if "own" in pair else None
    together = threading.Barrier(2)

    def act(way, owner):
        together.wait(10)
        try:
            with one.work() as work:
                ways[way](work, owner, crew)
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        done = [pool.submit(act, way, owner) for way, owner in zip(pair, (first, second), strict=True)]
        assert sorted(each.result(30) for each in done) == [False, True]
    left = [found for found in (info(one, first), info(one, second)) if found]
    assert [found for found in left if found.active and "owner" in found.roles]


def asked_by(work, roles):
    """Return the services as somebody who is signed in with these roles has them."""
    privileges = privileges_of(work, lambda: frozenset(roles))
    groups = SQLGroups(work.db, privileges=privileges, events=lambda: work.find_service(Events))
    return accounts_of(work, privileges), groups


OWNERS_BUSINESS = {
    "give": lambda accounts, groups, owner, other, crew: accounts.set_roles(other.id, ["owner"]),
    "take": lambda accounts, groups, owner, other, crew: accounts.set_roles(owner.id, ["admin"]),
    "keep out": lambda accounts, groups, owner, other, crew: accounts.set_active(owner.id, active=False),
    "remove": lambda accounts, groups, owner, other, crew: accounts.delete(owner.id),
    "name": lambda accounts, groups, owner, other, crew: accounts.set_name(owner.id, "Somebody"),
    "password": lambda accounts, groups, owner, other, crew: accounts.set_password(
        owner.id, "a new harbour at night"
    ),
    "make": lambda accounts, groups, owner, other, crew: accounts.create_person(
        "x@example.org", "X", None, ["owner"]
    ),
    "robot": lambda accounts, groups, owner, other, crew: accounts.service_account("robot", ["owner"]),
    "new group": lambda accounts, groups, owner, other, crew: groups.create("owners", "Owners", ["owner"]),
    "join": lambda accounts, groups, owner, other, crew: groups.set_members(crew.id, [other.id]),
    "put": lambda accounts, groups, owner, other, crew: accounts.set_groups(other.id, [crew.id]),
    "lower": lambda accounts, groups, owner, other, crew: groups.change(crew.id, title="x", roles=["viewer"]),
    "drop": lambda accounts, groups, owner, other, crew: groups.delete(crew.id),
}


@pytest.mark.parametrize("what", OWNERS_BUSINESS)
def test_only_owners_decide_about_owners(one, what):
    one.person("owner")
    owner, other = one.person("owner"), one.person("viewer")
    crew = group(one, "top", roles=["owner"])
    for roles, allowed in (({"admin"}, False), ({"owner"}, True)):
        try:
            with one.work() as work:
                OWNERS_BUSINESS[what](*asked_by(work, roles), owner, other, crew)
        except Refused:
            assert not allowed
        else:
            assert allowed


def test_an_administrator_decides_about_everybody_else(one):
    one.person("owner")
    other, crew = one.person("viewer"), group(one)
    with one.work() as work:
        accounts, groups = asked_by(work, {"admin"})
        accounts.set_roles(other.id, ["admin"])
        groups.set_members(crew.id, [other.id])
        accounts.set_name(other.id, "Somebody")
        accounts.set_active(other.id, active=False)
        accounts.delete(other.id)
    assert info(one, other) is None


def test_an_administrator_invites_no_owner_by_any_way(one, monkeypatch):
    crew, asker = group(one, "top", roles=["owner"]), {"admin"}
    monkeypatch.setattr(
        "insula.accounts.invitations.privileges_of",
        lambda work, granted=None: privileges_of(work, granted or (lambda: frozenset(asker))),
    )

    def invite(email, **options):
        with one.work() as work:
            return work.find_service(Invitations).invite(email, actor="x", **options)

    for options in ({"roles": ["owner"]}, {"roles": [], "groups": [crew.id]}):
        with pytest.raises(Refused):
            invite("x@example.org", **options)
    by_owner = by_admin = None
    asker.add("owner")
    by_owner = invite("x@example.org", roles=["owner"])
    asker.remove("owner")
    by_admin = invite("y@example.org", roles=["admin"])
    with one.work() as work:
        invitations = work.find_service(Invitations)
        assert invitations.resend(by_admin.id).state == "waiting"
        with pytest.raises(Refused):
            invitations.resend(by_owner.id)


def test_a_group_that_gives_the_role_owner_by_now_is_not_entered_by_an_administrators_invitation(
    one, monkeypatch
):
    crew = group(one, "rising", roles=["editor"])
    monkeypatch.setattr(
        "insula.accounts.invitations.privileges_of",
        lambda work, granted=None: privileges_of(work, granted or (lambda: frozenset({"admin"}))),
    )
    with one.work() as work:
        work.find_service(Invitations).invite("x@example.org", ["viewer"], [crew.id], actor="x")
        hashed = work.find_service(Passwords).hash(PASSWORD)
    with one.work() as work:
        work.find_service(Groups).change(crew.id, title="Risen", roles=["owner"])
    with one.work() as work:
        made = work.find_service(Invitations).accept(secret_in(one, "x@example.org"), "X", hashed)
    assert (made.roles, made.groups) == ({"viewer"}, frozenset())


def test_a_tenant_makes_names_and_removes_roles_of_its_own(one, two):
    with one.work() as work:
        roles = work.find_service(Roles)
        assert roles.create("press", " The  press ").title == "The press"
        assert [(role.name, role.own) for role in roles.all()][-2:] == [("press", True), ("viewer", False)]
        assert roles.rename("press", "Press office").title == "Press office"
        for bad in ("Press", "1st", "", "a" * 64, "press-é", "press\n"):
            with pytest.raises(Invalid) as caught:
                roles.create(bad, "x")
            assert caught.value.errors[0].path == "name"
        with pytest.raises(Invalid) as caught:
            roles.create("empty", "  ")
        assert caught.value.errors[0].path == "title"
        with pytest.raises(Conflict):
            roles.create("press", "x")
    with two.work() as work:
        roles = work.find_service(Roles)
        assert "press" not in {role.name for role in roles.all()}
        for act in (lambda: roles.rename("press", "x"), lambda: roles.delete("press")):
            with pytest.raises(NotFound):
                act()
    with one.work() as work:
        work.find_service(Roles).delete("press")
        assert "press" not in {role.name for role in work.find_service(Roles).all()}


def test_a_role_that_is_held_or_that_every_tenant_has_stays(one):
    person = one.person("viewer")
    with one.work() as work:
        roles, accounts, groups = (work.find_service(each) for each in (Roles, Accounts, Groups))
        roles.create("press", "Press")
        accounts.set_roles(person.id, ["press"])
        crew = groups.create("crew", "Crew", ["press"])
        groups.set_members(crew.id, [person.id])
        assert {role.name: role.members for role in roles.all()}["press"] == 1
        with pytest.raises(Conflict):
            roles.delete("press")
        accounts.set_roles(person.id, [])
        with pytest.raises(Conflict):
            roles.delete("press")
        groups.change(crew.id, title="Crew", roles=[])
        roles.delete("press")
        with pytest.raises(Conflict):
            roles.delete("viewer")


def test_groups_are_made_changed_and_removed_with_their_members(one, two):
    people = [one.person("viewer") for _ in range(3)]
    stranger = two.person("viewer")
    with one.work() as work:
        groups = work.find_service(Groups)
        crew = groups.create("crew", "Crew", ["author"])
        with pytest.raises(Conflict):
            groups.create("crew", "Crew")
        with pytest.raises(Invalid) as caught:
            groups.create("other", "Other", ["edtior"])
        assert caught.value.errors[0].path == "roles"
        assert groups.set_members(crew.id, [person.id for person in people]).members == 3
        assert {each.id for each in groups.members(crew.id)} == {person.id for person in people}
        assert all(each.roles == {"viewer", "author"} for each in groups.members(crew.id))
        for unknown in (stranger.id, uuid4()):
            with pytest.raises(Invalid) as caught:
                groups.set_members(crew.id, [unknown])
            assert caught.value.errors[0].path == "members"
        assert groups.set_members(crew.id, [people[0].id]).members == 1
        assert groups.change(crew.id, title="The crew", roles=["author", "editor"]).roles == {
            "author",
            "editor",
        }
        assert groups.by_id(crew.id) == groups.all()[0]
    with two.work() as work:
        groups = work.find_service(Groups)
        assert groups.by_id(crew.id) is None
        assert list(groups.all()) == []
        for act in (
            lambda: groups.members(crew.id),
            lambda: groups.change(crew.id, title="x", roles=[]),
            lambda: groups.set_members(crew.id, [stranger.id]),
            lambda: groups.delete(crew.id),
        ):
            with pytest.raises(NotFound):
                act()
    with one.work() as work:
        work.find_service(Groups).delete(crew.id)
        assert list(work.find_service(Groups).all()) == []
        assert work.find_service(Accounts).by_id(people[0].id).roles == {"viewer"}


def test_lists_of_accounts_are_found_filtered_and_followed_page_by_page(one, two):
    people = [one.person("viewer", f"person-{number}@example.org") for number in range(5)]
    two.person("viewer", "person-9@example.org")
    crew = group(one, roles=["author"], members=people[:2])
    with one.work() as work:
        accounts = work.find_service(Accounts)
        accounts.service_account("robot")
        accounts.set_name(people[0].id, "ada 100%")
        accounts.set_active(people[1].id, active=False)

        def all_of(**options):
            ids, after = [], None
            while True:
                page = accounts.page(limit=2, after=after, **options)
                ids += [each.id for each in page.data]
                assert len(page.data) <= 2
                after = page.after
                if after is None:
                    return ids

        assert len(all_of()) == 6
        assert len(set(all_of(kind="person"))) == 5
        assert all_of(kind="person")[0] == people[0].id
        assert all_of(find="100%") == [people[0].id]
        assert all_of(find="PERSON-3") == [people[3].id]
        assert all_of(find="%") == [people[0].id]
        assert set(all_of(role="author")) == {people[0].id, people[1].id}
        assert all_of(active=False) == [people[1].id]
        assert accounts.by_id(people[0].id).groups == {crew.id}
        work.find_service(SignIns).start(people[2].id, address="", user_agent="")
        assert set(accounts.last_seen([person.id for person in people])) == {people[2].id}


def test_a_person_of_another_tenant_is_not_there(one, two):
    person = one.person("viewer")
    with two.work() as work:
        accounts, recovery = work.find_service(Accounts), work.find_service(Recovery)
        for act in (
            lambda: accounts.set_name(person.id, "x"),
            lambda: accounts.set_groups(person.id, []),
            lambda: accounts.set_active(person.id, active=False),
            lambda: accounts.delete(person.id),
            lambda: recovery.request_email_change(person.id, "x@example.org"),
        ):
            with pytest.raises(NotFound):
                act()
    assert info(one, person).active


def test_what_a_group_gives_is_changed_for_thirty_members_as_for_two(installation, one, two):
    clients, costs = [one.signed_in("viewer") for _ in range(2)], []
    neighbour = two.signed_in("viewer")
    sessions = [client.person for client in clients]
    for number in range(28):
        person = one.person("viewer", f"member-{number}@example.org")
        with one.work() as work:
            work.find_service(SignIns).start(person.id, address="192.0.2.1", user_agent="test")
        sessions.append(person)
    for name, members in (("few", sessions[:2]), ("many", sessions)):
        crew = group(one, name, roles=[])
        with one.work() as work:
            work.find_service(Groups).set_members(crew.id, [person.id for person in members])
        with counted(installation.registry) as statements, one.work() as work:
            work.find_service(Groups).change(crew.id, title="Crew", roles=["editor"])
        costs.append(len(statements))
        assert sum("UPDATE sign_in" in each for each in statements) == 1
        with counted(installation.registry) as statements, one.work() as work:
            work.find_service(Groups).set_members(crew.id, [])
        costs.append(len(statements))
    assert costs[:2] == costs[2:]
    with one.work(writing=False) as work:
        assert not any(work.find_service(SignIns).of_account(person.id) for person in sessions)
    assert all(client.get("/account", expect_errors=True).status_int == 401 for client in clients)
    assert neighbour.get("/account").status_int == 200
