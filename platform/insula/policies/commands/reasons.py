"""`insula policy explain` and `forget`: why it was so, and that nobody knows any more."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from insula.accounts.interfaces import Accounts
from insula.kit.commands import Shell, pass_shell
from insula.kit.json import dumps
from insula.policies.asked import made_up, read
from insula.policies.commands.shared import asked_for, json_option, tenant_option, text_of, work_of
from insula.policies.decisions import forgettable
from insula.policies.places import operator_sees
from insula.policies.shapes import explanation_shape
from insula.security.interfaces import Decisions, Explain
from insula.security.permissions import ACTIONS

if TYPE_CHECKING:
    from insula.security.interfaces import Explanation

_ALL = 10**12


@click.command()
@click.argument("decision", required=False)
@tenant_option
@click.option("--role", "roles", multiple=True, metavar="ROLE", help="Who asks; may be given more than once.")
@click.option("--account", metavar="EMAIL", help="Who asks, instead of roles.")
@click.option("--action", type=click.Choice(ACTIONS), help="What they want to do.")
@click.option("--on", metavar="PLACE", help='An address such as /about, or a name such as Page::"/about".')
@click.option("--ip", default="", help="From which address.")
@click.option("--draft", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Ask this text.")
@json_option
@pass_shell
def explain(  # noqa: PLR0913 - one parameter for each option
    shell: Shell,
    *,
    decision: str | None,
    tenant: str,
    roles: Sequence[str],
    account: str | None,
    action: str | None,
    on: str | None,
    ip: str,
    draft: Path | None,
    as_json: bool,
) -> None:
    """Say why: of a recorded DECISION, or of a request that nobody has sent."""
    if (decision is None) == (action is None):
        shell.fail(
            "Say what to explain.", "Name a decision, or give --action and --on with --role or --account."
        )
    with work_of(shell, tenant) as work:
        explain_ = work.find_service(Explain)
        if decision is not None:
            found = explain_.recorded(decision, sees=operator_sees)
        else:
            sent = {"action": action, "on": on or "", "roles": list(roles), "account": account, "ip": ip}
            question = made_up(work, read(sent), sees=operator_sees)
            text = text_of(draft) if draft else None
            found = explain_.made_up(question, sees=operator_sees, text=text)
    if as_json:
        click.echo(dumps(explanation_shape(found, sees=operator_sees), indent=True))
        return
    _explained(found)


def _explained(found: Explanation) -> None:
    thing = f' on {found.resource.type}::"{found.resource.id}"' if found.resource else ""
    click.echo(
        f"{'Allowed' if found.allowed else 'Denied'}: {found.action}{thing}, by version {found.version}"
    )
    if found.decision:
        click.echo(asked_for(found.decision))
    for title, rules in (("determined by", found.rules), ("could have allowed it", found.near)):
        for rule in rules:
            click.echo(f"\n{title} {rule.name}")
            click.echo("\n".join(f"    {line}" for line in rule.text.splitlines()))
            for each in found.inputs:
                if each.rule == rule.name:
                    value = dumps(each.value).decode() if each.state == "known" else each.state
                    click.echo(f"  {each.name} = {value}")
    if not found.rules and not found.near:
        click.echo("No rule allows it.")
    for error in found.errors:
        click.echo(f"note: {error}")


@click.command()
@tenant_option
@click.option(
    "--account", required=True, metavar="EMAIL-OR-ID", help="Whose decisions; an id may be of one deleted."
)
@pass_shell
def forget(shell: Shell, *, tenant: str, account: str) -> None:
    """Erase the recorded decisions about one account, for good."""
    with work_of(shell, tenant) as work:
        known = work.find_service(Accounts).by_email(account) if "@" in account else None
        if "@" in account and known is None:
            shell.fail(f"Nobody has the e-mail {account}.", "Name the account by its id if it was deleted.")
        id_ = forgettable(str(known.id) if known else account)
        done = work.find_service(Decisions).forget(id_, most=_ALL)
    click.echo(f"{done.erased} decisions erased.")
