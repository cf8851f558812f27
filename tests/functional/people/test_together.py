"""Two who change people, roles or groups at the same moment: nothing is lost, and nobody overwrites unread."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from insula.accounts.interfaces import Accounts, Groups, ServiceAccounts
from insula.accounts.privileges import privileges_of
from insula.db.sessions import TenantSession
from tests.functional.people.conftest import Facts, Person


@pytest.fixture
def other(one):
    return Person(one)


class Meeting:
    """Where two threads wait for each other; one that is made to wait elsewhere is not waited for long."""

    def __init__(self, seconds=1.0):
        self._barrier, self._seconds = threading.Barrier(2), seconds

    def __call__(self):
        try:
            self._barrier.wait(self._seconds)
        except threading.BrokenBarrierError:
            return


def together(*acts):
    with ThreadPoolExecutor(len(acts)) as pool:
        return [each.result(60) for each in [pool.submit(act) for act in acts]]


@pytest.fixture
def asked_together(monkeypatch):
    """Return what sends two requests that have both found what they change before either changes it."""

    def ask(*acts):
        meeting, met, begin = Meeting(10), threading.local(), TenantSession.begin_writing

        def begin_writing(session):
            if not getattr(met, "here", False):
                met.here = True
                meeting()
            begin(session)

        with monkeypatch.context() as patched:
            patched.setattr(TenantSession, "begin_writing", begin_writing)
            return together(*acts)

    return ask


def statuses(answers):
    return sorted(answer.status_int for answer in answers)


def sender(person, method, path, body, match=None):
    return lambda: person.send(method, path, body, match=match, status="*")


def test_of_two_patches_of_one_version_the_second_is_refused(owner, other, editor, facts, asked_together):
    path = f"/api/people/{editor.id}"
    tag = owner.get(path).headers["ETag"]
    answers = asked_together(
        sender(owner, "PATCH", path, {"roles": ["editor", "author"]}, tag),
        sender(other, "PATCH", path, {"roles": ["editor", "viewer"]}, tag),
    )
    assert statuses(answers) == [200, 412]
    (done,) = [answer for answer in answers if answer.status_int == 200]
    assert facts.account(editor.id).own_roles == set(done.json["roles"])
    assert owner.patch(path, {"roles": ["viewer"]}).json["roles"] == ["viewer"]


def test_of_two_forms_of_one_version_the_second_is_told_and_may_be_sent_again(
    owner, other, editor, facts, asked_together
):
    path = f"/admin/people/{editor.id}"
    forms = [person.get(path).forms["person"] for person in (owner, other)]
    for form, name in zip(forms, ("First Name", "Second Name"), strict=True):
        form["name"] = name
    answers = asked_together(*(lambda form=form: form.submit(status="*") for form in forms))
    assert statuses(answers) == [303, 412]
    (told,) = [answer for answer in answers if answer.status_int == 412]
    again = told.forms["person"]
    assert again.submit().status_int == 303
    assert facts.account(editor.id).name == again["name"].value


def test_two_who_are_put_in_a_group_at_once_are_both_in_it(one, owner, other, facts, asked_together):
    group, people = facts.group("desk", ["author"]), [one.person("viewer") for _ in range(2)]
    path = f"/api/groups/{group.id}/members"
    answers = asked_together(
        *(
            sender(asker, "POST", path, {"accounts": [str(person.id)]})
            for asker, person in zip((owner, other), people, strict=True)
        )
    )
    assert statuses(answers) == [200, 200]
    assert facts.members(group) == {person.id for person in people}
    gone = asked_together(
        *(
            sender(asker, "DELETE", f"{path}/{person.id}", {})
            for asker, person in zip((owner, other), people, strict=True)
        )
    )
    assert statuses(gone) == [200, 200]
    assert facts.members(group) == set()


def test_of_two_patches_of_a_group_the_second_is_refused(owner, other, facts, asked_together):
    path = f"/api/groups/{facts.group('desk', ['author']).id}"
    tag = owner.get(path).headers["ETag"]
    answers = asked_together(
        sender(owner, "PATCH", path, {"roles": ["viewer"]}, tag),
        sender(other, "PATCH", path, {"title": "The desk"}, tag),
    )
    assert statuses(answers) == [200, 412]
    (done,) = [answer for answer in answers if answer.status_int == 200]
    assert owner.get(path).json == done.json


def test_a_group_that_is_deleted_meanwhile_is_missing(one, owner, other, facts, asked_together):
    group, person = facts.group("desk", ["author"]), one.person("viewer")
    path = f"/api/groups/{group.id}"
    answers = asked_together(
        sender(owner, "DELETE", path, {}),
        sender(other, "POST", f"{path}/members", {"accounts": [str(person.id)]}),
    )
    assert answers[0].status_int == 200
    assert answers[1].status_int in (200, 404)
    assert facts.groups() == {}
    assert facts.account(person.id).groups == frozenset()


def test_of_two_patches_of_a_role_the_second_is_refused(owner, other, facts, asked_together):
    facts.role("press")
    tag = owner.get("/api/roles/press").headers["ETag"]
    answers = asked_together(
        sender(owner, "PATCH", "/api/roles/press", {"title": "Press office"}, tag),
        sender(other, "PATCH", "/api/roles/press", {"title": "Newsroom"}, tag),
    )
    assert statuses(answers) == [200, 412]


def test_of_two_patches_of_a_service_account_the_second_is_refused(owner, other, asked_together):
    path = owner.send("POST", "/api/services", {"name": "import"}, status=201).headers["Location"]
    tag = owner.get(path).headers["ETag"]
    answers = asked_together(
        sender(owner, "PATCH", path, {"roles": ["viewer"]}, tag),
        sender(other, "PATCH", path, {"name": "night-import"}, tag),
    )
    assert statuses(answers) == [200, 412]


def test_of_two_service_accounts_of_one_name_the_second_is_refused(owner, other, asked_together):
    body = {"name": "import", "roles": []}
    answers = asked_together(*(sender(each, "POST", "/api/services", body) for each in (owner, other)))
    assert statuses(answers) == [201, 409]
    paths = [
        owner.send("POST", "/api/services", {"name": name}, status=201).headers["Location"] for name in "ab"
    ]
    answers = asked_together(
        *(
            sender(person, "PATCH", path, {"name": "export"}, owner.get(path).headers["ETag"])
            for person, path in zip((owner, other), paths, strict=True)
        )
    )
    assert statuses(answers) == [200, 409]


def name_and_roles(work, meet, person):
    accounts = work.find_service(Accounts)
    accounts.set_name(person.id, "Somebody Else")
    meet()
    accounts.set_roles(person.id, ["viewer"])


def make_and_put(work, meet, person):
    accounts, group = work.find_service(Accounts), work.find_service(Groups).create("desk", "Desk")
    made = accounts.create_person("made@example.org", "Made", None)
    meet()
    accounts.set_groups(made.id, [group.id])


def rename_and_roles(work, meet, person):
    services = work.find_service(ServiceAccounts)
    services.rename(services.by_name("robot").id, "night-robot")
    meet()
    work.find_service(Accounts).set_roles(services.by_name("night-robot").id, ["viewer"])


@pytest.mark.parametrize("change", [name_and_roles, make_and_put, rename_and_roles])
def test_changes_of_several_things_wait_for_each_other_in_one_order(one, two, editor, change):
    neighbour, second, meet = two.person("editor"), one.person("editor"), Meeting()
    with one.work() as work:
        work.find_service(ServiceAccounts).create("robot")

    def several():
        with one.work() as work:
            change(work, meet, editor)

    def roles():
        with one.work() as work:
            privileges_of(work).lock()
            meet()
            work.find_service(Accounts).set_roles(second.id, ["author"])

    together(several, roles)
    assert Facts(one).account(second.id).roles == {"author"}
    assert Facts(two).account(neighbour.id).roles == {"editor"}
