"""`insula person`: who is known to a tenant, what roles they have, and where they are signed in."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import click

from insula.accounts.interfaces import Accounts, Groups, Invitations, Recovery, SignIns
from insula.events.interfaces import COMMAND_LINE
from insula.kit.clock import isoformat, now
from insula.kit.commands import Shell, again, pass_shell, table
from insula.kit.errors import NotFound
from insula.kit.json import dumps
from insula.kit.words import ago, counted, device
from insula.people.acts import invite_all
from insula.people.commands.shared import (
    account_of,
    group_of,
    json_option,
    said,
    tenant_option,
    work_of,
)
from insula.people.links import link_of
from insula.people.shapes import person_shape, session_shape

if TYPE_CHECKING:
    from insula.accounts.interfaces import AccountInfo

MOST = 1000
WHO = click.argument("who", metavar="EMAIL|ID")


@click.group()
def person() -> None:
    """Look after the people of a tenant, their roles and their sessions."""


@person.command("list")
@tenant_option
@click.option("--find", default="", metavar="TEXT", help="Only those whose name or e-mail contains this.")
@click.option("--role", metavar="ROLE", help="Only those who hold this role, in person or through a group.")
@click.option("--state", type=click.Choice(["active", "inactive"]), help="Only those let in, or kept out.")
@click.option(
    "--kind", type=click.Choice(["person", "service", "operator"]), help="Only people, machines or operators."
)
@click.option(
    "--limit", type=click.IntRange(1, MOST), default=50, show_default=True, help="How many at most."
)
@json_option
@pass_shell
def list_people(
    shell: Shell,
    *,
    tenant: str,
    find: str,
    role: str | None,
    state: str | None,
    kind: str | None,
    limit: int,
    as_json: bool,
) -> None:
    """List people and machines by name."""
    with work_of(shell, tenant) as work:
        accounts: Accounts = work.find_service(Accounts)
        active = None if state is None else state == "active"
        page = accounts.page(find=find, kind=kind, role=role, active=active, limit=limit)  # type: ignore[arg-type]  # click has checked the kind
        seen = accounts.last_seen([each.id for each in page.data])
        titles = work.find_service(Groups).titles()
    if as_json:
        click.echo(dumps([person_shape(each, seen.get(each.id)) for each in page.data], indent=True))
        return
    rows = [
        (
            each.name,
            each.email or each.kind,
            said(each.roles),
            said([titles[group] for group in each.groups if group in titles]),
            "active" if each.active else "inactive",
            ago(seen[each.id], now()) if each.id in seen else "never",
        )
        for each in page.data
    ]
    table(("name", "e-mail", "roles", "groups", "state", "last seen"), rows)
    if page.after is not None:
        click.echo(f"There are more; these are the first {limit}.", err=True)
    if not rows:
        click.echo(
            f"Nobody. Invite somebody: {again(f'person invite EMAIL --tenant {tenant} --role editor')}"
        )


@person.command("show")
@WHO
@tenant_option
@json_option
@pass_shell
def show_person(shell: Shell, *, who: str, tenant: str, as_json: bool) -> None:
    """Show one account."""
    with work_of(shell, tenant) as work:
        account = account_of(work, who)
        seen = work.find_service(Accounts).last_seen([account.id]).get(account.id)
        sessions = work.find_service(SignIns).of_account(account.id)
        titles = work.find_service(Groups).titles()
    if as_json:
        click.echo(dumps(person_shape(account, seen), indent=True))
        return
    click.echo(f"{account.name}, {account.kind}, {'active' if account.active else 'inactive'}")
    table(
        ("", ""),
        [
            ("id", str(account.id)),
            ("e-mail", account.email or "-"),
            ("own roles", said(account.own_roles)),
            ("roles in force", said(account.roles)),
            ("groups", said([titles.get(each, str(each)) for each in account.groups])),
            ("since", isoformat(account.created_at)),
            ("last seen", isoformat(seen) if seen else "never"),
            ("signed in", counted(len(sessions), "session")),
        ],
    )


@person.command("invite")
@click.argument("emails", nargs=-1, required=True, metavar="EMAIL…")
@tenant_option
@click.option("--role", "roles", multiple=True, metavar="ROLE", help="A role; may be given more than once.")
@click.option(
    "--group", "groups", multiple=True, metavar="GROUP", help="A group; may be given more than once."
)
@click.option(
    "--print-link",
    is_flag=True,
    help="Print the link too, which lets whoever has it in. It is printed anyway where letters are only caught.",
)
@pass_shell
def invite_people(
    shell: Shell,
    *,
    emails: tuple[str, ...],
    tenant: str,
    roles: tuple[str, ...],
    groups: tuple[str, ...],
    print_link: bool,
) -> None:
    """Send invitations to up to 50 addresses; if one cannot be invited, nobody is."""
    with work_of(shell, tenant, writing=True) as work:
        ids = {group_of(work, name).id for name in groups}
        made = invite_all(work.find_service(Invitations), emails, set(roles), ids, COMMAND_LINE)
        links = {each.id: link_of(work, each.email, wanted=print_link) for each in made}
    for each in made:
        click.echo(f"{each.email} is invited until {each.expires_at:%Y-%m-%d}, with {said(each.roles)}.")
        if links[each.id]:
            click.echo(f"  {links[each.id]}")


@person.command("rename")
@WHO
@click.argument("name")
@tenant_option
@pass_shell
def rename_person(shell: Shell, *, who: str, name: str, tenant: str) -> None:
    """Give a person another name."""
    with work_of(shell, tenant, writing=True) as work:
        after = work.find_service(Accounts).set_name(account_of(work, who).id, name)
    click.echo(f"{after.email} is called {after.name}.")


@person.command("roles")
@WHO
@tenant_option
@click.option("--give", "given", multiple=True, metavar="ROLE", help="Give this role; may be repeated.")
@click.option("--take", "taken", multiple=True, metavar="ROLE", help="Take this role; may be repeated.")
@pass_shell
def person_roles(
    shell: Shell, *, who: str, tenant: str, given: tuple[str, ...], taken: tuple[str, ...]
) -> None:
    """Give an account roles of its own and take some; without an option, say which it has."""
    with work_of(shell, tenant, writing=bool(given or taken)) as work:
        accounts: Accounts = work.find_service(Accounts)
        account = account_of(work, who)
        if given or taken:
            account = accounts.for_change(account.id)
        wanted = (account.own_roles | set(given)) - set(taken)
        if wanted != account.own_roles:
            account = accounts.set_roles(account.id, wanted)
    click.echo(f"{_called(account)}: own roles {said(account.own_roles)}; in force {said(account.roles)}")


@person.command("groups")
@WHO
@tenant_option
@click.option(
    "--join", "joined", multiple=True, metavar="GROUP", help="Put into this group; may be repeated."
)
@click.option(
    "--leave", "left", multiple=True, metavar="GROUP", help="Take out of this group; may be repeated."
)
@pass_shell
def person_groups(
    shell: Shell, *, who: str, tenant: str, joined: tuple[str, ...], left: tuple[str, ...]
) -> None:
    """Put an account into groups and take it out; without an option, say in which it is."""
    with work_of(shell, tenant, writing=bool(joined or left)) as work:
        accounts: Accounts = work.find_service(Accounts)
        account = account_of(work, who)
        if joined or left:
            account = accounts.for_change(account.id)
        wanted = account.groups | {group_of(work, name).id for name in joined}
        wanted -= {group_of(work, name).id for name in left}
        if wanted != account.groups:
            account = accounts.set_groups(account.id, wanted)
        names = [group.name for group in work.find_service(Groups).all() if group.id in account.groups]
    click.echo(f"{_called(account)}: groups {said(names)}; roles in force {said(account.roles)}")


@person.command("activate")
@WHO
@tenant_option
@pass_shell
def activate(shell: Shell, *, who: str, tenant: str) -> None:
    """Let an account in again."""
    _set_active(shell, tenant, who, active=True)


@person.command("deactivate")
@WHO
@tenant_option
@pass_shell
def deactivate(shell: Shell, *, who: str, tenant: str) -> None:
    """Keep an account out: its sessions end and its tokens are refused from the next request on."""
    _set_active(shell, tenant, who, active=False)


@person.command("sessions")
@WHO
@tenant_option
@json_option
@pass_shell
def list_sessions(shell: Shell, *, who: str, tenant: str, as_json: bool) -> None:
    """List where an account is signed in, the latest seen first."""
    with work_of(shell, tenant) as work:
        account = account_of(work, who)
        found = work.find_service(SignIns).of_account(account.id)
    if as_json:
        click.echo(dumps([session_shape(each) for each in found], indent=True))
        return
    rows = [
        (
            str(each.id),
            device(each.user_agent),
            each.address,
            isoformat(each.created_at),
            ago(each.last_seen_at, now()),
        )
        for each in found
    ]
    table(("id", "device", "network", "since", "last seen"), rows)
    if not rows:
        click.echo(f"{_called(account)} is signed in nowhere.")


@person.command("end-sessions")
@WHO
@tenant_option
@click.option("--session", type=click.UUID, metavar="ID", help="Only this one.")
@pass_shell
def end_sessions(shell: Shell, *, who: str, tenant: str, session: UUID | None) -> None:
    """End the sessions of an account, all of them or one."""
    with work_of(shell, tenant, writing=True) as work:
        account = account_of(work, who)
        sign_ins: SignIns = work.find_service(SignIns)
        ended = sign_ins.end_all(account.id) if session is None else int(sign_ins.end(account.id, session))
        if session is not None and not ended:
            raise NotFound(f"{_called(account)} has no session {session}.")
    click.echo(f"{_called(account)}: {counted(ended, 'session')} ended.")


@person.command("send-reset")
@WHO
@tenant_option
@pass_shell
def send_reset(shell: Shell, *, who: str, tenant: str) -> None:
    """Send a person a letter with a link that sets a new password."""
    with work_of(shell, tenant, writing=True) as work:
        account = account_of(work, who)
        work.find_service(Recovery).send_reset(account.id)
    click.echo(f"The letter to {account.email} is on its way.")


def _set_active(shell: Shell, tenant: str, who: str, *, active: bool) -> None:
    with work_of(shell, tenant, writing=True) as work:
        account = work.find_service(Accounts).set_active(account_of(work, who).id, active=active)
    click.echo(
        f"{_called(account)} is {'active' if account.active else 'inactive'} from the next request on."
    )


def _called(account: AccountInfo) -> str:
    return account.email or account.name
