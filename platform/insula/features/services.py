"""Features over rows: reading is cached by version, changing is validated, versioned and told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from insula.events.interfaces import Events
from insula.features.events import FeatureChanged
from insula.features.interfaces import FeatureDeclaration, Features, FeatureState
from insula.features.rows import SettingRows, rows_of
from insula.features.validating import differences, validated
from insula.kit.errors import Conflict, FieldError, NotFound, Stale

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class SQLFeatures:
    """The features of one tenant."""

    def __init__(self, rows: SettingRows, events: Events) -> None:
        self._rows = rows
        self._events = events

    def is_on(self, name: str) -> bool:
        """Say whether a feature is in force; one that no room has declared is off."""
        state = self._states().get(name)
        return state is not None and state.on

    def settings(self, name: str) -> Any:
        """Return the settings of a feature."""
        return self.state(name).settings

    def state(self, name: str) -> FeatureState:
        """Return how a feature stands."""
        self.declaration(name)
        return self._states()[name]

    def all(self) -> Sequence[FeatureState]:
        """Return every declared feature, by title."""
        return sorted(self._states().values(), key=lambda state: state.title.casefold())

    def declaration(self, name: str) -> FeatureDeclaration:
        """Return what was declared of a feature."""
        found = self._rows.declared.features.get(name)
        if found is None:
            raise NotFound(f"There is no feature {name}.")
        return found

    def needed_by(self, name: str) -> tuple[str, ...]:
        """Return the titles of the features in force that need this one."""
        return tuple(state.title for state in self.all() if state.on and name in state.requires)

    def change(
        self,
        name: str,
        *,
        on: bool | None = None,
        settings: Mapping[str, object] | None = None,
        expected: int | None = None,
        actor: str | None,
    ) -> FeatureState:
        """Switch or configure a feature and return how it stands then."""
        declaration = self.declaration(name)
        self._rows.begin()
        before = self._states()[name]
        if expected is not None and expected != before.version:
            raise Stale(moved(before.title, before.version))
        # Who asks for what is in force leaves the switch alone: it may be on, and wait for what keeps it off.
        switch = before.switch if on is None or on == before.on else on
        if switch != before.on and on is not None:
            self._refuse_misfit(before, declaration, on=switch)
        wanted = (
            before.own if settings is None else validated(declaration, before.own, settings, before.bounds)
        )
        changes = differences(before.own, wanted)
        if switch == before.switch and not changes:
            return before
        self._rows.write(
            declaration,
            on=switch,
            before=before.own,
            settings=wanted,
            version=before.version + 1,
            actor=actor,
        )
        after = self._states()[name]
        self._events.emit(
            FeatureChanged(
                feature=name,
                title=declaration.title,
                on=after.on,
                was_on=before.on,
                version=after.version,
                settings=changes,
            ),
            actor=actor,
        )
        return after

    def _states(self) -> Mapping[str, FeatureState]:
        return self._rows.snapshot().features

    def _refuse_misfit(self, state: FeatureState, declaration: FeatureDeclaration, *, on: bool) -> None:
        states = self._states()
        if on:
            if state.withheld:
                detail = f"{declaration.title} is {state.withheld}."
                raise Conflict(detail, errors=(FieldError("on", detail),))
            missing = [states[name].title for name in declaration.requires if not states[name].on]
            if missing:
                detail = f"{declaration.title} needs {_and(missing)}. Switch {_and(missing)} on first."
                raise Conflict(detail, errors=(FieldError("on", detail),))
            return
        users = self.needed_by(declaration.name)
        if users:
            verb = "needs" if len(users) == 1 else "need"
            detail = f"{_and(users)} {verb} {declaration.title}. Switch {_and(users)} off first."
            raise Conflict(detail, errors=(FieldError("on", detail),))


def moved(title: str, version: int) -> str:
    """Return what is said to somebody who changes an older version."""
    return f"{title} was changed since you loaded it: it is at version {version} now."


def _and(titles: Sequence[str]) -> str:
    *first, last = titles
    return f"{', '.join(first)} and {last}" if first else last


def features_factory(context: object, request: Any) -> Features:
    """Return the features of the tenant of this request or piece of work."""
    return SQLFeatures(rows_of(request), request.find_service(Events))


def features_of(request: Any) -> Features:
    """Return the features of the tenant of this request, looked up once: every view predicate asks them."""
    found: Features = request.find_service(Features)
    return found


def has_feature(request: Any, name: str) -> bool:
    """Say whether the tenant of this request has a feature on."""
    return bool(request.features.is_on(name))
