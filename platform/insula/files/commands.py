"""`insula file`: list, add, get and delete the files of a tenant."""

from __future__ import annotations

import mimetypes
import sys
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import click

from insula.db.work import tenant_work
from insula.files.interfaces import FileInfo, Files
from insula.files.shapes import file_shape
from insula.files.words import pixels_said, size_said
from insula.kit.commands import Shell, again, pass_shell
from insula.kit.errors import NotFound
from insula.kit.json import dumps
from insula.tenancy.interfaces import find_tenant

if TYPE_CHECKING:
    from collections.abc import Iterator

tenant_option = click.option("--tenant", required=True, metavar="NAME", help="The tenant's name.")
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
id_argument = click.argument("file_id", metavar="ID", type=click.UUID)
_PAGE = 500


@click.group()
def file() -> None:
    """List, add, get and delete the files of a tenant."""


@file.command("list")
@tenant_option
@click.option("--find", default="", metavar="TEXT", help="A part of the name or description.")
@json_option
@pass_shell
def list_files(shell: Shell, *, tenant: str, find: str, as_json: bool) -> None:
    """List the files, newest first."""
    with _files(shell, tenant) as files:
        found = list(_all(files, find))
        if as_json:
            click.echo(dumps([file_shape(files, each) for each in found]))
            return
        used, most = files.used()
    for each in found:
        seen = "public" if each.public else "private"
        click.echo(f"{each.id}  {seen:<7}  {size_said(each.size):>9}  {each.media_type:<24}  {each.name}")
    click.echo(f"{size_said(used)} of {size_said(most)} in use.", err=True)
    if not found:
        click.echo(f"Add one: {again(f'file add PATH --tenant {tenant}')}", err=True)


@file.command()
@click.argument(
    "paths",
    metavar="PATH…",
    nargs=-1,
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)
@tenant_option
@click.option("--public", is_flag=True, help="Let everybody see it.")
@click.option("--alt", default="", metavar="TEXT", help="What an image shows, in words.")
@json_option
@pass_shell
def add(shell: Shell, *, paths: tuple[Path, ...], tenant: str, public: bool, alt: str, as_json: bool) -> None:
    """Take files in, each in a transaction of its own, and print their ids."""
    for path in paths:
        with _files(shell, tenant, writing=True) as files, path.open("rb") as stream:
            claimed, _ = mimetypes.guess_type(path.name)
            info = files.take(
                stream, path.name, media_type=claimed, public=public, alt=alt, length=path.stat().st_size
            )
            shape = file_shape(files, info)
        click.echo(dumps(shape) if as_json else f"{info.id}  {_said(info)}")


@file.command()
@id_argument
@tenant_option
@click.option(
    "--output",
    metavar="PATH",
    type=click.Path(path_type=Path, allow_dash=True),
    help="Where to write it; - for standard output. Without: its own name, here.",
)
@click.option("--width", type=int, metavar="PIXELS", help="An image in one of the widths that there are.")
@pass_shell
def get(shell: Shell, *, file_id: UUID, tenant: str, output: Path | None, width: int | None) -> None:
    """Write the content of a file; one that is there already is not overwritten."""
    with _files(shell, tenant) as files:
        info = _found(files, file_id)
        content = files.open(info) if width is None else files.rendition(info, width)[0]
    with closing(content):
        if str(output) == "-":
            for piece in content:
                sys.stdout.buffer.write(piece)
            return
        place = output or Path(info.name)
        try:
            with place.open("xb") as target:
                for piece in content:
                    target.write(piece)
        except FileExistsError:
            shell.fail(f"There is a file {place} already.", "Name another with --output.")
    click.echo(f"{place}  {_said(info)}")


@file.command()
@id_argument
@tenant_option
@pass_shell
def delete(shell: Shell, *, file_id: UUID, tenant: str) -> None:
    """Delete a file for good; one that is used stays."""
    with _files(shell, tenant, writing=True) as files:
        info = _found(files, file_id)
        if used := files.uses([file_id]).get(file_id):
            places = "\n".join(f"  {use.title}  {use.address}" for use in used)
            shell.fail(f"{info.name} is used here:\n{places}", "Take it out there first.")
        files.delete(file_id)
    click.echo(f"Deleted {info.name}.")


def _found(files: Files, file_id: UUID) -> FileInfo:
    try:
        return files.find(file_id)
    except NotFound:
        message = f"There is no file {file_id}."
        raise NotFound(message) from None


def _all(files: Files, find: str) -> Iterator[FileInfo]:
    after: UUID | None = None
    while found := files.page(find=find, after=after, limit=_PAGE):
        yield from found
        after = found[-1].id


def _said(info: FileInfo) -> str:
    return ", ".join(filter(None, (info.name, info.media_type, size_said(info.size), pixels_said(info))))


@contextmanager
def _files(shell: Shell, tenant: str, *, writing: bool = False) -> Iterator[Any]:
    """Give the files of a tenant, in a unit of work."""
    try:
        found = find_tenant(shell.registry, tenant)
    except NotFound:
        shell.fail(f"There is no tenant {tenant}.", f"See which there are: {again('tenant list')}")
    with tenant_work(shell.registry, found.id, writing=writing) as work:
        yield work.find_service(Files)
