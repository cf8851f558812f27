"""The command `insula feature`: list, show, switch and configure the features of a tenant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from insula.accounts.interfaces import Accounts, actor_names
from insula.db.work import tenant_work
from insula.events.interfaces import COMMAND_LINE
from insula.features.interfaces import Features
from insula.kit import json
from insula.kit.commands import Shell, again, pass_shell
from insula.kit.errors import NotFound
from insula.settings.fields import shape_of
from insula.settings.shapes import plain_settings, settings_shape
from insula.tenancy.interfaces import find_tenant

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pydantic import BaseModel

    from insula.features.interfaces import FeatureDeclaration, FeatureState

tenant_option = click.option("--tenant", required=True, metavar="NAME", help="Whose features these are.")


@click.group()
def feature() -> None:
    """Switch and configure what a tenant can use."""


@feature.command("list")
@tenant_option
@pass_shell
def list_features(shell: Shell, tenant: str) -> None:
    """List every feature with its state."""
    states, names = within(shell, tenant, _listed, writing=False)
    for state in states:
        who = names.get(state.changed_by or "", state.changed_by or "the installation")
        changed = f"  changed by {who} on {state.changed_at:%Y-%m-%d}" if state.changed_at else ""
        click.echo(f"{state.name:<20} {_state(state):<4} {state.title}{changed}")
    click.echo(f"\nSee one with its settings: {again(f'feature show NAME --tenant {tenant}')}", err=True)


@feature.command()
@click.argument("name")
@tenant_option
@pass_shell
def show(shell: Shell, name: str, tenant: str) -> None:
    """Show one feature with its settings, their defaults and what they mean."""
    state, declaration = within(
        shell, tenant, lambda work: _stated(work.find_service(Features), name), writing=False
    )
    click.echo(f"{state.title} is {_state(state)}, version {state.version}")
    if state.description:
        click.echo(state.description)
    if state.requires:
        click.echo(f"Needs: {', '.join(state.requires)}")
    now, defaults = settings_shape(state, state.settings), plain_settings(declaration.defaults())
    offered = declaration.offered()
    for key, info in declaration.model.model_fields.items():
        mark = "" if now[key] == defaults.get(key) else f"   (default {value_of(defaults[key]) or 'empty'})"
        click.echo(f"\n  {key} = {value_of(now[key])}{mark}")
        for words in state.bounds[key].words() if key in state.bounds else ():
            click.echo(f"      {words}")
        if info.description:
            click.echo(f"      {info.description}")
        if key in offered:
            click.echo(f"      One of: {', '.join(offered[key])}.")
    if now:
        click.echo(f"\nChange one: {again(f'feature set {name} KEY=VALUE --tenant {tenant}')}", err=True)


@feature.command("on")
@click.argument("name")
@tenant_option
@pass_shell
def switch_on(shell: Shell, name: str, tenant: str) -> None:
    """Switch a feature on."""
    _change(shell, tenant, name, on=True)


@feature.command("off")
@click.argument("name")
@tenant_option
@pass_shell
def switch_off(shell: Shell, name: str, tenant: str) -> None:
    """Switch a feature off: its addresses answer 404 from the next request on."""
    _change(shell, tenant, name, on=False)


@feature.command("set")
@click.argument("name")
@click.argument("pairs", nargs=-1, metavar="KEY=VALUE…")
@click.option(
    "--default", "defaults", multiple=True, metavar="KEY", help="Return this setting to its default."
)
@tenant_option
@pass_shell
def set_settings(shell: Shell, name: str, pairs: Sequence[str], defaults: Sequence[str], tenant: str) -> None:
    """Change settings. Values are text or JSON; a KEY given several times makes a list."""
    if not pairs and not defaults:
        shell.fail(
            "There is nothing to set.",
            f"See what there is: {again(f'feature show {name} --tenant {tenant}')}",
        )
    _change(shell, tenant, name, settings=lambda model: {**patch_of(model, pairs), **dict.fromkeys(defaults)})


def patch_of(model: type[BaseModel], pairs: Sequence[str]) -> dict[str, Any]:
    """Return the merge patch that `KEY=VALUE` words spell for a settings model."""
    given: dict[str, list[str]] = {}
    for pair in pairs:
        key, equals, text = pair.partition("=")
        if not equals:
            message = f"{pair!r} is not KEY=VALUE."
            raise click.BadParameter(message)
        given.setdefault(key, []).append(text)
    return {key: _read(model, key, texts) for key, texts in given.items()}


def _read(model: type[BaseModel], key: str, texts: list[str]) -> Any:
    info = model.model_fields.get(key)
    if info is None:
        return texts[-1]
    shape = shape_of(info)
    if shape.kind == "lines":
        items = _json(texts[0]) if len(texts) == 1 else texts
        return items if isinstance(items, list) else texts
    if shape.kind == "secret":
        return None if texts[-1] == "null" else texts[-1]
    # Text stays text, even where it looks like a number; anything else is JSON where it reads as such.
    return texts[-1] if shape.type is str else _json(texts[-1])


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _change(
    shell: Shell,
    tenant: str,
    name: str,
    *,
    on: bool | None = None,
    settings: Callable[[type[BaseModel]], Mapping[str, Any]] | None = None,
) -> None:
    def change(work: Any) -> tuple[FeatureState, FeatureState]:
        features: Features = work.find_service(Features)
        before, model = features.state(name), features.declaration(name).model
        patch = settings(model) if settings else None
        return before, features.change(
            name, on=on, settings=patch, expected=before.version, actor=COMMAND_LINE
        )

    before, after = within(shell, tenant, change, writing=True)
    if before.version == after.version:
        click.echo(f"{after.title} of {tenant} stays as it was: {_state(after)}, version {after.version}.")
        return
    click.echo(f"{after.title} of {tenant} is {_state(after)}, version {after.version}.")
    old, new = plain_settings(before.settings), plain_settings(after.settings)
    for key, value in new.items():
        if old.get(key) != value:
            click.echo(f"  {key}: {value_of(old.get(key))} -> {value_of(value)}")
    click.echo("It holds from the next request on, in every process.", err=True)


def _listed(work: Any) -> tuple[Sequence[FeatureState], Mapping[str, str]]:
    states = work.find_service(Features).all()
    return states, actor_names(work.find_service(Accounts), (state.changed_by for state in states))


def _stated(features: Features, name: str) -> tuple[FeatureState, FeatureDeclaration]:
    return features.state(name), features.declaration(name)


def within(
    shell: Shell, tenant: str, act: Callable[[Any], Any], *, writing: bool, see: str = "feature list"
) -> Any:
    """Return what `act(work)` returns for a tenant; what is missing is told with the command that lists it."""
    try:
        found = find_tenant(shell.registry, tenant)
        with tenant_work(shell.registry, found.id, writing=writing) as work:
            return act(work)
    except NotFound as error:
        remedy = f"See what there is: {again('tenant list')}, {again(f'{see} --tenant {tenant}')}"
        shell.fail(error.detail or error.title, remedy)


def _state(state: FeatureState) -> str:
    return "on" if state.on else f"off, {state.withheld}" if state.withheld else "off"


def value_of(value: Any) -> str:
    """Return a value as a terminal shows it."""
    return value if isinstance(value, str) else json.dumps(value).decode()
