"""`insula policy draft` and `insula policy grid`: what is worked on, and its table of roles."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from insula.events.interfaces import COMMAND_LINE
from insula.kit.clock import isoformat
from insula.kit.commands import Shell, pass_shell
from insula.kit.errors import Invalid
from insula.kit.json import dumps, loads
from insula.policies.commands.shared import PATH, grid_option, json_option, tenant_option, text_of, work_of
from insula.policies.grids import changed
from insula.policies.shapes import table_shape
from insula.security.interfaces import Policies, PolicyDrafts, RoleTable


@click.group()
def draft() -> None:
    """Keep a policy that is not in force yet: one draft a tenant."""


@draft.command("show")
@tenant_option
@pass_shell
def show_draft(shell: Shell, *, tenant: str) -> None:
    """Print the text of the draft; where it comes from is told on standard error."""
    with work_of(shell, tenant) as work:
        found = work.find_service(PolicyDrafts).find()
    if found is None:
        shell.fail("There is no draft.", "Keep one with `insula policy draft save`.")
    click.echo(found.text, nl=False)
    told = f"Draft {found.version} on version {found.base}, {isoformat(found.updated)}, by {found.author}"
    click.echo(told, err=True)


@draft.command("save")
@click.argument("file", type=PATH)
@tenant_option
@grid_option
@click.option("--expected", type=int, help="Only if this draft is kept now; 0 for none.")
@pass_shell
def save_draft(shell: Shell, *, file: Path, tenant: str, grid: Path | None, expected: int | None) -> None:
    """Keep a text as the draft, flaws and all."""
    with work_of(shell, tenant, writing=True) as work:
        base = work.find_service(Policies).current().number
        table = loads(text_of(grid)) if grid else None
        drafts = work.find_service(PolicyDrafts)
        kept = drafts.save(text_of(file), table, base=base, author=COMMAND_LINE, expected=expected)
    click.echo(f"Draft {kept.version} is kept. Nothing of it is in force.")


@draft.command("discard")
@tenant_option
@pass_shell
def discard_draft(shell: Shell, *, tenant: str) -> None:
    """Forget the draft."""
    with work_of(shell, tenant, writing=True) as work:
        work.find_service(PolicyDrafts).discard(expected=None)
    click.echo("The draft is gone.")


@click.group()
def grid() -> None:
    """Show the table of roles, and change it in the draft."""


@grid.command("show")
@tenant_option
@click.option("--role", metavar="ROLE", help="Only this role.")
@json_option
@pass_shell
def show_grid(shell: Shell, *, tenant: str, role: str | None, as_json: bool) -> None:
    """Print what each role may do with each type of thing, by the draft or by the version in force."""
    with work_of(shell, tenant) as work:
        found = work.find_service(PolicyDrafts).find()
        document = found or work.find_service(Policies).current()
        table = work.find_service(RoleTable)
        types = table.read(document.text, document.grid)
    if as_json:
        click.echo(dumps(table_shape(table.roles(), types, found.version if found else 0), indent=True))
        return
    names = [each.name for each in table.roles() if role in {None, each.name}]
    if not names:
        shell.fail(f"There is no role {role!r}.", f"Roles: {', '.join(each.name for each in table.roles())}.")
    click.echo(f"{'':<24}" + "".join(f"{name:<10}" for name in names))
    for kind in types:
        for action, cells in kind.rows:
            words = [("fixed" if cell.fixed else cell.word) for cell in cells if cell.role in names]
            click.echo(f"{kind.type + ' ' + action:<24}" + "".join(f"{word:<10}" for word in words))


@grid.command("set")
@click.argument("role")
@click.argument("type_", metavar="TYPE")
@click.argument("actions", metavar="ACTION...", nargs=-1)
@tenant_option
@pass_shell
def set_grid(shell: Shell, *, role: str, type_: str, actions: Sequence[str], tenant: str) -> None:
    """Let ROLE do exactly these actions with things of TYPE; `edit:own` is for one's own, none takes all away.

    It is written into the draft: look at it, then `insula policy publish --draft`.
    """
    with work_of(shell, tenant, writing=True) as work:
        policies, drafts = work.find_service(Policies), work.find_service(PolicyDrafts)
        current, kept = policies.current(), drafts.find()
        before = kept or current
        had = before.grid.get(role, {}).get(type_, ())
        cells = dict.fromkeys((each.partition(":")[0] for each in had), "")
        cells |= {each.partition(":")[0]: each.partition(":")[2] or "all" for each in actions}
        if wrong := sorted({*cells.values()} - {"", "all", "own"}):
            raise Invalid(f"An action may end in :own, not in :{wrong[0]}.")
        table = changed(before.grid, {(role, type_, action): given for action, given in cells.items()})
        flaws = [flaw for flaw in policies.check(before.text, table) if (flaw.rule or "").startswith("grid.")]
        if flaws:
            raise Invalid(flaws[0].message)
        base = kept.base if kept else current.number
        made = drafts.save(before.text, table, base=base, author=COMMAND_LINE, expected=None)
    click.echo(f"Draft {made.version} is kept. Nothing of it is in force.")
