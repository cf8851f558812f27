"""A database that is away or busy is a 503 that says when to come back, by every door."""

import sqlite3
from typing import Any

import pytest

from insula.db.engines import engines_of
from insula.db.interfaces import DatabaseFailure
from tests.installations import Installation, install
from tests.makers import TenantHandle


@pytest.mark.parametrize("path", ["/", "/admin/", "/api/pages"])
def test_a_statement_that_the_database_does_not_take_is_a_503(
    path: str, one: TenantHandle, monkeypatch: pytest.MonkeyPatch
) -> None:
    one.api("viewer").get("/api/")

    def fail(*_arguments: Any) -> None:
        raise DatabaseFailure("BEGIN", None, Exception("the server is away"))

    monkeypatch.setattr("insula.db.sessions._restart", fail)
    answer = one.visitor().get(path, status=503)
    assert answer.headers["Retry-After"] == "5"
    assert "away" not in answer.text


def test_the_lock_that_another_holds_too_long_is_a_503(tmp_path: Any) -> None:
    made: Installation = install("sqlite", tmp_path, **{"insula.db.lock_timeout": "100"})
    one = made.tenant("one")
    api = one.api("owner")
    with sqlite3.connect(engines_of(made.registry).app.url.database, isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        answer = api.post_json("/api/pages", {"path": "/x", "title": "x"}, status=503)
        assert answer.headers["Retry-After"] == "5"
        other.execute("ROLLBACK")
    other.close()
    api.post_json("/api/pages", {"path": "/x", "title": "x"}, status=201)
    made.close()
