"""One field, ready to check its values: type, bounds, pattern and JSON Schema, all wrong places with their paths."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, Final

import jsonschema_rs
import re2

from insula.collections.interfaces.schemas import FieldDocument
from insula.collections.schemas.values import Reader, Unfit, from_text, reader_of
from insula.kit.errors import FieldError
from insula.kit.visits import visits_of

MOST_ITEMS: Final = 1_000
"""Items of a list that says nothing of its length."""
MOST_CHARACTERS: Final = 100_000
"""Characters of a text that says nothing of its length."""

_PATTERN_BYTES: Final = 1 << 20
_DEEPEST: Final = 64
_MOST_LOOKS: Final = 100
_MOST_ERRORS: Final = 5
_MOST_DETAIL: Final = 200
_WHOLE: Final = re.compile(r"\.0+$")
_MIDNIGHT: Final = "T00:00:00.000Z"
REQUIRED: Final = "This field is required."

Constraint = Callable[[Any], str | None]
"""Returns what is wrong with a value as it is stored, or None."""


class Misfit(Exception):
    """A value that does not fit; `errors` have paths within the value."""

    def __init__(self, errors: list[FieldError]) -> None:
        super().__init__(errors[0].detail)
        self.errors = errors


class CheckedField:
    """A field of a collection in force; `longest` bounds its texts beside what the field itself says."""

    def __init__(self, field: FieldDocument, longest: int | None = None) -> None:
        self.field = field
        self.name = field.name
        self.kind = field.items or "text" if field.type == "list" else field.type
        self._list = field.type == "list"
        self._most = field.max_length or MOST_ITEMS
        self._read: Reader = reader_of(self.kind, field)
        self._constraints = tuple(_constraints(self.kind, field, self._read, longest))
        self._schema = None if field.json_schema is None else compiled(field.json_schema)

    def read(self, value: Any) -> Any:
        """Return a value from JSON as it is stored; raises Misfit."""
        if value is None:
            return self._required()
        stored = self._items(value, self._one) if self._list else self._one(value)
        if self.field.required and stored in ("", []):
            return self._required()
        if self._schema is not None:
            self._validate(stored)
        return stored

    def convert(self, value: Any) -> Any:
        """Return a value that was stored for an earlier declaration of the field as one of today; raises Misfit."""
        if value is not None:
            if self._list:
                value = self._items(value if isinstance(value, list) else [value], self._converted)
            else:
                if isinstance(value, list) and len(value) <= 1:
                    value = value[0] if value else None
                value = None if value is None else self._converted(value)
        return self.read(value)

    def from_text(self, given: str) -> Any:
        """Return one value, or one item of a list, from a text as it is stored; raises Misfit."""
        return self._one(given, of_text=True)

    def _required(self) -> None:
        if self.field.required:
            raise Misfit([FieldError("", REQUIRED)])

    def _one(self, value: Any, *, of_text: bool = False) -> Any:
        try:
            stored = self._read(from_text(self.kind, value) if of_text else value)
        except Unfit as error:
            raise Misfit([FieldError("", str(error))]) from None
        for constraint in self._constraints:
            if detail := constraint(stored):
                raise Misfit([FieldError("", detail)])
        return stored

    def _items(self, value: Any, one: Callable[[Any], Any]) -> list[Any]:
        if not isinstance(value, list):
            raise Misfit([FieldError("", "Use a list.")])
        if len(value) > self._most:
            raise Misfit([FieldError("", f"At most {self._most:,} items; there are {len(value):,}.")])
        stored, wrong = [], []
        for index, item in enumerate(value):
            try:
                stored.append(one(item))
            except Misfit as misfit:
                wrong += [FieldError(f".{index}", error.detail) for error in misfit.errors]
                if len(wrong) >= _MOST_ERRORS:
                    break
        if wrong:
            raise Misfit(wrong)
        return stored

    def _converted(self, value: Any) -> Any:
        try:
            return self._read(value)
        except Unfit as error:
            if isinstance(value, (list, dict)):
                raise Misfit([FieldError("", str(error))]) from None
            given = str(value).lower() if isinstance(value, bool) else str(value)
        if self.kind == "integer":
            given = _WHOLE.sub("", given)
        elif self.kind == "date":
            given = given.removesuffix(_MIDNIGHT)
        elif self.kind == "datetime" and "T" not in given:
            given += _MIDNIGHT
        try:
            return self._read(from_text(self.kind, given))
        except Unfit as error:
            raise Misfit([FieldError("", str(error))]) from None

    def _validate(self, stored: Any) -> None:
        wrong = []
        for error in self._schema.iter_errors(stored) if self._schema else ():
            place = "".join(f".{part}" for part in error.instance_path)
            wrong.append(FieldError(place, error.message[:_MOST_DETAIL]))
            if len(wrong) == _MOST_ERRORS:
                break
        if wrong:
            raise Misfit(wrong)


def compiled(schema: dict[str, Any]) -> Any:
    """Return a JSON Schema ready to check values, in linear time and fetching nothing; raises ValueError."""
    looks = visits_of(schema, depth=_DEEPEST)
    if looks > _MOST_LOOKS:
        raise ValueError(f"it looks {looks:,} times at one value; {_MOST_LOOKS} are the most.")
    return jsonschema_rs.validator_for(
        schema,
        pattern_options=jsonschema_rs.RegexOptions(size_limit=_PATTERN_BYTES, dfa_size_limit=_PATTERN_BYTES),
        validate_formats=True,
        offline=True,
    )


def pattern_of(text: str) -> Any:
    """Return a pattern ready to match, in linear time; raises ValueError."""
    options = re2.Options()
    options.max_mem = _PATTERN_BYTES
    options.log_errors = False
    try:
        return re2.compile(text, options=options)
    except re2.error as error:
        detail = error.args[0] if error.args else ""
        raise ValueError(detail.decode() if isinstance(detail, bytes) else str(detail)) from None


def _constraints(kind: str, field: FieldDocument, read: Reader, longest: int | None) -> Iterator[Constraint]:
    if kind in ("text", "rich_text"):
        declared = None if field.type == "list" else field.max_length
        most = min(declared or MOST_CHARACTERS, longest or MOST_CHARACTERS) if longest else declared
        yield _at_most(most or MOST_CHARACTERS)
        if field.pattern is not None:
            yield _matching(field.pattern)
    for bound, above in ((field.min, False), (field.max, True)):
        if bound is not None:
            yield _bounded(kind, read(bound), bound, above=above)


def _at_most(most: int) -> Constraint:
    return lambda value: (
        f"At most {most:,} characters; there are {len(value):,}." if len(value) > most else None
    )


def _matching(text: str) -> Constraint:
    pattern = pattern_of(text)
    # Bytes are matched without counting the characters before each place.
    return lambda value: None if pattern.fullmatch(value.encode()) else f"Use a text that matches {text}."


def _bounded(kind: str, bound: Any, written: Any, *, above: bool) -> Constraint:
    if kind == "decimal":
        # They are stored as texts, which do not sort as numbers do but have the same digits behind the point.
        units = int(bound.replace(".", ""))
        if above:
            return lambda value: f"At most {written}." if int(value.replace(".", "")) > units else None
        return lambda value: f"At least {written}." if int(value.replace(".", "")) < units else None
    if above:
        return lambda value: f"At most {written}." if value > bound else None
    return lambda value: f"At least {written}." if value < bound else None
