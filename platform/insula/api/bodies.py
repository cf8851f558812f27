"""JSON bodies of requests, read strictly."""

import json
from math import isinf
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pyramid.request import Request

from insula.kit.errors import FieldError, Invalid, Malformed, TooLarge, UnsupportedMedia
from insula.kit.texts import UNKEPT, unkept

Model = TypeVar("Model", bound=BaseModel)

_LARGEST = 1 << 20
_LONGEST_INTEGER = 400  # beyond what any field takes, and where Python begins to refuse
_DEEPEST = 64
_MOST_ERRORS = 1_000
_TOO_DEEP = f"The body is nested more than {_DEEPEST} levels deep."


def json_body(
    request: Request, *, largest: int = _LARGEST, types: tuple[str, ...] = ("application/json",)
) -> Any:
    """Return the JSON body; raises UnsupportedMedia, TooLarge or Malformed with line and column."""
    if request.content_type not in types:
        raise UnsupportedMedia(f"Send {' or '.join(types)}.")
    if request.headers.get("Content-Encoding", "identity") != "identity":
        raise UnsupportedMedia("Send the body as it is, without Content-Encoding.")
    if (request.content_length or 0) > largest:
        raise TooLarge(f"At most {largest} bytes.")
    try:
        text = request.body.decode()
        body = json.loads(
            text,
            object_pairs_hook=_unique,
            parse_float=_number,
            parse_int=_integer,
            parse_constant=_refuse_constant,
        )
    except UnicodeDecodeError as error:
        raise Malformed(f"The body is not UTF-8 at byte {error.start}.") from error
    except json.JSONDecodeError as error:
        detail = f"{error.msg} at column {error.colno}."
        raise Malformed("The body is not JSON.", errors=[FieldError("", detail, error.lineno)]) from error
    except RecursionError as error:
        raise Malformed(_TOO_DEEP) from error
    if text.count("[") + text.count("{") > _DEEPEST:
        _refuse_depth(body)
    # Such characters can only be written as escapes.
    if "\\u" in text and next(unkept(body), None) is not None:
        raise Malformed(UNKEPT)
    return body


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Malformed("A member name stands twice in one object.")
    return found


def _integer(text: str) -> int:
    if len(text) > _LONGEST_INTEGER:
        raise Malformed(f"An integer has at most {_LONGEST_INTEGER} digits here. Send it smaller or as text.")
    return int(text)


def _number(text: str) -> float:
    found = float(text)
    if isinf(found):
        raise Malformed("A number is larger than any can be here, above 1.7e308. Send it as text.")
    return found


def _refuse_constant(name: str) -> Any:
    raise Malformed(f"{name} is not JSON.")


def _refuse_depth(body: Any) -> None:
    level = [body] if isinstance(body, (dict, list)) else []
    for _ in range(_DEEPEST):
        inner = [each.values() if isinstance(each, dict) else each for each in level]
        level = [child for each in inner for child in each if isinstance(child, (dict, list))]
        if not level:
            return
    raise Malformed(_TOO_DEEP)


def checked(model: type[Model], body: Any) -> Model:
    """Return a body as its model, or raise Invalid with a path for everything wrong with it."""
    try:
        return model.model_validate(body)
    except ValidationError as error:
        raise invalid(error) from error


def invalid(error: ValidationError) -> Invalid:
    """Return the error that names every place where a body is not what it has to be."""
    if error.error_count() > _MOST_ERRORS:
        # Each that is told takes a thousand times the byte that was wrong.
        return Invalid(f"More than {_MOST_ERRORS:,} places of the body are not what they have to be.")
    told = error.errors(include_url=False, include_context=False, include_input=False)
    return Invalid(errors=[FieldError(".".join(map(str, each["loc"])), f"{each['msg']}.") for each in told])
