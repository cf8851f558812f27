"""`/api/collections`: collections declared, changed by plans, and deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from insula.api.interfaces import Answer, IfMatch, Page, Service, etag_of, listing
from insula.collections.access.examples import viewable
from insula.collections.access.rules import readable_fields
from insula.collections.access.uses import rules_about
from insula.collections.interfaces.schemas import CollectionDocument, Collections
from insula.collections.schemas.resources import ChangeItem, ChangesAPI, CollectionItem, CollectionsAPI
from insula.collections.schemas.shapes import ChangeShape, CollectionShape, change_shape, collection_shape
from insula.events.interfaces import actor_of

if TYPE_CHECKING:
    from pyramid.config import Configurator

    from insula.collections.interfaces.schemas import Change, Collection


class NewCollection(CollectionDocument):
    """A collection to declare, with the name that its address has."""

    name: str = Field(min_length=1, max_length=63)


class Application(BaseModel):
    """What whoever applies a plan has seen: which fields lose their values."""

    model_config = ConfigDict(extra="forbid")

    confirmed: list[str] = Field(
        default=[], max_length=300, description="The fields of the plan's effects `lose`."
    )


class Deleted(BaseModel):
    """What is no more."""

    deleted: str
    entries: int
    rules: list[str] = Field(
        description="The rules of the policy that name it; they stay, and are about nothing."
    )


def includeme(config: Configurator) -> None:
    """Register the endpoints."""
    for view, context, method, name, permission in (
        (index, CollectionsAPI, "GET", "", "view"),
        (create, CollectionsAPI, "POST", "", "manage"),
        (show, CollectionItem, "GET", "", "view"),
        (delete, CollectionItem, "DELETE", "", "manage"),
        (plan, CollectionItem, "POST", "plan", "manage"),
        (changes, ChangesAPI, "GET", "", "manage"),
        (show_change, ChangeItem, "GET", "", "manage"),
        (apply, ChangeItem, "POST", "apply", "manage"),
        (cancel, ChangeItem, "POST", "cancel", "manage"),
    ):
        config.add_endpoint(view, context=context, method=method, name=name, permission=permission)


def index(context: CollectionsAPI, request: Any, collections: Collections = Service) -> Page[CollectionShape]:
    """Return the collections that this caller may view, by name."""
    found = [info for info in collections.all() if request.may("view", context.node_of(info))]
    return listing(request, [_shape(request, info) for info in found])


def create(
    request: Any, body: NewCollection, *, dry_run: bool = False, collections: Collections = Service
) -> Annotated[CollectionShape, Answer(201)]:
    """Declare a collection."""
    document = CollectionDocument.model_validate(body.model_dump(exclude={"name"}))
    made = collections.create(body.name, document, by=_by(request))
    request.response.headers["Location"] = f"/api/collections/{made.name}"
    etag_of(request, made.version)
    shape = collection_shape(made, frozenset(made.fields))
    _keep(request, dry_run=dry_run)
    return shape


def show(context: CollectionItem, request: Any) -> CollectionShape:
    """Return one collection."""
    etag_of(request, context.info.version)
    return _shape(request, context.info)


def delete(
    context: CollectionItem,
    request: Any,
    *,
    match: IfMatch,
    dry_run: bool = False,
    collections: Collections = Service,
) -> Deleted:
    """Delete a collection with its entries."""
    match.check(context.info.version)
    rules = rules_about(request, context.info)
    entries = collections.delete(context.info.name, expected=context.info.version, by=_by(request))
    _keep(request, dry_run=dry_run)
    return Deleted(deleted=context.info.name, entries=entries, rules=list(rules))


def plan(
    context: CollectionItem,
    request: Any,
    body: CollectionDocument,
    *,
    dry_run: bool = False,
    collections: Collections = Service,
) -> Annotated[ChangeShape, Answer(201)]:
    """Say what another document would add, lose and break, and keep it as a plan; nothing else is changed."""
    made = collections.plan(context.info.name, body, by=_by(request))
    request.response.headers["Location"] = f"/api/collections/{made.collection}/changes/{made.id}"
    _keep(request, dry_run=dry_run)
    return change_shape(viewable(request, context.info, made))


def changes(context: ChangesAPI, request: Any, collections: Collections = Service) -> Page[ChangeShape]:
    """Return the plans and changes of a collection, newest first; each names its examples at its own address."""
    found = collections.changes(context.info.name)
    return listing(request, [change_shape(one, examples=False) for one in found])


def show_change(context: ChangeItem, request: Any) -> ChangeShape:
    """Return one change: what it does, and how far it has come."""
    return _change_shape(context, request, context.change)


def apply(
    context: ChangeItem,
    request: Any,
    *,
    body: Application | None = None,
    dry_run: bool = False,
    collections: Collections = Service,
) -> ChangeShape:
    """Put the document of a plan in force; what is large goes on behind the answer, and is asked for at its address."""
    change = context.change
    confirmed = body.confirmed if body else ()
    done = collections.apply(change.id, expected=change.from_version, confirmed=confirmed, by=_by(request))
    _keep(request, dry_run=dry_run)
    return _change_shape(context, request, done)


def cancel(context: ChangeItem, request: Any, collections: Collections = Service) -> ChangeShape:
    """Give up a plan."""
    return _change_shape(context, request, collections.cancel(context.change.id, by=_by(request)))


def _change_shape(context: ChangeItem, request: Any, change: Change) -> ChangeShape:
    return change_shape(viewable(request, context.__parent__.info, change))


def _shape(request: Any, info: Collection) -> CollectionShape:
    return collection_shape(info, readable_fields(request, info))


def _by(request: Any) -> str:
    return actor_of(request) or ""


def _keep(request: Any, *, dry_run: bool) -> None:
    if dry_run:
        # The answer says what would have happened; the transaction is given up behind it.
        request.tm.doom()
