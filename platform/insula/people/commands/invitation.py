"""`insula invitation`: who was asked to come, and has not yet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from insula.accounts.interfaces import Accounts, Invitations, actor_names
from insula.kit.commands import Shell, again, pass_shell, table
from insula.kit.errors import NotFound
from insula.kit.json import dumps
from insula.people.commands.shared import json_option, said, tenant_option, work_of
from insula.people.links import link_of
from insula.people.shapes import invitation_shape

if TYPE_CHECKING:
    from insula.accounts.interfaces import InvitationInfo

WHICH = click.argument("which", metavar="EMAIL|ID")


@click.group()
def invitation() -> None:
    """List, resend and revoke the invitations of a tenant; `person invite` sends them."""


@invitation.command("list")
@tenant_option
@json_option
@pass_shell
def list_invitations(shell: Shell, *, tenant: str, as_json: bool) -> None:
    """List the invitations, newest first."""
    with work_of(shell, tenant) as work:
        found = work.find_service(Invitations).list()
        names = actor_names(work.find_service(Accounts), (each.invited_by for each in found))
    if as_json:
        click.echo(dumps([invitation_shape(each, names) for each in found], indent=True))
        return
    rows = [
        (
            each.email,
            each.state,
            said(each.roles),
            names.get(each.invited_by, each.invited_by),
            f"{each.expires_at:%Y-%m-%d}",
            str(each.id),
        )
        for each in found
    ]
    table(("e-mail", "state", "roles", "invited by", "good until", "id"), rows)
    if not rows:
        click.echo(f"None. Send one: {again(f'person invite EMAIL --tenant {tenant} --role editor')}")


@invitation.command("resend")
@WHICH
@tenant_option
@click.option("--print-link", is_flag=True, help="Print the link too, which lets whoever has it in.")
@pass_shell
def resend(shell: Shell, *, which: str, tenant: str, print_link: bool) -> None:
    """Send the letter again, with a link that replaces the one before."""
    with work_of(shell, tenant, writing=True) as work:
        sent = work.find_service(Invitations).resend(_found(work, which).id)
        link = link_of(work, sent.email, wanted=print_link)
    click.echo(f"{sent.email} gets another letter, good until {sent.expires_at:%Y-%m-%d}.")
    if link:
        click.echo(f"  {link}")


@invitation.command("revoke")
@WHICH
@tenant_option
@pass_shell
def revoke(shell: Shell, *, which: str, tenant: str) -> None:
    """Take an invitation back; the link in its letter is dead."""
    with work_of(shell, tenant, writing=True) as work:
        taken = work.find_service(Invitations).revoke(_found(work, which).id)
    click.echo(f"The invitation of {taken.email} is revoked.")


def _found(work: Any, which: str) -> InvitationInfo:
    """Return the newest invitation of this e-mail, or the one with this id."""
    for each in work.find_service(Invitations).list():
        if which.casefold() in (each.email.casefold(), str(each.id)):
            found: InvitationInfo = each
            return found
    listed = again(f"invitation list --tenant {work.tenant.name}")
    raise NotFound(f"{work.tenant.name} has no invitation {which}. List them: {listed}")
