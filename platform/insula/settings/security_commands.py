"""The command `insula setting`: list, show and set a tenant's sections, and show what binds them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from insula.accounts.interfaces import Accounts, actor_names
from insula.events.interfaces import COMMAND_LINE
from insula.features.interfaces import Sections
from insula.kit.commands import Shell, again, pass_shell
from insula.settings.commands import patch_of, value_of, within
from insula.settings.limits import fixed_for
from insula.settings.shapes import plain_settings, settings_shape

if TYPE_CHECKING:
    from collections.abc import Sequence

    from insula.features.interfaces import SectionDeclaration, SectionState

LIST = "setting list"
tenant_option = click.option("--tenant", required=True, metavar="NAME", help="Whose settings these are.")


@click.group()
def setting() -> None:
    """See and change a tenant's settings of security."""


@setting.command("list")
@tenant_option
@pass_shell
def list_settings(shell: Shell, tenant: str) -> None:
    """List every section with who changed it last."""

    def read(work: Any) -> Any:
        states = work.find_service(Sections).all()
        return states, actor_names(work.find_service(Accounts), (state.changed_by for state in states))

    states, names = within(shell, tenant, read, writing=False, see=LIST)
    for state in states:
        who = names.get(state.changed_by or "", state.changed_by or "the installation")
        changed = f"  changed by {who} on {state.changed_at:%Y-%m-%d}" if state.changed_at else ""
        click.echo(f"{state.name:<20} {state.group:<12} {state.title}{changed}")
    click.echo(f"\nSee one with its values: {again(f'setting show NAME --tenant {tenant}')}", err=True)


@setting.command()
@click.argument("name")
@tenant_option
@pass_shell
def show(shell: Shell, name: str, tenant: str) -> None:
    """Show one section with its values, their defaults, what they mean and what binds them."""

    def read(work: Any) -> tuple[SectionState, SectionDeclaration]:
        sections: Sections = work.find_service(Sections)
        return sections.state(name), sections.declaration(name)

    state, declaration = within(shell, tenant, read, writing=False, see=LIST)
    click.echo(f"{state.title}, version {state.version}")
    if state.description:
        click.echo(state.description)
    now, own = settings_shape(state, state.settings), plain_settings(state.own)
    defaults = plain_settings(declaration.defaults())
    for key, info in declaration.model.model_fields.items():
        if key in state.secrets:
            click.echo(f"\n  {key}: set on {state.secrets[key]:%Y-%m-%d}")
        else:
            mark = "" if now[key] == defaults[key] else f"   (default {value_of(defaults[key]) or 'empty'})"
            click.echo(f"\n  {key} = {value_of(now[key])}{mark}")
        if info.description:
            click.echo(f"      {info.description}")
        for words in state.bounds[key].words() if key in state.bounds else ():
            click.echo(f"      {words}")
        if now.get(key) != own.get(key) and key not in state.secrets:
            click.echo(f"      Set to {value_of(own[key])}, which is outside.")
    click.echo(f"\nChange one: {again(f'setting set {name} KEY=VALUE --tenant {tenant}')}", err=True)


@setting.command("set")
@click.argument("name")
@click.argument("pairs", nargs=-1, metavar="KEY=VALUE…")
@click.option("--default", "defaults", multiple=True, metavar="KEY", help="Return this one to its default.")
@tenant_option
@pass_shell
def set_setting(shell: Shell, name: str, pairs: Sequence[str], defaults: Sequence[str], tenant: str) -> None:
    """Change values. They are text or JSON; a KEY given several times makes a list, and null removes a secret."""
    if not pairs and not defaults:
        shell.fail(
            "There is nothing to set.",
            f"See what there is: {again(f'setting show {name} --tenant {tenant}')}",
        )

    def change(work: Any) -> tuple[SectionState, SectionState]:
        sections: Sections = work.find_service(Sections)
        before, model = sections.state(name), sections.declaration(name).model
        patch = {**patch_of(model, pairs), **dict.fromkeys(defaults)}
        return before, sections.change(name, settings=patch, expected=before.version, actor=COMMAND_LINE)

    before, after = within(shell, tenant, change, writing=True, see=LIST)
    if before.version == after.version:
        click.echo(f"{after.title} of {tenant} stays as it was, version {after.version}.")
        return
    click.echo(f"{after.title} of {tenant} is at version {after.version}.")
    old, new = plain_settings(before.settings), plain_settings(after.settings)
    for key, value in new.items():
        if old.get(key) != value:
            click.echo(f"  {key}: {value_of(old.get(key))} -> {value_of(value)}")
    click.echo("It holds from the next request on, in every process.", err=True)


@setting.command()
@tenant_option
@pass_shell
def limits(shell: Shell, tenant: str) -> None:
    """Show what the tenant's plan and the installation fix."""
    fixed = within(shell, tenant, fixed_for, writing=False, see=LIST)
    click.echo(f"{tenant} is on the plan {fixed.plan_name}.")
    for one in fixed.settings:
        outside = "   (what is set lies outside)" if one.outside else ""
        click.echo(f"  {one.of}.{one.name} = {one.now}: {' '.join(one.words)}{outside}")
    for state in fixed.withheld:
        click.echo(f"  {state.name} is {state.withheld}")
    for one in fixed.rules:
        for rule in one.rules:
            click.echo(f"  rule {rule.name} of the {one.source}: {rule.reason or 'no reason given'}")
    if not (fixed.settings or fixed.withheld or fixed.rules):
        click.echo("Nothing is fixed.")
