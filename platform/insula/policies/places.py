"""Where a thing lies that a made-up request is about, and whether whoever asks may view it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from insula.kit.errors import FieldError, InsulaError, Invalid
from insula.records.interfaces import Streams
from insula.security.interfaces import Sees
from insula.tree.interfaces import PolicyEntity, Root, lineage_entities

_NAMED = re.compile(r'([A-Za-z][A-Za-z0-9_]*)::"([^"\\]{0,500})"')
_LONGEST = 500
_ADMIN = PolicyEntity("Area", "admin")


class Shown:
    """A thing and what it lies in, as the policy is asked about it; no view belongs to it."""

    def __init__(self, lineage: Sequence[PolicyEntity]) -> None:
        self.__name__ = lineage[0].id
        self.__parent__ = Shown(lineage[1:]) if lineage[1:] else None
        self._entity = lineage[0]

    def policy_entity(self) -> PolicyEntity:
        """Return the thing itself."""
        return self._entity


def sees_of(request: Any) -> Sees:
    """Return what says whether whoever sent this request may view a thing."""

    def sees(lineage: Sequence[PolicyEntity]) -> bool:
        return bool(lineage) and bool(request.may("view", Shown(lineage)))

    return sees


def operator_sees(lineage: Sequence[PolicyEntity]) -> bool:
    """Let somebody with a shell on the server, who could read the store itself, see everything."""
    return bool(lineage)


def lineage_at(request: Any, place: str, *, sees: Sees) -> Sequence[PolicyEntity]:
    """Return the lineage of what is named as rules name it, such as `Page::"/about"`, or by its address.

    What is named so need not exist. At an address there must be something, and something that the asker may view.
    """
    named = _NAMED.fullmatch(place.strip())
    if named:
        return lineage_of(request, named[1], named[2])
    path = place.strip()
    if not path.startswith("/") or len(path) > _LONGEST:
        raise _unusable('Use an address such as /about, or a name such as Page::"/about".')
    found = _at(request, path)
    if not found or not sees(found):
        raise _unusable(f"There is nothing at {path}.")
    return found


def lineage_of(request: Any, type_: str, id_: str) -> Sequence[PolicyEntity]:
    """Return the lineage of a thing by type and id; of what is not there only its name is known."""
    bare = PolicyEntity(type_, id_)
    if type_ == "Page":
        found = _at(request, id_) if id_.startswith("/") else ()
        return found if found and (found[0].type, found[0].id) == (type_, id_) else (bare,)
    if type_ == "Stream":
        stream = request.find_service(Streams).find(id_)
        if stream is not None:
            known = PolicyEntity("Stream", stream.name, {"name": stream.name, "system": stream.system})
            return (known, PolicyEntity("Area", "api"))
    if type_ == "Setting":
        above = (PolicyEntity("Setting", "features"),) if id_.startswith("features.") else ()
        return (bare, *above, _ADMIN)
    if type_ == "Area" and id_ in {"audit", "decisions"}:
        return (bare, _ADMIN)
    return (bare,)


def _at(request: Any, path: str) -> tuple[PolicyEntity, ...]:
    """Walk down the tree as a request for this address would."""
    node: Any = Root(request)
    try:
        for name in (each for each in path.split("/") if each and not each.startswith("@@")):
            node = node[name]
        if isinstance(node, Root):
            # The page at the root is the site's to name; a tenant without a site has none.
            node = getattr(node.site, "home", _none)()
    except (KeyError, TypeError, AttributeError, InsulaError):
        # A leaf of the tree has no names below it; the rest is what an address that leads nowhere raises.
        return ()
    return tuple(lineage_entities(node))


def _none() -> Any:
    raise KeyError("home")


def _unusable(detail: str) -> Invalid:
    return Invalid("This cannot be asked.", errors=[FieldError("on", detail)])
