"""`insula mail`: letters that were written, and a test of the way to the mail server."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from uuid import UUID

import click

from insula.console.mail import REASON, SHOWN
from insula.db.work import system_work, tenant_work
from insula.kit.commands import Shell, pass_shell
from insula.kit.errors import InsulaError
from insula.mail.interfaces import Letters, Postbox
from insula.tenancy.interfaces import find_tenant

if TYPE_CHECKING:
    from collections.abc import Iterator


@click.group()
def mail() -> None:
    """Look at the letters that were written, and try the mail server."""


@mail.command("list")
@click.option("--tenant", help="Only letters of this tenant.")
@pass_shell
def list_command(shell: Shell, tenant: str | None) -> None:
    """List the newest letters: when, what became of them, to whom, about what."""
    with _letters(shell, tenant) as letters:
        found = letters.newest(SHOWN)
    for letter in found:
        click.echo(
            f"{letter.id}  {letter.created_at:%Y-%m-%d %H:%M}  {letter.state:<7}  {letter.to}  {letter.subject}"
        )
        if letter.reason:
            click.echo(f"    {letter.reason}")
    if not found:
        click.echo("No letter was written.")


@mail.command()
@click.argument("letter_id", type=click.UUID)
@click.option("--tenant", help="Only a letter of this tenant.")
@pass_shell
def show(shell: Shell, letter_id: UUID, tenant: str | None) -> None:
    """Show one letter; what it said is gone once it was sent."""
    with _letters(shell, tenant) as letters:
        letter = letters.find(letter_id)
    click.echo(f"To: {letter.to}\nSubject: {letter.subject}\nState: {letter.state} {letter.reason}".rstrip())
    click.echo(f"\n{letter.text}" if letter.text else "\nWhat it said is not kept.")


@mail.command()
@click.option("--to", "address", required=True, help="Where to send it.")
@pass_shell
def test(shell: Shell, address: str) -> None:
    """Send a letter now, past the queue, and say what became of it."""
    with system_work(shell.registry, reason="insula mail test", writing=False) as work:
        try:
            click.echo(work.find_service(Postbox).test(address))
        except InsulaError as error:
            details = "\n".join(found.detail for found in error.errors)
            shell.fail(details or error.detail or error.title, "Look at the settings insula.mail.*")


@contextmanager
def _letters(shell: Shell, tenant: str | None) -> Iterator[Any]:
    work = (
        system_work(shell.registry, reason=REASON, writing=False)
        if tenant is None
        else tenant_work(shell.registry, find_tenant(shell.registry, tenant).id, writing=False)
    )
    with work as opened:
        yield opened.find_service(Letters)
