"""What a question can name: the fields that the caller may view, and the members that every entry has."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Any, Final
from uuid import UUID

from sqlalchemy import REAL, BigInteger, Numeric, case, cast, func, literal, literal_column, null, type_coerce

from insula.collections.access.forms import document_of, is_decimal
from insula.collections.interfaces.entries import Stage
from insula.collections.interfaces.schemas import SYSTEM_MEMBERS, Collection, FieldDocument, Kind
from insula.collections.schemas.values import from_text, reader_of
from insula.kit.errors import FieldError
from insula.kit.words import meant
from insula.security.interfaces import Attribute, from_document

_KINDS: Final = {"integer": "Long", "boolean": "Bool", "list": "Set<String>"}
_LIKE: Final[Mapping[str, Kind]] = {
    "id": "link",
    "version": "integer",
    "created": "datetime",
    "changed": "datetime",
    "author": "link",
    "published_at": "datetime",
    "publish_at": "datetime",
    "expire_at": "datetime",
}
_OF_SYSTEM: Final = {
    name: ("author_id" if name == "author" else name, FieldDocument(name=name, type=kind))
    for name, kind in _LIKE.items()
}
"""What every entry has: the column that holds it, and a field that is written alike."""
_STATUS: Final = FieldDocument(name="status", type="text")
_BOUND: Final[dict[str, Callable[[Any], Any]]] = {"link": UUID, "datetime": datetime.fromisoformat}
_EXACT_DIGITS: Final = 18


def _same(value: Any) -> Any:
    return value


@dataclass(frozen=True, eq=False)
class Term:
    """One thing that can be compared and sorted by: what reads it from a row, and how a text becomes its value."""

    name: str
    field: FieldDocument
    reads: Callable[[], Attribute]
    bind: Callable[[Any], Any] = _same
    """Turns a value, as the field holds it, into what `sql` compares with."""
    system: bool = False
    """Whether every entry has it, whatever its collection."""
    indexed: bool = False
    """Whether each of its values has a row in the narrow table."""

    @cached_property
    def read_from(self) -> Attribute:
        """What reads it from a row; written only where no index answers."""
        return self.reads()

    @property
    def sql(self) -> Any:
        """Its value, NULL where there is none."""
        return self.read_from.sql

    @property
    def holds(self) -> Callable[[Any], Any] | None:
        """Of a list, what returns the condition that it has an item."""
        return self.read_from.holds

    def read(self, text: str) -> Any:
        """Return what a text means, as the field holds it, of a list for one item; raises ValueError saying why not."""
        kind = self.field.items if self.field.type == "list" else self.field.type
        return reader_of(kind or "text", self.field)(from_text(kind or "text", text))

    def shown(self, value: Any) -> Any:
        """Return what `sql` gave as JSON shows it."""
        if value is None or self.field.type != "decimal":
            return value
        return f"{Decimal(value).scaleb(-(self.field.scale or 0)):f}"


class Vocabulary:
    """The terms of one collection over one table of entries or an alias of it, for whoever may view `readable`."""

    def __init__(self, info: Collection, row: Any, dialect: str, readable: frozenset[str]) -> None:
        self.info = info
        self.row = row
        self.readable = readable
        self._dialect = dialect
        self._document = document_of(info, dialect, row.document)
        self._fields = {name: field for name, field in info.fields.items() if name in readable}

    def find(self, name: str) -> Term | None:
        """Return what a name stands for; a hidden field is as unknown as one that does not exist."""
        if name in _OF_SYSTEM:
            column, like = _OF_SYSTEM[name]
            # As wide as what a number is read as, so that PostgreSQL compares with any.
            read = getattr(self.row, column)
            found = Attribute(like.type, type_coerce(read, BigInteger) if like.type == "integer" else read)
            return Term(name, like, lambda: found, _BOUND.get(like.type, _same), system=True)
        if name == _STATUS.name:
            return Term(name, _STATUS, lambda: Attribute("String", self._status), system=True)
        field = self._fields.get(name)
        if field is None:
            return None
        indexed = name in self.info.indexes and name not in self.info.building
        bind = _digits if field.type == "decimal" else _same
        return Term(name, field, lambda: self._of_field(field), bind, indexed=indexed)

    def like(self, sql: Any, parts: tuple[str, ...]) -> Any:
        """Match parts with anything between them; GLOB, because LIKE of SQLite takes a for A."""
        if self._dialect == "sqlite":
            glob = ("".join(f"[{char}]" if char in "*?[" else char for char in part) for part in parts)
            return sql.op("GLOB", is_comparison=True)("*".join(glob))
        like = ("".join(f"\\{char}" if char in "%_\\" else char for char in part) for part in parts)
        return sql.like("%".join(like), escape="\\")

    def unknown(self, path: str, name: str) -> FieldError:
        """Return the error that names a wrong name and what it may have meant."""
        return unknown(path, name, self.readable)

    def _of_field(self, field: FieldDocument) -> Attribute:
        if field.type == "decimal":
            return Attribute("decimal", self._decimal(field))
        if field.type == "object":
            return Attribute("object", self._present(field))
        kind = _KINDS.get(field.type, "String")
        if field.type == "list" and field.items == "integer":
            kind = "Set<Long>"
        return from_document(self._dialect, self._document, field.name, kind)

    @property
    def _status(self) -> Any:
        row = self.row
        return case(
            (row.stage == int(Stage.LIVE), "published"),
            (row.stage == int(Stage.TRASH), "trash"),
            (row.published_at.is_(None), "draft"),
            (row.changed <= row.published_at, "published"),
            else_="changed",
        )

    def _decimal(self, field: FieldDocument) -> Any:
        """Return a decimal without its point: a whole number, so that texts of one scale compare as numbers do.

        What is no decimal counts as missing: a change of the schema may have left a text.
        """
        text = from_document(self._dialect, self._document, field.name, "String").sql
        digits = func.replace(text, ".", "")
        if self._dialect == "sqlite":
            # It has no exact numbers beyond 64 bits; an index on the field has them.
            number: Any = case(
                (func.length(digits) <= _EXACT_DIGITS, cast(digits, BigInteger)), else_=cast(digits, REAL)
            )
        else:
            number = cast(digits, Numeric)
        return case((is_decimal(self._dialect, text), number), else_=null())

    def _present(self, field: FieldDocument) -> Any:
        if self._dialect == "sqlite":
            return func.json_extract(self._document, f"$.{field.name}")
        return func.nullif(self._document.op("->")(field.name), literal_column("'null'::jsonb"))


def unknown(path: str, name: str, readable: Iterable[str]) -> FieldError:
    """Return the error that names a wrong name and what it may have meant, as far as the caller may know."""
    near = meant(name, [*readable, *SYSTEM_MEMBERS])
    return FieldError(path, f"There is no field {name}.{f' Did you mean {near}?' if near else ''}")


def bound(value: Any) -> Any:
    """Return a value to stand beside SQL; booleans are bound, as no constant can be less than another."""
    return literal(value) if isinstance(value, bool) else value


def _digits(value: str) -> int | Decimal:
    digits = int(value.replace(".", ""))
    return digits if abs(digits) < 10**_EXACT_DIGITS else Decimal(digits)
