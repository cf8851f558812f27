"""Operations of one place, whose models are what that place says they are."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from insula.api.openapi.sources import Place
from insula.kit.json import dumps

_SCHEMAS = "#/components/schemas/"
_PARAMETERS = "#/components/parameters/"


class Particulars:
    """What each thing that only one tenant has adds to a document, which may grow by so many bytes."""

    def __init__(self, general: Mapping[str, Any], room: int) -> None:
        self._general = general
        self._room = room
        self._leads: dict[frozenset[str], frozenset[str]] = {}
        self._suffixes: set[str] = set()
        self._last: tuple[Place, Particular] | None = None
        self.schemas: dict[str, Any] = {}
        self.parameters: dict[str, Any] = {}
        self.whole = True

    def of(self, place: Place) -> Particular:
        """Return what rewrites the operations of a place: one for all places of a thing, which share their schemas."""
        if self._last is None or (self._last[0].title, self._last[0].schemas) != (place.title, place.schemas):
            here = frozenset(place.schemas)
            if here not in self._leads:
                self._leads[here] = frozenset(
                    each for each in self._general if self._reaches(each, here, set())
                )
            suffix = self._suffix(place.title)
            self._last = place, Particular(self._general, place.schemas, suffix, self._leads[here] | here)
        return self._last[1]

    def take(self, made: Mapping[Any, Any], particular: Particular) -> bool:
        """Keep what the operations of a place refer to; False where that and they themselves would be too much."""
        schemas = {name: each for name, each in particular.schemas.items() if name not in self.schemas}
        parameters = {
            name: each for name, each in particular.parameters.items() if name not in self.parameters
        }
        self._room -= sum(len(dumps(each)) for each in (list(made.values()), schemas, parameters))
        if self._room < 0:
            return False
        self.schemas |= schemas
        self.parameters |= parameters
        return True

    def _suffix(self, title: str) -> str:
        """Return what ends the names of a thing's schemas; two things may have one title."""
        base = found = re.sub(r"[^A-Za-z0-9_-]", "_", title)
        number = 1
        while found in self._suffixes:
            number += 1
            found = f"{base}_{number}"
        self._suffixes.add(found)
        return found

    def _reaches(self, name: str, wanted: frozenset[str], seen: set[str]) -> bool:
        if name in wanted:
            return True
        if name in seen or name not in self._general:
            return False
        seen.add(name)
        return any(self._reaches(each, wanted, seen) for each in _references(self._general[name]))


class Particular:
    """Rewrites the references of an operation to the schemas of one thing; what leads to them is copied too."""

    def __init__(
        self,
        general: Mapping[str, Any],
        here: Mapping[str, Mapping[str, Any]],
        suffix: str,
        leads: frozenset[str],
    ) -> None:
        self._general = general
        self._suffix = suffix
        self._leads = leads
        self.parameters: dict[str, Any] = {}
        self.schemas: dict[str, Any] = {self._own(name): {} for name in here}
        self.schemas |= {self._own(name): self.rewritten(schema) for name, schema in here.items()}

    def rewritten(self, node: Any) -> Any:
        """Return a copy that refers to what this thing has."""
        if isinstance(node, list):
            return [self.rewritten(each) for each in node]
        if not isinstance(node, Mapping):
            return node
        reference = node.get("$ref")
        if isinstance(reference, str) and (name := reference.removeprefix(_SCHEMAS)) in self._leads:
            own = self._own(name)
            if name in self._general and own not in self.schemas:
                self.schemas[own] = {}
                self.schemas[own] = self.rewritten(self._general[name])
            return {**node, "$ref": f"{_SCHEMAS}{own}"}
        return {key: self.rewritten(value) for key, value in node.items()}

    def referred(self, parameter: Mapping[str, Any]) -> Mapping[str, str]:
        """Return a reference to a parameter that several operations of this thing take, and that is said once."""
        own = self._own(re.sub(r"[^A-Za-z0-9_-]+", ".", parameter["name"]).strip("."))
        if own not in self.parameters:
            self.parameters[own] = self.rewritten(parameter)
        return {"$ref": f"{_PARAMETERS}{own}"}

    def _own(self, name: str) -> str:
        return f"{name}.{self._suffix}"


def _references(node: Any) -> list[str]:
    if isinstance(node, Mapping):
        own = [node["$ref"].removeprefix(_SCHEMAS)] if isinstance(node.get("$ref"), str) else []
        return own + [name for each in node.values() for name in _references(each)]
    return [name for each in node for name in _references(each)] if isinstance(node, list) else []
