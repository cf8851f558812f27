"""What of the rules in force hangs on the types of a tenant: what names them, and what would break without them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from cedarpy import pst

from insula.kit.errors import NotFound
from insula.security.cedar.check import nodes_of
from insula.security.cedar.gate import gate
from insula.security.cedar.reads import attributes_read
from insula.security.cedar.slices import fits
from insula.security.checking import TenantRules, tenant_rules
from insula.security.interfaces import Flaw, Policies, PolicyType, PolicyVersion

if TYPE_CHECKING:
    from pyramid.request import Request

    from insula.security.cedar.check import Names
    from insula.security.cedar.gate import Statement

_GRID: Final = "grid"


def rule_uses_factory(_context: object, request: Request) -> PolicyRuleUses:
    """Return what the rules of the request's tenant hang on."""
    return PolicyRuleUses(request.find_service(Policies), lambda: tenant_rules(request))


class PolicyRuleUses:
    """Reads the version in force."""

    def __init__(self, policies: Policies, rules: Callable[[], TenantRules]) -> None:
        self._policies = policies
        self._rules = rules

    def naming(
        self, type_: str, attribute: str | None = None, things: Collection[tuple[str, str]] = ()
    ) -> Sequence[str]:
        """Return the rules that name a type, read an attribute of it, or name one of these things."""
        version = self._current()
        if version is None:
            return ()
        found = [each.id for each in gate(version.text) if _names(each, type_, attribute, things)]
        if attribute is None:
            found += [f"{_GRID}/{role}/{type_}" for role, row in version.grid.items() if row.get(type_)]
        return found

    def broken(
        self, types: Sequence[PolicyType], gone: Collection[tuple[str, str]] = ()
    ) -> Sequence[tuple[str, str]]:
        """Return the rules that would have a flaw, with it, that they do not have now."""
        version, rules = self._current(), self._rules()
        if version is None:
            return ()
        now = {(flaw.rule, flaw.message) for flaw in rules.flaws(version.text, version.grid)}
        later = replace(rules, schema=rules.schema.extended(types), names=_without(rules.names, gone))
        return [
            (_rule(flaw), flaw.message)
            for flaw in later.flaws(version.text, version.grid)
            if (flaw.rule, flaw.message) not in now
        ]

    def _current(self) -> PolicyVersion | None:
        try:
            return self._policies.current()
        except NotFound:
            return None


def _names(
    statement: Statement, type_: str, attribute: str | None, things: Collection[tuple[str, str]]
) -> bool:
    uids, types = set(_uids(statement)), set(_types(statement))
    if not uids.isdisjoint(things):
        return True
    if attribute is None:
        return type_ in types
    # A rule that keeps to other types reads their attribute of this name.
    return ("resource", attribute) in attributes_read(statement.rule) and fits(
        statement.rule["resource"], type_
    )


def _uids(statement: Statement) -> Iterator[tuple[str, str]]:
    for node in nodes_of(statement.tree):
        if isinstance(node, pst.EntityUid):
            yield _full(node.type), node.id


def _types(statement: Statement) -> Iterator[str]:
    for node in nodes_of(statement.tree):
        if isinstance(node, pst.EntityType):
            yield _full(node)


def _full(type_: Any) -> str:
    return "::".join((*type_.namespace, type_.basename))


def _without(names: Names, gone: Collection[tuple[str, str]]) -> Names:
    """Return what says which names there are when some of them have gone."""

    def left(kind: str) -> Collection[str] | None:
        known = names(kind)
        lost = {name for type_, name in gone if type_ == kind}
        return known if known is None or not lost else frozenset(known) - lost

    return left


def _rule(flaw: Flaw) -> str:
    return flaw.rule or "?"
