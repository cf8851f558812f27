"""What a form says of one setting, read from its pydantic field."""

from __future__ import annotations

import enum
import types
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, SecretStr
from pydantic_core import to_jsonable_python

from insula.kit import json
from insula.kit.words import lasting

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from pydantic.fields import FieldInfo

Kind = Literal[
    "text", "long", "number", "check", "select", "lines", "rows", "group", "json", "secret", "checks"
]

LONG = 200
SPARE_ROWS = 2
MINUTE = 60


@dataclass(frozen=True)
class Control:
    """One control of a form, or a group of them; `name` is its dotted path in the settings."""

    name: str
    label: str
    kind: Kind
    help: str = ""
    optional: bool = False
    value: Any = ""
    default: str | None = None
    changed: bool = False
    error: str = ""
    is_set: bool = False
    words: str = ""
    """What a bare number comes to, such as `2 hours`."""
    choices: tuple[tuple[str, str], ...] = ()
    attributes: Mapping[str, Any] = field(default_factory=dict)
    controls: tuple[Control, ...] = ()
    rows: tuple[tuple[Control, ...], ...] = ()

    @property
    def id(self) -> str:
        """The id of the control in the page."""
        return control_id(self.name)


def control_id(path: str) -> str:
    """Return the id of the control for a path in the settings."""
    return "f-" + path.replace(".", "-")


@dataclass(frozen=True)
class Shape:
    """The kind of one field with what is left of its type."""

    kind: Kind
    type: Any
    optional: bool
    offered: tuple[tuple[str, str], ...] = ()
    unit: str = ""


def shape_of(info: FieldInfo) -> Shape:
    """Return how a field is edited."""
    annotation, optional = _without_none(info.annotation)
    extra = info.json_schema_extra
    unit = str(extra.get("unit", "")) if isinstance(extra, dict) else ""
    return Shape(_kind(annotation, info), annotation, optional, unit=unit)


def controls_for(
    model: type[BaseModel],
    values: Mapping[str, Any],
    errors: Mapping[str, str],
    *,
    prefix: str = "",
    offered: Mapping[str, Mapping[str, str]] | None = None,
    bounds: Mapping[str, str] | None = None,
    secrets: Mapping[str, datetime] | None = None,
) -> tuple[Control, ...]:
    """Return the controls of a model, holding `values` and the errors by path.

    `offered` are the values, with their texts, of those fields that take nothing else; `bounds` says what binds a
    field from outside, and `secrets` when those that are set were set.
    """
    defaults = _defaults(model)
    return tuple(
        _control(
            prefix + name,
            info,
            values.get(name),
            defaults.get(name),
            errors,
            bare=bool(prefix),
            offered=(offered or {}).get(name, {}),
            bound=(bounds or {}).get(name, ""),
            set_at=(secrets or {}).get(name),
        )
        for name, info in model.model_fields.items()
    )


def label_of(name: str, info: FieldInfo) -> str:
    """Return the title of a field, or its name in words."""
    return info.title or name.replace("_", " ").capitalize()


def _control(
    path: str,
    info: FieldInfo,
    value: Any,
    default: Any,
    errors: Mapping[str, str],
    *,
    bare: bool,
    offered: Mapping[str, str],
    bound: str,
    set_at: datetime | None,
) -> Control:
    shape = shape_of(info)
    if offered:
        # What stands is shown even when it is offered no longer, since a form must not change it unasked.
        stands = value if isinstance(value, list) else [value] if value else []
        gone = {str(one): f"{one} (no longer there)" for one in stands if one not in offered}
        kind: Kind = "checks" if shape.kind == "lines" else "select"
        shape = replace(shape, kind=kind, offered=tuple({**offered, **gone}.items()))
    if bare and shape.kind == "long":
        # A line of a list has no room for more than one line of text.
        shape = replace(shape, kind="text")
    label = label_of(path.rpartition(".")[2], info)
    # A bad entry of a list is told at the list, since its lines have no controls of their own.
    own = {p: text for p, text in errors.items() if p == path or p.startswith(f"{path}.")}
    error = own.get(path, "") if shape.kind in {"rows", "group"} else " ".join(own.values())
    common: dict[str, Any] = {
        "name": path,
        "label": label,
        "kind": shape.kind,
        "help": f"{_help(info)} {bound}".strip(),
        "optional": shape.optional,
        "error": error,
        "default": None if bare or shape.kind == "secret" else said(default, shape),
        "changed": not bare and shape.kind != "secret" and differs(value, default, shape),
        "words": in_words(value, shape),
        "attributes": _attributes(info, shape),
        "choices": _choices(shape),
    }
    if shape.kind == "group":
        inner = value if isinstance(value, dict) else {}
        common |= {
            "default": None,
            "controls": controls_for(shape.type, inner, errors, prefix=f"{path}."),
        }
    elif shape.kind == "secret":
        # What is kept is never shown again, and neither is what was typed and refused.
        kept = f"Set on {set_at:%-d %b %Y}. Leave it empty to keep it." if set_at else "Not set."
        common |= {"help": f"{common['help']} {kept}".strip(), "is_set": set_at is not None}
    elif shape.kind == "rows":
        common["rows"] = _rows(path, shape, value or [], errors)
    else:
        common["value"] = _text(value, shape)
    return Control(**common)


def _rows(
    path: str, shape: Shape, value: list[Any], errors: Mapping[str, str]
) -> tuple[tuple[Control, ...], ...]:
    (model,) = get_args(shape.type)
    filled = [item if isinstance(item, dict) else {} for item in value]
    spare: list[dict[str, Any]] = [{} for _ in range(SPARE_ROWS)]
    rows = [
        controls_for(model, item, errors, prefix=f"{path}.{index}.")
        for index, item in enumerate(filled + spare)
    ]
    # What each cell is for is said once, above the first line.
    return (*rows[:1], *(tuple(replace(cell, help="") for cell in row) for row in rows[1:]))


def _without_none(annotation: Any) -> tuple[Any, bool]:
    if get_origin(annotation) in {Union, types.UnionType}:
        rest = [one for one in get_args(annotation) if one is not types.NoneType]
        if len(rest) < len(get_args(annotation)):
            return (rest[0] if len(rest) == 1 else Union[tuple(rest)]), True  # noqa: UP007 - built at run time
    return annotation, False


def _kind(annotation: Any, info: FieldInfo) -> Kind:
    if annotation is bool:
        return "check"
    if annotation is SecretStr:
        return "secret"
    if annotation in {int, float}:
        return "number"
    if get_origin(annotation) is Literal or _is(annotation, enum.Enum):
        return "select"
    if _is(annotation, BaseModel):
        return "group"
    if get_origin(annotation) in {list, tuple, set, frozenset}:
        inner = get_args(annotation)[0]
        if _is(inner, BaseModel) and get_origin(annotation) is list:
            return "rows"
        return "lines" if inner in {str, int, float} else "json"
    if get_origin(annotation) is dict or annotation is dict or annotation is Any:
        return "json"
    longest = _bounds(info).get("max_length")
    return "long" if annotation is str and longest is not None and longest > LONG else "text"


def _is(annotation: Any, base: type) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, base)


def _bounds(info: FieldInfo) -> dict[str, Any]:
    names = ("ge", "gt", "le", "lt", "multiple_of", "min_length", "max_length")
    found: dict[str, Any] = {}
    for constraint in info.metadata:
        found |= {
            name: getattr(constraint, name) for name in names if getattr(constraint, name, None) is not None
        }
    return found


def _help(info: FieldInfo) -> str:
    bounds, said_bounds = _bounds(info), ""
    low, high = bounds.get("ge"), bounds.get("le")
    if low is not None and high is not None:
        said_bounds = f"{low:,} to {high:,}."
    elif low is not None:
        said_bounds = f"{low:,} or more."
    elif high is not None:
        said_bounds = f"{high:,} or less."
    elif "max_length" in bounds:
        unit = "characters" if shape_of(info).kind in {"text", "long"} else "entries"
        said_bounds = f"At most {bounds['max_length']:,} {unit}."
    extra = info.json_schema_extra
    if shape_of(info).kind == "lines" and isinstance(extra, dict) and "choices" in extra:
        said_bounds = ""
    elif shape_of(info).kind == "lines":
        said_bounds = f"One per line. {said_bounds}".rstrip()
    return f"{info.description or ''} {said_bounds}".strip()


def _attributes(info: FieldInfo, shape: Shape) -> dict[str, Any]:
    bounds = _bounds(info)
    if shape.kind == "number":
        return {"inputmode": "numeric" if shape.type is int else "decimal"}
    if shape.kind == "text" and "max_length" in bounds:
        return {"maxlength": bounds["max_length"]}
    return {}


def _choices(shape: Shape) -> tuple[tuple[str, str], ...]:
    if shape.kind not in {"select", "checks"}:
        return ()
    if shape.offered:
        return shape.offered
    members = (
        [member.value for member in shape.type] if _is(shape.type, enum.Enum) else list(get_args(shape.type))
    )
    none = (("", "None"),) if shape.optional else ()
    return none + tuple((str(one), str(one).replace("_", " ").capitalize()) for one in members)


def _defaults(model: type[BaseModel]) -> dict[str, Any]:
    return {
        name: None
        if info.is_required()
        else _plain(info.get_default(call_default_factory=True, validated_data={}))
        for name, info in model.model_fields.items()
    }


def _plain(value: Any) -> Any:
    return to_jsonable_python(value)


def differs(value: Any, default: Any, shape: Shape) -> bool:
    """Say whether a value, which may be as it was typed, is another one."""
    # What was typed is text still, so numbers are compared as the form shows them.
    if shape.kind in {"rows", "group", "json"}:
        return bool(_plain(value) != _plain(default))
    return bool(_text(_plain(value), shape) != _text(_plain(default), shape))


def _text(value: Any, shape: Shape) -> Any:
    if shape.kind == "check":
        return bool(value)
    if shape.kind == "checks":
        return [str(one) for one in value or ()]
    if value is None:
        return ""
    if shape.kind == "lines" and not isinstance(value, str):
        return "\n".join(str(one) for one in value)
    if shape.kind == "json" and not isinstance(value, str):
        return _json(value)
    return str(value)


def said(value: Any, shape: Shape) -> str:
    """Return a value as a sentence or table shows it."""
    value = _plain(value)
    if shape.kind == "check":
        return "on" if value else "off"
    if shape.kind == "secret":
        return "set" if value else "not set"
    if value is None:
        return "none"
    if value in ("", [], {}):
        return "empty"
    if shape.kind == "select":
        return dict(_choices(shape)).get(str(value), str(value))
    if shape.kind == "checks":
        texts = dict(_choices(shape))
        return ", ".join(texts.get(str(one), str(one)) for one in value)
    if shape.kind == "lines":
        return ", ".join(str(one) for one in value)
    if shape.kind == "number":
        words = in_words(value, shape)
        return f"{value:,} ({words})" if words else f"{value:,}"
    return value if isinstance(value, str) else _json(value)


def in_words(value: Any, shape: Shape) -> str:
    """Return what a number of seconds comes to, or nothing where that says no more."""
    if shape.unit != "seconds" or not str(value).isascii() or not str(value).isdigit() or int(value) < MINUTE:
        return ""
    return lasting(int(value))


def _json(value: Any) -> str:
    return json.dumps(value, indent=True).decode()
