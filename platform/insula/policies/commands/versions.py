"""`insula policy`: versions, and what a draft would change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from insula.events.interfaces import COMMAND_LINE
from insula.kit.clock import isoformat, now
from insula.kit.commands import Shell, pass_shell
from insula.kit.json import dumps
from insula.policies.commands.shared import (
    asked_for,
    document_of,
    draft_option,
    file_argument,
    grid_option,
    json_option,
    owners_option,
    tenant_option,
    work_of,
)
from insula.policies.places import operator_sees
from insula.policies.resources import named
from insula.policies.shapes import report_shape
from insula.security.interfaces import MAX_MINUTES, MAX_REPLAYED, DryRun, Policies, PolicyDrafts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from insula.security.interfaces import Change

MOMENT = click.DateTime(["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d"])


@click.command()
@tenant_option
@click.option("--version", type=int, help="An older version instead of the one in force.")
@pass_shell
def show(shell: Shell, tenant: str, version: int | None) -> None:
    """Print the policy in force; where it comes from is told on standard error."""
    with work_of(shell, tenant) as work:
        policies = work.find_service(Policies)
        found = policies.current() if version is None else policies.version(version)
        author = named(work, found.author)[found.author]
    click.echo(found.text, nl=False)
    click.echo(
        f"Version {found.number}, {isoformat(found.created)}, by {author}: {found.message}",
        err=True,
    )


@click.command()
@tenant_option
@pass_shell
def versions(shell: Shell, tenant: str) -> None:
    """List the versions, newest first."""
    with work_of(shell, tenant) as work:
        found = work.find_service(Policies).history()
        names = named(work, *(each.author for each in found))
    for each in found:
        click.echo(f"{each.number:>5}  {isoformat(each.created)}  {names[each.author]:<24} {each.message}")


@click.command()
@file_argument
@tenant_option
@grid_option
@draft_option
@owners_option
@pass_shell
def check(
    shell: Shell,
    *,
    file: Path | None,
    tenant: str,
    grid: Path | None,
    draft: bool,
    owners_at: Sequence[str],
) -> None:
    """Say what is wrong with a policy, with line, column and suggestion; status 1 if anything is."""
    with work_of(shell, tenant) as work:
        work.owners_at = owners_at
        flaws = work.find_service(Policies).check(*document_of(shell, work, file, grid, draft=draft))
    for flaw in flaws:
        click.echo(f"{file or 'draft'}: {flaw if flaw.line else flaw.message}")
    if flaws:
        shell.fail(f"{len(flaws)} to mend; it could not be published.")
    click.echo("Nothing is wrong with it.")


@click.command("dry-run")
@file_argument
@tenant_option
@click.option(
    "--last",
    type=click.IntRange(1, MAX_REPLAYED),
    default=1_000,
    show_default=True,
    help="How many decisions to replay, the newest.",
)
@click.option("--from", "start", type=MOMENT, help="Only decisions from this time on, UTC.")
@click.option("--to", "end", type=MOMENT, help="Only decisions before this time, UTC.")
@click.option("--hours", type=click.FloatRange(0, 720), help="Only decisions of the last so many hours.")
@grid_option
@draft_option
@json_option
@pass_shell
def dry_run(  # noqa: PLR0913 - one parameter for each option
    shell: Shell,
    *,
    file: Path | None,
    tenant: str,
    last: int,
    start: datetime | None,
    end: datetime | None,
    hours: float | None,
    grid: Path | None,
    draft: bool,
    as_json: bool,
) -> None:
    """Replay past decisions on a policy and say what would change; the floors are those of now."""
    start = now() - timedelta(hours=hours) if hours is not None else start and start.replace(tzinfo=UTC)
    with work_of(shell, tenant) as work:
        text, table = document_of(shell, work, file, grid, draft=draft)
        report = work.find_service(DryRun).run(
            text, table, last=last, start=start, end=end and end.replace(tzinfo=UTC)
        )
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


@click.command()
@file_argument
@tenant_option
@click.option("--message", "-m", required=True, help="Why, in a sentence; it stands in the history.")
@click.option("--expected", type=int, help="Only if this version is in force.")
@click.option(
    "--minutes",
    type=click.IntRange(1, MAX_MINUTES),
    help="On trial: it returns after so many minutes unless somebody confirms it.",
)
@grid_option
@draft_option
@owners_option
@pass_shell
def publish(
    shell: Shell,
    *,
    file: Path | None,
    tenant: str,
    message: str,
    expected: int | None,
    minutes: int | None,
    grid: Path | None,
    draft: bool,
    owners_at: Sequence[str],
) -> None:
    """Put a policy in force."""
    with work_of(shell, tenant, writing=True) as work:
        work.owners_at = owners_at
        text, table = document_of(shell, work, file, grid, draft=draft)
        policies = work.find_service(Policies)
        made = policies.publish(text, table, COMMAND_LINE, message, expected, minutes=minutes)
        if draft:
            work.find_service(PolicyDrafts).discard(expected=None)
    click.echo(f"Version {made.number} is in force from the next request on.")
    if made.until:
        click.echo(f"It returns to version {made.returns_to} at {isoformat(made.until)} unless confirmed.")


@click.command()
@tenant_option
@pass_shell
def confirm(shell: Shell, *, tenant: str) -> None:
    """Let the version on trial stay."""
    with work_of(shell, tenant, writing=True) as work:
        made = work.find_service(Policies).confirm(COMMAND_LINE)
    click.echo(f"Version {made.number} stays in force.")


@click.command("return")
@tenant_option
@pass_shell
def give_up(shell: Shell, *, tenant: str) -> None:
    """Put the version before the trial in force again, now."""
    with work_of(shell, tenant, writing=True) as work:
        made = work.find_service(Policies).give_up(COMMAND_LINE)
    click.echo(f"Version {made.number} is in force. {made.message}")


@click.command()
@click.argument("version", type=int)
@tenant_option
@click.option("--message", "-m", help="Why, in a sentence.")
@pass_shell
def rollback(shell: Shell, *, version: int, tenant: str, message: str | None) -> None:
    """Put an older version in force again, as a new one, also where every owner is locked out."""
    with work_of(shell, tenant, writing=True) as work:
        # The way back checks nothing: it has to be open where every owner is locked out, also by a plan.
        made = work.find_service(Policies).roll_back(version, COMMAND_LINE, message or "", unchecked=True)
    click.echo(f"Version {made.number} is in force; it says what version {version} said.")


def _examples(changes: Sequence[Change]) -> None:
    for each in changes:
        found = each.decision
        resource = f'{found.lineage[0].type}::"{found.lineage[0].id}"'
        after = each.why or ", ".join(each.rules) or "no rule allows it"
        before = ", ".join(found.rules) or "no rule allowed it"
        click.echo(
            f"           {found.id}  {found.name or 'visitor'}: {found.action} {resource}  {before} -> {after}\n"
            f"             {asked_for(found)}"
        )
