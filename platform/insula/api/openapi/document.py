"""The document: what this tenant has, and of that what this caller may do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

from pyramid.request import Request

from insula.api.openapi.could import could
from insula.api.openapi.endpoints import Endpoint, endpoints_of, places_of
from insula.api.openapi.operations import Operations, operations_of, path_parameters
from insula.api.openapi.particular import Particular
from insula.api.openapi.sources import Place, sources_of
from insula.api.resources import BRANCHES, APIRoot
from insula.kit.errors import InsulaError

VERSION = "3.1.0"


def document(request: Request, root: APIRoot) -> dict[str, Any]:
    """Return the document for whoever asks."""
    operations = operations_of(request.registry)
    schemas: dict[str, Any] = dict(operations.schemas)
    paths: dict[str, dict[str, Any]] = {}
    ids: Counter[str] = Counter()
    for place in _places(request, root):
        particular = Particular(operations.schemas, place.schemas, place.title) if place.schemas else None
        for endpoint in _endpoints(request, place):
            address = endpoint.address(place.address)
            made = _operation(operations, endpoint, place, address)
            made["operationId"] = _unique(ids, _slug(address, endpoint))
            made = particular.rewritten(made) if particular else made
            paths.setdefault(address, {})[endpoint.method.lower()] = made
        schemas |= particular.schemas if particular else {}
    return {
        "openapi": VERSION,
        "info": {
            "title": f"{request.tenant.title}: the API",
            "version": "1",
            "description": "What this site offers over HTTP, and what you may do with it.",
        },
        "servers": [{"url": "/"}],
        "security": [{"token": []}],
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": _used(paths, schemas),
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _places(request: Request, root: APIRoot) -> Iterator[Place]:
    """Yield every place that this tenant and this caller have, those of sources instead of the general ones."""
    particular = [place for source in sources_of(request.registry) for place in source(request, root)]
    yield Place(APIRoot, "/api/", "API", root)
    nodes: dict[str, Any] = {}
    for name, branch in sorted(request.registry.get(BRANCHES, {}).items()):
        if root.has(branch):
            try:
                nodes[name] = root[name]
            except (KeyError, InsulaError):
                continue
    seen = {APIRoot}
    for endpoint in endpoints_of(request.registry):
        context = endpoint.context
        if context in seen or getattr(context, "api_by_source", False):
            continue
        seen.add(context)
        for address in places_of(request.registry, context):
            name = address.split("/")[2]
            if name in nodes:
                kind = getattr(context, "api_type", None)
                title = request.registry[BRANCHES][name].title
                yield Place(context, address, title, _nearest(nodes[name], address), kind)
    yield from particular


def _nearest(node: Any, address: str) -> Any:
    """Return the resource at an address, or the last one on the way to it that is there for all."""
    for name in address.split("/")[3:]:
        if name.startswith("{"):
            break
        try:
            node = node[name]
        except (KeyError, AttributeError, TypeError, InsulaError):
            break
    return node


def _endpoints(request: Request, place: Place) -> Iterator[Endpoint]:
    """Yield the endpoints at a place that whoever asks may use there."""
    allowed: dict[tuple[str, str | None], bool] = {}

    def may(permission: str, kind: str | None) -> bool:
        key = permission, kind
        if key not in allowed:
            allowed[key] = bool(
                could(request, permission, place.above, kind)
                if kind
                else request.may(permission, place.above)
            )
        return allowed[key]

    for endpoint in endpoints_of(request.registry):
        if endpoint.context is not place.context or not may(endpoint.permission, place.kind):
            continue
        if endpoint.asks is None:
            yield endpoint
            continue
        permission, kind = endpoint.asks
        if may(permission, place.things or kind) or (place.kind is None and may(permission, None)):
            yield endpoint


def _operation(operations: Operations, endpoint: Endpoint, place: Place, address: str) -> dict[str, Any]:
    made = deepcopy(dict(operations.of[endpoint]))
    more = list(place.parameters) if endpoint.plan.others else []
    made["parameters"] = [*path_parameters(address), *made["parameters"], *more]
    return {"tags": [place.title], **made}


def _slug(address: str, endpoint: Endpoint) -> str:
    parts = [part for part in address.split("/")[2:] if part and not part.startswith("{")]
    return (
        "_".join([endpoint.plan.view.__name__.replace("_json", ""), *parts])
        .replace("-", "_")
        .replace(".", "_")
    )


def _unique(ids: Counter[str], name: str) -> str:
    ids[name] += 1
    return name if ids[name] == 1 else f"{name}_{ids[name]}"


def _used(paths: Mapping[str, Any], schemas: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schemas that the paths refer to, and those that these refer to."""
    found: dict[str, Any] = {}
    waiting = list(references(paths))
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = schemas[name]
            waiting += references(schemas[name])
    return dict(sorted(found.items()))


def references(node: Any) -> Iterator[str]:
    """Yield the name of each schema that something refers to."""
    if isinstance(node, Mapping):
        reference = node.get("$ref")
        if isinstance(reference, str) and reference.startswith("#/components/schemas/"):
            yield reference.rpartition("/")[2]
        for each in node.values():
            yield from references(each)
    elif isinstance(node, list):
        for each in node:
            yield from references(each)
