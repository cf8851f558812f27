"""Rows as the compiler sees them: their shape, what all of them lie in, and what else is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from insula.security.interfaces.rows import RowShape, Uid
from insula.security.rows.terms import Fails, Untranslatable, Value


@dataclass(frozen=True)
class Rows:
    """The rows of a shape. All lie in the entities `above`; `known` are loaded entities with all that they lie in."""

    shape: RowShape
    above: frozenset[Uid] = frozenset()
    known: Mapping[Uid, frozenset[Uid]] = field(default_factory=dict)

    @property
    def itself(self) -> Value:
        """The row as a value."""
        return Value(self.shape.type, sql=self.shape.id, bind=self.shape.bind)

    def has(self, name: str) -> bool:
        """Say whether the type has such an attribute at all."""
        return name in self.shape.attributes

    def attribute(self, name: str) -> Value:
        """Return an attribute of the row; one that is not declared is an error in Cedar."""
        found = self.shape.attributes.get(name)
        if found is None:
            raise Fails(name)
        if found.sql is None:
            raise Untranslatable("an attribute that SQL cannot read")
        if found.kind.startswith("Set<"):
            return Value("Set", sql=found.sql, member=found.kind[4:-1], holds=found.holds)
        return Value(found.kind, sql=found.sql, bind=found.bind)

    def lie_in(self, uid: Uid) -> Any:
        """Return the condition under which a row lies in an entity."""
        if uid in self.above:
            return True
        if self.shape.within is not None:
            return self.shape.within(uid)
        return self.shape.id == self.itself.beside(uid[1]) if uid[0] == self.shape.type else False

    def like(self, value: Any, pattern: list[str | None]) -> Any:
        """Match a pattern, in which None is the wildcard; GLOB, because LIKE of SQLite takes a for A."""
        if self.shape.dialect == "sqlite":
            glob = ("*" if part is None else f"[{part}]" if part in "*?[" else part for part in pattern)
            return value.op("GLOB", is_comparison=True)("".join(glob))
        like = ("%" if part is None else f"\\{part}" if part in "%_\\" else part for part in pattern)
        return value.like("".join(like), escape="\\")
