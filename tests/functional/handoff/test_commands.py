"""`insula operator` does what the screen and the API do."""

from typing import Any

from click.testing import CliRunner

from insula.kit.commands import Shell, commands_of
from tests.functional.handoff.conftest import Flow
from tests.functional.handoff.test_attacks import events, is_out
from tests.makers import TenantHandle


def run(handle: TenantHandle, *words: str) -> Any:
    registry = handle.installation.registry
    return CliRunner().invoke(commands_of(registry)["operator"], words, obj=Shell(registry, "test.ini"))


def test_leave_by_the_command_line(one: TenantHandle, two: TenantHandle, flow: Flow) -> None:
    here, there = ("--tenant", one.tenant.name), ("--tenant", two.tenant.name)
    assert "none has leave" in run(one, "grants", *here).output
    flow.confirm(flow.begin(one.visitor()))
    listed = run(one, "grants", *here).output
    assert "asked" in listed
    grant_id = listed.split()[0]
    assert run(one, "grant", *there, "--request", grant_id).exit_code != 0
    granted = run(one, "grant", *here, "--request", grant_id, "--hours", "2")
    assert granted.exit_code == 0, granted
    browser = flow.enter(one)
    assert run(one, "revoke", *there, grant_id).exit_code != 0
    assert "revoked" in run(one, "revoke", *here, grant_id).output
    assert is_out(browser)
    assert events(one, "operator.granted")[0]["actor"] == "command line"


def test_leave_for_any_operator(one: TenantHandle, flow: Flow) -> None:
    made = run(one, "grant", "--tenant", one.tenant.name, "--reason", "migration tonight")
    assert "Any operator may enter" in made.output
    assert not is_out(flow.enter(one))
    assert run(one, "grant", "--tenant", one.tenant.name, "--hours", "1000").exit_code != 0
