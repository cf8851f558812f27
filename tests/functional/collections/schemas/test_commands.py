"""`insula collection`: declared, shown, changed by plans with progress, and deleted in a terminal."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from insula.collections.interfaces.entries import Entries
from insula.collections.interfaces.schemas import Collections
from insula.collections.schemas.commands import collection
from insula.kit.commands import Shell
from insula.kit.errors import InsulaError
from tests.functional.collections.schemas.test_changing import AFTER, BEFORE, slowly
from tests.makers import TenantHandle

__all__ = ["slowly"]


class Terminal:
    """Runs commands about one tenant."""

    def __init__(self, tenant: TenantHandle, folder: Path) -> None:
        self._tenant = tenant
        self._folder = folder

    def run(self, *words: str, fails: bool = False) -> str:
        """Return what a command prints."""
        shell = Shell(self._tenant.installation.registry, "test.ini")
        given = [*words, "--tenant", self._tenant.tenant.name]
        result = CliRunner().invoke(collection, given, obj=shell)
        if isinstance(result.exception, InsulaError):
            assert fails, result.exception
            return "\n".join([str(result.exception), *(each.path for each in result.exception.errors)])
        assert (result.exit_code != 0) == fails, result.output
        return result.output

    def file(self, members: Any) -> str:
        """Return the path of a file that holds a document."""
        path = self._folder / "document.json"
        path.write_text(json.dumps(members))
        return str(path)


@pytest.fixture
def terminal(one: TenantHandle, tmp_path: Path) -> Terminal:
    """Commands about the first tenant."""
    return Terminal(one, tmp_path)


def test_a_collection_by_command(terminal: Terminal, two: TenantHandle, tmp_path: Path) -> None:
    """Of this tenant, and of no other."""
    document = terminal.file(BEFORE)
    assert "with 3 fields" in terminal.run("create", "stations", document)
    assert "Stations" in terminal.run("list")
    assert json.loads(terminal.run("list", "--json"))[0]["name"] == "stations"
    shown = json.loads(terminal.run("show", "stations", "--document"))
    assert Terminal(two, tmp_path).run("list") == ""
    assert terminal.run("create", "other", terminal.file(shown))
    assert "stations" in Terminal(two, tmp_path).run("show", "stations", fails=True)
    assert "with 0 entries" in terminal.run("delete", "stations", "--yes")
    assert "stations" in terminal.run("show", "stations", fails=True)


def test_what_is_wrong_is_told(terminal: Terminal, tmp_path: Path) -> None:
    """With its path."""
    assert "fields.0.type" in terminal.run(
        "create", "things", terminal.file({"title": "Things", "fields": [{"name": "a"}]}), fails=True
    )
    broken = {"title": "Things", "fields": [{"name": "a", "type": "text", "pattern": "("}]}
    assert "fields.0.pattern" in terminal.run("create", "things", terminal.file(broken), fails=True)
    (tmp_path / "bad.json").write_text("{")
    assert "is not JSON" in terminal.run("create", "things", str(tmp_path / "bad.json"), fails=True)


@pytest.mark.usefixtures("slowly")
def test_a_plan_is_applied_and_gone_on_with(terminal: Terminal, one: TenantHandle) -> None:
    """Batch by batch, with progress; what was begun is seen through."""
    terminal.run("create", "stations", terminal.file({**BEFORE, "drafts": False}))
    values = [{"code": f"S{index}", "height": str(index), "note": "high"} for index in range(250)]
    with one.work() as work:
        work.find_service(Entries).create_many("stations", values, author=None)
    after = terminal.file({**AFTER, "drafts": False})
    said = terminal.run("plan", "stations", after)
    assert "lose    note: The field and its values are lost. (250 entries)" in said
    assert "250 documents of entries would be rewritten" in said
    change = json.loads(terminal.run("plan", "stations", after, "--json"))
    assert f"Apply it: insula collection apply {change['id']}"[:34] in said
    assert "note" in terminal.run("apply", change["id"], fails=True)
    with one.work() as work:
        collections = work.find_service(Collections)
        plan = collections.changes("stations")[0]
        collections.apply(plan.id, expected=1, confirmed=["note"], by="ada")
        assert collections.work(plan.id).done == 100
    assert "250 documents of entries were rewritten" in terminal.run("apply", str(plan.id))
    assert "already" in terminal.run("apply", str(plan.id), fails=True)
