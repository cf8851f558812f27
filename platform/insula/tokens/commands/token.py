"""`insula token`: make, list, rotate and revoke API tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from insula.accounts.interfaces import ELEVATED_DAYS, LONGEST_OVERLAP, TOKEN_PATTERN, Accounts, Tokens
from insula.kit.clock import now
from insula.kit.commands import Shell, again, pass_shell, table
from insula.kit.errors import NotFound
from insula.kit.json import dumps
from insula.security.permissions import ACTIONS
from insula.tokens.commands.shared import json_option, service_of, tenant_option, work_of
from insula.tokens.lists import STATES
from insula.tokens.shapes import token_shape

if TYPE_CHECKING:
    from datetime import datetime

    from insula.accounts.interfaces import AccountInfo, TokenInfo

kid_argument = click.argument("kid", metavar="ID")
days_option = click.option(
    "--expires",
    "days",
    type=int,
    metavar="DAYS",
    help="Days until it expires. Without: as the tenant has it, 90.",
)


@click.group()
def token() -> None:
    """Make, list, rotate and revoke the API tokens of a tenant."""


@token.command()
@tenant_option
@click.option("--role", help="The role of the service account cli-ROLE, made when it is missing.")
@click.option("--service", metavar="NAME", help="The service account it acts as, instead of one for a role.")
@click.option("--email", help="The person it acts as, instead of a service account.")
@days_option
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    type=click.Choice(ACTIONS),
    help="An action it may be used for; may be given more than once. Without: all its account may do.",
)
@click.option(
    "--network",
    "networks",
    multiple=True,
    metavar="CIDR",
    help="A network it may be used from; may be repeated.",
)
@click.option("--label", default="", help="What it is for.")
@click.option(
    "--elevated",
    is_flag=True,
    help=f"An administration token: it may also change policy, people and settings. At most {ELEVATED_DAYS} days.",
)
@pass_shell
def create(  # noqa: PLR0913 - one for each option
    shell: Shell,
    *,
    tenant: str,
    role: str | None,
    service: str | None,
    email: str | None,
    days: int | None,
    scopes: tuple[str, ...],
    networks: tuple[str, ...],
    label: str,
    elevated: bool,
) -> None:
    """Make a token and print it, alone, on the last line."""
    if sum(each is not None for each in (role, service, email)) != 1:
        message = "Say whom it acts as: one of --role, --service and --email."
        raise click.UsageError(message)
    with work_of(shell, tenant, writing=True) as work:
        owner = _owner(work, role, service, email)
        made, text = work.find_service(Tokens).create(
            owner.id, label=label, scopes=scopes, networks=networks, days=days, elevated=elevated
        )
        url = work.canonical_url("/api/")
    what = "An administration token" if elevated else "A token"
    click.echo(f"{what} of {_name(made)} in {tenant}, until {_day(made.expires_at)}{_bounds(made)}.")
    _tell(tenant, made, text, url)


@token.command("list")
@tenant_option
@click.option("--state", type=click.Choice(STATES[1:]), help="Only tokens that stand so.")
@json_option
@pass_shell
def list_tokens(shell: Shell, *, tenant: str, state: str | None, as_json: bool) -> None:
    """List the tokens, newest first; their secrets are not kept and cannot be shown."""
    with work_of(shell, tenant) as work:
        found = work.find_service(Tokens).list(state=state)
    at = now()
    if as_json:
        click.echo(dumps([token_shape(one, at) for one in found]))
        return
    rows = [
        (
            one.kid,
            _name(one),
            " ".join(sorted(one.scopes)) or "all",
            _day(one.expires_at),
            _day(one.last_used_at) if one.last_used_at else "never",
            one.state(at) + (", administers" if one.elevated else ""),
            one.label,
        )
        for one in found
    ]
    table(("id", "account", "scopes", "expires", "last used", "state", "label"), rows)
    if not rows:
        click.echo(f"Make one: {again(f'token create --tenant {tenant} --role admin')}", err=True)


@token.command()
@kid_argument
@tenant_option
@json_option
@pass_shell
def show(shell: Shell, *, kid: str, tenant: str, as_json: bool) -> None:
    """Show what there is to know of a token but its secret."""
    with work_of(shell, tenant) as work:
        found = work.find_service(Tokens).by_kid(kid)
    if found is None:
        raise NotFound(f"There is no token {kid}.")
    shape = token_shape(found, now())
    if as_json:
        click.echo(dumps(shape))
        return
    shown = {**shape, "owner": f"{_name(found)} ({found.account.kind})"}
    for name, value in shown.items():
        text = ", ".join(value) if isinstance(value, list) else value
        click.echo(f"{name.replace('_', ' '):<14} {'-' if text in (None, '') else text}")


@token.command()
@kid_argument
@tenant_option
@click.option(
    "--overlap",
    type=click.IntRange(0, LONGEST_OVERLAP),
    default=24 * 3600,
    show_default=True,
    metavar="SECONDS",
    help="How long the old token goes on.",
)
@days_option
@pass_shell
def rotate(shell: Shell, *, kid: str, tenant: str, overlap: int, days: int | None) -> None:
    """Make the token that takes the place of another, and print it, alone, on the last line."""
    with work_of(shell, tenant, writing=True) as work:
        tokens: Tokens = work.find_service(Tokens)
        made, text = tokens.rotate(kid, overlap=overlap, days=days)
        before = tokens.by_kid(kid)
        url = work.canonical_url("/api/")
    click.echo(f"A token of {_name(made)} in {tenant}, until {_day(made.expires_at)}{_bounds(made)}.")
    if before is not None:
        click.echo(f"The old one, {kid}, ends at {before.expires_at:%Y-%m-%d %H:%M} UTC.")
    _tell(tenant, made, text, url)


@token.command()
@kid_argument
@tenant_option
@pass_shell
def revoke(shell: Shell, *, kid: str, tenant: str) -> None:
    """Revoke a token by its id, the part after insula_; it is refused from the next request on."""
    with work_of(shell, tenant, writing=True) as work:
        revoked = work.find_service(Tokens).revoke(kid)
    click.echo(f"Token {revoked.kid} of {_name(revoked)} is revoked.")


@token.command()
def pattern() -> None:
    """Print the regular expression by which secret scanners find tokens."""
    click.echo(TOKEN_PATTERN)


def _owner(work: Any, role: str | None, service: str | None, email: str | None) -> AccountInfo:
    accounts: Accounts = work.find_service(Accounts)
    if role is not None:
        return accounts.service_account(f"cli-{role}", [role])
    if service is not None:
        return service_of(work, service)
    found = accounts.by_email(email or "")
    if found is None:
        raise NotFound(f"{work.tenant.name} has no account {email}.")
    return found


def _tell(tenant: str, made: TokenInfo, text: str, url: str) -> None:
    click.echo("It is shown this once. Keep it where only its user can read it.")
    click.echo(f"Use it:    curl -H 'Authorization: Bearer TOKEN' {url}")
    click.echo(f"Revoke it: {again(f'token revoke --tenant {tenant} {made.kid}')}")
    click.echo(text)


def _name(one: TokenInfo) -> str:
    return one.account.email or one.account.name


def _bounds(made: TokenInfo) -> str:
    scopes = f", for {', '.join(sorted(made.scopes))} only" if made.scopes else ""
    networks = f", from {', '.join(made.networks)} only" if made.networks else ""
    return scopes + networks


def _day(at: datetime) -> str:
    return f"{at:%Y-%m-%d}"
