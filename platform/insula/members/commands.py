"""`insula account`: the accounts of a tenant."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from insula.accounts.interfaces import Accounts, Passwords
from insula.db.work import tenant_work
from insula.kit.commands import Shell, again, pass_shell, table
from insula.kit.errors import NotFound
from insula.kit.words import counted
from insula.tenancy.interfaces import find_tenant

if TYPE_CHECKING:
    from collections.abc import Iterator

    from insula.accounts.interfaces import AccountInfo, HashedPassword

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
    table(("account", "kind", "roles", ""), rows)
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
    return f"{counted(count, 'session')} {'has' if count == 1 else 'have'}"
