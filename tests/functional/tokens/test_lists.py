"""What a list of tokens or service accounts costs, and that it agrees with single decisions."""

import pytest

from insula.security.interfaces import Policies
from tests.functional.tokens.conftest import Person, service, token


@pytest.fixture
def decided(monkeypatch):
    """The questions that the policy was asked one by one."""
    from insula.security import policy

    asked, answer = [], policy.answer

    def counted(request, identity, action, resource, **more):
        asked.append(resource)
        return answer(request, identity, action, resource, **more)

    monkeypatch.setattr(policy, "answer", counted)
    return asked


def publish(tenant, rules):
    with tenant.work() as work:
        policies = work.find_service(Policies)
        current = policies.current()
        policies.publish(f"{current.text}\n{rules}", current.grid, None, "")


def pages(person, path):
    """Return the ids of a list, page by page."""
    while path:
        answer = person.get(path)
        yield [each["id"] for each in answer.json["data"]]
        path = answer.headers.get("Link", "").partition("<")[2].partition(">")[0]


def test_who_may_see_few_of_many_tokens_gets_full_pages_and_costs_few_decisions(one, two, decided):
    viewer, machine = Person(one, "viewer"), service(one, "import", "viewer")
    mine = [token(one, viewer.person)[0].kid for _ in range(2)]
    theirs = [token(one, machine)[0].kid for _ in range(12)]
    mine.append(token(one, viewer.person)[0].kid)
    token(two, service(two, "import", "viewer"))
    decided.clear()
    assert list(pages(viewer, "/api/tokens?limit=2")) == [mine[:0:-1], mine[:1]]
    assert len(decided) <= 4
    decided.clear()
    assert [len(page) for page in pages(Person(one, "owner"), "/api/tokens")] == [len(mine + theirs)]
    shown = viewer.get("/admin/tokens").text
    assert all(kid in shown for kid in mine)
    assert not any(kid in shown for kid in theirs)
    assert "import" not in shown


@pytest.mark.parametrize(
    "rule",
    [
        'permit(principal, action == Action::"view", resource is Token) when { resource.kind == "service" };',
        'permit(principal, action == Action::"view", resource) when { resource is Token && resource.roles.contains("editor") };',
        'permit(principal, action == Action::"view", resource is Token) unless { resource.roles.containsAny(["editor", "admin"]) };',
        'permit(principal, action == Action::"view", resource is Token) when { resource.elevated };',
        'permit(principal, action == Action::"view", resource is Token) when { resource.roles == ["editor"] };',
        'permit(principal, action == Action::"view", resource is Token) when { resource has owner && resource.owner in Role::"viewer" };',
        'permit(principal, action == Action::"view", resource == Token::"KID");',
        'permit(principal, action == Action::"view", resource is Token) when { resource has owner && resource.owner == Account::"OWNER" };',
        (
            'permit(principal, action == Action::"view", resource is Token);'
            ' @id("b") forbid(principal, action, resource is Token) when { resource.elevated };'
        ),
    ],
)
def test_a_list_of_tokens_has_what_single_decisions_allow(one, rule):
    viewer = Person(one, "viewer")
    accounts = [viewer.person, one.person("editor"), service(one, "a", "editor"), service(one, "b")]
    made = [token(one, account, elevated=account.kind == "service")[0] for account in accounts]
    rule = rule.replace("KID", made[1].kid)
    publish(one, f'@id("a") {rule.replace("OWNER", str(accounts[1].id))}')
    single = [
        each.kid for each in made if viewer.get(f"/api/tokens/{each.kid}", status="*").status_int == 200
    ]
    assert [kid for page in pages(viewer, "/api/tokens?limit=2") for kid in page] == single[::-1]


def test_service_accounts_come_in_pages_to_those_who_may_see_them(one, two, owner, decided):
    names = [f"machine {number}" for number in range(5)]
    known = {str(service(one, name).id): name for name in names}
    service(two, "machine of others")
    decided.clear()
    found = list(pages(owner, "/api/services?limit=2"))
    assert [[known[each] for each in page] for page in found] == [names[:2], names[2:4], names[4:]]
    assert len(decided) <= 6
    first = owner.get("/admin/services?limit=3")
    assert all(name in first.text for name in names[:3])
    assert names[3] not in first.text
    second = owner.get(first.html.find("a", string="Next page")["href"])
    assert names[3] in second.text
    assert names[0] not in second.text
    link = owner.get("/api/services?limit=2").headers["Link"].partition("<")[2].partition(">")[0]
    Person(one, "owner").get(link, status=400)
    Person(one, "viewer").get("/api/services", status=404)


def test_a_form_offers_the_first_of_many_and_the_one_that_was_chosen(one, owner, monkeypatch):
    monkeypatch.setattr("insula.tokens.admin.making.MOST_OFFERED", 2)
    made = [service(one, f"machine {number}") for number in range(4)]
    form = owner.get("/admin/tokens/@@new").forms["new-token"]
    assert [option[0] for option in form["owner"].options] == ["me", *(str(each.id) for each in made[:2])]
    form = owner.get(f"/admin/tokens/@@new?owner={made[3].id}").forms["new-token"]
    assert form["owner"].value == str(made[3].id)
    somebody = one.person("editor")
    form = owner.get(f"/admin/tokens/@@new?owner={somebody.id}").forms["new-token"]
    assert str(somebody.id) not in [option[0] for option in form["owner"].options]
