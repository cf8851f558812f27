"""`insula policy test`: questions with the answer that every policy has to give."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

import click

from insula.events.interfaces import COMMAND_LINE
from insula.kit.commands import Shell, pass_shell
from insula.kit.errors import NotFound
from insula.kit.json import dumps
from insula.policies.asked import ELEVATED, called, case_of
from insula.policies.commands.shared import (
    document_of,
    draft_option,
    file_argument,
    grid_option,
    json_option,
    tenant_option,
    work_of,
)
from insula.policies.places import operator_sees
from insula.policies.shapes import result_shape, test_shape
from insula.security.interfaces import Policies, PolicyTests
from insula.security.permissions import ACTIONS


@click.group()
def test() -> None:
    """Keep test cases, and ask a policy all of them."""


@test.command("list")
@tenant_option
@json_option
@pass_shell
def list_tests(shell: Shell, *, tenant: str, as_json: bool) -> None:
    """List the test cases."""
    with work_of(shell, tenant) as work:
        found = work.find_service(PolicyTests).all()
        names = {
            each.id: called(work, each.case.account, sees=operator_sees)
            for each in found
            if each.case.account
        }
    if as_json:
        click.echo(dumps([test_shape(each) for each in found], indent=True))
        return
    for each in found:
        case = each.case
        who = ", ".join(case.roles) or names[each.id]
        told = "allow" if case.allowed else "deny"
        click.echo(f"{each.id}  {told:<5} {who}: {case.action} {case.on}  {case.name}")


@test.command("add")
@click.argument("name")
@tenant_option
@click.option("--role", "roles", multiple=True, metavar="ROLE", help="Who asks; may be given more than once.")
@click.option("--account", metavar="EMAIL", help="Who asks, instead of roles.")
@click.option("--action", type=click.Choice(ACTIONS), required=True, help="What they want to do.")
@click.option("--on", required=True, metavar="PLACE", help='An address such as /about, or Page::"/about".')
@click.option("--ip", default="", help="From which address.")
@click.option("--scheme", type=click.Choice(["session", "token", ELEVATED]), default="session")
@click.option("--mfa", is_flag=True, help="With a second factor.")
@click.option("--expect", type=click.Choice(["allow", "deny"]), required=True, help="The answer it must get.")
@pass_shell
def add_test(  # noqa: PLR0913 - one parameter for each option
    shell: Shell,
    *,
    name: str,
    tenant: str,
    roles: Sequence[str],
    account: str | None,
    action: str,
    on: str,
    ip: str,
    scheme: str,
    mfa: bool,
    expect: str,
) -> None:
    """Keep a test case called NAME."""
    sent = {
        "name": name,
        "expected": expect,
        "roles": list(roles),
        "account": account,
        "action": action,
        "on": on,
        "ip": ip,
        "scheme": "token" if scheme == ELEVATED else scheme,
        "elevated": scheme == ELEVATED,
        "mfa": mfa,
    }
    with work_of(shell, tenant, writing=True) as work:
        made = work.find_service(PolicyTests).add(case_of(work, sent, sees=operator_sees), COMMAND_LINE)
    click.echo(f"{made.id}  kept")


@test.command("remove")
@click.argument("name")
@tenant_option
@pass_shell
def remove_test(shell: Shell, *, name: str, tenant: str) -> None:
    """Forget a test case, by its name or its id."""
    with work_of(shell, tenant, writing=True) as work:
        tests = work.find_service(PolicyTests)
        known = {key: each.id for each in tests.all() for key in (each.case.name, str(each.id))}
        if name not in known:
            raise NotFound(f"There is no test case {name!r}.")
        tests.remove(UUID(str(known[name])), COMMAND_LINE)
    click.echo("The test case is gone.")


@test.command("run")
@file_argument
@tenant_option
@grid_option
@draft_option
@json_option
@pass_shell
def run_tests(
    shell: Shell, *, file: Path | None, tenant: str, grid: Path | None, draft: bool, as_json: bool
) -> None:
    """Ask the policy in force, a FILE or the draft every test case; status 1 if one fails."""
    with work_of(shell, tenant) as work:
        if file is None and not draft:
            current = work.find_service(Policies).current()
            text, table = current.text, current.grid
        else:
            text, table = document_of(shell, work, file, grid, draft=draft)
        results = work.find_service(PolicyTests).run(text, table, sees=operator_sees)
    if as_json:
        click.echo(dumps([result_shape(each) for each in results], indent=True))
    else:
        for each in results:
            because = each.why or ", ".join(each.rules) or "no rule allows it"
            click.echo(f"{'ok  ' if each.passed else 'FAIL'}  {each.test.case.name}  ({because})")
    if failed := sum(not each.passed for each in results):
        shell.fail(f"{failed} of {len(results)} fail; such a policy cannot be published.")
