"""Which of the entries that a plan names are shown to whoever asks."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from insula.collections.access.rules import readable_fields
from insula.collections.interfaces.queries import Queries
from insula.collections.schemas.diff import Difference

if TYPE_CHECKING:
    from insula.collections.interfaces.schemas import Change, Collection


def viewable(request: Any, info: Collection, change: Change) -> Change:
    """Return a change with those of its examples that whoever asks may view; how many entries there are stays."""
    named = {
        effect.field: [each for each, _ in effect.examples]
        for effect in change.effects
        if _may_tell(effect.field, request, info, change)
    }
    ids = list(dict.fromkeys(each for own in named.values() for each in own))
    seen = request.find_service(Queries).seen(info.name, ids) if ids else ()
    effects = [
        replace(
            effect,
            examples=tuple(each for each in effect.examples if effect.field in named and each[0] in seen),
        )
        for effect in change.effects
    ]
    return replace(change, effects=tuple(effects))


def _may_tell(field: str, request: Any, info: Collection, change: Change) -> bool:
    """Tell whether what would not fit a field of a plan may be told, which is of values that lie in one of today."""
    today = Difference(info.document, change.document).renamed.get(field, field)
    if today in info.fields:
        return today in readable_fields(request, info)
    # Of a field that is yet to come no entry has a value; a plan that is late may mean one that has gone.
    return change.from_version == info.version
