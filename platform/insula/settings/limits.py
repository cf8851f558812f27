"""What plan and installation fix for a tenant, gathered for a screen, the API and the command line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from insula.features.interfaces import Features, Sections
from insula.settings.fields import label_of, said, shape_of
from insula.settings.rules import ShownRule, rules_in
from insula.settings.shapes import plain_settings
from insula.tenancy.interfaces import floors_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from insula.features.interfaces import FeatureState, SectionState


@dataclass(frozen=True)
class FixedSetting:
    """One setting that is bound, with its value in force."""

    kind: str
    """`security` for a section, `features` for a feature: where its form is."""
    of: str
    title: str
    name: str
    label: str
    words: tuple[str, ...]
    by: str
    """`plan` where the plan sets any side of it, otherwise `installation`."""
    now: str
    outside: bool
    """Whether what the tenant has set lies outside, so that something else is in force."""


@dataclass(frozen=True)
class FixedRules:
    """The rules of one document that binds the tenant."""

    source: str
    rules: tuple[ShownRule, ...]


@dataclass(frozen=True)
class Fixed:
    """All that a tenant cannot change."""

    plan_name: str
    plan_title: str
    settings: tuple[FixedSetting, ...]
    withheld: tuple[FeatureState, ...]
    rules: tuple[FixedRules, ...]


def fixed_for(request: Any) -> Fixed:
    """Return what plan and installation fix for the tenant of this request or piece of work."""
    floors = floors_of(request)
    sections: Sequence[SectionState] = request.find_service(Sections).all()
    features: Sequence[FeatureState] = request.find_service(Features).all()
    return Fixed(
        floors.plan_name,
        floors.plan_title,
        (
            *(one for state in sections for one in _settings("security", state)),
            *(one for state in features for one in _settings("features", state)),
        ),
        tuple(state for state in features if state.withheld),
        tuple(
            FixedRules(source, rules)
            for source, document in (("installation", floors.installation), ("plan", floors.plan))
            if (rules := tuple(rules_in(document.policy)))
        ),
    )


def _settings(kind: str, state: FeatureState | SectionState) -> list[FixedSetting]:
    fields = type(state.settings).model_fields
    now, own = plain_settings(state.settings), plain_settings(state.own)
    return [
        FixedSetting(
            kind=kind,
            of=state.name,
            title=state.title,
            name=name,
            label=label_of(name, fields[name]),
            words=limit.words(),
            by="plan" if "plan" in limit.set_by.values() else "installation",
            now=said(now.get(name), shape_of(fields[name])),
            outside=now.get(name) != own.get(name),
        )
        for name, limit in state.bounds.items()
    ]
