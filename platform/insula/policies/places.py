"""Whether whoever asks may view what a made-up request is about."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from insula.kit.errors import FieldError, Invalid
from insula.security.interfaces import Places, Sees
from insula.tree.interfaces import PolicyEntity, lineage_entities


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


def names_of(request: Any, context: object) -> Sees:
    """Return what says whether whoever sent this request is told the name of what a decision was about.

    That is whoever may view it, and whoever may publish the policy, and so give themselves leave to view it; else the
    very rule to be understood would hide what it refused. What rules read of it stays with those who may view it.
    """
    door = tuple(lineage_entities(context))[-1:]
    if request.may("publish", Shown((PolicyEntity("Setting", "policy"), *door))):
        return bool
    return sees_of(request)


def operator_sees(lineage: Sequence[PolicyEntity]) -> bool:
    """Let somebody with a shell on the server, who could read the store itself, see everything."""
    return bool(lineage)


def lineage_at(request: Any, place: str, *, sees: Sees) -> Sequence[PolicyEntity]:
    """Return the lineage of what is named as rules name it, such as `Page::"/about"`, or by its address.

    What is named so need not exist. At an address there must be something, and something that the asker may view.
    """
    path = place.strip()
    found: Sequence[PolicyEntity] = request.find_service(Places).find(path)
    if path.startswith("/"):
        if not found or not sees(found):
            raise _unusable(f"There is nothing at {path[:500]}.")
    elif not found:
        raise _unusable('Use an address such as /about, or a name such as Page::"/about".')
    return found


def _unusable(detail: str) -> Invalid:
    return Invalid("This cannot be asked.", errors=[FieldError("on", detail)])
