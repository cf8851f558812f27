"""Asks the policy about all rows of a type at once, with the row left open."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cedarpy import is_authorized_partial

from insula.kit.json import dumps, loads
from insula.security.cedar.engine import CompiledPolicy, Question, context_of, erring_forbids, parsed
from insula.security.rows.filters import NOTHING, joined
from insula.security.rows.shapes import Rows

if TYPE_CHECKING:
    from insula.security.cedar.slices import Slice
    from insula.security.interfaces.rows import RowFilter, RowShape, Uid

MOST_FILTERS = 1_000


def row_filter(
    policy: CompiledPolicy, question: Question, shape: RowShape, *, widen: bool = True
) -> RowFilter:
    """Return the condition under which somebody may do something with a row.

    The lineage of the question begins above the rows. Fails closed as a single decision does: a forbid that certainly
    errs leaves no row.
    """
    if (question.action, shape.type) not in policy.schema.pairs:
        return NOTHING
    slice_, asked = policy.impersonal(question, shape.type)
    entities = policy.entities(asked, slice_)
    if shape.key is None:
        return _made(policy, slice_, asked, shape, entities, widen=widen)
    key = (shape.key, shape.type, asked.principal, asked.action, context_of(slice_, asked), entities, widen)
    found = policy.filters.get(key)
    if found is None:
        if len(policy.filters) >= MOST_FILTERS:
            policy.filters.clear()
        found = policy.filters[key] = _made(policy, slice_, asked, shape, entities, widen=widen)
    return found


def _made(
    policy: CompiledPolicy,
    slice_: Slice,
    question: Question,
    shape: RowShape,
    documents: tuple[str, str],
    *,
    widen: bool,
) -> RowFilter:
    who, where = documents
    request = {
        "principal": _written(question.principal),
        "action": _written(("Action", question.action)),
        "context": question.context.cedar(slice_.reads),
    }
    # An action that is not loaded stays unknown in `action in […]`, and nothing in SQL says what it is.
    action = dumps([{"uid": {"type": "Action", "id": question.action}, "attrs": {}, "parents": []}]).decode()
    entities = parsed(who, where).with_added_json_str(action)
    found: Any = is_authorized_partial(request, slice_.policies, entities)
    if erring_forbids(slice_, found.diagnostics.errors):
        return NOTHING
    if found.decision.name == "NoDecision" and not found.residuals:
        return NOTHING
    loaded = _ancestors([*loads(who), *loads(where)])
    declared = policy.schema.types[shape.type]
    nearest = next((each for each in question.lineage if each.type in declared.parents), None)
    above = (
        frozenset({(nearest.type, nearest.id), *loaded[nearest.type, nearest.id]}) if nearest else frozenset()
    )
    return joined(found.residuals.values(), Rows(shape, above, loaded), widen=widen)


def _ancestors(entities: list[dict[str, Any]]) -> dict[Uid, frozenset[Uid]]:
    """Return all that each loaded entity lies in, at any distance."""
    parents = {_uid(entity["uid"]): [_uid(parent) for parent in entity["parents"]] for entity in entities}

    def walk(uid: Uid, seen: frozenset[Uid]) -> frozenset[Uid]:
        for parent in parents.get(uid, ()):
            if parent not in seen:
                seen = walk(parent, seen | {parent})
        return seen

    return {uid: walk(uid, frozenset()) for uid in parents}


def _uid(written: dict[str, str]) -> Uid:
    return written["type"], written["id"]


def _written(uid: Uid) -> str:
    """Write an entity as the partial call wants it; ids of accounts and names of actions have nothing to escape."""
    name = uid[1].replace("\\", "\\\\").replace('"', '\\"')
    return f'{uid[0]}::"{name}"'
