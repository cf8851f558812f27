"""What rules read of an entry, as SQL over the table of entries."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import BigInteger, String, Text, and_, case, cast, false, func, literal_column, null, true

from insula.collections.access.forms import document_of, is_decimal, is_moment
from insula.collections.access.types import SYSTEM, attributes_of
from insula.collections.interfaces.entries import Stage
from insula.security.interfaces import Attribute, account_id, from_document

if TYPE_CHECKING:
    from insula.collections.interfaces.schemas import Collection

_PARTS: Final = ((1, 8), (9, 4), (13, 4), (17, 4), (21, 12))


def entry_columns(info: Collection, dialect: str, row: Any) -> EntryColumns:
    """Return the attributes of the entries of a collection; each is written when a rule asks for it."""
    return EntryColumns(info, dialect, row)


class EntryColumns(Mapping[str, Attribute]):
    """Attributes by name."""

    def __init__(self, info: Collection, dialect: str, row: Any) -> None:
        self._kinds = {name: kind.removesuffix("?") for name, kind in attributes_of(info).items()}
        self._dates = {field.name for field in info.document.fields if field.type == "date"}
        self._dialect = dialect
        self._row = row
        self._document = document_of(info, dialect, row.document)

    def __getitem__(self, name: str) -> Attribute:
        match name:
            case "author":
                return Attribute("Account", self._row.author_id, bind=account_id)
            case "published":
                return Attribute("Bool", case((self._row.stage == int(Stage.LIVE), true()), else_=false()))
            case "created":
                return Attribute("datetime", self._moment(self._row.created))
        kind = self._kinds[name]
        if kind == "decimal":
            return Attribute(kind, self._decimal(name))
        found = from_document(self._dialect, self._document, name, kind)
        if kind == "datetime":
            day = name in self._dates
            text = found.sql + _text("T00:00:00.000Z") if day else found.sql
            whole = is_moment(self._dialect, found.sql, day=day)
            return Attribute(kind, case((whole, text), else_=null()))
        return found

    def __iter__(self) -> Iterator[str]:
        return iter((*self._kinds, *SYSTEM))

    def __len__(self) -> int:
        return len(self._kinds) + len(SYSTEM)

    @property
    def id(self) -> Any:
        """The id as rules and links write it."""
        if self._dialect != "sqlite":
            return cast(self._row.id, Text)
        parts = [func.substr(self._row.id, *part, type_=String) for part in _PARTS]
        whole = parts[0]
        for part in parts[1:]:
            whole = whole + _text("-") + part
        return whole

    def _moment(self, column: Any) -> Any:
        """Return a moment as canonical text, to the millisecond, as the engine is told it."""
        if self._dialect == "sqlite":
            text = func.substr(column, 1, 23, type_=String)
            return func.replace(text, _text(" "), _text("T"), type_=String) + _text("Z")
        utc = func.timezone(_text("UTC"), column)
        return func.to_char(utc, _text('YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), type_=String).collate("C")

    def _decimal(self, name: str) -> Any:
        """Return a decimal in ten-thousandths, whatever scale it has; one that the policy cannot hold is missing."""
        text = from_document(self._dialect, self._document, name, "String").sql
        point = (func.instr if self._dialect == "sqlite" else func.strpos)(text, _text("."))
        whole = case((point > 0, point - 1), else_=func.length(text))
        padded = func.substr(_dotted(text, point) + _text("0000"), 1, whole + 5, type_=String)
        digits = whole - case((func.substr(text, 1, 1) == _text("-"), 1), else_=0)
        fits = and_(digits <= 14, case((point > 0, func.length(text) - point), else_=0) <= 4)
        fits = and_(is_decimal(self._dialect, text), fits)
        return case((fits, cast(func.replace(padded, _text("."), _text("")), BigInteger)), else_=null())


def _dotted(text: Any, point: Any) -> Any:
    return case((point > 0, text), else_=text + _text("."))


def _text(text: str) -> Any:
    """Write out a constant of ours, so that the statement is the same text each time."""
    return literal_column(f"'{text}'", String)
