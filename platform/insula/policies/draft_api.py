"""The draft of the policy, and its table of roles, as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field
from pyramid.httpexceptions import HTTPNoContent, HTTPNotModified

from insula.api.interfaces import check_if_match, etag_of, not_modified, query_parameters
from insula.events.interfaces import actor_of
from insula.policies.api import sent
from insula.policies.resources import named
from insula.policies.shapes import draft_shape, table_shape
from insula.security.interfaces import Policies, PolicyDraft, PolicyDrafts, RoleTable
from insula.security.permissions import Action

if TYPE_CHECKING:
    from pyramid.config import Configurator

    from insula.policies.resources import DraftAPI, PolicyAPI

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


def show(context: DraftAPI, request: Any) -> Any:
    """Return the draft; where none is kept, what one would begin from, as version 0."""
    found = _found(request)
    etag_of(request, found.version)
    if not_modified(request):
        return HTTPNotModified(etag=request.response.etag)
    return draft_shape(found, named(request, found.author))


def save(context: DraftAPI, request: Any) -> dict[str, Any]:
    """Keep a text and a table of roles, flaws and all, instead of the version that `If-Match` names."""
    before = _found(request)
    check_if_match(request, before.version)
    wanted = sent(request, Kept)
    kept = request.find_service(PolicyDrafts).save(
        wanted.text,
        wanted.grid,
        base=wanted.base or before.base,
        author=actor_of(request),
        expected=before.version,
    )
    etag_of(request, kept.version)
    return draft_shape(kept, named(request, kept.author))


def discard(context: DraftAPI, request: Any) -> HTTPNoContent:
    """Forget the draft that `If-Match` names."""
    before = _found(request)
    check_if_match(request, before.version)
    request.find_service(PolicyDrafts).discard(expected=before.version)
    return HTTPNoContent()


def table(context: PolicyAPI, request: Any) -> dict[str, Any]:
    """Return what each role may do with each type of thing, by the draft or by the version in force."""
    query_parameters(request, ())
    document = _found(request)
    found: RoleTable = request.find_service(RoleTable)
    return table_shape(found.roles(), found.read(document.text, document.grid), document.version)


def _found(request: Any) -> PolicyDraft:
    draft = request.find_service(PolicyDrafts).find()
    if draft is not None:
        return draft  # type: ignore[no-any-return]  # services are found by their promise
    current = request.find_service(Policies).current()
    return PolicyDraft(current.text, current.grid, current.number, current.author, current.created, 0)
