"""Changes of an entry as they are sent: a merge patch, or a list of operations."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any, Final

import jsonpatch

from insula.kit.errors import Conflict, FieldError, Invalid, Malformed
from insula.kit.json import dumps

JSON_PATCH: Final = "application/json-patch+json"
_MOST: Final = 100
# As much as a patch itself may have: what is copied again and again would double each time.
_COPIED: Final = 1 << 20
_DEEPEST: Final = 64
_ACTS: Final = ("add", "copy", "move", "remove", "replace", "test")


def changes_of(shown: Mapping[str, Any], body: Any, *, operations: bool) -> dict[str, Any]:
    """Return the new values of the members that a patch changes; None takes a value away.

    What only we write may stand in a patch as long as it says what is so: then a whole entry can be sent back.
    """
    wanted = operated(shown, body) if operations else merged(shown, body)
    gone = {name: None for name in shown if name not in wanted and shown[name] is not None}
    return gone | {name: value for name, value in wanted.items() if name not in shown or shown[name] != value}


def merged(shown: Any, patch: Any) -> Any:
    """Return what a merge patch makes of a JSON value (RFC 7396).

    >>> merged({"a": 1, "b": {"c": 2, "d": 3}}, {"a": None, "b": {"c": 4}})
    {'b': {'c': 4, 'd': 3}}
    """
    if not isinstance(patch, Mapping):
        return patch
    found = dict(shown) if isinstance(shown, Mapping) else {}
    for name, value in patch.items():
        if value is None:
            found.pop(name, None)
        else:
            found[name] = merged(found.get(name), value)
    return found


def operated(shown: Mapping[str, Any], body: Any) -> dict[str, Any]:
    """Return what the operations of a JSON-Patch make of an entry (RFC 6902)."""
    if not isinstance(body, list) or len(body) > _MOST:
        raise Malformed(f"Send a list of at most {_MOST:,} operations.")
    wrong = [
        FieldError(str(index), f"Use an object with a path and one of {', '.join(_ACTS)} as op.")
        for index, each in enumerate(body)
        if not (isinstance(each, dict) and each.get("op") in _ACTS and isinstance(each.get("path"), str))
    ]
    if wrong:
        raise Malformed("The operations cannot be read.", errors=wrong)
    found: Any = copy.deepcopy(dict(shown))
    left = _COPIED
    for index, each in enumerate(body):
        try:
            left -= _copied(found, each)
            if left < 0:
                wrong = [FieldError(str(index), f"All copies together have at most {_COPIED:,} bytes.")]
                raise Invalid("The operations copy too much.", errors=wrong)
            found = jsonpatch.JsonPatch([each]).apply(found, in_place=True)
        except jsonpatch.JsonPatchTestFailed as error:
            wrong = [FieldError(str(index), "The test does not hold.")]
            raise Conflict("The entry is not what a test says.", errors=wrong) from error
        except (
            jsonpatch.JsonPatchException,
            jsonpatch.JsonPointerException,
            TypeError,
            RecursionError,
        ) as error:
            wrong = [FieldError(str(index), f"{each['path']} cannot be reached.")]
            raise Invalid("An operation does not fit the entry.", errors=wrong) from error
    if _too_deep(found):
        raise Invalid(errors=[FieldError("", f"What remains is nested more than {_DEEPEST} levels deep.")])
    if not isinstance(found, dict):
        raise Invalid(errors=[FieldError("", "What remains has to be an object.")])
    return found


def _copied(found: Any, operation: Mapping[str, Any]) -> int:
    """Return how many bytes an operation adds that were not sent; what is nested too deep raises TypeError."""
    source = operation.get("from")
    if operation["op"] != "copy" or not isinstance(source, str):
        return 0
    return len(dumps(jsonpatch.JsonPointer(source).resolve(found)))


def _too_deep(value: Any) -> bool:
    level = [value]
    for _ in range(_DEEPEST):
        held = (
            each.values() if isinstance(each, dict) else each
            for each in level
            if isinstance(each, (dict, list))
        )
        level = [inner for each in held for inner in each]
        if not level:
            return False
    return True
