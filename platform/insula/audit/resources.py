"""The audit trail in the tree, below the administration and below the API."""

from __future__ import annotations

from insula.tree.interfaces import Node, PolicyEntity


class AuditNode(Node):
    """The trail of the tenant of this request."""

    title = "Audit trail"

    def policy_entity(self) -> PolicyEntity:
        """Return the area that rules about the trail name."""
        return PolicyEntity("Area", "audit", {})


class AuditAPI(AuditNode):
    """The trail as JSON."""


class AuditPanel(AuditNode):
    """The trail as a screen."""
