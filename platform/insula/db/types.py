"""Column types that behave alike on SQLite and PostgreSQL."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, ColumnElement, DateTime, Text, TypeDecorator, cast
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.types import UserDefinedType

JSONDocument = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


class UTCDateTime(TypeDecorator[datetime]):
    """An aware moment in UTC; a naive one is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Refuse naive moments and store UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a stored moment must know its zone")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Give back aware UTC."""
        if value is None:
            return None
        stored: datetime = value
        return stored.replace(tzinfo=UTC) if stored.tzinfo is None else stored.astimezone(UTC)


class JSONText(UserDefinedType[str]):
    """A JSON document that goes in and comes out as text, never parsed on the way: JSONB on PostgreSQL."""

    cache_ok = True

    def get_col_spec(self, **_options: Any) -> str:
        """Return what the column is where there is no type for documents."""
        return "TEXT"

    def column_expression(self, column: ColumnElement[Any]) -> ColumnElement[str]:
        """Have the database write the document out; expressions elsewhere see the document itself."""
        return cast(column, Text)


@compiles(JSONText, "postgresql")
def _binary(_type: JSONText, _compiler: Any, **_options: Any) -> str:
    return "JSONB"
