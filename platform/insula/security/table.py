"""The table of roles: what each role may do with each type of thing, by the grid, the text and the floors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, Literal

from insula.accounts.interfaces import Roles
from insula.security.cedar.documents import OWN, TENANT, from_grid, parse
from insula.security.cedar.schema import ACCOUNT, VISITOR
from insula.security.cedar.slices import may_apply
from insula.security.checking import TenantRules, tenant_rules
from insula.security.explaining import rule_texts
from insula.security.interfaces import Cell, Grid, RoleColumn, RuleText, TypeTable
from insula.security.permissions import ACTIONS

if TYPE_CHECKING:
    from pyramid.request import Request

    from insula.security.cedar.documents import Rules

_VISITOR: Final = "visitor"
_OWNING: Final = frozenset({"&&", "||", "==", "has", ".", "Var", "left", "right", "attr"})
_LINKS: Final = ("author", "owner", None)


def role_table_factory(_context: object, request: Request) -> CompiledRoleTable:
    """Return the table of the request's tenant."""
    roles = [(role.name, role.title) for role in request.find_service(Roles).all()]
    return CompiledRoleTable(tenant_rules(request), [*roles, (_VISITOR, "Visitor")])


class CompiledRoleTable:
    """Reads the table off the rules of a document and of the floors."""

    def __init__(self, rules: TenantRules, roles: Sequence[tuple[str, str]]) -> None:
        self._rules = rules
        self._roles = [RoleColumn(name, title) for name, title in roles]

    def roles(self) -> Sequence[RoleColumn]:
        """Return the roles, the visitor's last."""
        return self._roles

    def read(self, text: str, grid: Grid) -> Sequence[TypeTable]:
        """Return a table for each type of thing; raises Invalid for a document that has flaws."""
        rules = self._rules.compile_draft(text, grid).rules
        cells = _Cells(rules, rule_texts(text, grid, self._rules.floors), grid)
        return [
            TypeTable(
                kind.name,
                kind.title or kind.name,
                owned=self._rules.schema.owned(kind.name),
                rows=[
                    (action, [cells.at(role.name, action, kind.name) for role in self._roles])
                    for action in ACTIONS
                    if action in kind.actions
                ],
            )
            for kind in self._rules.schema.types.values()
            if not all(_given(rules, action, kind.name) for action in kind.actions)
        ]

    def besides(self, text: str) -> Sequence[RuleText]:
        """Return those rules of a text that stand in no cell."""
        texts = rule_texts(text, {}, self._rules.floors)
        return [texts[name] for name, rule in parse(TENANT, text).items() if _general(rule)]


class _Cells:
    """Works out one cell after another."""

    def __init__(self, rules: Rules, texts: Mapping[str, RuleText], grid: Grid) -> None:
        own, prefix = from_grid(grid), f"{TENANT}:"
        self._grid = grid
        self._texts = texts
        self._text = {
            name: rule
            for name, rule in rules.items()
            if name.startswith(prefix) and name not in own and not _general(rule)
        }
        self._floor = {name: rule for name, rule in rules.items() if not name.startswith(prefix)}

    def at(self, role: str, action: str, type_: str) -> Cell:
        kind = VISITOR if role == _VISITOR else ACCOUNT
        fixed = next(
            (name for name, rule in self._floor.items() if _always(rule, kind, role, action, type_)), ""
        )
        deciding = {
            name: rule
            for name, rule in self._text.items()
            if _role_of(rule) in {None, role} and may_apply(rule, kind, action, type_)
        }
        return Cell(
            role,
            type_,
            action,
            granted=_granted(self._grid, role, type_, action),
            said=_said(list(deciding.values()), type_),
            fixed=fixed,
            rules=[self._texts[name] for name in deciding],
        )


def _granted(grid: Grid, role: str, type_: str, action: str) -> Literal["", "all", "own"]:
    cells = grid.get(role, {}).get(type_, ())
    if action in cells:
        return "all"
    return "own" if f"{action}:{OWN}" in cells else ""


def _said(rules: Sequence[Mapping[str, Any]], type_: str) -> Literal["", "all", "own", "rule"]:
    """Sum up what the rules of a text say: a forbid, or a condition that is no plain ownership, has to be read."""
    if not rules:
        return ""
    if any(rule["effect"] == "forbid" for rule in rules):
        return "rule"
    if any(not rule["conditions"] and _of_all(rule["resource"], type_) for rule in rules):
        return "all"
    return "own" if all(_owning(rule, type_) for rule in rules) else "rule"


def _always(rule: Mapping[str, Any], kind: str, role: str, action: str, type_: str) -> bool:
    """Say whether a rule of a floor forbids this to everybody in the role, whatever the circumstances."""
    return (
        rule["effect"] == "forbid"
        and not rule["conditions"]
        and _role_of(rule) in {None, role}
        and rule["principal"]["op"] != "=="
        and _of_all(rule["resource"], type_)
        and may_apply(dict(rule), kind, action, type_)
    )


def _given(rules: Rules, action: str, type_: str) -> bool:
    """Say whether the platform permits an action to everybody, so that no role is to be given it."""
    return any(
        rule["effect"] == "permit"
        and not rule["conditions"]
        and rule["principal"]["op"] == "All"
        and _of_all(rule["resource"], type_)
        and may_apply(rule, ACCOUNT, action, type_)
        for name, rule in rules.items()
        if not name.startswith(f"{TENANT}:")
    )


def _general(rule: Mapping[str, Any]) -> bool:
    """Say whether a rule forbids every action to every role, on no type in particular."""
    return (
        rule["effect"] == "forbid"
        and rule["action"]["op"] == "All"
        and _role_of(rule) is None
        and rule["principal"]["op"] != "=="
        and rule["resource"]["op"] in {"All", "in"}
    )


def _of_all(scope: Mapping[str, Any], type_: str) -> bool:
    return scope["op"] == "All" or (
        scope["op"] == "is" and scope["entity_type"] == type_ and "in" not in scope
    )


def _role_of(rule: Mapping[str, Any]) -> str | None:
    scope = rule["principal"]
    entity = scope.get("entity") or scope.get("in", {}).get("entity") or {}
    return entity.get("id") if entity.get("type") == "Role" else None


def _owning(rule: Mapping[str, Any], type_: str) -> bool:
    """Say whether a rule speaks of one's own things alone."""
    return _of_all(rule["resource"], type_) and all(
        condition["kind"] == "when" and set(_names(condition["body"])) <= _OWNING
        for condition in rule["conditions"]
    )


def _names(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for name, child in node.items():
            if name == "attr" and child not in _LINKS:
                yield f"attr {child}"
            elif name == "Var" and child not in {"resource", "principal"}:
                yield f"var {child}"
            yield name
            yield from _names(child)
