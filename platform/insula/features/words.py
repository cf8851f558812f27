"""What pydantic finds wrong, said as screens say it: what is wrong, what was given, what would do."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING, Any, get_args

from pydantic import BaseModel

from insula.kit.errors import FieldError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pydantic import ValidationError
    from pydantic.fields import FieldInfo

_SHOWN = 60
_NAMED = re.compile(r"\{(\w+)\}")

_SAYINGS = {
    "missing": "Give a value.",
    "bool_type": "Use true or false.",
    "bool_parsing": "Use true or false.",
    "int_type": "Use a whole number.",
    "int_parsing": "Use a whole number.",
    "int_parsing_size": "Use a smaller whole number.",
    "int_from_float": "Use a whole number.",
    "float_type": "Use a number.",
    "float_parsing": "Use a number.",
    "decimal_parsing": "Use a number.",
    "decimal_type": "Use a number.",
    "string_type": "Use text.",
    "list_type": "Use a list.",
    "dict_type": "Use an object.",
    "model_type": "Use an object.",
    "model_attributes_type": "Use an object.",
    "url_parsing": "Use a whole address, such as https://example.org/.",
    "date_from_datetime_parsing": "Use a date such as 2026-11-22.",
    "date_parsing": "Use a date such as 2026-11-22.",
}

_BOUNDED = {
    "greater_than_equal": "Use {ge} or more.",
    "greater_than": "Use more than {gt}.",
    "less_than_equal": "Use {le} or less.",
    "less_than": "Use less than {lt}.",
    "multiple_of": "Use a multiple of {multiple_of}.",
    "string_too_short": "Use {min_length} characters or more.",
    "string_too_long": "Use {max_length} characters or fewer.",
    "string_pattern_mismatch": "Use the form {pattern}.",
    "too_long": "Give {max_length} or fewer.",
    "too_short": "Give {min_length} or more.",
    "literal_error": "Choose {expected}.",
    "enum": "Choose {expected}.",
    "extra_forbidden": "There is no such setting.",
}


def field_errors(
    error: ValidationError, model: type[BaseModel] | None = None, *, prefix: str = ""
) -> tuple[FieldError, ...]:
    """Return one error per bad field of a model, each path beginning with `prefix`.

    What a validator of a whole model says names its fields in braces, as in `"{least} is more than {most}."`: it is an
    error of each of them, and they are called by their titles.
    """
    return tuple(
        found for problem in error.errors(include_url=False) for found in _errors_of(problem, model, prefix)
    )


def unknown(names: Iterable[str], model: type[BaseModel], *, prefix: str = "") -> tuple[FieldError, ...]:
    """Return one error per name the model does not have, with the nearest it has."""
    known = list(model.model_fields)
    return tuple(FieldError(prefix + name, _no_such(name, known)) for name in names if name not in known)


def not_offered(value: object, offered: Sequence[str]) -> str:
    """Return what to do about a value that is not among those offered."""
    near = difflib.get_close_matches(str(value), offered, 1)
    remedy = f"Did you mean {near[0]}?" if near else f"Choose one of {', '.join(offered)}."
    return f"{remedy} {_given('enum', value)}".rstrip()


def say(problem: Mapping[str, Any], model: type[BaseModel] | None = None) -> str:
    """Return one pydantic problem in one or two sentences."""
    kind, context, given = problem["type"], problem.get("ctx") or {}, problem.get("input")
    if kind == "missing":
        return _SAYINGS[kind]
    remedy = _SAYINGS.get(kind) or _described(kind, model, problem["loc"]) or _bounded(kind, context)
    if remedy is None:
        # A validator that raises ValueError is written by us and speaks in whole sentences already.
        remedy = str(context["error"]) if "error" in context else f"{problem['msg']}."
    return f"{remedy} {_given(kind, given)}".rstrip()


def _errors_of(
    problem: Mapping[str, Any], model: type[BaseModel] | None, prefix: str
) -> tuple[FieldError, ...]:
    path, context = [str(part) for part in problem["loc"]], problem.get("ctx") or {}
    whole = _model_at(model, problem["loc"]) if "error" in context else None
    fields = whole.model_fields if whole is not None else {}
    text = str(context.get("error", ""))
    named = [name for name in dict.fromkeys(_NAMED.findall(text)) if name in fields]
    if not named:
        return (FieldError(prefix + ".".join(path), say(problem, model)),)
    for name in named:
        text = text.replace(f"{{{name}}}", f"“{fields[name].title or name}”")
    return tuple(FieldError(prefix + ".".join((*path, name)), text) for name in named)


def _model_at(model: type[BaseModel] | None, path: Sequence[str | int]) -> type[BaseModel] | None:
    for part in path:
        if isinstance(part, int):
            continue
        info = model.model_fields.get(part) if model is not None else None
        if info is None:
            return None
        model = next((one for one in (info.annotation, *get_args(info.annotation)) if _is_model(one)), None)
    return model


def _described(kind: str, model: type[BaseModel] | None, path: Sequence[str | int]) -> str | None:
    """Return the description of a field instead of a pattern, which few people read."""
    if kind != "string_pattern_mismatch":
        return None
    info: FieldInfo | None = None
    for part in path:
        if isinstance(part, int):
            continue
        info = model.model_fields.get(part) if model is not None else None
        if info is None:
            return None
        model = next((one for one in (info.annotation, *get_args(info.annotation)) if _is_model(one)), None)
    return info.description if info is not None else None


def _is_model(annotation: object) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _bounded(kind: str, context: Mapping[str, Any]) -> str | None:
    if kind == "string_too_short" and context["min_length"] == 1:
        return "Give a value."
    saying = _BOUNDED.get(kind)
    return saying.format_map({name: _number(value) for name, value in context.items()}) if saying else None


def _given(kind: str, given: object) -> str:
    match given:
        case "" | None:
            return ""
        case str():
            text = given if len(given) <= _SHOWN else f"{given[:_SHOWN]}…"
            return (
                f"You gave {len(given):,} characters." if kind == "string_too_long" else f"You gave “{text}”."
            )
        case bool():
            return f"You gave {str(given).lower()}."
        case int() | float():
            return f"You gave {_number(given)}."
        case list() | tuple() if kind in {"too_long", "too_short"}:
            return f"You gave {len(given):,}."
    return ""


def _number(value: object) -> str:
    return f"{value:,}" if isinstance(value, (int, float)) else str(value)


def _no_such(name: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(name, known, 1)
    if near:
        return f"There is no setting {name}. Did you mean {near[0]}?"
    if known:
        return f"There is no setting {name}. There are: {', '.join(sorted(known))}."
    return f"There is no setting {name}: this feature has none."
