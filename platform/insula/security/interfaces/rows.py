"""How a room describes its rows to the policy, and the condition it gets back for its statement."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, null

Uid = tuple[str, str]
"""Type and id of an entity."""

NO_ROW: Final[ColumnElement[bool]] = null().is_not(None)
"""The condition that no row meets; unlike `false()` it leaves those beside it, the tenant's, in the statement."""


@dataclass(frozen=True)
class Attribute:
    """One attribute: its kind as the policy declares it (`Set<String>` for a set), and what reads it from a row.

    `sql` is NULL where the attribute is missing; datetimes are canonical UTC text, decimals count ten-thousandths. None
    stands for an attribute that rows have and SQL cannot compare. `bind` turns a constant into what the column compares
    with. For a set, `holds(value)` returns the condition that a value is a member.
    """

    kind: str
    sql: Any = None
    bind: Callable[[Any], Any] | None = None
    holds: Callable[[Any], Any] | None = None


@dataclass(frozen=True)
class RowShape:
    """The rows of one type in a database that speaks `dialect` (`sqlite` or `postgresql`).

    `id` is what rules write as the id, and `bind` turns what they write into what it compares with. `within(uid)`
    returns the condition, or a bool, under which a row lies in an entity that not all rows lie in; without it a row
    lies in itself alone.
    """

    dialect: str
    type: str
    id: Any
    attributes: Mapping[str, Attribute]
    within: Callable[[Uid], Any] | None = None
    bind: Callable[[Any], Any] | None = None
    key: Any = None
    """Equal for shapes that are alike, so that a condition made for one is at hand for the next; None for no other."""


@dataclass(frozen=True)
class RowFilter:
    """The rows that may be allowed; unless it is `exact`, each that is found has to be decided by itself."""

    where: ColumnElement[bool]
    exact: bool
