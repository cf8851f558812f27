"""The Cedar schema of a tenant, generated from the types that rooms have registered and those that it declared."""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby
from typing import Final

from cedarpy import Schema

from insula.security.cedar.context import CONTEXT_NAMES, CONTEXT_TYPES
from insula.security.interfaces import PolicyType
from insula.security.permissions import ACTIONS

VISITOR: Final = "Visitor"
ACCOUNT: Final = "Account"
ROLE: Final = "Role"
AREAS: Final = ("site", "api", "admin", "account", "audit", "decisions", "collections")

_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_TYPE: Final = re.compile(r"([A-Za-z_][A-Za-z0-9_]*::)?[A-Za-z_][A-Za-z0-9_]*\Z")
_RESERVED: Final = frozenset({"if", "in", "is", "has", "like", "then", "else", "true", "false"})
_BASIC: Final = frozenset({"Bool", "String", "Long", "decimal", "datetime", "ipaddr"})

BASE_TYPES: Final = (
    PolicyType("Area", parents=("Area",), actions=ACTIONS, title="Area"),
    PolicyType(
        ACCOUNT,
        attributes={"kind": "String", "roles": "Set<String>"},
        actions=("view", "create", "edit", "delete", "restore", "manage"),
        title="People and service accounts",
    ),
    PolicyType(
        "Token",
        attributes={
            "owner": f"{ACCOUNT}?",
            "kind": "String",
            "roles": "Set<String>",
            "elevated": "Bool",
        },
        parents=("Area", ACCOUNT),
        actions=("view", "create", "edit", "delete", "manage"),
        title="API tokens",
    ),
    PolicyType(
        "Setting",
        parents=("Area", "Setting"),
        actions=("view", "create", "edit", "publish", "delete", "restore", "manage", "export"),
        title="Settings and features",
    ),
)
"""Types that every installation has."""


@dataclass(frozen=True, eq=False)
class PolicySchema:
    """What rules may speak of."""

    types: Mapping[str, PolicyType] = field(default_factory=dict)

    @classmethod
    def of(cls, types: Iterable[PolicyType]) -> "PolicySchema":
        """Build the schema of the base types and these; raise ValueError for one that cannot be."""
        known: dict[str, PolicyType] = {}
        for kind in (*BASE_TYPES, *types):
            known[kind.name] = _joined(known[kind.name], kind) if kind.name in known else kind
        for kind in known.values():
            _check(kind, known)
        return cls(known)

    def extended(self, types: Iterable[PolicyType]) -> "PolicySchema":
        """Return this schema with more types, one of the same name in the place of the one before."""
        known = {**self.types, **{kind.name: kind for kind in types}}
        for kind in known.values():
            if kind is not self.types.get(kind.name):
                _check(kind, known)
        return PolicySchema(known)

    @cached_property
    def pairs(self) -> frozenset[tuple[str, str]]:
        """Every action with every type that takes it."""
        return frozenset((action, kind.name) for kind in self.types.values() for action in kind.actions)

    def owned(self, type_: str) -> bool:
        """Say whether things of a type tell whose they are."""
        attributes = self.types[type_].attributes
        return any(attributes.get(name, "").removesuffix("?") == ACCOUNT for name in ("author", "owner"))

    @cached_property
    def text(self) -> str:
        """The schema in Cedar's own language."""
        lines = [f"entity {ROLE};", f"entity {VISITOR} in [{ROLE}];"]
        for space, kinds in groupby(self._by_space, key=_space_of):
            entities = [self._entity(kind) for kind in kinds]
            lines += [f"namespace {space} {{", *entities, "}"] if space else entities
        members = ", ".join(f"{name}: {CONTEXT_TYPES[name]}" for name in CONTEXT_NAMES)
        lines.append(f"type Context = {{ {members} }};")
        for action in ACTIONS:
            takers = ", ".join(kind.name for kind in self.types.values() if action in kind.actions)
            lines.append(
                f'action "{action}" appliesTo {{ principal: [{ACCOUNT}, {VISITOR}], resource: [{takers}], '
                "context: Context };"
            )
        return "\n".join(lines) + "\n"

    @cached_property
    def handle(self) -> Schema:
        """The schema, parsed once."""
        return Schema.from_str(self.text)

    @property
    def _by_space(self) -> list[PolicyType]:
        return sorted(self.types.values(), key=_space_of)

    @cached_property
    def version(self) -> str:
        """A short name of exactly this schema, for cache keys."""
        return hashlib.sha256(self.text.encode()).hexdigest()[:16]

    @cached_property
    def attributes(self) -> frozenset[str]:
        """The names of all attributes of all types and of the context."""
        return frozenset(CONTEXT_NAMES).union(*(kind.attributes for kind in self.types.values()))

    @cached_property
    def vocabulary(self) -> tuple[str, ...]:
        """Every name that a rule may use, for suggestions."""
        types = {part for name in self.types for part in name.split("::")}
        return tuple(sorted({*self.attributes, *types, *ACTIONS, *AREAS, ROLE, VISITOR}))

    def _entity(self, kind: PolicyType) -> str:
        above = [parent for parent in kind.parents if parent in self.types]
        if kind.name == ACCOUNT:
            above.append(ROLE)
        within = f" in [{', '.join(dict.fromkeys(above))}]" if above else ""
        shape = ", ".join(
            f'"{name}"{"?" if type_.endswith("?") else ""}: {_written(type_.removesuffix("?"))}'
            for name, type_ in kind.attributes.items()
        )
        return f"entity {kind.name.rpartition('::')[2]}{within} {{ {shape} }};"


def _space_of(kind: PolicyType) -> str:
    return kind.name.rpartition("::")[0]


def _written(type_: str) -> str:
    """Write a type so that nothing a tenant has named can be meant instead of it."""
    if type_.startswith("Set<"):
        return f"Set<{_written(type_.removeprefix('Set<').removesuffix('>'))}>"
    return f"__cedar::{type_}" if type_ in _BASIC else type_


def _joined(first: PolicyType, second: PolicyType) -> PolicyType:
    """Add up what two rooms say of one type."""
    for name in first.attributes.keys() & second.attributes.keys():
        if first.attributes[name] != second.attributes[name]:
            raise ValueError(f"Policy type {first.name}: two rooms declare {name!r} differently.")
    return PolicyType(
        first.name,
        attributes={**first.attributes, **second.attributes},
        parents=tuple(dict.fromkeys((*first.parents, *second.parents))),
        actions=tuple(action for action in ACTIONS if action in {*first.actions, *second.actions}),
        title=second.title or first.title,
    )


def _check(kind: PolicyType, known: Mapping[str, PolicyType]) -> None:
    if not _TYPE.match(kind.name) or not _RESERVED.isdisjoint(kind.name.split("::")):
        raise ValueError(f"{kind.name!r} cannot be the name of a type in a policy.")
    for name in kind.attributes:
        if not _NAME.match(name):
            raise ValueError(f"{name!r} cannot be a name in a policy.")
    for action in kind.actions:
        if action not in ACTIONS:
            raise ValueError(f"Policy type {kind.name}: {action!r} is not an action.")
    for name, type_ in kind.attributes.items():
        plain = type_.removesuffix("?").removeprefix("Set<").removesuffix(">")
        if plain not in _BASIC and plain not in known:
            raise ValueError(f"Policy type {kind.name}: the type {type_!r} of {name!r} is unknown.")
