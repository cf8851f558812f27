"""The branch `/admin`: its children are the panels that this tenant has and this person may open."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from insula.admin.interfaces import PANELS, Panel
from insula.security.interfaces import require_identity
from insula.tree.interfaces import Node, PolicyEntity

if TYPE_CHECKING:
    from collections.abc import Mapping


class AdminRoot(Node):
    """The administration of one tenant; who may not view it is told that it is not there."""

    title = "Home"

    def __init__(self, request: Any, parent: Any, name: str) -> None:
        super().__init__(request, parent, name)
        # Before any name is looked up, so that a stranger learns nothing from what exists here.
        require_identity(request)

    def __getitem__(self, name: str) -> Any:
        panel: Panel | None = self._panels.get(name)
        if panel is None or not has(self.request, panel):
            raise KeyError(name)
        return panel.factory(self.request, self, name)

    @property
    def _panels(self) -> Mapping[str, Panel]:
        found: Mapping[str, Panel] = self.request.registry.get(PANELS) or {}
        return found

    def policy_entity(self) -> PolicyEntity:
        """Return the area that rules about the whole administration name."""
        return PolicyEntity("Area", "admin", {})


def has(request: Any, panel: Panel) -> bool:
    """Say whether the tenant of this request is one that has a panel, and has the feature it needs."""
    if panel.console not in {None, request.tenant.console}:
        return False
    return panel.feature is None or request.has_feature(panel.feature)
