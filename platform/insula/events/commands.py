"""`insula worker` runs the relay; `insula outbox` shows what waits and brings back what was put aside."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import click

from insula.db.interfaces import NoSystemRole
from insula.db.work import system_work
from insula.events.interfaces import DrainReport
from insula.events.outbox import SQLOutbox
from insula.events.relay import REASON, Relay, drain
from insula.kit.clock import now
from insula.kit.commands import Shell, pass_shell


@click.command()
@click.option("--once", is_flag=True, help="Deliver what is due and end.")
@pass_shell
def worker(shell: Shell, *, once: bool) -> None:
    """Carry committed events to their consumers until SIGTERM or Ctrl-C."""
    with _outbox(shell, reason=REASON, writing=False) as waiting:
        click.echo(f"{waiting.backlog().waiting} waiting")
    if once:
        _say(drain(shell.registry), always=True)
        return
    relay = Relay(shell.registry)

    def stop(number: int, frame: Any) -> None:
        relay.stop()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    click.echo("The relay works. Stop it with Ctrl-C.")
    relay.run(report=_say)
    click.echo("The relay has stopped.")


@click.group()
def outbox() -> None:
    """Look after deliveries that wait or were put aside."""


@outbox.command()
@pass_shell
def status(shell: Shell) -> None:
    """Show how much waits for which consumer, and how much was put aside."""
    with _outbox(shell, reason="insula outbox status", writing=False) as waiting:
        backlog, lines = waiting.backlog(), waiting.backlog_by_consumer()
    for consumer, count, oldest, error in lines:
        age = (now() - oldest).total_seconds()
        click.echo(f"{consumer:<20} {count:>8} waiting   oldest {age:>8.0f} s   {error or ''}".rstrip())
    click.echo(f"{backlog.waiting} waiting, {backlog.dead} put aside")


@outbox.command()
@click.option("--tenant-id", "tenant", type=click.UUID, help="Only deliveries of the tenant with this id.")
@click.option("--consumer", help="Only deliveries to this consumer.")
@pass_shell
def requeue(shell: Shell, tenant: UUID | None, consumer: str | None) -> None:
    """Try deliveries again that were put aside after failing too often."""
    with _outbox(shell, reason="insula outbox requeue", writing=True) as waiting:
        count = waiting.requeue(tenant_id=tenant, consumer=consumer)
    click.echo(f"{count} brought back")


@contextmanager
def _outbox(shell: Shell, *, reason: str, writing: bool) -> Iterator[SQLOutbox]:
    try:
        with system_work(shell.registry, reason=reason, writing=writing) as work:
            yield SQLOutbox(work.db)
    except NoSystemRole as error:
        shell.fail("This process cannot see every tenant's rows.", error.detail)


def _say(report: DrainReport, *, always: bool = False) -> None:
    if always or report != DrainReport():
        click.echo(
            f"{report.delivered} delivered, {report.retried} to be tried again, {report.buried} put aside"
        )
