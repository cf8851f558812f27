"""The draft of the policy, and its table of roles, as JSON."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from pyramid.config import Configurator

from insula.api.interfaces import IfMatch, Service, etag_of
from insula.events.interfaces import actor_of
from insula.policies.resources import named
from insula.policies.shapes import DraftShape, TableShape, draft_shape, table_shape
from insula.security.interfaces import Policies, PolicyDraft, PolicyDrafts, RoleTable
from insula.security.permissions import Action

VIEW, EDIT = Action.VIEW.value, Action.EDIT.value


_LARGEST = 2**31 - 1


class Kept(BaseModel):
    """What is kept as the draft; the table of roles stays as it is where none is sent."""

    model_config = ConfigDict(extra="forbid")

    text: str
    grid: dict[str, dict[str, list[str]]] | None = None
    base: int | None = Field(default=None, ge=1, le=_LARGEST)


def includeme(config: Configurator) -> None:
    """Register the endpoints."""
    room = "insula.policies.resources."
    for view, context, method, name, permission in (
        ("show", "DraftAPI", "GET", "", VIEW),
        ("save", "DraftAPI", "PUT", "", EDIT),
        ("discard", "DraftAPI", "DELETE", "", EDIT),
        ("table", "PolicyAPI", "GET", "table", VIEW),
    ):
        config.add_endpoint(
            f"insula.policies.draft_api.{view}",
            context=room + context,
            method=method,
            name=name,
            permission=permission,
        )


def show(request: Any) -> DraftShape:
    """Return the draft; where none is kept, what one would begin from, as version 0."""
    found = _found(request)
    etag_of(request, found.version)
    return draft_shape(found, named(request, found.author))


def save(request: Any, body: Kept, if_match: IfMatch, drafts: PolicyDrafts = Service) -> DraftShape:
    """Keep a text and a table of roles, flaws and all, instead of the version that `If-Match` names."""
    before = _found(request)
    if_match.check(before.version)
    kept = drafts.save(
        body.text,
        body.grid,
        base=body.base or before.base,
        author=actor_of(request),
        expected=before.version,
    )
    etag_of(request, kept.version)
    return draft_shape(kept, named(request, kept.author))


def discard(request: Any, if_match: IfMatch, drafts: PolicyDrafts = Service) -> None:
    """Forget the draft that `If-Match` names."""
    before = _found(request)
    if_match.check(before.version)
    drafts.discard(expected=before.version)


def table(request: Any, found: RoleTable = Service) -> TableShape:
    """Return what each role may do with each type of thing, by the draft or by the version in force."""
    document = _found(request)
    return table_shape(found.roles(), found.read(document.text, document.grid), document.version)


def _found(request: Any) -> PolicyDraft:
    draft = request.find_service(PolicyDrafts).find()
    if draft is not None:
        return draft  # type: ignore[no-any-return]  # services are found by their promise
    current = request.find_service(Policies).current()
    return PolicyDraft(current.text, current.grid, current.number, current.author, current.created, 0)
