"""Plan and installation bind tenants, whatever their own policy says, and the way back stays open."""

from datetime import timedelta

import pytest
from click.testing import CliRunner
from sqlalchemy import update

from insula.accounts.models import SignIn
from insula.db.work import system_work
from insula.kit.clock import now
from insula.kit.commands import Shell
from insula.policies.commands import policy
from insula.security.interfaces import FloorCheck
from insula.tenancy.interfaces import INSTALLATION, PlanDocument, Plans
from tests.functional.policies.conftest import NETWORK, Person, current, decisions, flush
from tests.makers import unique

CLOSED = '@id("no-publishing") @reason("Not in your plan.") forbid(principal, action == Action::"publish", resource is Page);'
LOCKED = '@id("locked") forbid(principal, action, resource in Setting::"policy");'
OFFICE = """@id("office-only") forbid(principal, action, resource)
  unless { context.ip.isInRange(ip("10.0.0.0/8")) };"""


def on_plan(tenant, text):
    """Put a tenant on a plan of its own, with these rules."""
    name = unique("plan")
    with system_work(tenant.installation.registry, reason="a test makes a plan") as work:
        plans = work.find_service(Plans)
        plans.save(name, "Small", PlanDocument(policy=text), expected=0, actor=None)
        plans.assign(tenant.tenant.name, name, actor=None)


@pytest.fixture
def installation_document(one):
    """Set the installation's own document, and take it back."""

    def put(text):
        with system_work(one.installation.registry, reason="a test changes the document") as work:
            plans = work.find_service(Plans)
            found = plans.find(INSTALLATION)
            document = found.document.model_copy(update={"policy": text})
            plans.save(INSTALLATION, found.title, document, expected=found.version, actor=None)

    yield put
    put("")


def test_a_plans_rule_binds_at_the_next_request_in_every_process_and_is_explained(one, two, page):
    editor = one.api("editor")
    other = one.installation.another_process().client(one.host)
    other.authorization = ("Bearer", one.token("editor"))
    other.get(f"/api/pages/{page.id}", status=200)
    on_plan(one, CLOSED)
    for client in (editor, other):
        told = client.post(f"/api/pages/{page.id}/publish", headers={"If-Match": "*"}, status=403).json
        assert told["detail"] == "Not in your plan."
    flush(one)
    number = decisions(one.api("admin"), "answer=deny")[0]["id"]
    assert told["decision"] != number
    found = one.api("admin").get(f"/api/decisions/{number}").json
    assert found["rules"][0]["name"] == "plan:no-publishing"
    assert "forbid(principal" in found["rules"][0]["text"]
    told = (
        two.api("admin")
        .post_json("/api/policy/explain", {"roles": ["editor"], "action": "publish", "on": 'Page::"/x"'})
        .json
    )
    assert told["allowed"]


def test_an_installations_rule_binds_every_tenant(one, two, page, installation_document):
    installation_document(CLOSED)
    asked = {"roles": ["owner"], "action": "publish", "on": 'Page::"/x"'}
    for tenant in (one, two):
        told = tenant.api("admin").post_json("/api/policy/explain", asked).json
        assert (told["allowed"], told["rules"][0]["name"]) == (False, "installation:no-publishing")
    text = current(one).text + '@id("all") permit(principal, action, resource);'
    told = one.api("admin").post_json("/api/policy/explain", {**asked, "text": text}).json
    assert told["allowed"] is False


def test_a_policy_that_locks_every_owner_out_where_one_is_now_is_refused_with_the_rule(one, owner):
    text = current(one).text + OFFICE
    told = owner.post("/api/policy/publish", {"text": text}, match='"1"', status=422).json
    assert "tenant:office-only" in told["errors"][0]["detail"]
    assert "192.0.2.1" in told["errors"][0]["detail"]
    owner.client.extra_environ["REMOTE_ADDR"] = "10.1.2.3"
    owner.post("/api/policy/publish", {"text": text}, match='"1"', status=200)


def test_a_rule_that_leaves_whoever_publishes_in_is_no_lock_out(one, owner):
    mine = str(owner.client.person.id)
    rule = f'forbid(principal, action, resource in Setting::"policy") unless {{ principal == Account::"{mine}" }};'
    text = current(one).text + '@id("mine-alone") ' + rule
    owner.post("/api/policy/publish", {"text": text}, match='"1"', status=200)
    Person(one).post("/api/policy/publish", {"text": current(one).text}, match='"2"', status="4*")


def test_a_second_factor_that_nobody_has_would_lock_everybody_out(one, owner):
    text = current(one).text + (
        '@id("factor") forbid(principal, action, resource in Area::"admin") unless { context.mfa };'
    )
    told = owner.post("/api/policy/publish", {"text": text}, match='"1"', status=422).json
    assert "tenant:factor" in told["errors"][0]["detail"]


def test_the_way_back_is_open_where_a_plan_locks_every_owner_out(one, two, owner):
    first = current(one).text
    owner.post("/api/policy/publish", {"text": first + NETWORK}, match='"1"', status=200)
    on_plan(one, LOCKED)
    refused = owner.post("/api/policy/check", {"text": first}, status="*")
    assert refused.status_int == 404
    shell = Shell(one.installation.registry, "test.ini")
    done = CliRunner().invoke(policy, ["rollback", "1", "--tenant", one.tenant.name], obj=shell)
    assert done.exit_code == 0, done.output
    assert (current(one).number, current(one).text) == (3, first)
    one.api("viewer").get("/api/streams", status=200)
    assert current(two).number == 1


def test_the_command_line_publishes_what_an_owner_could_undo_from_where_owners_come(one, two, tmp_path):
    file = tmp_path / "policy.cedar"
    shell = Shell(one.installation.registry, "test.ini")

    def publish(rule, *words, status):
        file.write_text(current(one).text + rule)
        for verb in (["check", str(file)], ["publish", str(file), "-m", "x"]):
            done = CliRunner().invoke(policy, [*verb, *words, "--tenant", one.tenant.name], obj=shell)
            assert done.exit_code == status, done.output
        return done.output

    told = publish(OFFICE, status=1)
    assert "tenant:office-only" in told
    assert "--ip" in told
    assert "192.0.2.7, where owners are" in publish(OFFICE, "--ip", "192.0.2.7", status=1)
    publish(OFFICE, "--ip", "the office", status=2)
    publish(LOCKED, "--ip", "10.1.2.3", status=1)
    one.signed_in("editor")
    Person(two)
    assert "no owner is signed in" in publish(OFFICE, status=1)
    Person(one)
    assert "192.0.2.1, where owners are" in publish(OFFICE, status=1)
    publish(OFFICE.replace("10.0.0.0/8", "192.0.2.0/24"), status=0)
    file.write_text(current(one).text.replace("192.0.2.0/24", "10.0.0.0/8"))
    words = ["publish", str(file), "-m", "x", "--ip", "10.1.2.3", "--tenant", one.tenant.name]
    assert CliRunner().invoke(policy, words, obj=shell).exit_code == 0


def test_what_may_be_a_floor_is_checked_by_a_service(one):
    with one.work(writing=False) as work:
        check = work.find_service(FloorCheck).check
        assert list(check(CLOSED)) == []
        assert "Did you mean published" in str(
            check('@id("x") forbid(principal, action, resource is Page) when { resource.publishd };')[0]
        )


@pytest.mark.parametrize(
    ("rule", "suggestion"),
    [
        ('permit(principal, action == Action::"view", resource in Stream::"temprature");', "temperature"),
        ('permit(principal, action == Action::"view", resource == Setting::"polcy");', "policy"),
        (
            'permit(principal, action == Action::"view", resource == Setting::"features.stream");',
            "features.streams",
        ),
        ('permit(principal in Role::"edtor", action == Action::"view", resource is Page);', "editor"),
        ('permit(principal == Account::"ann", action == Action::"view", resource is Page);', None),
    ],
)
def test_a_rule_about_what_the_tenant_does_not_have_is_refused(one, two, rule, suggestion):
    api = one.api("admin")
    one.api("owner").post_json("/api/streams", {"name": "temperature", "title": "T"})
    text = current(one).text
    told = api.post_json("/api/policy/check", {"text": f'{text}@id("x") {rule}'}).json
    assert told["flaws"][0]["suggestion"] == suggestion
    assert told["flaws"][0]["line"] == len(text.splitlines()) + 1
    known = '@id("x") permit(principal, action == Action::"view", resource in Stream::"temperature");'
    assert api.post_json("/api/policy/check", {"text": text + known}).json["publishable"]
    assert not two.api("admin").post_json("/api/policy/check", {"text": text + known}).json["publishable"]
    system = known.replace("temperature", "_decisions")
    assert api.post_json("/api/policy/check", {"text": text + system}).json["publishable"]
    person = one.person("viewer").id
    hers = f'@id("x") permit(principal == Account::"{person}", action == Action::"view", resource is Page);'
    assert api.post_json("/api/policy/check", {"text": text + hers}).json["publishable"]
    assert not two.api("admin").post_json("/api/policy/check", {"text": text + hers}).json["publishable"]


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ('action == Action::"publish", resource) when { context.method == "POST" }', "publish Setting"),
        ('action == Action::"publish", resource) when { context.age >= 0 }', "publish Setting"),
        ('action, resource == Area::"admin")', "view Area"),
    ],
)
def test_what_is_asked_of_a_new_version_is_what_the_doors_ask(one, two, owner, rule, said):
    text = f'{current(one).text}@id("shut") forbid(principal, {rule};'
    told = owner.post("/api/policy/publish", {"text": text}, match='"1"', status=422).json
    assert f"No owner could {said}" in told["errors"][0]["detail"]
    assert "tenant:shut" in told["errors"][0]["detail"]
    harmless = (
        text.replace('"POST"', '"PUT"').replace(">= 0", ">= 900").replace('Area::"admin"', 'Area::"audit"')
    )
    owner.post("/api/policy/publish", {"text": harmless}, match='"1"', status=200)
    back = {"text": current(two).text}
    owner.post("/api/policy/publish", back, match='"2"', status=200)


def test_an_owner_who_signed_in_long_ago_is_asked_as_they_are(one, owner):
    rule = 'forbid(principal, action, resource in Area::"admin") unless { context.age > 3600 };'
    text = f'{current(one).text}@id("old") {rule}'
    owner.post("/api/policy/publish", {"text": text}, match='"1"', status=422)
    with one.work() as work:
        work.db.execute(update(SignIn).values(created_at=now() - timedelta(hours=2)))
    owner.post("/api/policy/publish", {"text": text}, match='"1"', status=200)
    owner.get("/admin/policy", status=200)


def test_the_policy_screen_opens_where_a_panel_beside_it_does_not(one, two):
    shut = '@id("shut") forbid(principal, action, resource == Area::"admin");'
    menus = []
    on_plan(one, shut)
    for tenant in (one, two):
        page = tenant.signed_in("owner").get("/admin/policy", status=200)
        menus.append({link["href"] for link in page.html.find("nav", id="nav").select(".menu a")})
    assert "/admin/pages" not in menus[0]
    assert "/admin/policy" in menus[0]
    assert {"/admin/policy", "/admin/pages"} <= menus[1]
