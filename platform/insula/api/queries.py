"""Query parameters, where an unknown one is an error and not a silence."""

import difflib
from collections.abc import Iterable, Mapping

from pyramid.request import Request

from insula.kit.errors import FieldError, Malformed


def query_parameters(request: Request, known: Iterable[str]) -> dict[str, str]:
    """Return the query as a dictionary; raises Malformed for a name not known here or given twice."""
    names = sorted(known)
    found: dict[str, str] = {}
    errors = []
    for name, value in request.GET.items():
        if name not in names:
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
        wrong = FieldError("limit", f"Use a whole number from 1 to {most:,}.")
        raise Malformed("The parameter limit cannot be used.", errors=[wrong])
    return int(text)
