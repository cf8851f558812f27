"""JSON Schemas of streams, compiled once for each version and matched in linear time."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import jsonschema_rs
import orjson
from pyramid.registry import Registry

from insula.kit.errors import FieldError, Invalid
from insula.kit.visits import mappings, visits_of
from insula.streams.reading import MAX_DEPTH, BadRecord, path_of

MAX_SCHEMA_BYTES = 64 * 1024
# What the patterns of one schema may take when compiled, one and all together: a short text can ask for gigabytes.
_MAX_PATTERN_BYTES = 4 * 1024 * 1024
_MAX_PATTERNS_BYTES = 16 * 1024 * 1024
_MAX_ERRORS = 5
# Telling what is wrong takes some thirty times as long as finding that something is, and a kilobyte a visit.
_EXPLAINED = 30
_MAX_EXPLAINED = 20_000
_MAX_DETAIL = 200
_LETTERS = 64
_DOES_NOT_FIT = "It does not fit the schema, and the schema looks too often at each value to tell where."
# What a pattern weighs in the cache, in bytes, beside its text.
_PATTERN_WEIGHT = 32 * 1024
_KEY = "insula.streams.schemas"


class CompiledSchema:
    """One schema, ready to check records."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        # The linear engine, so that no tenant's pattern holds a thread; and no schema is ever fetched.
        room = min(_MAX_PATTERN_BYTES, _MAX_PATTERNS_BYTES // max(1, _patterns(schema)))
        self._validator = jsonschema_rs.validator_for(
            dict(schema),
            pattern_options=jsonschema_rs.RegexOptions(size_limit=room, dfa_size_limit=room),
            validate_formats=True,
            offline=True,
        )
        self.visits = visits_of(schema, depth=MAX_DEPTH)
        self.weight = len(orjson.dumps(schema)) + _PATTERN_WEIGHT * _patterns(schema)
        declared = schema.get("properties")
        self._declares_id = isinstance(declared, Mapping) and "id" in declared

    def cost(self, raw: bytes) -> int:
        """Return at most how many visits it takes to check the record with this text."""
        values = 1 + raw.count(b",") + raw.count(b"[") + raw.count(b"{")
        # Patterns and formats read long texts letter by letter.
        return self.visits * (values + len(raw) // _LETTERS)

    def cost_of_telling(self, cost: int) -> int:
        """Return how many visits it is worth to tell what is wrong with a record of this cost."""
        return _EXPLAINED * cost if cost <= _MAX_EXPLAINED else 0

    def check(self, record: dict[str, Any], cost: int = 0) -> list[BadRecord]:
        """Return what is wrong with a record; the member `id` is ours unless the schema declares it."""
        if "id" in record and not self._declares_id:
            record = {name: value for name, value in record.items() if name != "id"}
        if self._validator.is_valid(record):
            return []
        if cost > _MAX_EXPLAINED:
            return [BadRecord("", _DOES_NOT_FIT)]
        wrong: list[BadRecord] = []
        for error in self._validator.iter_errors(record):
            wrong.extend(_explain(error))
            if len(wrong) >= _MAX_ERRORS:
                break
        return wrong[:_MAX_ERRORS]


def _patterns(schema: Mapping[str, Any]) -> int:
    found = 0
    for each in mappings(schema):
        named = each.get("patternProperties")
        found += isinstance(each.get("pattern"), str) + (len(named) if isinstance(named, Mapping) else 0)
    return found


def _explain(error: jsonschema_rs.ValidationError) -> list[BadRecord]:
    place = list(error.instance_path)
    kind: Any = error.kind  # Each kind has members of its own.
    if kind.name == "required":
        return [BadRecord(path_of([*place, kind.property]), "This member is required.")]
    if kind.name in ("additionalProperties", "unevaluatedProperties"):
        return [
            BadRecord(path_of([*place, name]), "The schema does not know this member.")
            for name in kind.unexpected
        ]
    message = error.message
    return [
        BadRecord(path_of(place), message if len(message) <= _MAX_DETAIL else message[:_MAX_DETAIL] + "…")
    ]


def compile_schema(schema: Any) -> CompiledSchema:
    """Return the schema compiled; raises Invalid for what is no schema, or one we do not serve."""
    if not isinstance(schema, Mapping):
        raise Invalid(
            "A schema is a JSON object.", errors=[FieldError("schema", "This is not a JSON object.")]
        )
    try:
        size = len(orjson.dumps(schema))
    except TypeError as error:
        detail = "It is nested too deeply, or holds what is no Unicode."
        raise Invalid("The schema cannot be stored.", errors=[FieldError("schema", detail)]) from error
    if size > MAX_SCHEMA_BYTES:
        raise Invalid(
            "The schema is too large.", errors=[FieldError("schema", f"At most {MAX_SCHEMA_BYTES:,} bytes.")]
        )
    try:
        return CompiledSchema(schema)
    except ValueError as error:
        instance_path = getattr(error, "instance_path", [])
        detail = getattr(error, "message", str(error))[:_MAX_DETAIL]
        if "regex" in detail:
            detail += (
                ". Patterns are matched in linear time and little room: no look-around, no back-references, "
                "and repeats that stay small."
            )
        place = path_of(["schema", *instance_path])
        raise Invalid("This is not a usable JSON Schema.", errors=[FieldError(place, detail)]) from error


class SchemaCache:
    """Keeps the compiled schemas of the streams used lately."""

    def __init__(self, size: int = 512, weight: int = 64 * 1024 * 1024) -> None:
        self._size, self._most = size, weight
        self._weight = 0
        self._kept: OrderedDict[tuple[UUID, int], CompiledSchema] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, stream_id: UUID, version: int, schema: Mapping[str, Any]) -> CompiledSchema:
        """Return the compiled schema of this version of a stream."""
        key = (stream_id, version)
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        # What was stored before a limit was set is judged by it as well.
        compiled = compile_schema(schema)
        with self._lock:
            if key not in self._kept:
                self._kept[key] = compiled
                self._weight += compiled.weight
            while len(self._kept) > self._size or (self._weight > self._most and len(self._kept) > 1):
                self._weight -= self._kept.popitem(last=False)[1].weight
        return compiled


def schemas_of(registry: Registry) -> SchemaCache:
    """Return the process's cache of compiled schemas."""
    found: SchemaCache = registry.setdefault(_KEY, SchemaCache())
    return found
