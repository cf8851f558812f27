"""JSON bodies of requests, read strictly."""

import json
from typing import Any

from pyramid.request import Request

from insula.kit.errors import FieldError, Malformed, TooLarge, UnsupportedMedia

_LARGEST = 1 << 20


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
        return json.loads(request.body.decode(), object_pairs_hook=_unique, parse_constant=_refuse_constant)
    except UnicodeDecodeError as error:
        raise Malformed(f"The body is not UTF-8 at byte {error.start}.") from error
    except json.JSONDecodeError as error:
        detail = f"{error.msg} at column {error.colno}."
        raise Malformed("The body is not JSON.", errors=[FieldError("", detail, error.lineno)]) from error
    except RecursionError as error:
        raise Malformed("The body is nested too deeply.") from error


def json_object(request: Request, **options: Any) -> dict[str, Any]:
    """Return the JSON body where it has to be an object."""
    body = json_body(request, **options)
    if not isinstance(body, dict):
        raise Malformed("Send a JSON object.")
    return body


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Malformed("A member name stands twice in one object.")
    return found


def _refuse_constant(name: str) -> Any:
    raise Malformed(f"{name} is not JSON.")
