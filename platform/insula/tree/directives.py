"""`add_branch`: a room hangs its subtree under a first path segment."""

from dataclasses import dataclass
from typing import Any

from pyramid.config import Configurator


@dataclass(frozen=True, slots=True)
class Branch:
    """A subtree: `factory(request, parent, name)`, and the feature a tenant needs to have it."""

    name: str
    factory: Any
    feature: str | None


def add_branch(config: Configurator, name: str, factory: str, *, feature: str | None = None) -> None:
    """Directive: hang the resources of `factory` under `/name`; the branch named "" holds the pages."""
    introspectable = config.introspectable("insula branches", name, factory, "branch")
    introspectable["name"], introspectable["feature"] = name, feature

    def register() -> None:
        branch = Branch(name, config.maybe_dotted(factory), feature)
        config.registry.setdefault("insula.branches", {})[name] = branch

    config.action(("insula branch", name), register, introspectables=(introspectable,))
