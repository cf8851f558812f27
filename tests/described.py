"""What the API answers in a test has to be what its OpenAPI document says of it."""

import re
from functools import lru_cache
from typing import Any
from urllib.parse import quote

import jsonschema_rs
import orjson
from webtest import TestApp, TestRequest, TestResponse

from insula.api.openapi.endpoints import endpoints_of, places_of
from insula.api.openapi.operations import operations_of

_ROOT = "urn:insula:openapi"
_PROBLEM = "/components/schemas/Problem"


class Described:
    """The operations of an installation, each with what checks its answers; made at the first answer of each."""

    def __init__(self, registry: Any) -> None:
        operations = operations_of(registry)
        paths: dict[str, dict[str, Any]] = {}
        for endpoint in endpoints_of(registry):
            places = places_of(registry, endpoint.context)
            assert places, f"{endpoint.context.__name__} has no api_address"
            for place in places:
                paths.setdefault(endpoint.address(place), {})[endpoint.method] = operations.of[endpoint]
        document = {"paths": paths, "components": {"schemas": operations.schemas}}
        self._paths = paths
        self._registry = jsonschema_rs.Registry([(_ROOT, document)])
        # Names before placeholders, so that /api/audit/chain is not the entry "chain".
        ordered = sorted(paths, key=lambda path: (path.count("{"), path))
        self._patterns = [
            (re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path.rstrip("/")))), path) for path in ordered
        ]
        self._path_of = lru_cache(10_000)(self._found)
        self._validator = lru_cache(None)(self._compiled)

    def check(self, method: str, path: str, response: TestResponse) -> None:
        """Raise AssertionError where an answer is not as it is described."""
        status, media = response.status_int, response.content_type
        if status >= 400:
            assert media == "application/problem+json", f"{method} {path}: {status} as {media}"
            if method != "HEAD":
                self._fits(_PROBLEM, response, f"{method} {path}: {status}")
            return
        # A view may be asked for by its name as such, `/@@publish`; the document says `/publish`.
        address = self._path_of(path.rstrip("/").replace("/@@", "/"))
        operation = self._paths.get(address or "", {}).get("GET" if method == "HEAD" else method)
        assert operation is not None, f"{method} {path} answers {status} and is not in the document"
        described = operation["responses"].get(str(status))
        assert described is not None, f"{method} {address} answers {status}, which is not in the document"
        content = described.get("content")
        if method == "HEAD" or content is None or not response.body:
            assert content is not None or not response.body, f"{method} {address}: {status} has a body"
            return
        media = "*/*" if "*/*" in content else media
        assert media in content, f"{method} {address} answers {media}, not {', '.join(content)}"
        if "schema" in content[media]:
            steps = ("paths", address, method, "responses", str(status), "content", media, "schema")
            pointer = "".join(f"/{step.replace('~', '~0').replace('/', '~1')}" for step in steps)
            self._fits(pointer, response, f"{method} {address}: {status}")

    def _fits(self, pointer: str, response: TestResponse, said: str) -> None:
        for error in self._validator(pointer).iter_errors(orjson.loads(response.body)):
            raise AssertionError(
                f"{said} is not as the document says: {error.message} at {error.instance_path}"
            )

    def _found(self, path: str) -> str | None:
        return next((address for pattern, address in self._patterns if pattern.fullmatch(path)), None)

    def _compiled(self, pointer: str) -> Any:
        schema = {"$ref": f"{_ROOT}#{quote(pointer, safe='/~')}"}
        return jsonschema_rs.Draft202012Validator(schema, registry=self._registry, validate_formats=True)


class DescribedApp(TestApp):
    """A client that compares each answer of the API with the OpenAPI document."""

    def __init__(self, app: Any, described: Any, **options: Any) -> None:
        super().__init__(app, **options)
        self._described = described

    def do_request(self, req: TestRequest, *args: Any, **options: Any) -> TestResponse:
        """Send a request, and check what is answered."""
        response = super().do_request(req, *args, **options)
        # A view's name may be written with @@ before it; what is no UTF-8 is no address of the API.
        path = req.environ["PATH_INFO"].replace("/@@", "/")
        # What a browser asks before it calls from elsewhere is answered alike for every address.
        if path.startswith("/api/") and path != "/api/docs" and req.method != "OPTIONS":
            self._described().check(req.method, path, response)
        return response
