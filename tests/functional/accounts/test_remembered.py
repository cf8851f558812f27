"""A credential is looked up once, and again as soon as anything has changed that it could depend on."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, update

from insula.accounts.interfaces import Accounts, Groups, SignIns, Tokens
from insula.accounts.models import Account, AccountRole, APIToken
from insula.db.interfaces import WallBreach
from insula.db.work import system_work
from insula.kit import clock
from tests.counting import counted

WHERE = "/api/streams/s/records"


@pytest.fixture
def furnished(one):
    one.api("owner").post_json("/api/streams", {"name": "s", "title": "S", "schema": {"type": "object"}})
    return one


def looked_up(installation, ask):
    """Return how often asking looks the credential up."""
    with counted(installation.registry) as told:
        ask()
    return sum("FROM api_token" in each or "FROM sign_in" in each for each in told)


def test_a_token_is_looked_up_once(installation, furnished, two):
    api, other = furnished.api("viewer"), two.api("viewer")
    assert looked_up(installation, lambda: api.get(WHERE)) == 1
    assert looked_up(installation, lambda: api.get(WHERE)) == 0
    two.person("editor")
    assert looked_up(installation, lambda: api.get(WHERE)) == 0, "what changes elsewhere changes nothing here"
    furnished.person("editor")
    assert looked_up(installation, lambda: api.get(WHERE)) == 1
    other.get(WHERE, status=404)


def test_a_session_is_looked_up_once_and_signing_in_disturbs_nobody(installation, furnished):
    first = furnished.signed_in("editor")
    email = furnished.person("editor").email
    first.get("/admin/pages/")
    assert looked_up(installation, lambda: first.get("/admin/pages/")) == 0
    with furnished.work() as work:
        found = work.find_service(Accounts).by_email(email)
        work.find_service(SignIns).start(found.id, address="192.0.2.1", user_agent="test")
    assert looked_up(installation, lambda: first.get("/admin/pages/")) == 0


def revoke(work, token):
    work.find_service(Tokens).revoke(token.kid)


def rotate(work, token):
    work.find_service(Tokens).rotate(token.kid, overlap=0)


def take_the_role(work, token):
    work.find_service(Accounts).set_roles(token.account.id, [])


def deactivate(work, token):
    work.find_service(Accounts).set_active(token.account.id, active=False)


def empty_the_group(work, token):
    groups = work.find_service(Groups)
    groups.set_members(next(each.id for each in groups.all()), [])


def change_the_group(work, token):
    groups = work.find_service(Groups)
    group = next(iter(groups.all()))
    groups.change(group.id, title=group.title, roles=[])


def delete_the_group(work, token):
    groups = work.find_service(Groups)
    groups.delete(next(each.id for each in groups.all()))


def by_statement(work, token):
    work.db.execute(
        update(Account)
        .where(Account.tenant_id == work.tenant_id, Account.id == token.account.id)
        .values(active=False)
    )


def by_table(work, token):
    roles = AccountRole.__table__
    work.db.execute(
        delete(roles).where(roles.c.tenant_id == work.tenant_id, roles.c.account_id == token.account.id)
    )


GROUPED = (empty_the_group, change_the_group, delete_the_group)


@pytest.mark.parametrize(
    "change",
    [revoke, rotate, take_the_role, deactivate, by_statement, by_table, *GROUPED],
)
def test_it_is_known_no_longer_in_another_process(installation, furnished, two, change):
    elsewhere = installation.another_process()
    with furnished.work() as work:
        accounts, tokens = work.find_service(Accounts), work.find_service(Tokens)
        account = accounts.service_account("reader", [] if change in GROUPED else ["viewer"])
        if change in GROUPED:
            groups = work.find_service(Groups)
            groups.set_members(groups.create("readers", "Readers", ["viewer"]).id, [account.id])
        token, text = tokens.create(account.id, label="reader")
    clients = [each.client(furnished.host) for each in (installation, elsewhere)]
    for client in (*clients, *clients):
        client.authorization = ("Bearer", text)
        client.get(WHERE, status=200)
    with furnished.work() as work:
        change(work, token)
    for client in reversed(clients):
        assert client.get(WHERE, expect_errors=True).status_int in {401, 403, 404}


def test_a_system_session_counts_for_the_tenant_of_what_it_changes(installation, furnished):
    api = furnished.api("viewer")
    api.get(WHERE)
    with system_work(installation.registry, reason="a test ends a token") as work:
        for token in work.db.query(APIToken).filter(APIToken.tenant_id == furnished.tenant.id):
            token.revoked_at = clock.now()
    api.get(WHERE, status=401)


def test_a_remembered_token_expires_by_the_clock(installation, furnished, monkeypatch):
    api = furnished.api("viewer", days=1)
    api.get(WHERE)
    later = clock.now() + timedelta(days=2)
    monkeypatch.setattr("insula.accounts.tokens.now", lambda: later)
    api.get(WHERE, status=401)


def test_a_remembered_session_ends_when_it_is_idle(installation, furnished, monkeypatch):
    client = furnished.signed_in("editor")
    client.get("/admin/pages/")
    later = clock.now() + timedelta(hours=3)
    monkeypatch.setattr("insula.accounts.sign_ins.now", lambda: later)
    assert client.get("/admin/pages/", expect_errors=True).status_int in {302, 303, 401}


def test_what_a_rolled_back_transaction_saw_is_nobody_elses(installation, furnished):
    api = furnished.api("viewer")
    api.get(WHERE)

    def fail(work):
        for token in work.find_service(Tokens).list():
            work.find_service(Tokens).revoke(token.kid)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), furnished.work() as work:
        fail(work)
    api.get(WHERE, status=200)


def test_a_system_session_counts_for_every_tenant_whenever_it_writes(installation, furnished, two):
    two.api("owner").post_json(
        "/api/streams", {"name": "s", "title": "S", "schema": {"type": "object"}}, status=201
    )
    apis = [tenant.api("viewer") for tenant in (furnished, two)]
    for api in (*apis, *apis):
        api.get(WHERE, status=200)
    with system_work(installation.registry, reason="a test ends tokens") as work:
        for tenant in (furnished, two):
            for token in work.db.query(APIToken).filter(APIToken.tenant_id == tenant.tenant.id):
                token.revoked_at = clock.now()
            work.db.flush()
    for api in apis:
        api.get(WHERE, status=401)


def test_a_statement_over_all_tenants_is_refused_and_one_in_a_tenant_is_counted(installation, furnished):
    api = furnished.api("viewer")
    api.get(WHERE)
    ended = update(APIToken).values(revoked_at=clock.now()).execution_options(synchronize_session=False)
    with pytest.raises(WallBreach), system_work(installation.registry, reason="a test ends tokens") as work:
        work.db.execute(ended)
    api.get(WHERE, status=200)
    tenant_id = furnished.tenant.id
    with system_work(installation.registry, reason="a test ends tokens", tenant_id=tenant_id) as work:
        work.db.execute(ended.where(APIToken.tenant_id == tenant_id))
    api.get(WHERE, status=401)
