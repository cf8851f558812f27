"""JSON answers."""

from typing import Any

from insula.kit.json import dumps


class JSONRenderer:
    """Renders what an endpoint returns through orjson."""

    def __init__(self, info: object) -> None:
        self._info = info

    def __call__(self, value: Any, system: dict[str, Any]) -> bytes:
        response = system["request"].response
        response.content_type = "application/json"
        response.charset = None
        return dumps(value)
