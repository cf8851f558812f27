"""That lists of accounts and of members agree with single decisions, and come in pages."""

import pytest

from insula.accounts.interfaces import Groups
from tests.functional.people.conftest import Person
from tests.functional.people.test_roles import publish
from tests.functional.tokens.conftest import service

OPEN = '@id("list") permit(principal, action == Action::"view", resource == Setting::"people");\n'


def pages(person, path):
    """Return the ids of a list, page by page."""
    while path:
        answer = person.get(path)
        yield [each["id"] for each in answer.json["data"]]
        path = answer.headers.get("Link", "").partition("<")[2].partition(">")[0]


@pytest.mark.parametrize(
    "rule",
    [
        "",
        'permit(principal, action == Action::"view", resource is Account) when { resource.kind == "service" };',
        'permit(principal, action == Action::"view", resource is Account) when { resource.roles.contains("press") };',
        'permit(principal, action == Action::"view", resource is Account) when { resource.roles == ["press"] };',
        'permit(principal, action == Action::"view", resource == Account::"ID");',
        'permit(principal, action == Action::"view", resource in Account::"ID");',
        (
            'permit(principal, action == Action::"view", resource is Account);'
            ' @id("b") forbid(principal, action == Action::"view", resource is Account)'
            ' when { resource in Role::"editor" };'
        ),
        (
            'permit(principal, action == Action::"view", resource is Account);'
            ' @id("b") forbid(principal, action == Action::"view", resource is Account) when { resource == principal };'
        ),
    ],
)
def test_a_list_of_accounts_has_what_single_decisions_allow(one, two, facts, rule):
    viewer = Person(one, "editor")
    facts.role("press")
    others = [one.person("editor"), one.person("viewer"), service(one, "a", "press"), service(one, "b")]
    group = facts.group("press", ["press"], [others[1].id])
    two.person("editor")
    rule = rule.replace("ID", str(others[0].id))
    publish(one, OPEN + (f'@id("a") {rule}' if rule else ""))
    known = [viewer.id, *(str(each.id) for each in others)]
    single = {each for each in known if viewer.get(f"/api/people/{each}", status="*").status_int == 200}
    assert {each for page in pages(viewer, "/api/people?limit=2") for each in page} == single
    owner = Person(one)
    assert {each for page in pages(owner, f"/api/groups/{group.id}/members") for each in page} == {
        str(others[1].id)
    }


def test_a_list_is_full_where_there_is_enough_that_may_be_viewed(one):
    for number in range(4):
        one.person("viewer", f"a{number}@example.com")
    made = [str(service(one, f"m{number}").id) for number in range(3)]
    editor = Person(one, "editor")
    publish(
        one,
        OPEN + '@id("a") permit(principal, action == Action::"view", resource is Account)'
        ' when { resource.kind == "service" };',
    )
    first = editor.get("/api/people?limit=2&kind=service").json["data"]
    assert [each["id"] for each in first] == made[:2]
    assert [len(page) for page in pages(editor, "/api/people?limit=2")] == [2, 2]


def test_members_of_a_group_come_in_pages(one, two, owner, facts):
    people = [one.person("viewer", f"p{number}@example.com") for number in range(5)]
    group = facts.group("press", ["viewer"], [each.id for each in people])
    path = f"/api/groups/{group.id}/members"
    found = list(pages(owner, f"{path}?limit=2"))
    assert [len(page) for page in found] == [2, 2, 1]
    assert {each for page in found for each in page} == {str(each.id) for each in people}
    following = owner.get(f"{path}?limit=2").headers["Link"].partition("<")[2].partition(">")[0]
    other = facts.group("other", [], [people[0].id])
    owner.get(following.replace(str(group.id), str(other.id)), status=400)
    owner.get(f"{path}?limit=0", status=400)
    Person(two).get(following, status=404)
    screen = owner.get(f"/admin/groups/{group.id}?limit=3")
    second = owner.get(screen.html.find("a", string="Next page")["href"])
    assert second.html.find("a", string="First page")
    assert len(screen.html.find_all("input", attrs={"name": "id"})) == 3
    assert len(second.html.find_all("input", attrs={"name": "id"})) == 2
    owner.send("DELETE", f"{path}/{people[0].id}", status=200)
    owner.send("DELETE", f"{path}/{people[0].id}", status=404)
    with facts.service(Groups) as groups:
        assert len(groups.members(group.id)) == 4
