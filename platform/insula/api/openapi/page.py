"""`/api/docs`: the document as a page, interactive where the bundle from npm is there, and plain HTML where not."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pyramid.csrf import get_csrf_token
from pyramid.path import AssetResolver

from insula.api.openapi.document import document
from insula.api.resources import APIRoot

if TYPE_CHECKING:
    from pyramid.config import Configurator
    from pyramid.request import Request

BUNDLE = "insula.api:static/bundle/api-docs.js"


def includeme(config: Configurator) -> None:
    """Register the page and what it looks like."""
    config.add_assets("api", "insula.api:static")
    config.add_view(
        docs,
        context=APIRoot,
        name="docs",
        request_method=("GET", "HEAD"),
        permission="view",
        renderer="insula.api:templates/docs.jinja2",
        http_cache=0,
    )


def docs(context: APIRoot, request: Request) -> dict[str, Any]:
    """Show what this caller may do, with a form for each operation where scripts run."""
    found = document(request, context)
    operations = sorted(_operations(found), key=lambda each: (each["group"], each["path"]))
    return {
        "title": found["info"]["title"],
        "groups": [(name, list(group)) for name, group in groupby(operations, lambda each: each["group"])],
        "interactive": Path(AssetResolver(None).resolve(BUNDLE).abspath()).is_file(),
        "token": get_csrf_token(request) if request.identity is not None else "",
    }


def _operations(found: dict[str, Any]) -> Iterator[dict[str, Any]]:
    shared = found["components"]["parameters"]
    for path, item in found["paths"].items():
        for method, operation in item.items():
            body = operation.get("requestBody", {}).get("content", {})
            yield {
                "id": operation["operationId"],
                "group": operation["tags"][0],
                "method": method.upper(),
                "path": path,
                "summary": operation["summary"],
                "description": operation.get("description"),
                "parameters": [each for each in operation["parameters"] if "name" in each],
                "filters": [
                    shared[each["$ref"].rpartition("/")[2]]["name"]
                    for each in operation["parameters"]
                    if "$ref" in each
                ],
                "body": ", ".join(body),
                "answers": ", ".join(
                    status for status in operation["responses"] if status not in ("304", "default")
                ),
            }
