"""Query parameters: an unknown one is an error and not a silence, and each is what its annotation says."""

import difflib
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ValidationError
from pyramid.request import Request

from insula.kit.errors import FieldError, Malformed

_LONGEST_NUMBER = 18


def query_parameters(request: Request, known: Iterable[str]) -> dict[str, str]:
    """Return the query as a dictionary; raises Malformed for a name not known here or given twice."""
    return read_query(request, frozenset(known))


def read_query(request: Request, known: Collection[str], *, others: bool = False) -> dict[str, str]:
    """Return the query as a dictionary; with `others`, names that are not known here may stand in it."""
    found: dict[str, str] = {}
    errors = []
    for name, value in request.GET.items():
        if name not in known and not others:
            names = sorted(known)
            near = difflib.get_close_matches(name, names, 1)
            hint = f" Did you mean {near[0]}?" if near else f" Known here: {', '.join(names) or 'none'}."
            errors.append(FieldError(name, f"There is no such parameter.{hint}"))
        elif name in found:
            errors.append(FieldError(name, "Give it once."))
        found[name] = value
    if errors:
        raise Malformed("A query parameter is not known here.", errors=errors)
    return found


def limit_of(given: Mapping[str, str], *, default: int, most: int) -> int:
    """Return how many items are asked for; raises Malformed for anything but a whole number from 1 to `most`."""
    text = given.get("limit")
    if text is None:
        return default
    # Nothing longer is a limit, and reading a number of a million digits takes long.
    if not (text.isascii() and text.isdecimal() and len(text) <= 9 and 1 <= int(text) <= most):
        raise unusable([FieldError("limit", _whole(1, most))])
    return int(text)


def whole_number(text: object) -> object:
    """Return the text of a whole number if it is plainly one, or else what pydantic refuses as none."""
    if not isinstance(text, str):
        return text
    digits = text.removeprefix("-")
    return text if digits.isascii() and digits.isdecimal() and len(digits) <= _LONGEST_NUMBER else "none"


def truth(text: object) -> object:
    """Return what `true` or `false` says, or else what pydantic refuses as neither."""
    return {"true": True, "false": False}.get(text, "none") if isinstance(text, str) else text


def checked_parameters(
    model: type[BaseModel], given: Mapping[str, str], schemas: Mapping[str, Mapping[str, Any]]
) -> BaseModel:
    """Return parameters as their model; raises Malformed that says of each wrong one what it has to be."""
    try:
        return model.model_validate(given)
    except ValidationError as error:
        wrong = {".".join(map(str, each["loc"][:1])): each for each in error.errors(include_url=False)}
        raise unusable(
            [FieldError(name, _words(each, schemas.get(name, {}))) for name, each in wrong.items()]
        ) from error


def unusable(errors: Sequence[FieldError]) -> Malformed:
    """Return the error that names parameters of a wrong kind."""
    if len(errors) == 1:
        return Malformed(f"The parameter {errors[0].path} cannot be used.", errors=errors)
    return Malformed("Some parameters cannot be used.", errors=errors)


def _words(error: Any, schema: Mapping[str, Any]) -> str:
    if error["type"] == "missing":
        return "This is needed."
    for kind in schema.get("anyOf", (schema,)):
        if said := _wanted(kind):
            return said
    return f"{error['msg'].removeprefix('Value error, ').rstrip('.')}."


def _wanted(schema: Mapping[str, Any]) -> str:
    kind, form = schema.get("type"), schema.get("format")
    choices = schema.get("enum", [schema["const"]] if "const" in schema else [])
    if choices:
        return f"Use one of {', '.join(str(choice) for choice in choices if choice != '')}."
    if kind == "integer":
        return _whole(schema.get("minimum"), schema.get("maximum"))
    if kind == "boolean":
        return "Use true or false."
    if form == "date-time":
        return "Use a moment with its offset, such as 2026-01-31T12:00:00Z."
    if form == "uuid":
        return "Use an id."
    if kind == "string" and "maxLength" in schema and "minLength" not in schema and "pattern" not in schema:
        return f"Use at most {schema['maxLength']} characters."
    return ""


def _whole(least: int | None, most: int | None) -> str:
    if least is None and most is None:
        return "Use a whole number."
    if most is None:
        return f"Use a whole number from {least:,}."
    return (
        f"Use a whole number up to {most:,}."
        if least is None
        else f"Use a whole number from {least:,} to {most:,}."
    )
