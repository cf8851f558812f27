"""The rules that can matter for one kind of principal, one action and one type of resource.

With a hundred rules a decision over the whole set takes five times as long. A rule is left out only where its scope
excludes the three; when in doubt it stays.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from cedarpy import PolicySet

from insula.security.cedar.context import CONTEXT_NAMES
from insula.security.cedar.documents import Rules
from insula.security.cedar.gate import policy_set_json
from insula.security.cedar.reads import names_somebody

_MOST_NARROW: Final = 1_000
_KEPT: Final = {"collections": frozenset({"Area", "Collection", "Field", "Entries"})}
"""Areas that things of few types lie in, or of the types of a namespace; rules for them are none of the others."""


@dataclass(frozen=True, eq=False)
class Slice:
    """Some rules, ready to decide; it equals nothing but itself."""

    policies: PolicySet
    permits: tuple[str, ...]
    forbids: frozenset[str]
    reasons: dict[str, str]
    reads: frozenset[str]
    """The attributes of the context that these rules read."""
    roles: frozenset[str]
    """The roles that their scopes name."""
    attributes: frozenset[str]
    """The attributes that these rules read of anything; no other need be sent."""
    personal: bool
    """Whether a rule may tell one principal from another in the same roles."""


class RuleSet:
    """All rules that bind a tenant, cut to size on first use; tenants with the same documents share it.

    Types that the scope of no rule names are all treated alike, so that it stays small however many there are.
    """

    def __init__(self, rules: Rules) -> None:
        """Keep the rules; slices are made as they are asked for."""
        self.rules = rules
        self._named = frozenset(name for rule in rules.values() for name in _types(rule["resource"]))
        self._slices: dict[tuple[str, str, str], Slice] = {}
        self._narrow: dict[tuple[str, str, str, frozenset[str]], Slice] = {}

    def slice(self, principal: str, action: str, type_: str) -> Slice:
        """Return the rules that matter when such a principal asks for this action on this type."""
        key = (principal, action, self._like(type_))
        found = self._slices.get(key)
        if found is None:
            found = self._slices[key] = cut(self.rules, principal, action, type_)
        return found

    def asked(self, principal: str, action: str, type_: str, roles: frozenset[str]) -> Slice:
        """Return the rules of a slice that can apply in these roles; those of other roles only cost time."""
        slice_ = self.slice(principal, action, type_)
        key = (principal, action, self._like(type_), roles & slice_.roles)
        if key[3] == slice_.roles:
            return slice_
        found = self._narrow.get(key)
        if found is None:
            if len(self._narrow) >= _MOST_NARROW:
                self._narrow.clear()
            found = self._narrow[key] = narrow(self.rules, slice_, key[3])
        return found

    def _like(self, type_: str) -> str:
        """Return what stands for all types that the same rules may apply to."""
        return type_ if type_ in self._named else ",".join(area for area in _KEPT if _may_lie_in(area, type_))


def cut(rules: Rules, principal: str, action: str, type_: str) -> Slice:
    """Return the rules that may apply when such a principal asks for this action on this type."""
    return _slice({name: rule for name, rule in rules.items() if may_apply(rule, principal, action, type_)})


def narrow(rules: Rules, whole: Slice, roles: frozenset[str]) -> Slice:
    """Return the rules of a slice that may apply to somebody in exactly these roles."""
    kept = {name: rules[name] for name in (*whole.permits, *whole.forbids)}
    return _slice({name: rule for name, rule in kept.items() if _role(rule) in {None, *roles}})


def _slice(kept: Rules) -> Slice:
    return Slice(
        policies=PolicySet.from_json_str(policy_set_json(kept)),
        permits=tuple(name for name, rule in kept.items() if rule["effect"] == "permit"),
        forbids=frozenset(name for name, rule in kept.items() if rule["effect"] != "permit"),
        reasons={
            name: reason
            for name, rule in kept.items()
            if (reason := rule.get("annotations", {}).get("reason"))
        },
        reads=frozenset(name for rule in kept.values() for name in _reads(rule["conditions"])),
        roles=frozenset(role for rule in kept.values() if (role := _role(rule)) is not None),
        attributes=frozenset(name for rule in kept.values() for name in _attributes(rule["conditions"])),
        personal=any(names_somebody(rule) for rule in kept.values()),
    )


def may_apply(rule: dict[str, Any], principal: str, action: str, type_: str) -> bool:
    """Say whether the scope of a rule leaves room for the three."""
    actions = set(_names(rule["action"]))
    if actions and action not in actions:
        return False
    return fits(rule["principal"], principal) and fits(rule["resource"], type_)


def _role(rule: dict[str, Any]) -> str | None:
    """Return the one role that the principal of a rule has to be in; None where its scope names none.

    Roles do not lie in each other, so a rule for a role that somebody is not in cannot apply to them.
    """
    scope = rule["principal"]
    within = scope.get("in", scope) if scope["op"] == "is" else scope if scope["op"] == "in" else {}
    entity = within.get("entity", {})
    return entity["id"] if entity.get("type") == "Role" else None


def fits(scope: dict[str, Any], type_: str) -> bool:
    """Say whether a scope leaves room for a type."""
    match scope["op"]:
        case "is":
            return bool(scope["entity_type"] == type_)
        case "==" if "entity" in scope:
            return bool(scope["entity"]["type"] == type_)
        case "in" if scope.get("entity", {}).get("type") == "Area":
            return _may_lie_in(scope["entity"]["id"], type_)
    return True


def _may_lie_in(area: str, type_: str) -> bool:
    return area not in _KEPT or type_.partition("::")[0] in _KEPT[area]


def _types(scope: dict[str, Any]) -> Iterator[str]:
    """Yield the type that a scope of resources keeps to, if it keeps to one."""
    if scope["op"] == "is":
        yield scope["entity_type"]
    elif scope["op"] == "==" and "entity" in scope:
        yield scope["entity"]["type"]


def _names(scope: dict[str, Any]) -> Iterator[str]:
    """Yield the actions of a scope; none means all. The schema has no groups of actions."""
    if "entity" in scope:
        yield scope["entity"]["id"]
    for entity in scope.get("entities", ()):
        yield entity["id"]


def _attributes(node: object) -> Iterator[str]:
    """Yield the name of every attribute that is read or asked for."""
    if isinstance(node, dict):
        if isinstance(name := node.get("attr"), str):
            yield name
        for child in node.values():
            yield from _attributes(child)
    elif isinstance(node, list):
        for child in node:
            yield from _attributes(child)


def _reads(node: object) -> Iterator[str]:
    """Yield what is read of the context; a use that is not plainly one attribute counts as reading all of it."""
    if isinstance(node, dict):
        for operator in (".", "has"):
            if isinstance(node.get(operator), dict) and node[operator].get("left") == {"Var": "context"}:
                yield node[operator]["attr"]
                return
        if node.get("Var") == "context":
            yield from CONTEXT_NAMES
        for child in node.values():
            yield from _reads(child)
    elif isinstance(node, list):
        for child in node:
            yield from _reads(child)
