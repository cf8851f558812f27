"""Migrations: every room's own revisions, run as one."""

from collections.abc import Callable, Iterable
from importlib.resources import files
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from pyramid.registry import Registry
from sqlalchemy import Connection, text

from insula.db.engines import engines_of

_LOCK = 7219450331
ROOMS = "insula.rooms"


def folders(rooms: Iterable[str]) -> list[str]:
    """Return the folders of revisions of those rooms that have any."""
    found = [Path(str(files(f"insula.{room}"))) / "migrations" / "versions" for room in rooms]
    return [str(folder) for folder in found if folder.is_dir()]


def alembic_config(registry: Registry, connection: Connection | None = None) -> Config:
    """Return Alembic's configuration over the rooms of this application."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", "\n".join(folders(registry[ROOMS])))
    config.attributes["connection"] = connection
    return config


def upgrade(registry: Registry, report: Callable[[str], None] = lambda _line: None) -> list[str]:
    """Bring the database to the newest revision of every room; return what was run, in order."""
    engine = engines_of(registry).migrate
    with engine.connect() as connection, connection.begin():
        if connection.dialect.name == "postgresql":
            connection.execute(
                text(f"SELECT pg_advisory_xact_lock({_LOCK})"), execution_options={"insula_raw": "lock"}
            )
        config = alembic_config(registry, connection)
        script = ScriptDirectory.from_config(config)
        before = set(_applied(connection, script))
        connection.execution_options(insula_raw="migration")
        command.upgrade(config, "heads")
        after = set(_applied(connection, script))
    done = [revision for revision in _in_order(script) if revision in after - before]
    for revision in done:
        report(revision)
    return done


def pending(registry: Registry) -> list[str]:
    """Return the revisions that are not in the database yet."""
    config = alembic_config(registry)
    script = ScriptDirectory.from_config(config)
    with engines_of(registry).app.connect() as opened:
        connection = opened.execution_options(insula_raw="reads the revisions that are applied")
        applied = set(_applied(connection, script))
    return [revision for revision in _in_order(script) if revision not in applied]


def _in_order(script: ScriptDirectory) -> list[str]:
    return [revision.revision for revision in reversed(list(script.walk_revisions()))]


def _applied(connection: Connection, script: ScriptDirectory) -> list[str]:
    context = MigrationContext.configure(connection, opts={"version_table": "schema_revision"})
    heads = context.get_current_heads()
    return [revision.revision for revision in script.iterate_revisions(heads, "base")] if heads else []
