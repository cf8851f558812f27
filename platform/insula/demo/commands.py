"""`insula demo`: load the demonstration tenants and say what to open."""

from pathlib import Path

import click

from insula.demo.loader import email_of, is_loaded, load
from insula.demo.passwords import PasswordFile
from insula.demo.plans import PLANS, TenantPlan
from insula.demo.settings import DemoSettings
from insula.demo.sources import folder
from insula.kit.commands import Shell, again, pass_shell
from insula.kit.errors import InsulaError
from insula.kit.settings import settings_of
from insula.web.settings import WebSettings


@click.group()
def demo() -> None:
    """Demonstration tenants with real data."""


@demo.command("load")
@pass_shell
def load_command(shell: Shell) -> None:
    """Make the demonstration tenants where they are missing, and print what to open."""
    passwords = _passwords(shell)
    missing = [plan for plan in PLANS if not is_loaded(shell.registry, plan)]
    try:
        if missing:
            _load(shell, missing, passwords)
    except InsulaError as error:
        details = "\n".join(f"{item.path}: {item.detail}" for item in error.errors)
        shell.fail(error.detail or error.title, details or "Mend that, then run the same command again.")
    _tell(shell, passwords)


@demo.command("show")
@pass_shell
def show(shell: Shell) -> None:
    """Print what to open, with the demonstration passwords."""
    _tell(shell, _passwords(shell))


def _load(shell: Shell, missing: list[TenantPlan], passwords: PasswordFile) -> None:
    folder()
    total = sum(1 for plan in missing for stream in plan.streams for _ in stream.rows(stream.file))
    total += sum(1 for plan in missing for each in plan.collections for _ in each.rows(each.file))
    with click.progressbar(length=total, label="Loading records of real weather and airports") as bar:
        for plan in missing:
            load(shell.registry, plan, passwords.of, bar.update)


def _passwords(shell: Shell) -> PasswordFile:
    return PasswordFile(Path(shell.ini).parent / settings_of(shell.registry, DemoSettings).passwords)


def _tell(shell: Shell, passwords: PasswordFile) -> None:
    settings = settings_of(shell.registry, WebSettings)
    port = f":{settings.public_port}" if settings.public_port else ""
    known = passwords.all()
    click.echo("\nOpen in a browser:")
    for plan in PLANS:
        click.echo(
            f"\n  {settings.public_scheme}://{plan.host}{port}/{'admin' if plan.console else ''}   {plan.title}"
        )
        for role in plan.people:
            email = email_of(plan, role)
            click.echo(
                f"      {role:<7} {email:<26} {known.get(email, '(password in another var/demo.txt)')}"
            )
    click.echo("\nSign in at /account/@@sign-in, administer at /admin. A token for the API:")
    click.echo(f"  {again('token create --tenant seattle --role admin')}\n")
