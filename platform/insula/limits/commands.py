"""The command `insula limits`: what is left of a tenant's rate limits, and how to forget what was counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from insula.accounts.interfaces import Accounts, Tokens
from insula.db.work import tenant_work
from insula.events.interfaces import COMMAND_LINE, Events
from insula.kit.commands import Shell, pass_shell
from insula.kit.errors import NotFound
from insula.limits.addresses import counted_as
from insula.limits.events import LimitsReset
from insula.limits.interfaces import PERIOD, Limits, LimitsDown
from insula.tenancy.interfaces import find_tenant

if TYPE_CHECKING:
    from pyramid.request import Request

    from insula.limits.interfaces import Scope

_ALONE = (
    "With insula.limits.storage = memory each serving process counts by itself, out of reach of a command."
)
_REMEDY = "Use `sql` or a Redis to have them count together; restarting the server forgets what memory holds."

_tenant = click.option("--tenant", required=True, metavar="NAME", help="Whose limits these are.")
_account = click.option(
    "--account", metavar="EMAIL", help="Those of one person, rather than of the whole tenant."
)
_token = click.option("--token", metavar="ID", help="Those of one token, the part after insula_.")
_address = click.option("--address", metavar="IP", help="Those of one visitor's address.")


@click.group("limits")
def limits_group() -> None:
    """See and reset rate limits; `insula setting set rates` changes them."""


@limits_group.command()
@_tenant
@_account
@_token
@_address
@pass_shell
def show(shell: Shell, tenant: str, account: str | None, token: str | None, address: str | None) -> None:
    """Show each limit in requests a minute, and what is left of it now."""
    found = find_tenant(shell.registry, tenant)
    with tenant_work(shell.registry, found.id, writing=False) as work:
        scope, who = _whose(shell, work, account, token, address)
        limits = work.find_service(Limits)
        try:
            lefts = limits.left(scope, who)
        except LimitsDown:
            shell.fail("The storage of rate limits cannot be reached.", "See `insula.limits.storage`.")
    for left in lefts:
        now = f"{left.left:>9,} left" if limits.shared else ""
        click.echo(f"{left.route_class:<10} {left.limit:>9,} a minute {now}".rstrip())
    if not limits.shared:
        click.echo(f"\n{_ALONE}", err=True)


@limits_group.command()
@_tenant
@_account
@_token
@_address
@pass_shell
def reset(shell: Shell, tenant: str, account: str | None, token: str | None, address: str | None) -> None:
    """Forget what was counted, so that who was refused may ask again at once."""
    found = find_tenant(shell.registry, tenant)
    # Reading only: SQLite has one write lock, and the counters take it by themselves.
    with tenant_work(shell.registry, found.id, writing=False) as work:
        scope, who = _whose(shell, work, account, token, address)
        limits = work.find_service(Limits)
        if not limits.shared:
            shell.fail(_ALONE, _REMEDY)
        try:
            limits.reset(scope, who)
        except LimitsDown:
            shell.fail("The storage of rate limits cannot be reached.", "See `insula.limits.storage`.")
    with tenant_work(shell.registry, found.id) as work:
        shown = "" if scope == "address" else who
        work.find_service(Events).emit(LimitsReset(scope=scope, who=shown), actor=COMMAND_LINE)
    click.echo(f"Nothing is counted any more; the next {PERIOD} seconds begin now.")


def _whose(
    shell: Shell, work: Request, account: str | None, token: str | None, address: str | None
) -> tuple[Scope, str]:
    if sum(given is not None for given in (account, token, address)) > 1:
        shell.fail("Name an account, a token or an address, one of them.")
    if account is not None:
        person = work.find_service(Accounts).by_email(account)
        if person is None:
            raise NotFound(f"Nobody here has the address {account}.")
        return "caller", str(person.id)
    if token is not None:
        # Doors tell a token by its kid; what it did is counted under its row.
        found = work.find_service(Tokens).by_kid(token)
        if found is None:
            raise NotFound(f"There is no token {token} here.")
        return "caller", str(found.id)
    return ("tenant", "") if address is None else ("address", counted_as(address) or "")
