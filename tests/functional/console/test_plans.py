"""Plans and the installation's document: who may change them, what a change does, and what is refused."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import event, insert, select

from insula.console.plan_commands import plan as plan_command
from insula.db.sessions import TenantSession
from insula.events.models import Outbox
from insula.kit import clock
from insula.kit.errors import Conflict
from insula.tenancy.interfaces import INSTALLATION, PlanDocument, Plans
from insula.tenancy.models import PlanRow
from tests import terminal
from tests.functional.features.test_sections import change, most, plan, state
from tests.makers import unique

LIST, API = "/admin/plans", "/api/plans"
RULE = '@id("no-night") forbid(principal, action, resource is Stream) when { false };'


def told(handle, name):
    with handle.work(writing=False) as work:
        return [row.payload for row in work.db.scalars(select(Outbox).where(Outbox.event == name))]


def form_of(browser, url, **fields):
    form = browser.get(url).forms["document"]
    for name, value in fields.items():
        form[name] = value
    return form


def settings(**document):
    return json.dumps(document)


def test_plans_are_nowhere_but_with_the_operators(one, ops):
    for url in (LIST, f"{LIST}/standard", "/admin/tenants", f"/admin/tenants/{one.tenant.name}"):
        one.signed_in("owner").get(url, status=404)
        assert ops.signed_in("owner").get(url).status_int == 200
    for url in (API, f"{API}/standard", "/api/tenants", f"/api/tenants/{one.tenant.name}"):
        one.api("owner").get(url, status=404)
        assert ops.api("owner").get(url).status_int == 200
    one.api("owner").put_json(f"{API}/standard", {}, headers={"If-Match": "*"}, status=404)
    assert "/admin/plans" not in one.signed_in("owner").get("/admin")
    assert {"plans", "tenants"} <= {each["id"] for each in ops.api("owner").get("/api/").json["data"]}


@pytest.mark.parametrize("role", ["editor", "viewer"])
def test_who_does_not_manage_the_installation_finds_nothing_there(one, ops, role):
    browser, api = ops.signed_in(role), ops.api(role, elevated=True)
    for url in (LIST, f"{LIST}/standard", f"{LIST}/nobodys", "/admin/tenants", "/admin/tenants/nobodys"):
        browser.get(url, status=404)
    for url in (API, f"{API}/standard", "/api/tenants", f"/api/tenants/{one.tenant.name}"):
        api.get(url, status=404)
    api.patch_json(f"/api/tenants/{one.tenant.name}", {"status": "suspended"}, status=404)


def test_a_plan_is_made_seen_weighed_and_saved_on_the_screen(one, two, ops):
    browser, name = ops.signed_in("owner"), unique("small")
    made = form_of(browser, f"{LIST}/@@new", name=name, title="Small", settings=settings(bounds=most(500)))
    assert made.submit().status_int == 303
    change(one, minutes=450)
    with ops.work(writing=False) as work:
        work.find_service(Plans).assign(one.tenant.name, name, actor="Ops")
    sent = form_of(
        browser, f"{LIST}/{name}", settings=settings(bounds=most(300), features={"streams": False})
    )
    page = sent.submit()
    assert page.status_int == 200
    assert "tightens" in page
    assert "1 above it" in page.html.find(id="effects").text
    # Nothing is changed before it was seen.
    assert state(one).settings.minutes == 450
    assert page.forms["confirm"].submit().status_int == 303
    assert state(one).settings.minutes == 300
    one.api("admin").get("/api/streams", status=404)
    assert (state(two).settings.minutes, two.api("admin").get("/api/streams").status_int) == (600, 200)
    payload = told(ops, "plan.changed")[-1]
    assert (payload["plan"], payload["bounds"], payload["features"]) == (name, ["lamps.minutes"], ["streams"])


@pytest.mark.parametrize(
    ("document", "path", "words"),
    [
        ({"bounds": {"lamp": {}}}, "bounds.lamp", "Did you mean lamps?"),
        ({"bounds": {"lamps": {"minute": {"at_most": 1}}}}, "bounds.lamps.minute", "Did you mean minutes?"),
        ({"bounds": {"lamps": {"minutes": {"at_most": "1"}}}}, "bounds.lamps.minutes.at_most", ""),
        ({"bounds": {"lamps": {"minutes": {"most": 1}}}}, "bounds.lamps.minutes.most", "no such member"),
        ({"bounds": {"lamps": {"minutes": {}}}}, "bounds.lamps.minutes", "Say at_least"),
        (
            {"bounds": {"lamps": {"minutes": {"at_least": 0}}}},
            "bounds.lamps.minutes.at_least",
            "does not take 0",
        ),
        (
            {"bounds": {"lamps": {"minutes": {"at_least": 9, "at_most": 3}}}},
            "bounds.lamps.minutes",
            "more than",
        ),
        ({"bounds": {"lamps": {"minutes": {"one_of": ["5"]}}}}, "bounds.lamps.minutes.one_of", "number"),
        ({"bounds": {"lamps": {"minutes": {"one_of": [True]}}}}, "bounds.lamps.minutes.one_of", "switch"),
        ({"bounds": {"lamps": {"colour": {"at_most": 1}}}}, "bounds.lamps.colour", "use one_of"),
        ({"bounds": {"lamps": {"colour": {"one_of": ["blue"]}}}}, "bounds.lamps.colour.one_of", "blue"),
        ({"bounds": {"lamps": {"key": {"one_of": ["x"]}}}}, "bounds.lamps.key", "secret"),
        ({"features": {"stream": False}}, "features.stream", "Did you mean streams?"),
        ({"features": {"streams": "no"}}, "features.streams", ""),
        ({"ghost": 1}, "ghost", "no such member"),
        ({"bound": {}}, "bound", "Did you mean bounds?"),
        ({"policy": "permit(principal, action, resource);"}, "policy", ""),
        ({"policy": 'forbid(principal, action == Action::"fly", resource);'}, "policy", ""),
        ({"policy": "forbid(principal, action"}, "policy", ""),
    ],
)
def test_a_document_that_cannot_bind_is_refused_by_path_at_each_door(
    one, ops, tmp_path, document, path, words
):
    body = {"title": "Standard", "document": document}
    tag = {"If-Match": ops.api("owner", elevated=True).get(f"{API}/standard").headers["ETag"]}
    answer = ops.api("owner", elevated=True).put_json(f"{API}/standard", body, headers=tag, status=422)
    errors = {error["path"]: error["detail"] for error in answer.json["errors"]}
    assert path in errors
    assert words in errors[path]
    text = {name: value for name, value in document.items() if name != "policy"}
    page = form_of(
        ops.signed_in("owner"),
        f"{LIST}/standard",
        settings=json.dumps(text),
        policy=document.get("policy", ""),
    ).submit(status=422)
    assert path in page.html.find(id="errors").text
    file = tmp_path / "plan.json"
    file.write_text(json.dumps(document))
    refused = terminal.run(plan_command, one.installation, "save", "standard", str(file))
    assert refused.exit_code == 1
    assert path in refused.output


def test_text_that_is_no_json_is_refused_and_kept(ops):
    answer = form_of(ops.signed_in("owner"), f"{LIST}/standard", settings="{bounds").submit(status=422)
    assert "does not read as JSON" in answer
    assert answer.forms["document"]["settings"].value == "{bounds"


def test_two_operators_never_overwrite_each_other(one, ops):
    name = plan(one, bounds=most(500))
    form = form_of(ops.signed_in("owner"), f"{LIST}/{name}", settings=settings(bounds=most(300)))
    page = form.submit()
    api = ops.api("owner", elevated=True)
    tag = {"If-Match": api.get(f"{API}/{name}").headers["ETag"]}
    body = {"title": "Other", "document": {"bounds": most(400)}}
    assert api.put_json(f"{API}/{name}", body, headers=tag).json["version"] == 2
    api.put_json(f"{API}/{name}", body, headers=tag, status=412)
    api.put_json(f"{API}/{name}", body, status=428)
    assert form.submit(status="*").status_int == 412
    assert page.forms["confirm"].submit(status="*").status_int == 412
    assert state(one).settings.minutes == 400


def test_the_api_makes_weighs_and_saves(one, two, ops):
    api, name = ops.api("owner", elevated=True), unique("api")
    body = {"name": name, "title": "By API", "document": {"bounds": most(500), "policy": RULE}}
    made = api.post_json(API, body, status=201)
    assert made.headers["Location"].endswith(f"{API}/{name}")
    api.post_json(API, body, status=412)
    change(one, minutes=450)
    assigned = {"plan": name}
    tag = {"If-Match": api.get(f"/api/tenants/{one.tenant.name}").headers["ETag"]}
    answer = api.patch_json(f"/api/tenants/{one.tenant.name}", assigned, headers=tag)
    assert (answer.json["plan"], answer.json["hosts"]) == (name, [one.host])
    tag = {"If-Match": made.headers["ETag"]}
    tighter = {"title": "By API", "document": {"bounds": most(300), "features": {"streams": False}}}
    weighed = api.put_json(f"{API}/{name}?dry_run=true", tighter, headers=tag).json["effects"]
    assert [each["words"] for each in weighed] == [
        "tightens Lamps: Minutes, at most: 500 to 300; 1 tenant is above it",
        "tightens streams: offered to kept off; 1 tenant is without it then",
        "loosens policy: 1 line to 0 lines",
    ]
    assert state(one).settings.minutes == 450
    assert api.put_json(f"{API}/{name}", tighter, headers=tag).json["version"] == 2
    assert (state(one).settings.minutes, state(two).settings.minutes) == (300, 600)
    api.put_json(f"{API}/{name}?dry=1", tighter, headers={"If-Match": '"2"'}, status=400)
    api.put_json(f"{API}/{name}", {"document": {}, "ghost": 1}, headers={"If-Match": '"2"'}, status=422)
    assert {"standard", INSTALLATION, name} <= {each["id"] for each in api.get(API).json["data"]}


def test_the_installations_document_is_weighed_for_every_tenant_and_is_no_plan(one, two, ops):
    api = ops.api("owner", elevated=True)
    change(one, minutes=450)
    plan(two, bounds=most(200))
    shown = api.get(f"{API}/{INSTALLATION}")
    body = {"title": "Installation", "document": {"bounds": most(300)}}
    tag = {"If-Match": shown.headers["ETag"]}
    (effect,) = api.put_json(f"{API}/{INSTALLATION}?dry_run=true", body, headers=tag).json["effects"]
    # The first by what it has set, the operators' own by the default; the second is below it by its plan.
    assert effect["tenants"] >= 2
    assert effect["tenants"] < shown.json["tenants"]
    tag = {"If-Match": api.get(f"/api/tenants/{one.tenant.name}").headers["ETag"]}
    for url in (f"/api/tenants/{one.tenant.name}", f"/api/tenants/{one.tenant.name}?dry_run=true"):
        assert api.patch_json(url, {"plan": INSTALLATION}, headers=tag, status="*").status_int in (404, 422)
    assert api.get(f"/api/tenants/{one.tenant.name}").json["plan"] == "standard"


def test_the_command_lists_shows_saves_and_assigns(one, ops, tmp_path):
    name, file = unique("cli"), tmp_path / "plan.json"
    file.write_text(json.dumps({"bounds": most(300)}))

    def run(*words):
        return terminal.run(plan_command, one.installation, *words)

    made = run("save", name, str(file), "--title", "By hand", "--expected", "0")
    assert made.exit_code == 0, made.output
    assert "By hand is at version 1 and binds 0 tenants." in made.output
    assert run("save", name, str(file), "--expected", "0").exit_code == 1
    assert name in run("list").output
    assert '"at_most": 300' in run("show", name).output
    assert "Lamps: Minutes: 600 to 300" in run("assign", one.tenant.name, name, "--dry-run").output
    assert state(one).settings.minutes == 600
    assert run("assign", one.tenant.name, name).exit_code == 0
    assert state(one).settings.minutes == 300
    assert told(one, "tenant.plan-changed")[-1]["plan"] == name
    file.write_text(json.dumps({"bounds": most(200)}))
    weighed = run("save", name, str(file), "--dry-run")
    assert "tightens Lamps: Minutes, at most: 300 to 200; 1 tenant is above it" in weighed.output
    assert state(one).settings.minutes == 300
    assert run("show", "nobodys").exit_code == 1
    assert run("assign", one.tenant.name, "nobodys").exit_code == 1


def test_a_rule_of_a_plan_binds_its_tenants_alone_and_from_the_next_request(one, two):
    rule = '@id("no-streams") @reason("Not on this plan.") forbid(principal, action, resource is Stream);'
    for handle in (one, two):
        handle.api("admin").post_json("/api/streams", {"name": "values", "title": "Values"})
        handle.api("admin").get("/api/streams/values")
    plan(one, policy=rule)
    one.api("admin").get("/api/streams/values", status=404)
    two.api("admin").get("/api/streams/values", status=200)
    assert "no-streams" in one.signed_in("owner").get("/admin/security/limits")


def test_a_document_of_an_older_release_is_shown_and_can_be_mended(ops):
    with ops.work(writing=False) as work:
        plans = work.find_service(Plans)
    name = unique("old")
    document = PlanDocument.model_validate({"bounds": {"gone": {"x": {"at_most": 1}}}})
    plans.save(name, "Old", document, expected=0, actor="Ops")
    page = form_of(ops.signed_in("owner"), f"{LIST}/{name}").submit(status=422)
    assert "bounds.gone" in page
    assert form_of(ops.signed_in("owner"), f"{LIST}/{name}", settings="{}").submit().status_int == 200


def plans_of(handle):
    with handle.work(writing=False) as work:
        return work.find_service(Plans)


def test_bounds_that_were_never_committed_bind_nobody(one, two):
    name, plans = plan(one, bounds=most(500)), plans_of(one)
    assert state(one).settings.minutes == 500

    def fail(_session):
        raise OSError("the line is cut")

    event.listen(TenantSession, "before_commit", fail)
    try:
        with pytest.raises(OSError, match="cut"):
            plans.save(name, "Small", PlanDocument(bounds=most(100)), expected=1, actor="Ops")
    finally:
        event.remove(TenantSession, "before_commit", fail)
    assert plans.find(name).document == PlanDocument(bounds=most(500))
    # The same version once more, with another document, and committed.
    saved = plans.save(name, "Small", PlanDocument(bounds=most(300)), expected=1, actor="Ops")
    assert saved.document == plans.find(name).document == PlanDocument(bounds=most(300))
    assert (state(one).settings.minutes, state(two).settings.minutes) == (300, 600)


def test_a_name_that_is_taken_meanwhile_is_a_conflict(one, ops):
    name, plans = unique("taken"), plans_of(one)

    def take(session, *_):
        if any(isinstance(row, PlanRow) for row in session.new):
            values = {"name": name, "title": "First", "version": 1, "document": {}, "changed_at": clock.now()}
            session.connection().execute(insert(PlanRow.__table__).values(values))

    event.listen(TenantSession, "before_flush", take)
    try:
        with pytest.raises(Conflict, match="just been made"):
            plans.save(name, "Second", PlanDocument(), expected=0, actor="Ops")
        body = {"name": name, "title": "Second", "document": {}}
        ops.api("owner", elevated=True).post_json(API, body, status=409)
        form = form_of(ops.signed_in("owner"), f"{LIST}/@@new", name=name, title="Second")
        answer = form.submit(status=409)
        assert "just been made" in answer
        assert answer.forms["document"]["title"].value == "Second"
    finally:
        event.remove(TenantSession, "before_flush", take)
    assert plans.save(name, "Second", PlanDocument(), expected=0, actor="Ops").version == 1


def test_a_dry_run_refuses_what_the_change_would_refuse(one, ops, tmp_path):
    api, taken = ops.api("owner", elevated=True), plan(one, bounds=most(500))
    for name, title, status in (
        ("No name", "Title", 422),
        (unique("plan"), " ", 422),
        (unique("plan"), "x" * 201, 422),
        (taken, "Title", 412),
        (INSTALLATION, "Title", 412),
    ):
        body = {"name": name, "title": title, "document": {}}
        answers = [api.post_json(f"{API}{query}", body, status=status) for query in ("?dry_run=true", "")]
        assert answers[0].json.get("errors") == answers[1].json.get("errors")
    fine = {"name": unique("plan"), "title": "Title", "document": {}}
    assert api.post_json(f"{API}?dry_run=true", fine).json == {"effects": []}
    api.get(f"{API}/{fine['name']}", status=404)
    tag = {"If-Match": api.get(f"{API}/{taken}").headers["ETag"]}
    for query in ("?dry_run=true", ""):
        api.put_json(f"{API}/{taken}{query}", {"title": "", "document": {}}, headers=tag, status=422)
    form = form_of(ops.signed_in("owner"), f"{LIST}/{taken}", title="")
    assert "Give a title." in form.submit(status=422)
    file = tmp_path / "plan.json"
    file.write_text("{}")
    for arguments in (["No name"], [taken, "--expected", "7"]):
        words = ["save", arguments[0], str(file), "--dry-run", *arguments[1:]]
        assert terminal.run(plan_command, one.installation, *words).exit_code == 1
    assert plans_of(one).find(taken).version == 1
