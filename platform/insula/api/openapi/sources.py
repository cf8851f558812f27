"""`add_openapi_source`: what only one tenant has, such as the entries of its collections, in its document."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pyramid.config import Configurator
from pyramid.registry import Registry

_SOURCES = "insula.api.openapi.sources"


@dataclass(frozen=True)
class Place:
    """An address of this tenant whose resources are of class `context`, instead of the general one of that class.

    `above` is the resource itself, or with `kind`, the type that rules know it by, the one it lies in. `schemas` says
    what a model of the general document is here, by the model's name.
    """

    context: type[Any]
    address: str
    title: str
    above: Any
    kind: str | None = None
    things: str | None = None
    schemas: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    parameters: tuple[Mapping[str, Any], ...] = ()
    """Query parameters beside those of the endpoints that take the whole query."""


Source = Callable[[Any, Any], Iterable[Place | None]]
"""Yields places one after the other, and None at the end where it leaves some out."""


def add_openapi_source(config: Configurator, source: Any) -> None:
    """Directive: `source(request, root)` returns places below `/api` that only this tenant has."""
    introspectable = config.introspectable("insula openapi sources", source, str(source), "openapi source")

    def register() -> None:
        config.registry.setdefault(_SOURCES, []).append(config.maybe_dotted(source))

    config.action(("insula openapi source", source), register, introspectables=(introspectable,))


def sources_of(registry: Registry) -> Iterable[Source]:
    """Return what was added."""
    found: Iterable[Source] = registry.get(_SOURCES, ())
    return found
