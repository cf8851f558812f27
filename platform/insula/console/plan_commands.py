"""The command `insula plan`: list, show and save plans and the installation's document, and put tenants on them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from insula.console.interfaces import Planning
from insula.console.shapes import plan_shape
from insula.db.work import system_work
from insula.events.interfaces import COMMAND_LINE
from insula.kit import json
from insula.kit.commands import Shell, again, pass_shell
from insula.kit.errors import InsulaError, Invalid
from insula.tenancy.interfaces import INSTALLATION, Plans, find_tenant


@click.group()
def plan() -> None:
    """See and change what tenants are held to; `installation` is what binds all of them."""


@plan.command("list")
@pass_shell
def list_plans(shell: Shell) -> None:
    """List the plans."""
    with _work(shell) as work:
        for found in _all(work):
            number = f"{found.tenants:,} tenant{'' if found.tenants == 1 else 's'}"
            click.echo(f"{found.name:<20} version {found.version:<4} {number:<14} {found.title}")


@plan.command()
@click.argument("name")
@pass_shell
def show(shell: Shell, name: str) -> None:
    """Print a plan as JSON, in the form that `save` takes."""
    with _work(shell) as work:
        found = work.find_service(Plans).find(name)
    click.echo(json.dumps(plan_shape(found)["document"], indent=True).decode())
    click.echo(f"{found.title}, version {found.version}, binds {found.tenants:,} tenants", err=True)


@plan.command()
@click.argument("name")
@click.argument("file", type=click.File(encoding="utf-8"))
@click.option("--title", help="What people read; as it was, or the name, when left out.")
@click.option(
    "--policy", type=click.File(encoding="utf-8"), help="Cedar rules, in the stead of the document's."
)
@click.option("--expected", type=int, help="Only if this version stands; 0 for a plan that is new.")
@click.option("--dry-run", is_flag=True, help="Say what it would do, and change nothing.")
@pass_shell
def save(
    shell: Shell,
    *,
    name: str,
    file: Any,
    title: str | None,
    policy: Any,
    expected: int | None,
    dry_run: bool,
) -> None:
    """Save the document in FILE (- for standard input) as the plan NAME, which may be new."""
    with _work(shell) as work:
        planning: Planning = work.find_service(Planning)
        document = planning.read(_given(file, policy))
        known = {found.name: found for found in _all(work)}
        for effect in planning.effects(name, document):
            click.echo(effect.words)
        title = title or (known[name].title if name in known else name.capitalize())
        if dry_run:
            work.find_service(Plans).check(name, title, expected=expected)
            click.echo("Nothing was changed.")
            return
        saved = planning.save(name, title, document, expected=expected, actor=COMMAND_LINE)
    click.echo(f"{saved.title} is at version {saved.version} and binds {saved.tenants:,} tenants.")
    if not saved.tenants:
        click.echo(f"Next: {again(f'plan assign TENANT {name}')}")


@plan.command()
@click.argument("tenant")
@click.argument("name")
@click.option("--dry-run", is_flag=True, help="Say what would be otherwise, and change nothing.")
@pass_shell
def assign(shell: Shell, tenant: str, name: str, *, dry_run: bool) -> None:
    """Put TENANT on the plan NAME."""
    with _work(shell) as work:
        for one in work.find_service(Planning).moved(find_tenant(shell.registry, tenant), name):
            click.echo(f"{one.what}: {one.before} to {one.after}")
        if dry_run:
            click.echo("Nothing was changed.")
            return
        work.find_service(Plans).assign(tenant, name, actor=COMMAND_LINE)
    click.echo(f"{tenant} is on the plan {name}, from its next request on.")


def _all(work: Any) -> list[Any]:
    plans: Plans = work.find_service(Plans)
    return [plans.find(INSTALLATION), *plans.all()]


def _given(file: Any, policy: Any) -> dict[str, Any]:
    try:
        given = json.loads(file.read())
    except ValueError as error:
        message = f"{file.name} does not read as JSON: {error}"
        raise Invalid(message) from error
    if not isinstance(given, dict):
        message = f"{file.name} holds no object with bounds, features and policy."
        raise Invalid(message)
    return given if policy is None else {**given, "policy": policy.read()}


@contextmanager
def _work(shell: Shell) -> Iterator[Any]:
    try:
        with system_work(shell.registry, reason="insula plan", writing=False) as work:
            yield work
    except InsulaError as error:
        shell.fail(str(error), "\n".join(f"{each.path}: {each.detail}" for each in error.errors))
