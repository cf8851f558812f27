"""The screen of the table of roles: one form, which writes into the draft."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.renderers import render_to_response
from pyramid.traversal import resource_path

from insula.events.interfaces import actor_of
from insula.kit.errors import Invalid, Malformed, Stale
from insula.policies.frames import EDIT, READ, VIEW, frame, number
from insula.policies.sheets import numbered
from insula.security.interfaces import Grid, Policies, PolicyDrafts, RoleTable

if TYPE_CHECKING:
    from pyramid.config import Configurator
    from pyramid.response import Response

    from insula.policies.resources import PolicyPanel

_GIVEN = {"": "", "all": "{}", "own": "{}:own"}


def includeme(config: Configurator) -> None:
    """Register the screens."""
    panel = "insula.policies.resources.PolicyPanel"
    config.add_view(show, context=panel, name="grid", permission=VIEW, request_method=READ)
    config.add_view(save, context=panel, name="grid", permission=EDIT, request_method="POST")
    config.add_view(
        lines,
        context=panel,
        name="lines",
        permission=VIEW,
        request_method=READ,
        renderer="insula.policies:templates/lines.jinja2",
    )


def show(context: PolicyPanel, request: Any) -> Response:
    """Show what each role may do with each type of thing, by the draft or by the version in force."""
    return _shown(context, request)


def save(context: PolicyPanel, request: Any) -> Response:
    """Keep the cells that were sent in the draft; all others stay as they are."""
    drafts: PolicyDrafts = request.find_service(PolicyDrafts)
    policies: Policies = request.find_service(Policies)
    draft = drafts.find()
    before = draft or policies.current()
    grid = changed(before.grid, _cells(request))
    try:
        drafts.save(
            before.text,
            grid,
            base=draft.base if draft else number(request, "base"),
            author=actor_of(request),
            expected=number(request, "draft"),
        )
    except (Stale, Invalid) as error:
        return _shown(context, request, refusal=error)
    here = resource_path(context)
    if request.POST.get("then") == "publish":
        return HTTPSeeOther(location=f"{here}/@@publish")
    role = request.POST.get("role", "")
    shown = f"role={role}&" if role.replace("-", "").replace("_", "").isalnum() and role.isascii() else ""
    return HTTPSeeOther(location=f"{here}/@@grid?{shown}notice=policy-saved")


def lines(context: PolicyPanel, request: Any) -> dict[str, Any]:
    """Show the text of the draft, or the one in force, with its line numbers."""
    draft = request.find_service(PolicyDrafts).find()
    around = frame(context, request, "grid")
    return {**around, "draft": draft, "lines": numbered((draft or around["current"]).text)}


def changed(grid: Grid, cells: Mapping[tuple[str, str, str], str]) -> Grid:
    """Return a grid with other values in some cells, each named by role, type and action."""
    made = {role: {kind: list(actions) for kind, actions in of.items()} for role, of in grid.items()}
    for (role, kind, action), value in cells.items():
        row = made.setdefault(role, {}).setdefault(kind, [])
        row[:] = [each for each in row if each.partition(":")[0] != action]
        if value:
            row.append(_GIVEN[value].format(action))
    full = {role: {kind: row for kind, row in of.items() if row} for role, of in made.items()}
    return {role: of for role, of in full.items() if of}


def _cells(request: Any) -> dict[tuple[str, str, str], str]:
    """Return what was sent for each cell; its field is named `ROLE/TYPE/ACTION`."""
    cells = {}
    for name, value in request.POST.items():
        parts = name.split("/")
        if len(parts) == 3:
            if value not in _GIVEN:
                raise Malformed("A cell is all, own, or empty. Reload the page and send it again.")
            cells[parts[0], parts[1], parts[2]] = value
    return cells


def _shown(context: PolicyPanel, request: Any, refusal: Any = None) -> Response:
    table: RoleTable = request.find_service(RoleTable)
    draft = request.find_service(PolicyDrafts).find()
    around = frame(context, request, "grid")
    wanted = request.params.get("role", "")
    roles = [role for role in table.roles() if wanted in {"", role.name}] or list(table.roles())
    kept = [place for place, role in enumerate(table.roles()) if role in roles]
    flaws: Any = ()
    try:
        document = draft or around["current"]
        types, besides = table.read(document.text, document.grid), table.besides(document.text)
    except Invalid as error:
        types, besides, flaws = (), (), error.errors
    response = render_to_response(
        "insula.policies:templates/grid.jinja2",
        {
            "draft": draft,
            "roles": roles,
            "every": table.roles(),
            "wanted": wanted if len(roles) == 1 else "",
            "types": [
                (kind, [(action, [cells[at] for at in kept]) for action, cells in kind.rows])
                for kind in types
            ],
            "besides": besides,
            "flaws": flaws,
            "refusal": refusal,
            **around,
        },
        request=request,
    )
    if refusal:
        response.status_int = refusal.status
    response.headers["Cache-Control"] = "private, no-store"
    return response
