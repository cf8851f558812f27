"""A view with annotated parameters, as Pyramid calls it: reads its arguments, and writes what it returns."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pydantic import BaseModel
from pyramid.httpexceptions import HTTPNotModified
from pyramid.request import Request
from pyramid.response import Response
from webob import Response as AnyResponse

from insula.api.annotations import JSON, IfMatch
from insula.api.etags import not_modified
from insula.api.plans import Plan
from insula.api.queries import read_query
from insula.kit.json import dumps


def served(plan: Plan) -> Callable[[Any, Request], Any]:
    """Return the view as Pyramid calls it."""
    status = plan.answers[0].status if plan.answers else 200
    known, needed = plan.known, any(each.needed or each.whole for each in plan.queries)
    # Without a query the arguments are always the same.
    defaults = (
        None if needed else {name: value for each in plan.queries for name, value in each.read({}).items()}
    )

    def endpoint(context: Any, request: Any) -> Any:
        taken: dict[str, Any] = {}
        if plan.typed:
            if defaults is None or request.environ.get("QUERY_STRING"):
                taken |= _query(plan, known, request)
            else:
                taken |= defaults
                if plan.others is not None:
                    taken[plan.others] = {}
            if plan.headers is not None:
                taken |= plan.headers.read(
                    {name: request.headers[name] for name in plan.headers.schemas if name in request.headers}
                )
            if plan.match is not None:
                sent = plan.match_needed or request.environ.get("HTTP_IF_MATCH")
                taken[plan.match] = IfMatch(request) if sent else None
            for name, promise in plan.services.items():
                taken[name] = request.find_service(promise)
            if plan.body is not None:
                taken[plan.body.argument] = plan.body.read(request)
        for name in plan.plain:
            taken[name] = context if name == "context" else request
        if status != 200:
            request.response.status_int = status
        return answered(request, plan.view(**taken))

    endpoint.__name__, endpoint.__qualname__ = plan.view.__name__, plan.view.__qualname__
    endpoint.__module__, endpoint.__doc__ = plan.view.__module__, plan.view.__doc__
    return endpoint


def answered(request: Request, value: Any) -> Any:
    """Return what a view returned as an answer: ready text and responses as they are, None as 204."""
    if isinstance(value, AnyResponse):
        return value
    if "HTTP_IF_NONE_MATCH" in request.environ and not_modified(request):
        return HTTPNotModified(etag=request.response.etag)
    body = None if value is None else _text(value)
    if "response" not in request.__dict__ and body is not None:
        return Response(body, content_type=JSON, charset=None)
    response = request.response
    if body is None:
        response.status_int = 204
        del response.content_type
    else:
        response.content_type, response.charset = JSON, None
        response.body = body
    return response


def _text(value: Any) -> bytes:
    if type(value) is bytes:
        return value
    if isinstance(value, BaseModel):
        return value.__pydantic_serializer__.to_json(value)
    return dumps(value)


def _query(plan: Plan, known: frozenset[str], request: Request) -> dict[str, Any]:
    given = read_query(request, known, others=plan.others is not None)
    taken: dict[str, Any] = {}
    for each in plan.queries:
        taken |= each.read({name: given[name] for name in each.schemas if name in given})
    if plan.others is not None:
        taken[plan.others] = {name: value for name, value in given.items() if name not in known}
    return taken
