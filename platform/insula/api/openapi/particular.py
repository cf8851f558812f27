"""Operations of one place, whose models are what that place says they are."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_PREFIX = "#/components/schemas/"


class Particular:
    """Rewrites the references of an operation to the schemas of one place; what leads to them is copied too."""

    def __init__(self, general: Mapping[str, Any], here: Mapping[str, Mapping[str, Any]], title: str) -> None:
        self._general = general
        self._suffix = re.sub(r"[^A-Za-z0-9_-]", "_", title)
        self._leads = {name: self._reaches(name, set(here), set()) for name in general}
        self.schemas: dict[str, Any] = {self._own(name): dict(schema) for name, schema in here.items()}
        self._leads |= dict.fromkeys(here, True)

    def rewritten(self, node: Any) -> Any:
        """Return a copy that refers to what this place has."""
        if isinstance(node, list):
            return [self.rewritten(each) for each in node]
        if not isinstance(node, Mapping):
            return node
        reference = node.get("$ref")
        if isinstance(reference, str) and self._leads.get(name := reference.removeprefix(_PREFIX)):
            own = self._own(name)
            if own not in self.schemas:
                self.schemas[own] = {}
                self.schemas[own] = self.rewritten(self._general[name])
            return {**node, "$ref": f"{_PREFIX}{own}"}
        return {key: self.rewritten(value) for key, value in node.items()}

    def _own(self, name: str) -> str:
        return f"{name}.{self._suffix}"

    def _reaches(self, name: str, wanted: set[str], seen: set[str]) -> bool:
        if name in wanted:
            return True
        if name in seen or name not in self._general:
            return False
        seen.add(name)
        return any(self._reaches(each, wanted, seen) for each in _references(self._general[name]))


def _references(node: Any) -> list[str]:
    if isinstance(node, Mapping):
        own = [node["$ref"].removeprefix(_PREFIX)] if isinstance(node.get("$ref"), str) else []
        return own + [name for each in node.values() for name in _references(each)]
    return [name for each in node for name in _references(each)] if isinstance(node, list) else []
