"""Reading a submitted form back into the values of a settings model."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, get_args

from insula.kit import json
from insula.kit.errors import FieldError
from insula.settings.fields import Shape, shape_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import BaseModel

MAX_ROWS = 500
REMOVE = "remove"
_ALONE = {"text", "long", "number", "select", "lines", "json"}


def read(
    model: type[BaseModel], sent: Mapping[str, str], *, prefix: str = ""
) -> tuple[dict[str, Any], list[FieldError]]:
    """Return the values a form holds for a model, and what could not even be read.

    A control that was not sent is left out, so that it stays as it was; only of a box that is not sent it is
    known that somebody cleared it. Values stay as they were typed wherever the model can make sense of text by
    itself, so that an error can quote them and the form can show them again.
    """
    values: dict[str, Any] = {}
    errors: list[FieldError] = []
    for name, info in model.model_fields.items():
        shape = shape_of(info)
        if shape.kind == "secret":
            values |= _read_secret(prefix + name, name, sent)
            continue
        if shape.kind in _ALONE and prefix + name not in sent:
            continue
        value, wrong = _read_one(prefix + name, shape, sent)
        values[name] = value
        errors += wrong
    return values, errors


def _read_one(path: str, shape: Shape, sent: Mapping[str, str]) -> tuple[Any, list[FieldError]]:
    text = sent.get(path, "").replace("\r\n", "\n")
    match shape.kind:
        case "check":
            return path in sent, []
        case "group":
            return read(shape.type, sent, prefix=f"{path}.")
        case "rows":
            return _read_rows(path, shape, sent)
        case "lines":
            return [line.strip() for line in text.split("\n") if line.strip()], []
        case "json":
            return _read_json(path, text)
        case "number":
            text = text.strip().replace(",", "") if shape.type is int else text.strip()
    return (None if shape.optional and not text.strip() else text), []


def _read_secret(path: str, name: str, sent: Mapping[str, str]) -> dict[str, str | None]:
    text = sent.get(path, "")
    if text:
        return {name: text}
    # An empty line keeps what is set, so that removing it is a box of its own.
    return {name: None} if f"{path}.{REMOVE}" in sent else {}


def _read_rows(path: str, shape: Shape, sent: Mapping[str, str]) -> tuple[list[Any], list[FieldError]]:
    (model,) = get_args(shape.type)
    numbered = re.compile(re.escape(path) + r"\.(\d{1,3})\.")
    numbers = sorted({int(found[1]) for key in sent if (found := numbered.match(key))})[:MAX_ROWS]
    values, errors = [], []
    for number in numbers:
        prefix = f"{path}.{number}."
        typed = any(text.strip() for key, text in sent.items() if key.startswith(prefix))
        if typed:
            # What is left empty in a filled row stands at the row's own default, where it has one.
            row, wrong = read(model, sent, prefix=prefix)
            optional = {name for name, info in model.model_fields.items() if not info.is_required()}
            values.append({name: value for name, value in row.items() if value != "" or name not in optional})
            errors += wrong
    return values, errors


def _read_json(path: str, text: str) -> tuple[Any, list[FieldError]]:
    if not text.strip():
        return None, []
    try:
        return json.loads(text), []
    except ValueError as error:
        return text, [FieldError(f"settings.{path}", f"This does not read as JSON: {error}.")]
