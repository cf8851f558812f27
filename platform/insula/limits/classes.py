"""Which class a request belongs to: by its branch and method, and by what rooms say of their own addresses."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from insula.kit.errors import ConfigurationError
from insula.limits.interfaces import CLASSES
from insula.security.interfaces import segments_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyramid.config import Configurator
    from pyramid.registry import Registry
    from pyramid.request import Request

SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_KEY: Final = "insula.limits.classes"


@dataclass(frozen=True, slots=True)
class _Rule:
    route_class: str
    methods: frozenset[str]
    path: re.Pattern[str]


def add_route_class(config: Configurator, name: str, *, path: str, methods: Sequence[str]) -> None:
    """Directive: count requests of these methods, to addresses that match `path` as a whole, in the class `name`.

    The path is matched as the tree reads it: decoded, without empty segments and dots, and without a slash at the end.
    """
    if name not in CLASSES:
        raise ConfigurationError(f"There is no class of requests {name!r}; there are {', '.join(CLASSES)}.")

    def register() -> None:
        rule = _Rule(name, frozenset(methods), re.compile(path))
        config.registry.setdefault(_KEY, []).append(rule)

    introspectable = config.introspectable("insula route classes", (name, path), name, "route class")
    config.action(("insula route class", name, path), register, introspectables=(introspectable,))


def route_class(registry: Registry, request: Request) -> str:
    """Return the class of a request."""
    segments = segments_of(request)
    branch = segments[0] if segments else ""
    method: str = request.environ["REQUEST_METHOD"]
    for rule in registry.get(_KEY, ()):
        if method in rule.methods and rule.path.fullmatch("/" + "/".join(segments)):
            found: str = rule.route_class
            return found
    if branch == "api":
        return "api_read" if method in SAFE else "api_write"
    if branch == "admin":
        return "admin"
    return "sign_in" if branch == "account" and method not in SAFE else "page"
