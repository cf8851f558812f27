"""A database that is away or busy is a 503 that says when to come back, by every door."""

import sqlite3
from collections.abc import Iterator
from typing import Any

import pytest

from insula.db.engines import engines_of
from insula.db.interfaces import DatabaseFailure
from tests.installations import Installation, install
from tests.makers import PASSWORD, TenantHandle


@pytest.mark.parametrize("path", ["/", "/admin/", "/api/pages"])
def test_a_statement_that_the_database_does_not_take_is_a_503(
    path: str, one: TenantHandle, monkeypatch: pytest.MonkeyPatch
) -> None:
    one.api("viewer").get("/api/")

    def fail(*_arguments: Any) -> None:
        raise DatabaseFailure("BEGIN", None, Exception("the server is away"))

    monkeypatch.setattr("insula.db.transactions.begin", fail)
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


@pytest.mark.parametrize("path", ["/", "/admin/", "/api/pages"])
def test_a_process_whose_connections_are_all_in_use_is_a_503(path: str, crowded: Installation) -> None:
    client = crowded.tenant("one").api("viewer")
    client.get("/api/")
    engine = engines_of(crowded.registry).app
    with engine.connect(), engine.connect():
        answer = client.get(path, status=503)
    assert answer.headers["Retry-After"] == "5"
    assert "QueuePool" not in answer.text
    client.get("/api/")


def test_what_needs_a_second_connection_is_a_503_when_there_is_none(crowded: Installation) -> None:
    one = crowded.tenant("one")
    client, email = one.api(), one.person("viewer").email
    client.post_json("/api/streams", {"name": "s", "title": "S"}, status=201)
    browser = one.visitor()
    form = browser.get("/account/@@sign-in").forms["sign-in"]
    form["email"], form["password"] = email, PASSWORD

    def push(**expected: int) -> Any:
        return client.post_json(
            "/api/streams/s/records", {"n": 1}, headers={"Idempotency-Key": "k"}, **expected
        )

    with engines_of(crowded.registry).app.connect():
        assert push(status=503).headers["Retry-After"] == "5"
        assert form.submit(status=503).headers["Retry-After"] == "5"
    push(status=201)
    form.submit(status=303)


@pytest.fixture
def crowded(tmp_path: Any) -> Iterator[Installation]:
    """An installation whose process may hold no more than two connections."""
    made = install(
        "sqlite",
        tmp_path,
        **{
            "insula.db.pool_size": "1",
            "insula.db.max_overflow": "1",
            "insula.db.pool_timeout": "0.05",
        },
    )
    yield made
    made.close()
