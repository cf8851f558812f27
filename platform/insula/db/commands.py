"""`insula db`: migrations, roles and the schema linter."""

import click
from sqlalchemy import make_url

from insula.db.engines import engines_of
from insula.db.lint import lint_database, lint_models
from insula.db.models import Base
from insula.db.revisions import pending, upgrade
from insula.db.roles import statements
from insula.db.settings import DatabaseSettings
from insula.kit.commands import Shell, again, pass_shell
from insula.kit.settings import settings_of


@click.group()
def db() -> None:
    """Migrations, roles and the schema linter of the relational database."""


@db.command("upgrade")
@pass_shell
def upgrade_command(shell: Shell) -> None:
    """Bring the database to the newest revision of every room."""
    done = upgrade(shell.registry, lambda revision: click.echo(f"  ran {revision}"))
    click.echo(
        f"{len(done)} revisions run. The database is up to date." if done else "The database is up to date."
    )


@db.command("status")
@pass_shell
def status(shell: Shell) -> None:
    """List the revisions that are not in the database yet."""
    missing = pending(shell.registry)
    for revision in missing:
        click.echo(revision)
    click.echo(f"Run: {again('db upgrade')}" if missing else "The database is up to date.")


@db.command("roles")
@pass_shell
def roles(shell: Shell) -> None:
    """Print the SQL that creates the PostgreSQL roles; run it once as a superuser, then set their passwords."""
    database = make_url(settings_of(shell.registry, DatabaseSettings).url).database or "insula"
    for statement in statements(database):
        click.echo(f"{statement.rstrip(';')};")


@db.command("lint")
@pass_shell
def lint(shell: Shell) -> None:
    """Check that every table is owned by a tenant in all its keys."""
    problems = list(lint_models(Base.metadata))
    engine = engines_of(shell.registry).app
    if engine.dialect.name == "postgresql":
        with engine.connect() as connection:
            problems += lint_database(connection)
    for problem in problems:
        click.echo(problem)
    if problems:
        shell.fail(
            f"{len(problems)} problems.",
            "Begin every key with tenant_id, and call tenant_wall in the migration.",
        )
    click.echo("Every table is tenant-owned or on the directory list.")
