"""A token never may more than its owner may now, and what is taken away is gone at the next request everywhere."""

import pytest

from insula.accounts.interfaces import Accounts, Tokens
from tests.functional.tokens.conftest import Person, bearer, roles, service, token

NEW_PERSON = {"emails": ["ada@example.org"], "roles": ["viewer"]}


def test_a_role_taken_away_is_gone_at_the_next_request_in_another_process(one, two, installation):
    account, others = service(one, "import", "admin"), service(two, "import", "admin")
    _, text = token(one, account)
    elsewhere = bearer(one, text, installation.another_process())
    elsewhere.get("/api/features", status=200)
    roles(one, account, "viewer")
    elsewhere.get("/api/features", status=404)
    roles(one, account, "owner")
    elsewhere.get("/api/features", status=200)
    roles(one, account)
    elsewhere.get("/api/features", status=404)
    bearer(two, token(two, others)[1]).get("/api/features", status=200)


def test_a_revoked_token_is_refused_at_the_next_request_in_another_process(one, installation):
    account = service(one, "import", "viewer")
    made, text = token(one, account)
    elsewhere = bearer(one, text, installation.another_process())
    elsewhere.get("/api/streams", status=200)
    with one.work() as work:
        work.find_service(Tokens).revoke(made.kid)
    elsewhere.get("/api/streams", status=401)


def test_the_tokens_of_a_deactivated_account_are_dead_until_it_is_active_again(one, installation):
    account = service(one, "import", "viewer")
    _, text = token(one, account)
    elsewhere = bearer(one, text, installation.another_process())
    for active, status in ((False, 401), (True, 200)):
        with one.work() as work:
            work.find_service(Accounts).set_active(account.id, active=active)
        elsewhere.get("/api/streams", status=status)


def test_reading_writes_nothing_and_the_last_use_follows_later(one, installation):
    from insula.accounts.seen import seen_of  # the buffer of this process

    account = service(one, "import", "viewer")
    made, text = token(one, account)
    bearer(one, text).get("/api/streams", status=200)
    with one.work(writing=False) as work:
        assert work.find_service(Tokens).by_kid(made.kid).last_used_at is None
    seen_of(installation.registry).flush()
    with one.work(writing=False) as work:
        assert work.find_service(Tokens).by_kid(made.kid).last_used_at is not None


@pytest.mark.parametrize("elevated", [False, True])
def test_by_api_tokens_make_no_tokens(one, elevated):
    account = service(one, "deploy", "owner")
    made, text = token(one, account, elevated=elevated)
    client = bearer(one, text)
    problem = client.post_json("/api/tokens", {"days": 1}, status=403).json
    assert "Sign in to make" in problem["detail"]
    client.post_json(f"/api/tokens/{made.kid}/rotate", {"overlap": 0}, status=403)
    client.get("/api/tokens", status=200)
    with one.work(writing=False) as work:
        assert len(work.find_service(Tokens).list()) == 1


def test_an_administration_token_changes_services_and_another_token_does_not(one):
    account = service(one, "deploy", "owner")
    plain = bearer(one, token(one, account)[1])
    assert (
        "administration token" in plain.post_json("/api/services", {"name": "x"}, status=403).json["detail"]
    )
    elevated = bearer(one, token(one, account, elevated=True)[1])
    made = elevated.post_json("/api/services", {"name": "x", "roles": ["viewer"]}, status=201).json
    assert made["roles"] == ["viewer"]


def test_an_administration_token_publishes_the_policy_as_far_as_its_owner_may(one):
    deploy, weak = service(one, "deploy", "owner"), service(one, "weak", "admin")
    elevated = bearer(one, token(one, deploy, elevated=True)[1])
    current = elevated.get("/api/policy").json
    body = {"text": current["text"], "grid": current["grid"], "message": "by a program"}
    headers = {"If-Match": str(current["number"])}
    bearer(one, token(one, deploy)[1]).put_json("/api/policy/draft", body, headers=headers, status="4*")
    refused = bearer(one, token(one, weak, elevated=True)[1])
    for client, status in (
        (bearer(one, token(one, deploy)[1]), 403),
        (refused, 403),
        (elevated, 200),
    ):
        client.post_json("/api/policy/publish", body, headers=headers, status=status)


def test_who_makes_administration_tokens_and_tokens_of_owners(one, two):
    deploy, plain = service(one, "deploy", "owner"), service(one, "plain", "viewer")
    owner, admin = Person(one, "owner"), Person(one, "admin")
    body = {"days": 1, "owner": str(plain.id), "elevated": True}
    elevated = owner.post("/api/tokens", body, status=201).json
    assert elevated["elevated"] is True
    admin.post(f"/api/tokens/{elevated['id']}/rotate", {"overlap": 0}, status=403)
    assert "Only an owner" in admin.post("/api/tokens", body, status=403).json["detail"]
    of_an_owner = {"days": 1, "owner": str(deploy.id)}
    made = owner.post("/api/tokens", of_an_owner, status=201).json
    assert "acts as an owner" in admin.post("/api/tokens", of_an_owner, status=403).json["detail"]
    admin.post(f"/api/tokens/{made['id']}/rotate", {"overlap": 0}, status=403)
    admin.post("/api/tokens", {"days": 1, "owner": str(plain.id)}, status=201)
    Person(two, "owner").post("/api/tokens", of_an_owner, status=422)


def test_nobody_makes_or_rotates_a_token_of_another_person(one):
    owner, editor = Person(one, "owner"), Person(one, "editor")
    problem = owner.post("/api/tokens", {"days": 1, "owner": str(editor.person.id)}, status=422).json
    assert problem["errors"][0]["path"] == "owner"
    theirs, _ = token(one, editor.person)
    refused = owner.post(f"/api/tokens/{theirs.kid}/rotate", {"overlap": 0}, status=403).json
    assert "acts as its owner" in refused["detail"]
    owner.delete(f"/api/tokens/{theirs.kid}", status=204)


def test_who_revokes_administration_tokens_and_tokens_of_owners(one):
    deploy, plain = service(one, "deploy", "owner"), service(one, "plain", "viewer")
    owner, admin = Person(one, "owner"), Person(one, "admin")
    other, _ = token(one, plain)
    for made, _ in (token(one, deploy), token(one, plain, elevated=True)):
        path, screen = f"/api/tokens/{made.kid}", f"/admin/tokens/{made.kid}"
        assert "Only an owner may revoke" in admin.delete(path, status=403).json["detail"]
        admin.client.post(f"{screen}/@@revoke", {"csrf_token": admin.token}, status=403)
        assert "@@revoke" not in admin.get(screen)
        assert "@@revoke" in owner.get(screen)
        owner.delete(path, status=204)
    admin.delete(f"/api/tokens/{other.kid}", status=204)


def test_a_token_revokes_its_owners_tokens_and_nobody_elses(one, two):
    admins, deploy = service(one, "admins", "admin"), service(one, "deploy", "owner")
    _, text = token(one, admins)
    mine, _ = token(one, admins)
    others, _ = token(one, service(one, "import", "viewer"))
    theirs, _ = token(two, service(two, "import", "viewer"))
    refused, _ = token(one, deploy, elevated=True)
    client = bearer(one, text)
    client.delete(f"/api/tokens/{refused.kid}", status=403)
    assert "Sign in to revoke" in client.delete(f"/api/tokens/{others.kid}", status=403).json["detail"]
    client.delete(f"/api/tokens/{theirs.kid}", status=404)
    client.delete(f"/api/tokens/{mine.kid}", status=204)
    bearer(one, token(one, deploy, elevated=True)[1]).delete(f"/api/tokens/{others.kid}", status=204)


def test_a_made_up_request_knows_what_a_token_is(one, two, owner):
    deploy = service(one, "deploy", "owner")
    made, _ = token(one, deploy, elevated=True)
    theirs, _ = token(two, service(two, "deploy", "owner"))

    def asked(action, kid, **more):
        question = {"action": action, "resource": {"type": "Token", "id": kid}, **more}
        return owner.post("/api/policy/explain", question).json

    refused = asked("edit", made.kid, roles=["admin"])
    assert "installation:only-owners-make-administration-tokens" in [
        each["name"] for each in refused["rules"]
    ]
    assert asked("edit", made.kid, roles=["owner"])["allowed"]
    assert asked("view", made.kid, roles=["editor"])["allowed"] is False
    assert asked("edit", theirs.kid, roles=["owner"])["resource"] is None
    assert asked("edit", "0" * 16, roles=["owner"])["resource"] is None


def test_the_floor_holds_whatever_a_tenant_writes(one):
    """Everything is allowed here by the tenant; still nobody's token is made by somebody else, and none by a token."""
    everything = '@id("all") permit(principal, action, resource);'
    owner, editor = Person(one, "owner"), Person(one, "editor")
    plain, deploy = service(one, "plain"), service(one, "deploy", "owner")
    text = owner.get("/api/policy").json
    owner.client.post_json(
        "/api/policy/publish",
        {"text": everything, "grid": {}, "message": ""},
        headers={"If-Match": str(text["number"]), "X-CSRF-Token": owner.token},
        status=200,
    )
    editor.post("/api/tokens", {"days": 1}, status=201)
    editor.post("/api/tokens", {"days": 1, "owner": str(plain.id)}, status=201)
    editor.post("/api/tokens", {"days": 1, "elevated": True}, status=403)
    editor.post("/api/tokens", {"days": 1, "owner": str(deploy.id)}, status=403)
    bearer(one, token(one, deploy, elevated=True)[1]).post_json("/api/tokens", {"days": 1}, status=403)
