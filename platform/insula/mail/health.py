"""What mail says of its health."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Final

from insula.kit.errors import Unavailable
from insula.kit.settings import settings_of
from insula.mail.backends import SMTPBackend
from insula.mail.settings import MailSettings
from insula.observability.health import HealthState

if TYPE_CHECKING:
    from pyramid.registry import Registry

_KEY: Final = "insula.mail.reached"
_FRESH_SECONDS: Final = 60.0
_PATIENCE_SECONDS: Final = 2.0
_LOCK: Final = threading.Lock()


def check(registry: Registry) -> HealthState:
    """Say whether the mail server answers; a minute old at most.

    Letters wait for a server that is away and nothing else does, so an installation without it serves and is ready.
    """
    settings = settings_of(registry, MailSettings)
    if settings.backend != "smtp":
        return HealthState(True, settings.backend)
    with _LOCK:
        at, said = registry.get(_KEY, (0.0, None))
        if said is None or time.monotonic() - at > _FRESH_SECONDS:
            said = _greeting(settings)
            registry[_KEY] = time.monotonic(), said
    return HealthState(True, said)


def _greeting(settings: MailSettings) -> str:
    try:
        SMTPBackend(settings.model_copy(update={"timeout": min(settings.timeout, _PATIENCE_SECONDS)})).greet()
    except Unavailable as error:
        return f"letters wait: {error.detail}"
    return f"{settings.host}:{settings.port}"
