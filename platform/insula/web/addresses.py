"""Public addresses: built from the tenant's canonical host, never from what a request claims."""

from pyramid.request import Request

from insula.kit.settings import settings_of
from insula.web.settings import WebSettings

_DEFAULT_PORTS = {"http": 80, "https": 443}


def canonical_url(request: Request, path: str) -> str:
    """Return the public address of a path on the tenant's canonical host, whatever host was asked."""
    settings = settings_of(request.registry, WebSettings)
    port = settings.public_port
    suffix = f":{port}" if port and port != _DEFAULT_PORTS[settings.public_scheme] else ""
    return f"{settings.public_scheme}://{request.tenant.canonical_host}{suffix}{path}"
