"""The entities of one question: the principal in its roles, and the resource in its lineage.

Attributes are converted by their declared type and by nothing else. A value that does not fit counts as missing, so
that a document from outside can never smuggle in an entity that equals the principal.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from ipaddress import ip_address
from typing import Any, Final, Protocol
from uuid import UUID

from insula.kit.json import dumps
from insula.security.cedar.context import instant
from insula.security.interfaces import PolicyType

_MISSING: Final = object()
_LONG: Final = 2**63
_DECIMAL: Final = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,4})?\Z")


class Entity(Protocol):
    """A resource as the tree hands it over."""

    @property
    def type(self) -> str:
        """The type's name."""

    @property
    def id(self) -> str:
        """The name within the type."""

    @property
    def attributes(self) -> Mapping[str, object]:
        """Plain values by name."""


def document(
    principal: tuple[str, str],
    roles: Iterable[str],
    facts: Mapping[str, object],
    lineage: Sequence[Entity],
    types: Mapping[str, PolicyType],
    wanted: frozenset[str] | None = None,
) -> tuple[str, str]:
    """Return the entities as the engine reads them: whoever asks, and the resource in its lineage.

    Of their attributes those that are `wanted` stand there, or all; what no rule reads costs nothing.

    They come apart because many questions have the first in common. A principal that is also part of the lineage, as
    when people look at their own account, stands with the lineage, and the first part is empty.
    """
    found: dict[tuple[str, str], dict[str, Any]] = {}
    named = sorted(roles)
    _add(
        found,
        principal,
        _attributes(types.get(principal[0]), {"roles": named, **facts}, wanted),
        [("Role", role) for role in named],
    )
    itself = any((entity.type, entity.id) == principal for entity in lineage)
    who = "[]" if itself else dumps([found.pop(principal)]).decode()
    for position, entity in enumerate(lineage):
        declared = types.get(entity.type)
        key = (entity.type, entity.id)
        above = _above(key, declared, lineage[position + 1 :])
        _add(found, key, _attributes(declared, entity.attributes, wanted), above)
    return who, dumps(list(found.values())).decode()


def _above(
    key: tuple[str, str], declared: PolicyType | None, ancestors: Sequence[Entity]
) -> list[tuple[str, str]]:
    """Return the nearest ancestor of a type that this one may lie in; other neighbours in the tree are no place."""
    wanted = declared.parents if declared else ()
    places = ((entity.type, entity.id) for entity in ancestors if entity.type in wanted)
    return [place for place in places if place != key][:1]


def _add(
    found: dict[tuple[str, str], dict[str, Any]],
    key: tuple[str, str],
    attributes: dict[str, Any],
    parents: list[tuple[str, str]],
) -> None:
    """Add an entity, or join it to the one already there: a person may look at their own account."""
    entry = found.setdefault(key, {"uid": {"type": key[0], "id": key[1]}, "attrs": {}, "parents": []})
    entry["attrs"].update(attributes)
    entry["parents"].extend({"type": kind, "id": name} for kind, name in parents)


def _attributes(
    declared: PolicyType | None, values: Mapping[str, object], wanted: frozenset[str] | None
) -> dict[str, Any]:
    if declared is None:
        return {}
    converted = {
        name: convert(values.get(name), declared.attributes[name].removesuffix("?"))
        for name in declared.attributes
        if wanted is None or name in wanted
    }
    return {name: value for name, value in converted.items() if value is not _MISSING}


def convert(value: object, kind: str) -> Any:
    """Return a value in the engine's form, or the mark for a missing one."""
    match kind, value:
        case "Bool", bool():
            return value
        case "Long", int() if not isinstance(value, bool) and -_LONG <= value < _LONG:
            return value
        case "String", str():
            return _text(value)
        case "datetime", datetime() if value.tzinfo is not None:
            return {"__extn": {"fn": "datetime", "arg": instant(value.astimezone(UTC))}}
        case "decimal", Decimal() | str():
            return _decimal(value)
        case "ipaddr", str():
            return _address(value)
        case (("Bool" | "Long" | "String" | "datetime" | "decimal" | "ipaddr"), _):
            return _MISSING
    if kind.startswith("Set<"):
        return _set(value, kind.removeprefix("Set<").removesuffix(">"))
    name = getattr(value, "id", None) if getattr(value, "type", None) == kind else value
    if isinstance(name, str | UUID) and _text(str(name)) is not _MISSING:
        return {"__entity": {"type": kind, "id": str(name)}}
    return _MISSING


def fits(value: object, kind: str) -> bool:
    """Say whether a value is one of its declared type; one that is not counts as missing."""
    return convert(value, kind.removesuffix("?")) is not _MISSING


def _text(value: str) -> Any:
    try:
        value.encode()
    except UnicodeEncodeError:
        return _MISSING
    return _MISSING if "\0" in value else value


def _decimal(value: Decimal | str) -> Any:
    try:
        text = format(Decimal(value), "f")
    except InvalidOperation:
        return _MISSING
    if not _DECIMAL.match(text) or abs(Decimal(text)) >= Decimal(_LONG) / 10_000:
        return _MISSING
    return {"__extn": {"fn": "decimal", "arg": text if "." in text else f"{text}.0"}}


def _address(value: str) -> Any:
    try:
        return {"__extn": {"fn": "ip", "arg": str(ip_address(value))}}
    except ValueError:
        return _MISSING


def _set(value: object, kind: str) -> Any:
    if not isinstance(value, list | tuple | set | frozenset):
        return _MISSING
    members = [convert(member, kind) for member in value]
    return _MISSING if any(member is _MISSING for member in members) else members
