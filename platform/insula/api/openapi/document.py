"""The document: what this tenant has, and of that what this caller may do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from copy import deepcopy
from itertools import chain
from typing import Any, Final

from pyramid.request import Request

from insula.api.openapi.could import could
from insula.api.openapi.endpoints import Endpoint, endpoints_of, places_of
from insula.api.openapi.operations import Operations, operations_of, path_parameters
from insula.api.openapi.particular import Particular, Particulars
from insula.api.openapi.sources import Place, sources_of
from insula.api.resources import BRANCHES, APIRoot
from insula.api.settings import APISettings
from insula.kit.errors import InsulaError
from insula.kit.settings import settings_of

VERSION = "3.1.0"
_SAID: Final = "What this site offers over HTTP, and what you may do with it."
_CUT: Final = (
    "Some collections or streams are left out, for this would be too large; they are used as others are."
)


def document(request: Request, root: APIRoot) -> dict[str, Any]:
    """Return the document for whoever asks."""
    operations = operations_of(request.registry)
    particulars = Particulars(operations.schemas, settings_of(request.registry, APISettings).document_bytes)
    paths: dict[str, dict[str, Any]] = {}
    ids: Counter[str] = Counter()
    general = (_operations(request, operations, place, ids) for place in _places(request, root))
    for made in chain(general, _particular(request, root, operations, particulars, ids)):
        for (address, method), operation in made.items():
            paths.setdefault(address, {})[method] = operation
    return {
        "openapi": VERSION,
        "info": {
            "title": f"{request.tenant.title}: the API",
            "version": "1",
            "description": _SAID if particulars.whole else f"{_SAID} {_CUT}",
        },
        "servers": [{"url": "/"}],
        "security": [{"token": []}],
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": _used((paths, particulars.parameters), {**operations.schemas, **particulars.schemas}),
            "parameters": dict(sorted(particulars.parameters.items())),
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _particular(
    request: Request, root: APIRoot, operations: Operations, particulars: Particulars, ids: Counter[str]
) -> Iterator[dict[tuple[str, str], Any]]:
    """Yield what may be done at the places of each source, as long as there is room for it."""
    for source in sources_of(request.registry):
        for place in source(request, root):
            particular = particulars.of(place) if place else None
            made = _operations(request, operations, place, ids, particular) if place else {}
            if particular is None or not particulars.take(made, particular):
                particulars.whole = False
                break
            yield made


def _places(request: Request, root: APIRoot) -> Iterator[Place]:
    """Yield every place that every tenant has and that this caller has, without those that a source names."""
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


def _operations(
    request: Request,
    operations: Operations,
    place: Place,
    ids: Counter[str],
    particular: Particular | None = None,
) -> dict[tuple[str, str], Any]:
    """Return what may be done at a place, by address and method."""
    found: dict[tuple[str, str], Any] = {}
    for endpoint in _endpoints(request, place):
        address = endpoint.address(place.address)
        made: dict[str, Any] = {"tags": [place.title], **operations.of[endpoint]}
        made["operationId"] = _unique(ids, _slug(address, endpoint))
        made["parameters"] = [*path_parameters(address), *made["parameters"]]
        if particular is None:
            made = deepcopy(made)
        else:
            made = particular.rewritten(made)
            if endpoint.plan.others:
                made["parameters"] += map(particular.referred, place.parameters)
        found[address, endpoint.method.lower()] = made
    return found


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


def _used(paths: Any, schemas: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schemas that something refers to, and those that these refer to."""
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
    elif isinstance(node, list | tuple):
        for each in node:
            yield from references(each)
