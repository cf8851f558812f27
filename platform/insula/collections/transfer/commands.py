"""`insula entries list|get|import|export|publish|trash`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO
from uuid import UUID

import click

from insula.collections.interfaces.entries import Entries, Stage, working_stage
from insula.collections.interfaces.queries import Question
from insula.collections.interfaces.schemas import Collections
from insula.collections.queries.grammar import question_of
from insula.collections.queries.services import queries_of
from insula.collections.queries.sight import EverySight
from insula.collections.settings import CollectionsSettings
from insula.collections.transfer.exporting import exported
from insula.collections.transfer.formats import MEDIA, Format
from insula.collections.transfer.importing import Outcome
from insula.collections.transfer.resuming import FileImport
from insula.db.work import tenant_work
from insula.kit.commands import Shell, pass_shell
from insula.kit.errors import InsulaError
from insula.kit.settings import settings_of
from insula.tenancy.interfaces import find_tenant

_STAGES = {stage.name.lower(): stage for stage in Stage}
_tenant = click.option("--tenant", required=True, help="The tenant's name.")
_filters = click.argument("filters", nargs=-1)
_stage = click.option(
    "--stage", type=click.Choice(list(_STAGES)), default="draft", show_default=True,
    help="Which documents: what visitors read, what is worked on, or the trash.",
)  # fmt: skip
_format = click.option(
    "--format", "format_", type=click.Choice(list(MEDIA)), help="By the name of the file when left out."
)
_sort = click.option("--sort", default="", help="Fields to sort by: `state,-latitude`.")
_fields = click.option("--fields", default="", help="Fields to show: `iata,name`.")


@click.group("entries")
def entries_group() -> None:
    """List, import and export the entries of collections; filters are written `state=CA` or `latitude[gt]=37`."""


@entries_group.command("list")
@click.argument("collection")
@_filters
@_tenant
@_stage
@_sort
@_fields
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True, help="Entries at most.")
@pass_shell
def list_command(shell: Shell, /, collection: str, tenant: str, limit: int, **asked: Any) -> None:
    """List entries as lines of JSON."""
    with _told(shell), _work(shell, tenant) as work:
        queries = queries_of(work, EverySight())
        question = _question(work, collection, **asked)
        for entry in islice(queries.each(question), limit):
            click.echo(queries.texts(question, [entry])[0])


@entries_group.command("get")
@click.argument("collection")
@click.argument("entry_id", type=click.UUID)
@_tenant
@_stage
@pass_shell
def get_command(shell: Shell, /, collection: str, entry_id: UUID, tenant: str, stage: str) -> None:
    """Show one entry as JSON."""
    with _told(shell), _work(shell, tenant) as work:
        question = _question(work, collection, (), stage)
        entry = work.find_service(Entries).find(collection, entry_id, question.stage)
        click.echo(queries_of(work, EverySight()).texts(question, [entry])[0])


@entries_group.command("export")
@click.argument("collection")
@_filters
@_tenant
@_stage
@_sort
@_fields
@_format
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="A file; else what is shown.")
@pass_shell
def export_command(
    shell: Shell, /, collection: str, tenant: str, format_: Format | None, output: Path | None, **asked: Any
) -> None:
    """Write entries as CSV or as lines of JSON."""
    with _told(shell), _work(shell, tenant) as work:
        queries = queries_of(work, EverySight())
        question = _question(work, collection, **asked)
        info = work.find_service(Collections).find(collection)
        pieces = exported(queries, info, question, format_ or _format_of(output))
        if output is None:
            _write(pieces, sys.stdout.buffer)
            return
        with (
            output.open("wb") as file,
            click.progressbar(pieces, length=queries.count(question), label=f"Writing {output}") as shown,
        ):
            _write(shown, file)


@entries_group.command("import")
@click.argument("collection")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@_tenant
@_format
@click.option("--dry-run", is_flag=True, help="Say what would happen, and keep nothing.")
@pass_shell
def import_command(
    shell: Shell, /, collection: str, file: Path, tenant: str, format_: Format | None, **options: bool
) -> None:
    """Make an entry of each line of a CSV or NDJSON file; broken off, the same command goes on where it was."""
    tenant_id = find_tenant(shell.registry, tenant).id
    batch = settings_of(shell.registry, CollectionsSettings).import_batch
    with (
        _told(shell),
        click.progressbar(
            length=file.stat().st_size, label=f"Importing {file.name}", item_show_func=_progress
        ) as bar,
    ):
        job = FileImport(
            shell.registry, tenant_id, collection, file, format_ or _format_of(file), batch, bar.update
        )
        outcome = job.rehearse() if options["dry_run"] else job.run()
    for error in outcome.errors:
        click.echo(f"line {error.line}: {f'{error.path}: ' if error.path else ''}{error.detail}", err=True)
    verb = "would be made" if options["dry_run"] else "made"
    click.echo(f"{outcome.created:,} entries {verb}, {outcome.refused:,} lines refused.")
    if outcome.refused:
        shell.fail(
            "Some lines were refused.", "Mend them and import a file of these lines; the others are there."
        )


@entries_group.command("publish")
@click.argument("collection")
@click.argument("entry_id", type=click.UUID)
@_tenant
@pass_shell
def publish_command(shell: Shell, /, collection: str, entry_id: UUID, tenant: str) -> None:
    """Show visitors what is being worked on."""
    with _told(shell), _work(shell, tenant, writing=True) as work:
        entry = work.find_service(Entries).publish(collection, entry_id, expected=None, author=None)
    click.echo(f"Published {entry.id} as version {entry.version}.")


@entries_group.command("trash")
@click.argument("collection")
@click.argument("entry_id", type=click.UUID)
@_tenant
@pass_shell
def trash_command(shell: Shell, /, collection: str, entry_id: UUID, tenant: str) -> None:
    """Throw an entry into the trash."""
    with _told(shell), _work(shell, tenant, writing=True) as work:
        work.find_service(Entries).trash(collection, entry_id, expected=None, author=None)
    click.echo(f"{entry_id} is in the trash.")


def _question(
    work: Any, collection: str, filters: tuple[str, ...], stage: str, sort: str = "", fields: str = ""
) -> Question:
    info = work.find_service(Collections).find(collection)
    given = dict(each.partition("=")[::2] for each in filters)
    wanted = working_stage(info) if stage == "draft" else _STAGES[stage]
    return question_of(collection, {**given, "sort": sort, "fields": fields}, stage=wanted)


def _format_of(file: Path | None) -> Format:
    return "ndjson" if file is not None and file.suffix in {".ndjson", ".jsonl", ".json"} else "csv"


def _progress(outcome: Outcome | None) -> str:
    return f"{outcome.created:,} made, {outcome.refused:,} refused" if outcome else ""


def _write(pieces: Any, file: BinaryIO) -> None:
    file.writelines(pieces)
    file.flush()


@contextmanager
def _work(shell: Shell, tenant: str, *, writing: bool = False) -> Iterator[Any]:
    with tenant_work(shell.registry, find_tenant(shell.registry, tenant).id, writing=writing) as work:
        yield work


@contextmanager
def _told(shell: Shell) -> Iterator[None]:
    """Tell an error of the house as one of the command, with its places."""
    try:
        yield
    except InsulaError as error:
        places = "\n".join(f"{each.path}: {each.detail}" for each in error.errors)
        shell.fail(error.detail or error.title, places)
