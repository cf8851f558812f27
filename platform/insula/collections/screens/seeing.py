"""What whoever asks sees of an entry and may do with its fields, and in which state it is, in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from insula.accounts.interfaces import Accounts
from insula.collections.access.rules import field_entity, readable_fields, writable_fields
from insula.collections.entries.permits import RequestPermit
from insula.collections.entries.shapes import status_of
from insula.collections.interfaces.entries import Entries, Entry, Stage
from insula.kit.clock import now
from insula.kit.errors import NotFound
from insula.tree.interfaces import Node

if TYPE_CHECKING:
    from insula.collections.interfaces.schemas import Collection
    from insula.collections.screens.resources import EntryPanel
    from insula.tree.interfaces import PolicyEntity


def acting(collection: Any, decided: Entry | None = None) -> dict[str, Any]:
    """Return as whom, and with which permit, something is done to entries of a collection, the node of a panel.

    `decided` is the entry about which the policy was asked before the view ran.
    """
    request = collection.request
    permit = RequestPermit(request, lambda info: _place(collection, info), decided=decided)
    return {"author": request.identity.account_id, "permit": permit}


def _place(collection: Any, info: Collection) -> Any:
    return collection if info.name == collection.info.name else collection.__parent__[info.name]


def may_create(collection: Any) -> bool:
    """Say whether whoever asks may write an entry of a collection, so far as that does not hang on what is in it."""
    request, at = collection.request, now()
    blank = Entry(
        UUID(int=0), collection.info.name, Stage.DRAFT, 1, "{}", request.identity.account_id, at, at
    )
    nodes = (collection, collection.node_of(blank))
    return any(request.may("create", node) for node in nodes)


class FieldNode(Node):
    """One field of a collection, as rules see it."""

    def policy_entity(self) -> PolicyEntity:
        """Return the field by its full name."""
        return field_entity(self.__parent__.info, self.__name__)


@dataclass(frozen=True)
class Sight:
    """The fields that one may view, those among them that one may edit, and why not the others."""

    readable: frozenset[str]
    writable: frozenset[str]
    rules: Mapping[str, str]


def sight_of(request: Any, collection: Any) -> Sight:
    """Return what whoever asks may do with the fields of a collection, which is the node of a panel."""
    info: Collection = collection.info
    readable = readable_fields(request, info)
    writable = readable & writable_fields(request, info)
    return Sight(readable, writable, {name: _why(request, collection, name) for name in readable - writable})


def _why(request: Any, collection: Any, field: str) -> str:
    decision = request.decide("edit", FieldNode(request, collection, field), enforced=False)
    rules = [name.partition(":")[2] or name for name in (decision.rules or decision.unmet)]
    if decision.reason:
        return f"{decision.reason} (Rule {', '.join(rules)}.)" if rules else decision.reason
    if decision.rules:
        return f"You may not edit it: the rule {', '.join(rules)} forbids it."
    return (
        f"You may not edit it. It would take the rule {' or '.join(rules)}."
        if rules
        else "You may not edit it."
    )


@dataclass(frozen=True)
class State:
    """In which state an entry is; `compare` is the version that visitors read where it is not the newest."""

    word: str
    tone: str
    sentence: str
    publishes: bool = False
    unpublishes: bool = False
    compare: int | None = None
    trashed: bool = False


STATES: Final[Mapping[str, State]] = {
    "draft": State("Draft", "", "A draft, not seen by visitors", publishes=True),
    "published": State("Published", "ok", "Published", unpublishes=True),
    "changed": State(
        "Draft not published",
        "warn",
        "Published, with changes that visitors do not see yet",
        publishes=True,
        unpublishes=True,
    ),
    "trash": State("In the trash", "bad", "In the trash", trashed=True),
}


def state_of(request: Any, node: EntryPanel) -> State:
    """Return in which state an entry is."""
    name, entry = node.info.name, node.entry
    status = status_of(entry)
    state = STATES[status]
    if status != "changed":
        return state
    try:
        live = request.find_service(Entries).find(name, entry.id, Stage.LIVE)
    except NotFound:
        return state
    return State(
        state.word, state.tone, state.sentence, publishes=True, unpublishes=True, compare=live.version
    )


def people_of(request: Any, ids: Iterable[UUID | None]) -> dict[UUID | None, str]:
    """Return the names of authors, of those that are still there."""
    wanted = {each for each in ids if each is not None}
    return dict(request.find_service(Accounts).names(wanted)) if wanted else {}
