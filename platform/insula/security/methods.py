"""Views take GET, HEAD and OPTIONS, unless they say which methods they take."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pyramid.exceptions import PredicateMismatch
from pyramid.predicates import RequestMethodPredicate

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyramid.request import Request

_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})


def require_methods(view: Callable[..., Any], info: Any) -> Callable[..., Any]:
    """Keep a view that was written to be read from being run by anything else."""
    says = any(isinstance(each, RequestMethodPredicate) for each in info.predicates)
    if says or info.exception_only:
        return view

    def taking(context: object, request: Request) -> Any:
        if request.method not in _SAFE:
            raise PredicateMismatch(f"{request.method} is not offered here.")
        return view(context, request)

    return taking
