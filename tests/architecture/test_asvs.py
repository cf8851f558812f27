"""The matrix of the ASVS is true to the tests that it names."""

from __future__ import annotations

import ast
import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
REQUIREMENTS: list[dict[str, Any]] = tomllib.loads((ROOT / "asvs.toml").read_text())["requirement"]

# Those of most weight for a platform of many tenants.
FIRST = {
    *("1.2.4", "1.2.10", "1.3.1", "1.3.6", "1.3.7", "1.3.12", "2.2.1", "2.3.3", "2.4.1"),
    *("3.3.1", "3.3.3", "3.3.4", "3.4.1", "3.4.2", "3.4.3", "3.4.4", "3.4.6", "3.4.8"),
    *("3.5.1", "3.5.2", "3.5.4", "3.7.2", "4.1.3", "4.2.1", "4.3.1", "5.2.1", "5.2.3"),
    *("5.3.2", "6.3.1", "7.2.4", "7.4.1", "7.4.2", "8.2.1", "8.2.2", "8.2.3", "8.3.1"),
    *("8.3.2", "8.4.1", "9.1.2", "10.4.1", "11.4.2", "11.5.1", "13.1.3", "14.3.2", "15.3.2"),
    *("15.3.3", "15.3.4", "15.4.1", "16.3.2", "16.5.2", "16.5.3"),
}


@cache
def defined_in(path: Path) -> frozenset[str]:
    """Return the names of the tests that a file defines."""
    return frozenset(
        node.name
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    )


@pytest.mark.parametrize("row", REQUIREMENTS, ids=lambda row: row["id"])
def test_a_requirement_says_its_state_and_why_and_its_tests_exist(row: dict[str, Any]) -> None:
    assert set(row) == {"id", "title", "state", "tests", "why"}
    assert re.fullmatch(r"\d{1,2}\.\d{1,2}\.\d{1,2}", row["id"])
    assert row["title"]
    assert len(row["why"]) > 10
    assert row["state"] in {"tested", "open", "n/a"}
    assert bool(row["tests"]) == (row["state"] == "tested")
    for node in row["tests"]:
        name, _, test = node.partition("::")
        assert (ROOT / name).is_file(), node
        assert test in defined_in(ROOT / name), node


def test_each_requirement_stands_there_once_and_those_to_check_first_all_do() -> None:
    ids = [row["id"] for row in REQUIREMENTS]
    assert len(ids) == len(set(ids))
    assert set(ids) >= FIRST
