"""What a tree node is, how the policy sees it, and which names no tenant may take."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from pyramid.registry import Registry

from insula.tree.resources import Node, Root

__all__ = [
    "RESERVED",
    "Node",
    "PolicyEntity",
    "Resource",
    "Root",
    "asks_to_sign_in",
    "is_reserved",
    "lineage_entities",
]

RESERVED = frozenset(
    {
        "static",
        "healthz",
        "readyz",
        "robots.txt",
        "sitemap.xml",
        "favicon.ico",
        ".well-known",
        "media",
        "live",
    }
)


@dataclass(frozen=True, slots=True)
class PolicyEntity:
    """A resource as the policy sees it: its Cedar type and id, and the attributes rules may read."""

    type: str
    id: str
    attributes: Mapping[str, Any] = field(default_factory=dict)


class Resource(Protocol):
    """A node of the tree; `__parent__` is its place in the policy as well as in the address."""

    __name__: str | None
    __parent__: Any

    def policy_entity(self) -> PolicyEntity | None:
        """Return how the policy sees this node, or None where only its ancestors count."""


def lineage_entities(resource: Any) -> Iterator[PolicyEntity]:
    """Yield the entity of a resource and of each ancestor that has one, nearest first."""
    node = resource
    while node is not None:
        # A missing method means "only its ancestors count"; an error inside one must not pass for that.
        describe = getattr(type(node), "policy_entity", None)
        entity = describe(node) if describe is not None else None
        if entity is not None:
            yield entity
        node = getattr(node, "__parent__", None)


def asks_to_sign_in(resource: object) -> bool:
    """Say whether a resource, or one above it, asks visitors to sign in rather than to be told it is missing."""
    node = resource
    while node is not None:
        if getattr(node, "asks_to_sign_in", False):
            return True
        node = getattr(node, "__parent__", None)
    return False


def is_reserved(registry: Registry, name: str) -> bool:
    """Tell whether a first path segment belongs to the platform, so that no page may take it."""
    return name in RESERVED or name in registry.get("insula.branches", {}) or name.startswith("@@")
