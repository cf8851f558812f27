"""How many SQL statements a request may send: all but BEGIN and COMMIT, what a session sends first included."""

from typing import Any

import pytest
from sqlalchemy import select, text

from insula.accounts.models import Account
from insula.db.prepared import Prepared
from tests.counting import counted
from tests.makers import TenantHandle

SCHEMA = {"type": "object", "properties": {"value": {"type": "number"}}}


@pytest.fixture
def furnished(one: TenantHandle) -> TenantHandle:
    api = one.api("owner")
    for path in ("/", "/a", "/a/b", "/a/b/c"):
        page = api.post_json("/api/pages", {"path": path, "title": path, "blocks": [], "position": 1}).json
        api.post_json(f"/api/pages/{page['id']}/publish", {}, headers={"If-Match": "*"})
    api.post_json("/api/streams", {"name": "values", "title": "Values", "schema": SCHEMA})
    api.post_json("/api/streams/values/records", {"value": 1})
    return one


@pytest.mark.parametrize(
    ("who", "path", "most"),
    [
        ("visitor", "/", 3),
        ("visitor", "/a/b/c", 3),
        ("visitor", "/nothing/here", 3),
        ("token", "/api/", 1),
        ("token", "/api/streams/values/records", 2),
        ("token", "/api/streams/values/latest", 2),
        ("token", "/api/pages", 2),
        ("session", "/admin/pages/", 3),
        ("session", "/admin/features/", 3),
    ],
)
def test_a_read_stays_within_its_budget(
    who: str, path: str, most: int, furnished: TenantHandle, installation: Any
) -> None:
    clients = {
        "visitor": furnished.visitor,
        "token": lambda: furnished.api("owner"),
        "session": lambda: furnished.signed_in("owner"),
    }
    client = clients[who]()
    client.get(path, expect_errors=True)
    with counted(installation.registry) as statements:
        client.get(path, expect_errors=True)
    if installation.kind != "sqlite":
        most += 1
    assert len(statements) <= most, "\n".join(statements)


def test_pushing_a_record_sends_no_more_than_reading_one(furnished: TenantHandle, installation: Any) -> None:
    api = furnished.api("owner")
    with counted(installation.registry) as statements:
        api.post_json("/api/streams/values/records", {"value": 2})
    # The relay and the record store in the same database have connections of their own.
    rows = [each for each in statements if "record" not in each.lower() or "idempotency" in each.lower()]
    assert len(rows) <= 5, "\n".join(statements)


def test_what_is_counted_is_what_begins_what_is_prepared_and_what_sqlalchemy_sends(
    one: TenantHandle, installation: Any
) -> None:
    with counted(installation.registry) as statements, one.work(writing=False) as work:
        Prepared(text("SELECT 1"), reason="no table is read").rows(work.db, {})
        work.db.execute(select(Account.id)).all()
    begins = ["SELECT version"] if installation.kind == "sqlite" else ["SELECT set_config", "SELECT version"]
    assert statements[: len(begins) + 1] == [*begins, "SELECT 1"]
    assert [each for each in statements if "FROM account" in each]
