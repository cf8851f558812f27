"""Entries as CSV and as NDJSON: written a line at a time, read a line at a time with what is wrong in each."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from insula.collections.interfaces.schemas import SYSTEM_MEMBERS, FieldDocument
from insula.collections.schemas.values import from_text
from insula.kit.errors import FieldError, Malformed
from insula.kit.json import dumps, loads
from insula.kit.texts import UNKEPT, unkept

Format = Literal["csv", "ndjson"]
MEDIA: Final[Mapping[Format, str]] = {"csv": "text/csv", "ndjson": "application/x-ndjson"}
IGNORED: Final = frozenset(SYSTEM_MEMBERS)
"""What an export says beside the fields; an import leaves it alone, so that an export can be read back."""

_LONGEST: Final = 4 * 1024 * 1024
"""Bytes of a line."""
# What an export writes of the longest text or object can be read back; the limit of the module is the process's.
csv.field_size_limit(_LONGEST)
_FORMULA: Final = (*"=+-@", *"\uff1d\uff0b\uff0d\uff20", "\t", "\r", "\n", "'")
"""How a cell begins that a spreadsheet would run, or that would be taken for one that was kept from it."""
_NUMBER: Final = re.compile(r"-\d+(\.\d+)?")
_TEXTS: Final = frozenset({"text", "rich_text", "choice"})
_SHOWN: Final = ("id", "status", "created", "changed")


@dataclass(frozen=True)
class Line:
    """One entry of a file, or why it cannot be read; `number` counts from one."""

    number: int
    values: Mapping[str, Any]
    errors: tuple[FieldError, ...] = ()


def ndjson_text(texts: Iterable[bytes]) -> Iterator[bytes]:
    """Yield entries as lines of JSON."""
    return (text + b"\n" for text in texts)


def csv_text(texts: Iterable[bytes], fields: Sequence[str]) -> Iterator[bytes]:
    """Yield entries as CSV, a header first; lists and objects are JSON in their cells, null is an empty one."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    names = [*dict.fromkeys([*_SHOWN, *fields])]

    def flushed() -> bytes:
        text = buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
        return text.encode()

    writer.writerow(names)
    yield flushed()
    for text in texts:
        values = loads(text)
        writer.writerow([_cell(values.get(name)) for name in names])
        yield flushed()


def lines_of(format_: Format, file: Iterable[bytes], fields: Mapping[str, FieldDocument]) -> Iterator[Line]:
    """Yield the entries of a file; raises Malformed for one that cannot be read on."""
    return _from_csv(file, fields) if format_ == "csv" else _from_ndjson(file)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, dict)):
        return dumps(value).decode()
    text = str(value)
    return f"'{text}" if text.startswith(_FORMULA) and not _NUMBER.fullmatch(text) else text


def _from_ndjson(file: Iterable[bytes]) -> Iterator[Line]:
    for number, line in enumerate(file, 1):
        if not line.strip():
            continue
        try:
            values = loads(_bounded(line, number))
        except ValueError as error:
            yield Line(number, {}, (FieldError("", f"This line is not JSON: {error}."),))
            continue
        if not isinstance(values, dict):
            yield Line(number, {}, (FieldError("", "A line is one JSON object."),))
        elif next(unkept(values), None) is not None:
            yield Line(number, {}, (FieldError("", UNKEPT),))
        else:
            yield Line(number, {name: value for name, value in values.items() if name not in IGNORED})


def _from_csv(file: Iterable[bytes], fields: Mapping[str, FieldDocument]) -> Iterator[Line]:
    reader = csv.reader(_decoded(file), strict=True)
    try:
        header = next(reader, None)
        if header is None:
            return
        _check_header(header, fields)
        for row in reader:
            if row:
                yield _row(row, header, fields, reader.line_num)
    except csv.Error as error:
        wrong = FieldError("", f"This is not CSV: {error}.", reader.line_num)
        raise Malformed("The file cannot be read on.", errors=[wrong]) from error


def _check_header(header: Sequence[str], fields: Mapping[str, FieldDocument]) -> None:
    errors = [
        FieldError(name, "There is no such field.", 1)
        for name in header
        if name not in fields and name not in IGNORED
    ]
    errors += [FieldError(name, "This column stands twice.", 1) for name in _twice(header)]
    if errors:
        raise Malformed("The columns of the file are not those of the collection.", errors=errors)


def _row(row: Sequence[str], header: Sequence[str], fields: Mapping[str, FieldDocument], number: int) -> Line:
    if len(row) != len(header):
        detail = f"This line has {len(row)} cells, the header {len(header)}."
        return Line(number, {}, (FieldError("", detail),))
    values, errors = {}, []
    for name, cell in zip(header, row, strict=True):
        if name in IGNORED:
            continue
        try:
            values[name] = _value(fields[name], cell)
        except ValueError as error:
            errors.append(FieldError(name, str(error)))
    return Line(number, values, tuple(errors))


def _value(field: FieldDocument, cell: str) -> Any:
    """Return what a cell says; an empty one is null, which every type can be."""
    if cell == "":
        return None
    if field.type == "object" or (field.type == "list" and cell.startswith("[")):
        try:
            return loads(cell)
        except ValueError:
            raise ValueError("Write JSON here.") from None
    if field.type == "list":
        return [from_text(field.items or "text", part.strip()) for part in cell.split(";")]
    if field.type in _TEXTS and cell[0] == "'" and cell[1:].startswith(_FORMULA):
        return cell[1:]
    return from_text(field.type, cell)


def _decoded(file: Iterable[bytes]) -> Iterator[str]:
    for number, line in enumerate(file, 1):
        try:
            # Excel puts a mark in front of what it writes as UTF-8.
            yield _bounded(line, number).decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError as error:
            wrong = FieldError("", f"This line is not UTF-8 at byte {error.start}.", number)
            raise Malformed("The file cannot be read on.", errors=[wrong]) from error


def _bounded(line: bytes, number: int) -> bytes:
    if len(line) > _LONGEST:
        wrong = FieldError("", f"A line has at most {_LONGEST:,} bytes.", number)
        raise Malformed("The file cannot be read on.", errors=[wrong])
    return line


def _twice(names: Sequence[str]) -> Iterator[str]:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            yield name
        seen.add(name)
