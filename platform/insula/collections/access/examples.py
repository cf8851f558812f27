"""Which of the entries that a plan names are shown to whoever asks."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from insula.collections.access.rules import readable_fields
from insula.collections.interfaces.queries import Queries

if TYPE_CHECKING:
    from insula.collections.interfaces.schemas import Change, Collection


def viewable(request: Any, info: Collection, change: Change) -> Change:
    """Return a change with those of its examples that whoever asks may view; how many entries there are stays."""
    readable = readable_fields(request, info)
    # Of a field that is yet to come no entry has a value that could be told.
    named = {
        effect.field: [each for each, _ in effect.examples]
        for effect in change.effects
        if effect.field in readable or effect.field not in info.fields
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
