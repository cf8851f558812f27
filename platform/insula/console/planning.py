"""Weighing plans: what a change would do to each tenant, worked out over their rows before it is made."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any

from insula.console.documents import DocumentCheck
from insula.console.interfaces import Effect, Moved, Planning, Way
from insula.db.work import system_work
from insula.features.interfaces import Standing, declarations, section_declarations
from insula.kit.bounds import Bound, said
from insula.kit.errors import NotFound
from insula.security.interfaces import FloorCheck
from insula.tenancy.interfaces import INSTALLATION, Floors, Plan, PlanDocument, Plans, Tenant

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from uuid import UUID

    from pyramid.registry import Registry

    from insula.features.interfaces import Difference

_FREE = "free"


class SQLPlanning:
    """Plans weighed in a session that crosses tenants, and saved by the directory."""

    def __init__(self, registry: Registry, plans: Plans, check: DocumentCheck) -> None:
        self._registry = registry
        self._plans = plans
        self._check = check

    def read(self, document: Mapping[str, Any]) -> PlanDocument:
        """Return a document."""
        return self._check.read(document)

    def effects(self, name: str, document: PlanDocument) -> Sequence[Effect]:
        """Return what saving a document would do."""
        known = {plan.name: plan for plan in (*self._plans.all(), self._plans.find(INSTALLATION))}
        before = known[name].document if name in known else PlanDocument()
        tenants = {tenant.id: tenant for tenant in self._plans.tenants_of(name)}
        # One pair of floors for all tenants of a plan, so that those that have set nothing are worked out once.
        pairs = {plan: _pair(known, plan, name, document) for plan in {one.plan for one in tenants.values()}}
        found = self._differences({one.id: pairs[one.plan] for one in tenants.values()})
        felt = Counter((one.name, one.setting) for one in found)
        return [
            *_bounds(before, document, felt, self._label),
            *_features(before, document, felt),
            *_rules(before, document),
        ]

    def save(
        self, name: str, title: str, document: PlanDocument, *, expected: int | None, actor: str | None
    ) -> Plan:
        """Save a document."""
        # Checked once more, since what a room declares may have changed since it was read.
        self._check.read(document.model_dump(mode="json", exclude_none=True))
        return self._plans.save(name, title, document, expected=expected, actor=actor)

    def moved(self, tenant: Tenant, plan: str) -> Sequence[Moved]:
        """Return what would be otherwise for a tenant on this plan."""
        if plan == INSTALLATION:
            raise NotFound(f"There is no plan {plan}.")
        installation = self._plans.find(INSTALLATION).document
        old, new = self._plans.find(tenant.plan), self._plans.find(plan)
        before = Floors(installation, old.document, old.name, old.title)
        after = replace(before, plan=new.document, plan_name=new.name, plan_title=new.title)
        return [self._said(one) for one in self._differences({tenant.id: (before, after)})]

    def _differences(self, tenants: Mapping[UUID, tuple[Floors, Floors]]) -> Sequence[Difference]:
        if not tenants:
            return []
        with system_work(self._registry, reason="weighs a change of plans", writing=False) as work:
            found: Sequence[Difference] = work.find_service(Standing).differences(tenants)
        return found

    def _label(self, section: str, name: str) -> str:
        declared = {**declarations(self._registry), **section_declarations(self._registry)}
        found = declared.get(section.removeprefix("features."))
        info = found.model.model_fields.get(name) if found else None
        # What an older release had bound may be gone.
        return f"{found.title}: {info.title or name}" if found and info else f"{section}.{name}"

    def _said(self, one: Difference) -> Moved:
        declared = {**declarations(self._registry), **section_declarations(self._registry)}[one.name]
        if not one.setting:
            return Moved(declared.title, "on" if one.before else "off", "on" if one.after else "off")
        label = declared.model.model_fields[one.setting].title or one.setting
        return Moved(f"{declared.title}: {label}", _value(one.before), _value(one.after))


def _pair(
    known: Mapping[str, Plan], plan: str, changed: str, document: PlanDocument
) -> tuple[Floors, Floors]:
    before = Floors(known[INSTALLATION].document, known[plan].document, plan, known[plan].title)
    if changed == INSTALLATION:
        return before, replace(before, installation=document)
    return before, replace(before, plan=document)


def _bounds(
    before: PlanDocument,
    after: PlanDocument,
    felt: Mapping[tuple[str, str], int],
    label: Callable[[str, str], str],
) -> Iterator[Effect]:
    old, new = _flat(before), _flat(after)
    for key in sorted(old.keys() | new.keys()):
        was, will = old.get(key, Bound()), new.get(key, Bound())
        section, name = key
        tenants = felt.get((section.removeprefix("features."), name), 0)
        for side in ("at_least", "at_most", "one_of"):
            one, other = getattr(was, side), getattr(will, side)
            if one != other:
                way = _way(side, one, other)
                who = {"at_least": "below it", "at_most": "above it"}.get(side, "outside of it")
                yield Effect(
                    way,
                    f"{label(section, name)}, {side.replace('_', ' ')}",
                    _value(one, _FREE),
                    _value(other, _FREE),
                    tenants,
                    who if way == "tightens" else "moved by it",
                )


def _way(side: str, was: Any, will: Any) -> Way:
    if was is None or will is None:
        return "tightens" if was is None else "loosens"
    if side == "one_of":
        if set(will) < set(was):
            return "tightens"
        return "loosens" if set(was) < set(will) else "changes"
    return "tightens" if (will > was) == (side == "at_least") else "loosens"


def _features(
    before: PlanDocument, after: PlanDocument, felt: Mapping[tuple[str, str], int]
) -> Iterator[Effect]:
    for name in sorted(before.features.keys() | after.features.keys()):
        was, will = before.withholds(name), after.withholds(name)
        if was != will:
            states = ("kept off", "offered") if was else ("offered", "kept off")
            loses = "without it then" if will else "with it again"
            yield Effect("tightens" if will else "loosens", name, *states, felt.get((name, ""), 0), loses)


def _rules(before: PlanDocument, after: PlanDocument) -> Iterator[Effect]:
    old, new = before.policy.splitlines(), after.policy.splitlines()
    if old == new:
        return
    kept = sum(block.size for block in SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks())
    way: Way = "changes"
    if kept == len(old) or kept == len(new):
        way = "tightens" if kept == len(old) else "loosens"
    yield Effect(way, "policy", _lines(old), _lines(new), 0, "")


def _lines(text: Sequence[str]) -> str:
    return "1 line" if len(text) == 1 else f"{len(text)} lines"


def _flat(document: PlanDocument) -> dict[tuple[str, str], Bound]:
    return {
        (section, name): bound
        for section, fields in document.bounds.items()
        for name, bound in fields.items()
    }


def _value(value: Any, nothing: str = "none") -> str:
    if value is None:
        return nothing
    return (
        ", ".join(said(one) for one in value) or "empty" if isinstance(value, (list, tuple)) else said(value)
    )


def planning_factory(_context: object, request: Any) -> Planning:
    """Return the planning of this installation."""
    registry = request.registry
    check = DocumentCheck(
        section_declarations(registry), declarations(registry), request.find_service(FloorCheck)
    )
    return SQLPlanning(registry, request.find_service(Plans), check)
