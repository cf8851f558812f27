"""`request.find_service`: a service is made once a request, and its factory looked up once a process."""

from typing import Any

from pyramid.config import Configurator

_FACTORIES = "insula.db.service_factories"
_MADE = "insula.db.services"


def includeme(config: Configurator) -> None:
    """Put this in the place of the library's method, which makes a registry of its own for each request."""
    config.include("pyramid_services")
    config.add_request_method(find_service)


def find_service(request: Any, promise: Any) -> Any:
    """Return what keeps a promise for this request or piece of work; raises LookupError where nothing does."""
    made = request.__dict__.get(_MADE)
    if made is None:
        made = request.__dict__[_MADE] = {}
    if promise not in made:
        factories = request.registry.setdefault(_FACTORIES, {})
        if promise not in factories:
            factories[promise] = request.find_service_factory(promise)
        made[promise] = factories[promise](getattr(request, "context", None), request)
    return made[promise]
