"""What pydantic finds wrong, said as the administration says it: what is wrong, what was given, what would do."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any

from insula.kit.errors import FieldError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pydantic import BaseModel, ValidationError

_SHOWN = 60

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


def field_errors(error: ValidationError, *, prefix: str = "") -> tuple[FieldError, ...]:
    """Return one error per bad field, each path beginning with `prefix`."""
    return tuple(
        FieldError(prefix + ".".join(str(part) for part in problem["loc"]), say(problem))
        for problem in error.errors(include_url=False)
    )


def unknown(names: Iterable[str], model: type[BaseModel], *, prefix: str = "") -> tuple[FieldError, ...]:
    """Return one error per name the model does not have, with the nearest it has."""
    known = list(model.model_fields)
    return tuple(FieldError(prefix + name, _no_such(name, known)) for name in names if name not in known)


def say(problem: Mapping[str, Any]) -> str:
    """Return one pydantic problem in one or two sentences."""
    kind, context, given = problem["type"], problem.get("ctx") or {}, problem.get("input")
    remedy = _SAYINGS.get(kind) or _bounded(kind, context)
    if kind == "missing":
        return remedy or ""
    if remedy is None:
        # A validator that raises ValueError is written by us and speaks in whole sentences already.
        remedy = str(context["error"]) if "error" in context else f"{problem['msg']}."
    return f"{remedy} {_given(kind, given)}".rstrip()


def _bounded(kind: str, context: Mapping[str, Any]) -> str | None:
    match kind:
        case "greater_than_equal":
            return f"Use {_number(context['ge'])} or more."
        case "greater_than":
            return f"Use more than {_number(context['gt'])}."
        case "less_than_equal":
            return f"Use {_number(context['le'])} or less."
        case "less_than":
            return f"Use less than {_number(context['lt'])}."
        case "multiple_of":
            return f"Use a multiple of {_number(context['multiple_of'])}."
        case "string_too_short" if context["min_length"] == 1:
            return "Give a value."
        case "string_too_short":
            return f"Use {context['min_length']} characters or more."
        case "string_too_long":
            return f"Use {_number(context['max_length'])} characters or fewer."
        case "string_pattern_mismatch":
            return f"Use the form {context['pattern']}."
        case "too_long":
            return f"Give {_number(context['max_length'])} or fewer."
        case "too_short":
            return f"Give {_number(context['min_length'])} or more."
        case "literal_error" | "enum":
            return f"Choose {context['expected']}."
        case "extra_forbidden":
            return "There is no such setting."
    return None


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


def _number(value: float) -> str:
    return f"{value:,}"


def _no_such(name: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(name, known, 1)
    if near:
        return f"There is no setting {name}. Did you mean {near[0]}?"
    if known:
        return f"There is no setting {name}. There are: {', '.join(sorted(known))}."
    return f"There is no setting {name}: this feature has none."
