"""Sections over the same rows as features: settings that every tenant has."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from insula.events.interfaces import Events
from insula.features.bounding import in_force
from insula.features.events import SettingChanged
from insula.features.interfaces import SectionDeclaration, Sections, SectionState
from insula.features.rows import SettingRows, rows_of
from insula.features.services import moved
from insula.features.validating import differences, validated
from insula.kit.errors import NotFound, Stale

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pydantic import BaseModel

    Check = Callable[[BaseModel, BaseModel], None]


class SQLSections:
    """The sections of one tenant; `checked` runs what rooms look at before one of theirs changes."""

    def __init__(
        self, rows: SettingRows, events: Events, checked: Callable[[SectionDeclaration], Sequence[Check]]
    ) -> None:
        self._rows = rows
        self._events = events
        self._checked = checked

    def settings(self, name: str) -> Any:
        """Return the settings in force."""
        return self.state(name).settings

    def state(self, name: str) -> SectionState:
        """Return how a section stands."""
        found = self._rows.snapshot().sections.get(name)
        if found is None:
            raise NotFound(f"There is no section {name}.")
        return found

    def all(self) -> Sequence[SectionState]:
        """Return every declared section, in the order of the screens."""
        declared, states = self._rows.declared.sections, self._rows.snapshot().sections
        return sorted(
            states.values(), key=lambda state: (state.group, declared[state.name].order, state.title)
        )

    def declaration(self, name: str) -> SectionDeclaration:
        """Return what was declared of a section."""
        found = self._rows.declared.sections.get(name)
        if found is None:
            raise NotFound(f"There is no section {name}.")
        return found

    def change(
        self,
        name: str,
        *,
        settings: Mapping[str, object],
        expected: int | None = None,
        actor: str | None,
    ) -> SectionState:
        """Change settings and return how the section stands then."""
        declaration = self.declaration(name)
        self._rows.begin()
        before = self.state(name)
        if expected is not None and expected != before.version:
            raise Stale(moved(before.title, before.version))
        wanted = validated(declaration, before.own, settings, before.bounds)
        changes = differences(before.own, wanted)
        if not changes:
            return before
        for check in self._checked(declaration):
            check(before.settings, in_force(wanted, before.bounds))
        self._rows.write(
            declaration,
            on=True,
            before=before.own,
            settings=wanted,
            version=before.version + 1,
            actor=actor,
        )
        self._events.emit(
            SettingChanged(section=name, title=before.title, version=before.version + 1, settings=changes),
            actor=actor,
        )
        return self.state(name)


def sections_factory(context: object, request: Any) -> Sections:
    """Return the sections of the tenant of this request or piece of work."""

    def checked(declaration: SectionDeclaration) -> list[Check]:
        return [partial(check, request) for check in declaration.checks]

    return SQLSections(rows_of(request), request.find_service(Events), checked)


def sections_of(request: Any) -> Sections:
    """Return the sections of the tenant of this request, looked up once."""
    found: Sections = request.find_service(Sections)
    return found


def section(request: Any, name: str) -> Any:
    """Return the settings of a section that are in force for the tenant of this request."""
    return request.sections.settings(name)
