"""Health: one word for everybody, details for operators."""

import hmac
import ipaddress
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pyramid.config import Configurator
from pyramid.registry import Registry
from pyramid.request import Request
from pyramid.response import Response
from pyramid.util import DottedNameResolver

from insula.kit.json import dumps
from insula.kit.settings import settings_of
from insula.observability.log import get
from insula.observability.settings import ObservabilitySettings

_KEY = "insula.health_checks"
_LATEST = "insula.health_latest"
_LOCK = threading.Lock()
log = get("insula.observability")


@dataclass(frozen=True)
class HealthState:
    """What one part says of itself."""

    ok: bool
    detail: str


def add_health_check(config: Configurator, name: str, check: str) -> None:
    """Directive: ask the callable with this dotted name (`registry -> HealthState`) at each /readyz."""
    introspectable = config.introspectable("insula health checks", name, check, "health check")

    def register() -> None:
        config.registry.setdefault(_KEY, {})[name] = check

    config.action(("insula health check", name), register, introspectables=(introspectable,))


def check_all(registry: Registry) -> dict[str, HealthState]:
    """Ask every part; one that raises is down, and its error goes to the log only."""
    resolve = DottedNameResolver(None).resolve
    states: dict[str, HealthState] = {}
    for name, dotted in sorted(registry.get(_KEY, {}).items()):
        check: Callable[[Registry], HealthState] = resolve(dotted)
        try:
            states[name] = check(registry)
        except Exception as error:  # noqa: BLE001  # a health check must report any failure, never become one
            log.warning("health check failed", check=name, error=repr(error))
            states[name] = HealthState(False, type(error).__name__)
    return states


def latest(registry: Registry) -> dict[str, HealthState]:
    """Return what every part said lately; anybody may ask /readyz, and as often as they like."""
    # Who comes while the parts are asked waits for their answer instead of asking them, too.
    with _LOCK:
        at, states = registry.get(_LATEST, (0.0, None))
        fresh = time.monotonic() - at < settings_of(registry, ObservabilitySettings).health_seconds
        if states is None or not fresh:
            states = check_all(registry)
            registry[_LATEST] = time.monotonic(), states
    return states  # type: ignore[no-any-return]  # the registry is an untyped dict


def healthz(request: Request) -> Response:
    """Answer that the process serves."""
    return _no_store(Response(b"ok\n", content_type="text/plain"))


def readyz(request: Request) -> Response:
    """Answer whether every part works: one word, or the parts to whoever may see them."""
    states = latest(request.registry)
    ready = all(state.ok for state in states.values())
    status = 200 if ready else 503
    if not _may_see_details(request):
        return _no_store(
            Response(b"ready\n" if ready else b"not ready\n", status=status, content_type="text/plain")
        )
    body: dict[str, Any] = {"ready": ready, "parts": {name: vars(state) for name, state in states.items()}}
    return _no_store(Response(dumps(body, indent=True), status=status, content_type="application/json"))


def _may_see_details(request: Request) -> bool:
    settings = settings_of(request.registry, ObservabilitySettings)
    token = settings.health_token
    given = request.headers.get("Authorization", "")
    if token is not None:
        return hmac.compare_digest(given.encode(), f"Bearer {token.get_secret_value()}".encode())
    if settings.health_details != "loopback":
        return False
    try:
        # A proxy on this machine also arrives from loopback. Its headers tell, unless the server has removed them.
        return ipaddress.ip_address(request.remote_addr or "").is_loopback and not any(
            name.lower().startswith(("x-forwarded", "forwarded")) for name in request.headers
        )
    except ValueError:
        return False


def _no_store(response: Response) -> Response:
    response.cache_control = "no-store"
    return response
