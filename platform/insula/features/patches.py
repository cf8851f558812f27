"""Merge patches (RFC 7396) over settings, where null means the default."""

from __future__ import annotations

from collections.abc import Mapping
from types import NoneType
from typing import TYPE_CHECKING, Any, get_args

from insula.features.secrets import revealed, secrets_of

if TYPE_CHECKING:
    from pydantic import BaseModel
    from pydantic.fields import FieldInfo


def merged(before: BaseModel, patch: Mapping[str, object]) -> dict[str, Any]:
    """Return the settings with a patch applied, as plain values that still need validating.

    Null takes a value back to its default, but for a field that may itself be null, where it means just that.
    """
    secret = set(secrets_of(type(before)))
    result: dict[str, Any] = before.model_dump(mode="json", exclude_defaults=True, exclude=secret)
    result |= {name: text for name in secret if (text := revealed(getattr(before, name)))}
    fields = type(before).model_fields
    for name, value in patch.items():
        if name not in fields:
            continue
        if value is None and not may_be_null(fields[name]):
            result.pop(name, None)
        elif isinstance(value, Mapping):
            present = before.model_dump(mode="json").get(name)
            result[name] = _merge(present if isinstance(present, dict) else {}, value)
        else:
            result[name] = value
    return result


def may_be_null(field: FieldInfo) -> bool:
    """Say whether null is one of the field's values."""
    return field.annotation is NoneType or NoneType in get_args(field.annotation)


def _merge(target: Mapping[str, Any], patch: Mapping[str, object]) -> dict[str, Any]:
    result = dict(target)
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        elif isinstance(value, Mapping):
            present = result.get(name)
            result[name] = _merge(present if isinstance(present, dict) else {}, value)
        else:
            result[name] = value
    return result
