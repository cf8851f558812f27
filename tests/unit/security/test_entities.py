"""Values become attributes by their declared type and by nothing else."""

import json
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from uuid import UUID

import pytest

from insula.security.cedar.entities import convert, document
from insula.security.cedar.schema import PolicySchema
from insula.security.interfaces import PolicyType
from tests.unit.security.policies import ADMIN, SCHEMA, SITE, Thing, page

ID = UUID("0190a5b0-0000-7000-8000-000000000001")
MISSING = convert(None, "String")


@pytest.mark.parametrize(
    ("value", "kind", "expected"),
    [
        (True, "Bool", True),
        (7, "Long", 7),
        (-(2**63), "Long", -(2**63)),
        ("text", "String", "text"),
        (["a", "b"], "Set<String>", ["a", "b"]),
        (ID, "Account", {"__entity": {"type": "Account", "id": str(ID)}}),
        (Thing("Account", "ann"), "Account", {"__entity": {"type": "Account", "id": "ann"}}),
        (Decimal("1.5"), "decimal", {"__extn": {"fn": "decimal", "arg": "1.5"}}),
        (Decimal(3), "decimal", {"__extn": {"fn": "decimal", "arg": "3.0"}}),
        ("10.0.0.1", "ipaddr", {"__extn": {"fn": "ip", "arg": "10.0.0.1"}}),
        (
            datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=timezone(timedelta(hours=2))),
            "datetime",
            {"__extn": {"fn": "datetime", "arg": "2026-01-02T01:04:05.678Z"}},
        ),
        (
            datetime(1, 1, 1, tzinfo=UTC),
            "datetime",
            {"__extn": {"fn": "datetime", "arg": "0001-01-01T00:00:00.000Z"}},
        ),
    ],
)
def test_a_value_of_its_type_is_converted(value, kind, expected):
    assert convert(value, kind) == expected


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (None, "String"),
        (1, "Bool"),
        (True, "Long"),
        (2**63, "Long"),
        (1.0, "Long"),
        ("a\0b", "String"),
        ("\ud800", "String"),
        ({"__entity": {"type": "Account", "id": "ann"}}, "String"),
        ({"__entity": {"type": "Account", "id": "ann"}}, "Account"),
        ({"__extn": {"fn": "ip", "arg": "10.0.0.1"}}, "ipaddr"),
        (["a", {"__entity": {"type": "Account", "id": "ann"}}], "Set<String>"),
        (Thing("Role", "owner"), "Account"),
        (Decimal("1.23456"), "decimal"),
        (Decimal("NaN"), "decimal"),
        (Decimal(10) ** 15, "decimal"),
        ("many", "decimal"),
        (datetime(2026, 1, 1), "datetime"),  # noqa: DTZ001 -- the naive one is the point
        ("nowhere", "ipaddr"),
    ],
)
def test_a_value_of_another_type_counts_as_missing(value, kind):
    assert convert(value, kind) is MISSING


def entities(principal, lineage, types=SCHEMA.types, roles=("editor",), facts=None):
    who, where = document(principal, roles, facts or {"kind": "person"}, lineage, types)
    found = [*json.loads(who), *json.loads(where)]
    return {(entry["uid"]["type"], entry["uid"]["id"]): entry for entry in found}


def test_the_lineage_is_the_place():
    found = entities(("Account", "ann"), page("/a/b", Thing("Page", "/a", {"published": False}), SITE))
    assert found["Page", "/a/b"]["parents"] == [{"type": "Page", "id": "/a"}]
    assert found["Page", "/a"]["parents"] == [{"type": "Area", "id": "site"}]
    assert found["Account", "ann"]["parents"] == [{"type": "Role", "id": "editor"}]


def test_an_attribute_nobody_declared_is_not_told():
    assert "secret" not in entities(("Account", "ann"), page(secret="x"))["Page", "/news"]["attrs"]


def test_a_neighbour_that_is_no_place_is_passed_over():
    lineage = (Thing("Token", "t"), Thing("Stream", "s"), ADMIN)
    assert entities(("Account", "ann"), lineage)["Token", "t"]["parents"] == [{"type": "Area", "id": "admin"}]


def test_somebody_looks_at_their_own_account():
    found = entities(
        ("Account", "ann"), (Thing("Account", "ann", {"kind": "person"}), Thing("Area", "account"))
    )
    assert found["Account", "ann"]["parents"] == [
        {"type": "Role", "id": "editor"},
        {"type": "Area", "id": "account"},
    ]


def test_nothing_lies_in_itself():
    types = PolicySchema.of([PolicyType("Box", parents=("Box",))]).types
    assert (
        entities(("Account", "ann"), (Thing("Box", "1"), Thing("Box", "1")), types)["Box", "1"]["parents"]
        == []
    )
