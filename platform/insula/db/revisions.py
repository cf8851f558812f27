"""Migrations: every room's own revisions, run as one."""

from collections.abc import Callable, Collection, Iterable
from functools import lru_cache
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
    config = _config(folders(registry[ROOMS]))
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
    with engines_of(registry).app.connect() as opened:
        heads = _heads(opened.execution_options(insula_raw="reads the revisions that are applied"))
    return list(_missing(tuple(folders(registry[ROOMS])), frozenset(heads)))


def _config(places: Iterable[str]) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", "\n".join(places))
    return config


@lru_cache(maxsize=16)
def _missing(places: tuple[str, ...], heads: frozenset[str]) -> tuple[str, ...]:
    # Scripts do not change while a process runs, and health asks often, so they are read once for what was applied.
    script = ScriptDirectory.from_config(_config(places))
    applied = set(_below(script, heads))
    return tuple(revision for revision in _in_order(script) if revision not in applied)


def _in_order(script: ScriptDirectory) -> list[str]:
    return [revision.revision for revision in reversed(list(script.walk_revisions()))]


def _applied(connection: Connection, script: ScriptDirectory) -> list[str]:
    return _below(script, _heads(connection))


def _heads(connection: Connection) -> tuple[str, ...]:
    context = MigrationContext.configure(connection, opts={"version_table": "schema_revision"})
    return context.get_current_heads()


def _below(script: ScriptDirectory, heads: Collection[str]) -> list[str]:
    if not heads:
        return []
    return [revision.revision for revision in script.iterate_revisions(tuple(heads), "base")]
