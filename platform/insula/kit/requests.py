"""One class of requests for an application, with all that the rooms have added to requests."""

from typing import Any

from pyramid.events import ApplicationCreated
from pyramid.interfaces import IRequestExtensions


def includeme(config: Any) -> None:
    """Make the class when the application is."""
    config.add_subscriber(extend, ApplicationCreated)


def extend(event: Any) -> None:
    """Let the router make requests of such a class; otherwise it makes a new class for every single request."""
    router = event.app
    added = router.registry.queryUtility(IRequestExtensions)
    if added is not None:
        plain = router.request_factory
        router.request_factory = type(plain.__name__, (plain,), {**added.methods, **added.descriptors})
        router.request_extensions = None
