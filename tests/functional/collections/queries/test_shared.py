"""Tenants that ask alike share what is compiled of their questions, and nothing of what these bind."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from insula.db.engines import shapes_of
from tests.functional.collections.queries.conftest import World

Given = dict[str, Any]
FIRST: Given = {
    "state": "CA",
    "other": "OR",
    "low": -10,
    "rank": 2,
    "part": "Bay",
    "word": "mountain",
    "limit": 200,
}
SECOND: Given = {
    "state": "WA",
    "other": "XX",
    "low": 5,
    "rank": 1,
    "part": "Mount",
    "word": "bay",
    "limit": 3,
}
ASKED: dict[str, Callable[[Any, Given], bool]] = {
    "state={state}&latitude[gt]={low}&sort=-latitude": lambda entry, given: (
        entry["state"] == given["state"]
        and entry["latitude"] is not None
        and Decimal(entry["latitude"]) > given["low"]
    ),
    "rank_plain[gte]={rank}&state_plain={state}": lambda entry, given: (
        entry["rank_plain"] is not None
        and entry["rank_plain"] >= given["rank"]
        and entry["state_plain"] == given["state"]
    ),
    "state[in]={state},{other}": lambda entry, given: entry["state"] in (given["state"], given["other"]),
    "name[like]={part}*": lambda entry, given: entry["name"].startswith(given["part"]),
    "q={word}": lambda entry, given: given["word"] in entry["name"].lower(),
    "sort=-created": lambda _entry, _given: True,
}


@pytest.mark.parametrize("query", ASKED)
def test_two_tenants_with_one_shape_of_question_are_each_answered_their_own(
    query: str, world: World, other: World
) -> None:
    def answered(which: World, given: Given) -> int:
        expected = {each["id"] for each in which.airports if ASKED[query](each, given)}
        found = which.get(f"?{query}&limit={{limit}}".format(**given))["data"]
        assert {each["id"] for each in found} <= expected
        assert len(found) == min(given["limit"], len(expected))
        with which.tenant.work(writing=False) as work:
            return len(shapes_of(work.db.engine))

    known = answered(world, FIRST)
    assert answered(other, SECOND) == known
    assert answered(other, FIRST) == answered(world, SECOND) == known
    assert answered(other, SECOND) == known
