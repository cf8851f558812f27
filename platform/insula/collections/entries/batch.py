"""`POST /api/batch`: operations on entries of any collections, all in one transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from insula.api.interfaces import JSON, Answer, APIBranch, Body, Service
from insula.collections.entries.acts import BULK_BYTES, author_of, keep
from insula.collections.entries.permits import RequestPermit
from insula.collections.entries.shapes import entry_text
from insula.collections.interfaces.entries import Entries, Operation
from insula.collections.interfaces.schemas import Collection, Collections
from insula.collections.settings import MOST_IN_BATCH, CollectionsSettings
from insula.kit.errors import Malformed
from insula.kit.settings import settings_of

if TYPE_CHECKING:
    from pyramid.config import Configurator

_NOTHING: Final = b"null"


class Step(BaseModel):
    """One operation; `version` is the one that the caller saw."""

    model_config = ConfigDict(extra="forbid")

    op: Literal["create", "edit", "trash", "publish", "unpublish"]
    collection: str = Field(max_length=63)
    id: UUID | None = None
    version: int | None = Field(default=None, ge=1, le=2**31 - 1)
    values: dict[str, Any] | None = None


class Batch(BaseModel):
    """Operations in the order in which they are done."""

    model_config = ConfigDict(extra="forbid")

    operations: list[Step] = Field(min_length=1, max_length=MOST_IN_BATCH)


class BatchShape(BaseModel):
    """Each entry as it became; null for one that was thrown away."""

    data: list[dict[str, Any] | None]


class BatchAPI(APIBranch):
    """Where batches are sent."""


def includeme(config: Configurator) -> None:
    """Register the branch and its endpoint."""
    config.add_api_branch(
        "batch",
        "insula.collections.entries.batch.BatchAPI",
        title="Batches",
        feature="collections",
        visitors=True,
    )
    config.add_endpoint(run, context=BatchAPI, method="POST", permission="view")


def run(
    context: BatchAPI,
    request: Any,
    *,
    body: Annotated[Batch, Body(JSON, largest=BULK_BYTES)],
    dry_run: bool = False,
    entries: Entries = Service,
    collections: Collections = Service,
) -> Annotated[bytes, Answer(200, schema=BatchShape)]:
    """Do all of these operations, or none where one of them fails; the error names its place."""
    most = settings_of(request.registry, CollectionsSettings).max_batch
    if len(body.operations) > most:
        raise Malformed(f"A batch has at most {most:,} operations; there are {len(body.operations):,}.")
    steps = [
        Operation(each.op, each.collection, each.id, each.version, each.values) for each in body.operations
    ]
    permit = RequestPermit(request, lambda info: _place(context, info))
    done = entries.run(steps, author=author_of(request), permit=permit)
    keep(request, dry_run=dry_run)
    texts = []
    for entry in done:
        if entry is None:
            texts.append(_NOTHING)
            continue
        info = collections.find(entry.collection)
        texts.append(entry_text(entry, info, permit.shown(info, entry)))
    return b'{"data":[%b]}' % b",".join(texts)


def _place(context: BatchAPI, info: Collection) -> Any:
    """Return the node that the entries of a collection lie in, as they do at their own address."""
    return context.__parent__["collections"][info.name]["entries"]
