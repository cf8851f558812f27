"""`insula account` and `insula token`: people, service accounts and API tokens of a tenant."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from insula.accounts.interfaces import Accounts, Passwords, Tokens
from insula.db.work import tenant_work
from insula.kit.clock import now
from insula.kit.commands import Shell, again, pass_shell
from insula.kit.errors import NotFound
from insula.security.permissions import ACTIONS
from insula.tenancy.interfaces import find_tenant

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from insula.accounts.interfaces import AccountInfo, HashedPassword, TokenInfo

TENANT = click.option("--tenant", required=True, metavar="NAME", help="The tenant's name.")


@click.group()
def account() -> None:
    """Look after the people and service accounts of a tenant."""


@account.command("create")
@TENANT
@click.option("--email", required=True, help="The e-mail the person signs in with.")
@click.option("--name", required=True, help="The person's name.")
@click.option("--role", "roles", multiple=True, metavar="ROLE", help="A role; may be given more than once.")
@click.option(
    "--password-stdin", is_flag=True, help="Read the password from the first line of standard input."
)
@pass_shell
def create_account(
    shell: Shell, *, tenant: str, email: str, name: str, roles: tuple[str, ...], password_stdin: bool
) -> None:
    """Add a person who can sign in."""
    hashed = _password(shell, tenant, email, from_stdin=password_stdin)
    with _work(shell, tenant, writing=True) as work:
        made = work.find_service(Accounts).create_person(email, name, hashed, roles)
        url = work.canonical_url("/account/@@sign-in")
    click.echo(f"{made.email} is an account of {tenant} with {_roles(made)}.")
    click.echo(f"Sign in at {url}")


@account.command("list")
@TENANT
@pass_shell
def list_accounts(shell: Shell, *, tenant: str) -> None:
    """List the accounts with their roles."""
    with _work(shell, tenant, writing=False) as work:
        found = work.find_service(Accounts).list()
    rows = [
        (
            one.email or one.name,
            one.kind,
            ", ".join(sorted(one.roles)) or "-",
            "" if one.active else "inactive",
        )
        for one in found
    ]
    _table(("account", "kind", "roles", ""), rows)
    if not rows:
        click.echo(f"Add one: {again(f'account create --tenant {tenant} --email … --name … --role owner')}")


@account.command("password")
@TENANT
@click.option("--email", required=True, help="Whose password.")
@click.option(
    "--password-stdin", is_flag=True, help="Read the password from the first line of standard input."
)
@pass_shell
def set_password(shell: Shell, *, tenant: str, email: str, password_stdin: bool) -> None:
    """Set a person's password and end all their sessions."""
    hashed = _password(shell, tenant, email, from_stdin=password_stdin)
    with _work(shell, tenant, writing=True) as work:
        accounts = work.find_service(Accounts)
        found = accounts.by_email(email)
        if found is None:
            raise NotFound(
                f"{tenant} has no account {email}. List them: {again(f'account list --tenant {tenant}')}"
            )
        ended = accounts.set_password(found.id, hashed)
    click.echo(f"The password of {found.email} is changed and {_sessions(ended)} ended.")


@click.group()
def token() -> None:
    """Make, list and revoke the API tokens of a tenant."""


@token.command("create")
@TENANT
@click.option(
    "--role", required=True, help="The role of the service account cli-ROLE, made when it is missing."
)
@click.option("--expires", "days", type=int, metavar="DAYS", help="Days until it expires. Without: 90.")
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
@pass_shell
def create_token(
    shell: Shell,
    *,
    tenant: str,
    role: str,
    days: int | None,
    scopes: tuple[str, ...],
    networks: tuple[str, ...],
    label: str,
) -> None:
    """Make a token and print it, alone, on the last line."""
    with _work(shell, tenant, writing=True) as work:
        service = work.find_service(Accounts).service_account(f"cli-{role}", [role])
        made, text = work.find_service(Tokens).create(
            service.id, label=label, scopes=scopes, networks=networks, days=days
        )
        url = work.canonical_url("/api/")
    click.echo(f"A token of {service.name} in {tenant}, until {_day(made.expires_at)}{_bounds(made)}.")
    click.echo("It is shown this once. Keep it where only its user can read it.")
    click.echo(f"Use it:    curl -H 'Authorization: Bearer TOKEN' {url}")
    click.echo(f"Revoke it: {again(f'token revoke --tenant {tenant} {made.kid}')}")
    click.echo(text)


@token.command("list")
@TENANT
@pass_shell
def list_tokens(shell: Shell, *, tenant: str) -> None:
    """List the tokens, newest first; their secrets are not kept and cannot be shown."""
    with _work(shell, tenant, writing=False) as work:
        found = work.find_service(Tokens).list()
    at = now()
    rows = [
        (
            one.kid,
            one.account.email or one.account.name,
            " ".join(sorted(one.scopes)) or "all",
            _day(one.expires_at),
            _day(one.last_used_at) if one.last_used_at else "never",
            _state(one, at),
            one.label,
        )
        for one in found
    ]
    _table(("id", "account", "scopes", "expires", "last used", "state", "label"), rows)
    if not rows:
        click.echo(f"Make one: {again(f'token create --tenant {tenant} --role admin')}")


@token.command("revoke")
@TENANT
@click.argument("kid", metavar="ID")
@pass_shell
def revoke_token(shell: Shell, *, tenant: str, kid: str) -> None:
    """Revoke a token by its id, the part after insula_; it is refused from the next request on."""
    with _work(shell, tenant, writing=True) as work:
        revoked = work.find_service(Tokens).revoke(kid)
    click.echo(f"Token {revoked.kid} of {revoked.account.email or revoked.account.name} is revoked.")


@contextmanager
def _work(shell: Shell, tenant: str, *, writing: bool) -> Iterator[Any]:
    try:
        found = find_tenant(shell.registry, tenant)
    except NotFound:
        shell.fail(f"There is no tenant {tenant}.", f"See which there are: {again('tenant list')}")
    with tenant_work(shell.registry, found.id, writing=writing) as work:
        work.tenant = found
        yield work


def _password(shell: Shell, tenant: str, email: str, *, from_stdin: bool) -> HashedPassword:
    # Read and hashed before any row is locked, since both take their time.
    if from_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
    else:
        password = click.prompt("Password", hide_input=True, confirmation_prompt="Password, once more")
    with _work(shell, tenant, writing=False) as work:
        passwords: Passwords = work.find_service(Passwords)
        passwords.check_new(password, email=email)
        return passwords.hash(password)


def _roles(info: AccountInfo) -> str:
    if not info.roles:
        return "no role"
    word = "role" if len(info.roles) == 1 else "roles"
    return f"the {word} {', '.join(sorted(info.roles))}"


def _sessions(count: int) -> str:
    return "1 session has" if count == 1 else f"{count} sessions have"


def _bounds(made: TokenInfo) -> str:
    scopes = f", for {', '.join(sorted(made.scopes))} only" if made.scopes else ""
    networks = f", from {', '.join(made.networks)} only" if made.networks else ""
    return scopes + networks


def _state(info: TokenInfo, at: datetime) -> str:
    if info.revoked_at is not None:
        return "revoked"
    return "expired" if info.expires_at <= at else "live"


def _day(at: datetime) -> str:
    return f"{at:%Y-%m-%d}"


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> None:
    if not rows:
        return
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    for row in (head, *rows):
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
