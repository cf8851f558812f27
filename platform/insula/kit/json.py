"""JSON at the edge, through orjson."""

from decimal import Decimal
from typing import Any

import orjson
from pydantic import BaseModel


def _default(value: object) -> object:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


def dumps(value: object, *, indent: bool = False) -> bytes:
    """Return `value` as UTF-8 JSON; moments, UUIDs, decimals, sets and pydantic models included."""
    option = orjson.OPT_UTC_Z | (orjson.OPT_INDENT_2 if indent else 0)
    return orjson.dumps(value, _default, option)


def loads(data: bytes | str) -> Any:
    """Return what the JSON text says; raises ValueError with line and column."""
    return orjson.loads(data)
