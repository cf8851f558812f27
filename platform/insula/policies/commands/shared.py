"""What the subcommands of `insula policy` share."""

from __future__ import annotations

from contextlib import contextmanager
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from insula.db.work import tenant_work
from insula.kit.clock import isoformat
from insula.kit.errors import InsulaError
from insula.kit.json import loads
from insula.security.interfaces import Policies, PolicyDrafts
from insula.tenancy.interfaces import find_tenant

if TYPE_CHECKING:
    from collections.abc import Iterator

    from insula.kit.commands import Shell
    from insula.security.interfaces import Grid, RecordedDecision

tenant_option = click.option("--tenant", required=True, metavar="NAME", help="Whose policy this is.")
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
PATH = click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path)
file_argument = click.argument("file", type=PATH, required=False)
draft_option = click.option("--draft", is_flag=True, help="The draft that is kept, instead of a file.")


def _addresses(_context: object, _option: object, given: tuple[str, ...]) -> tuple[str, ...]:
    for each in given:
        try:
            ip_address(each)
        except ValueError:
            raise click.BadParameter(f"{each!r} is no address; use one such as 192.0.2.7.") from None
    return given


owners_option = click.option(
    "--ip",
    "owners_at",
    multiple=True,
    metavar="ADDRESS",
    callback=_addresses,
    help="From where owners come; else where they are signed in from. One of them must still get in.",
)
grid_option = click.option(
    "--grid", type=PATH, help="A JSON file with the table of roles; else the one in force stays."
)


def asked_for(found: RecordedDecision) -> str:
    """Say when and from where a decision was asked for, and by which request."""
    context = found.context
    request = " ".join(part for part in (context["method"], found.path) if part)
    return f"{isoformat(found.at)}  {request} from {context['ip']}"


@contextmanager
def work_of(shell: Shell, tenant: str, *, writing: bool = False) -> Iterator[Any]:
    """Give a unit of work of a tenant; what it raises ends the command with its remedy."""
    try:
        tenant_id = find_tenant(shell.registry, tenant).id
        with tenant_work(shell.registry, tenant_id, writing=writing) as work:
            yield work
    except InsulaError as error:
        shell.fail(str(error), "\n".join(f"{each.path}: {each.detail}" for each in error.errors))


def text_of(file: Path) -> str:
    """Return what a file holds, or what is piped in."""
    with click.open_file(str(file), encoding="utf-8") as opened:
        text: str = opened.read()
    return text


def document_of(
    shell: Shell, work: Any, file: Path | None, grid: Path | None = None, *, draft: bool = False
) -> tuple[str, Grid]:
    """Return the text and the table of roles that were named: a file, or the draft."""
    if (file is None) != draft:
        shell.fail("Say which policy is meant.", "Name a file, or give --draft.")
    if not draft and file is not None:
        return text_of(file), loads(text_of(grid)) if grid else work.find_service(Policies).current().grid
    found = work.find_service(PolicyDrafts).find()
    if found is None:
        shell.fail("There is no draft.", "Keep one with `insula policy draft save`.")
    return found.text, found.grid
