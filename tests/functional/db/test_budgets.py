"""How many SQL statements a request may send: all but BEGIN and COMMIT, what a session sends first included."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import pytest
from sqlalchemy import event

from insula.db import prepared, transactions
from insula.db.engines import engines_of
from tests.makers import TenantHandle

SCHEMA = {"type": "object", "properties": {"value": {"type": "number"}}}


@contextmanager
def counted(installation: Any) -> Iterator[list[str]]:
    """Yield the list that fills with the statements sent to the relational database."""
    statements: list[str] = []
    engines = engines_of(installation.registry)
    first = ["SELECT version"] if installation.kind == "sqlite" else ["SELECT set_config", "SELECT version"]

    def sent(*arguments: Any) -> None:
        statements.append(arguments[2])

    begin = transactions.begin

    def begun(session: Any, line: Any) -> Any:
        statements.extend(first)
        return begin(session, line)

    send = prepared.send

    def told(driver: Any, text: str, taken: list[Any]) -> Any:
        statements.append(text)
        return send(driver, text, taken)

    each = {id(engine): engine for engine in (engines.app, engines.system)}.values()
    for engine in each:
        event.listen(engine, "before_cursor_execute", sent)
    try:
        with patch.object(prepared, "send", told), patch.object(transactions, "begin", begun):
            yield statements
    finally:
        for engine in each:
            event.remove(engine, "before_cursor_execute", sent)


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
    with counted(installation) as statements:
        client.get(path, expect_errors=True)
    if installation.kind != "sqlite":
        most += 1
    assert len(statements) <= most, "\n".join(statements)


def test_pushing_a_record_sends_no_more_than_reading_one(furnished: TenantHandle, installation: Any) -> None:
    api = furnished.api("owner")
    with counted(installation) as statements:
        api.post_json("/api/streams/values/records", {"value": 2})
    # The relay and the record store in the same database have connections of their own.
    rows = [each for each in statements if "record" not in each.lower() or "idempotency" in each.lower()]
    assert len(rows) <= 5, "\n".join(statements)
