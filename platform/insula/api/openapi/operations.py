"""Endpoints as operations, made once for the process: parameters, bodies and answers with their schemas."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter
from pyramid.registry import Registry
from webob import Response as AnyResponse

from insula.api.annotations import JSON, Answer
from insula.api.openapi.endpoints import Endpoint, endpoints_of
from insula.api.plans import Parameters, Plan

_KEPT = "insula.api.openapi.operations"
_REFERENCE = "#/components/schemas/{model}"
_ANSWERED = {
    200: "What was asked for.",
    201: "Made.",
    202: "Accepted.",
    204: "Done; there is nothing to say.",
}

PROBLEM: Mapping[str, Any] = {
    "type": "object",
    "title": "Problem",
    "description": "What went wrong (RFC 9457), with the path of each wrong place.",
    "required": ["type", "title", "status", "request_id"],
    "properties": {
        "type": {"type": "string", "examples": ["/problems/invalid"]},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "request_id": {"type": ["string", "null"]},
        "decision": {"type": "string", "description": "The number of the decision that refused it."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["path", "detail"],
                "properties": {
                    "path": {"type": "string"},
                    "detail": {"type": "string"},
                    "line": {"type": "integer"},
                },
            },
        },
    },
}


ONCE: Mapping[str, Any] = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "A name of this request: what it asks is done once, however often it is sent.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": r"^[\x21-\x7e]+$"},
    "example": "01890a5d-ac96-774b-bcce-b302099a8057",
}


@dataclass(frozen=True)
class Operations:
    """The operation of each endpoint, and the schemas that they refer to."""

    of: Mapping[Endpoint, Mapping[str, Any]]
    schemas: Mapping[str, Mapping[str, Any]]


def operations_of(registry: Registry) -> Operations:
    """Return the operations of all endpoints, made at the first question."""
    found: Operations | None = registry.get(_KEPT)
    if found is None:
        found = registry[_KEPT] = _made(list(endpoints_of(registry)))
    return found


def path_parameters(address: str) -> list[Mapping[str, Any]]:
    """Return the parameters that stand in an address."""
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
        for name in re.findall(r"\{(\w+)\}", address)
    ]


def _made(endpoints: list[Endpoint]) -> Operations:
    inputs: list[tuple[Any, Any, TypeAdapter[Any]]] = []
    ready: dict[Any, Any] = {}
    for number, endpoint in enumerate(endpoints):
        plan = endpoint.plan
        if plan.body:
            kind = plan.body.marker.schema
            if isinstance(kind, Mapping):
                ready[number, "body"] = kind
            else:
                adapter = plan.body.adapter if kind is None else TypeAdapter(kind)
                inputs.append(((number, "body"), "validation", adapter))
        for place, answer in enumerate(_answers(plan)):
            kind = plan.returns if answer.schema is None else answer.schema
            if isinstance(kind, Mapping):
                ready[number, place] = kind
            elif answer.media == JSON and _is_told(kind):
                inputs.append(((number, place), "serialization", TypeAdapter(kind)))
    by_key, whole = TypeAdapter.json_schemas(inputs, ref_template=_REFERENCE)
    schemas = {**ready, **{key: schema for (key, _), schema in by_key.items()}}
    of = {each: _operation(each, number, schemas) for number, each in enumerate(endpoints)}
    return Operations(of, {"Problem": PROBLEM, **whole.get("$defs", {})})


def _answers(plan: Plan) -> tuple[Answer, ...]:
    return plan.answers or (Answer(204 if plan.returns is type(None) else 200),)


def _is_told(kind: Any) -> bool:
    """Tell whether a return annotation has a schema; a response alone has none."""
    return kind not in (Any, type(None)) and not (
        isinstance(kind, type) and issubclass(kind, (AnyResponse, bytes))
    )


def _operation(endpoint: Endpoint, number: int, schemas: Mapping[Any, Any]) -> Mapping[str, Any]:
    plan = endpoint.plan
    summary, description = endpoint.words
    parameters = [each for group in plan.queries for each in _parameters(group, "query")]
    parameters += _parameters(plan.headers, "header") if plan.headers else []
    if plan.match is not None:
        parameters.append(_if_match(needed=plan.match_needed))
    if endpoint.method == "POST":
        parameters.append(ONCE)
    operation: dict[str, Any] = {
        "summary": summary,
        **({"description": description} if description else {}),
        "parameters": parameters,
        "responses": _responses(endpoint, number, schemas),
        "x-permission": endpoint.permission,
    }
    if plan.body:
        schema = schemas[number, "body"]
        operation["requestBody"] = {
            "required": not plan.body.optional,
            "content": {
                media: {"schema": {"type": "string"} if media.endswith("ndjson") else schema}
                for media in plan.body.marker.types
            },
        }
    return operation


def _parameters(group: Parameters, where: str) -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = []
    for name, schema in group.schemas.items():
        shown = {
            key: value for key, value in schema.items() if key not in ("title", "description", "default")
        }
        if schema.get("default") not in (None, ""):
            shown["default"] = schema["default"]
        # What is left out is no null: nothing in a query says null.
        kinds = [each for each in shown.pop("anyOf", ()) if each.get("type") != "null"]
        shown |= kinds[0] if len(kinds) == 1 else {"anyOf": kinds} if kinds else {}
        said = {"description": schema["description"]} if "description" in schema else {}
        found.append({"name": name, "in": where, "required": name in group.needed, **said, "schema": shown})
    return found


def _if_match(*, needed: bool) -> Mapping[str, Any]:
    return {
        "name": "If-Match",
        "in": "header",
        "required": needed,
        "description": "The ETag of the version that is changed.",
        "schema": {"type": "string", "pattern": r"^[\x21-\x7e]+$"},
        "example": '"3"',
    }


def _responses(endpoint: Endpoint, number: int, schemas: Mapping[Any, Any]) -> Mapping[str, Any]:
    responses: dict[str, Any] = {}
    plan = endpoint.plan
    for place, answer in enumerate(_answers(plan)):
        response: dict[str, Any] = responses.setdefault(
            str(answer.status), {"description": _ANSWERED.get(answer.status, "Done.")}
        )
        if answer.status != 204:
            schema = schemas.get((number, place))
            if schema is not None:
                response.setdefault("content", {})[answer.media] = {"schema": schema}
            elif plan.answers or plan.returns is bytes:
                response.setdefault("content", {})[answer.media] = {}
    if endpoint.method == "GET":
        responses["304"] = {"description": "The caller has this version already."}
    responses["default"] = {
        "description": "A problem.",
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    return responses
