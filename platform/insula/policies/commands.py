"""`insula policy`: the way in, and the way back, for somebody with a shell on the server."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from insula.db.work import tenant_work
from insula.events.interfaces import COMMAND_LINE
from insula.kit.clock import isoformat
from insula.kit.commands import Shell, pass_shell
from insula.kit.errors import InsulaError
from insula.kit.json import dumps
from insula.policies.asked import made_up, read
from insula.policies.places import operator_sees
from insula.policies.resources import named
from insula.policies.shapes import explanation_shape, report_shape
from insula.security.interfaces import MAX_REPLAYED, DryRun, Explain, Policies
from insula.security.permissions import ACTIONS
from insula.tenancy.interfaces import find_tenant

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from insula.security.interfaces import Change, Explanation

tenant_option = click.option("--tenant", required=True, metavar="NAME", help="Whose policy this is.")
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
file_argument = click.argument(
    "file", type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path)
)


@click.group()
def policy() -> None:
    """Check, try, publish, roll back and explain the policy of a tenant."""


@policy.command()
@tenant_option
@click.option("--version", type=int, help="An older version instead of the one in force.")
@pass_shell
def show(shell: Shell, tenant: str, version: int | None) -> None:
    """Print the policy in force; where it comes from is told on standard error."""
    with _work(shell, tenant) as work:
        policies = work.find_service(Policies)
        found = policies.current() if version is None else policies.version(version)
        author = named(work, found.author)[found.author]
    click.echo(found.text, nl=False)
    click.echo(
        f"Version {found.number}, {isoformat(found.created)}, by {author}: {found.message}",
        err=True,
    )


@policy.command()
@tenant_option
@pass_shell
def versions(shell: Shell, tenant: str) -> None:
    """List the versions, newest first."""
    with _work(shell, tenant) as work:
        found = work.find_service(Policies).history()
        names = named(work, *(each.author for each in found))
    for each in found:
        click.echo(f"{each.number:>5}  {isoformat(each.created)}  {names[each.author]:<24} {each.message}")


@policy.command()
@file_argument
@tenant_option
@pass_shell
def check(shell: Shell, file: Path, tenant: str) -> None:
    """Say what is wrong with a text, with line, column and suggestion; status 1 if anything is."""
    with _work(shell, tenant) as work:
        policies = work.find_service(Policies)
        flaws = policies.check(_text(file), policies.current().grid)
    for flaw in flaws:
        click.echo(f"{file}: {flaw}")
    if flaws:
        shell.fail(f"{len(flaws)} to mend; it could not be published.")
    click.echo("Nothing is wrong with it.")


@policy.command("dry-run")
@file_argument
@tenant_option
@click.option(
    "--last",
    type=click.IntRange(1, MAX_REPLAYED),
    default=1_000,
    show_default=True,
    help="How many decisions to replay, the newest.",
)
@json_option
@pass_shell
def dry_run(shell: Shell, *, file: Path, tenant: str, last: int, as_json: bool) -> None:
    """Replay past decisions on a text and say what would change."""
    with _work(shell, tenant) as work:
        grid = work.find_service(Policies).current().grid
        report = work.find_service(DryRun).run(_text(file), grid, last=last)
    if as_json:
        click.echo(dumps(report_shape(report, sees=operator_sees), indent=True))
        return
    click.echo(f"{report.replayed} decisions replayed")
    for title, number, changes in (
        ("same answer", report.same, ()),
        ("newly denied", report.newly_denied, report.denied),
        ("newly allowed", report.newly_allowed, report.allowed),
        ("cannot be replayed", report.unknown, report.unclear),
    ):
        click.echo(f"{number:>7}  {title}")
        _examples(changes)


@policy.command()
@file_argument
@tenant_option
@click.option("--message", "-m", required=True, help="Why, in a sentence; it stands in the history.")
@click.option("--expected", type=int, help="Only if this version is in force.")
@pass_shell
def publish(shell: Shell, *, file: Path, tenant: str, message: str, expected: int | None) -> None:
    """Put a text in force; the table of roles stays as it is."""
    with _work(shell, tenant, writing=True) as work:
        policies = work.find_service(Policies)
        made = policies.publish(_text(file), policies.current().grid, COMMAND_LINE, message, expected)
    click.echo(f"Version {made.number} is in force from the next request on.")


@policy.command()
@click.argument("version", type=int)
@tenant_option
@click.option("--message", "-m", help="Why, in a sentence.")
@pass_shell
def rollback(shell: Shell, *, version: int, tenant: str, message: str | None) -> None:
    """Put an older version in force again, as a new one."""
    with _work(shell, tenant, writing=True) as work:
        # The way back checks nothing: it has to be open where every owner is locked out, also by a plan.
        made = work.find_service(Policies).roll_back(version, COMMAND_LINE, message or "", unchecked=True)
    click.echo(f"Version {made.number} is in force; it says what version {version} said.")


@policy.command()
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
    with _work(shell, tenant) as work:
        explain_ = work.find_service(Explain)
        if decision is not None:
            found = explain_.recorded(decision, sees=operator_sees)
        else:
            sent = {"action": action, "on": on or "", "roles": list(roles), "account": account, "ip": ip}
            question = made_up(work, read(sent), sees=operator_sees)
            text = _text(draft) if draft else None
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


def _examples(changes: Sequence[Change]) -> None:
    for each in changes:
        found = each.decision
        resource = f'{found.lineage[0].type}::"{found.lineage[0].id}"'
        after = each.why or ", ".join(each.rules) or "no rule allows it"
        before = ", ".join(found.rules) or "no rule allowed it"
        click.echo(
            f"           {found.id}  {found.name or 'visitor'}: {found.action} {resource}  {before} -> {after}"
        )


@contextmanager
def _work(shell: Shell, tenant: str, *, writing: bool = False) -> Iterator[Any]:
    try:
        tenant_id = find_tenant(shell.registry, tenant).id
        with tenant_work(shell.registry, tenant_id, writing=writing) as work:
            yield work
    except InsulaError as error:
        shell.fail(str(error), "\n".join(f"{each.path}: {each.detail}" for each in error.errors))


def _text(file: Path) -> str:
    with click.open_file(str(file), encoding="utf-8") as opened:
        text: str = opened.read()
    return text
