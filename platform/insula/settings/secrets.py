"""The command `insula secrets`: which key seals the secrets of tenants, and sealing them with the present one."""

from __future__ import annotations

import click

from insula.db.work import system_work, tenant_work
from insula.features.interfaces import SealedSettings
from insula.kit.commands import Shell, again, pass_shell
from insula.kit.vault import SealBroken, vault_of
from insula.tenancy.interfaces import Tenant, Tenants


@click.group()
def secrets() -> None:
    """Look after the secrets in tenants' settings, which are sealed with the installation's key."""


@secrets.command()
@pass_shell
def check(shell: Shell) -> None:
    """Count the secrets, and those that are still under a former key."""
    every = outdated = 0
    for tenant in _tenants(shell):
        with tenant_work(shell.registry, tenant.id, writing=False) as work:
            of_tenant, of_former = work.find_service(SealedSettings).count()
        every, outdated = every + of_tenant, outdated + of_former
        if of_former:
            click.echo(f"{tenant.name}: {of_former} of {of_tenant} under a former key")
    click.echo(f"{every} secrets, {outdated} under a former key. The present key is {_key(shell)}.")
    if outdated:
        click.echo(f"Next: {again('secrets rotate')}")


@secrets.command()
@pass_shell
def rotate(shell: Shell) -> None:
    """Seal every secret with the present key. Stopped halfway, it goes on where it was when it is run again."""
    tenants, done, broken = _tenants(shell), 0, []
    for number, tenant in enumerate(tenants, 1):
        try:
            with tenant_work(shell.registry, tenant.id) as work:
                sealed = work.find_service(SealedSettings).reseal()
        except SealBroken as error:
            broken.append(tenant.name)
            click.echo(f"{number}/{len(tenants)} {tenant.name}: {error}", err=True)
            continue
        done += sealed
        if sealed:
            click.echo(f"{number}/{len(tenants)} {tenant.name}: {sealed} sealed anew")
    click.echo(f"{done} secrets of {len(tenants)} tenants are sealed anew, with the key {_key(shell)}.")
    if broken:
        shell.fail(
            f"Secrets of {', '.join(broken)} cannot be opened.",
            f"Put the secret they were sealed with into insula.kit.former_secrets, then: {again('secrets rotate')}",
        )
    click.echo("Next: take the old secret out of insula.kit.former_secrets and restart every process.")


def _tenants(shell: Shell) -> list[Tenant]:
    with system_work(shell.registry, reason="insula secrets", writing=False) as work:
        found: list[Tenant] = work.find_service(Tenants).all()
    return found


def _key(shell: Shell) -> str:
    return vault_of(shell.registry).key_id
