"""Query parameters, where an unknown one is an error and not a silence."""

import difflib
from collections.abc import Iterable

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
