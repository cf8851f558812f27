"""The addresses of the document."""

from typing import Annotated, Any

from insula.api.annotations import Answer
from insula.api.openapi.document import document
from insula.api.resources import APIRoot
from insula.kit.json import dumps


def openapi(context: APIRoot, request: Any) -> Annotated[bytes, Answer(schema=dict[str, Any])]:
    """Return this document: what this site has, and of that what you may do."""
    return dumps(document(request, context))
