"""The audit trail in the tree, below the administration and below the API."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from insula.audit.interfaces import AuditEntry, AuditTrail
from insula.kit.errors import NotFound
from insula.tree.interfaces import Node, PolicyEntity


class EntryNode(Node):
    """One entry; what the policy says of the trail holds for it."""

    title = "Entry"

    def __init__(self, request: Any, parent: Any, name: str, entry: AuditEntry) -> None:
        super().__init__(request, parent, name)
        self.entry = entry


class EntryScreen(EntryNode):
    """One entry as a screen."""


class EntryItem(EntryNode):
    """One entry as JSON."""

    api_address = "/api/audit/{id}"


class ChainItem(Node):
    """The chain of the trail as JSON."""

    api_address = "/api/audit/chain"

    title = "Chain"


class ExportNode(Node):
    """The trail as a file."""

    title = "Export"


class ExportScreen(ExportNode):
    """The trail as a file, from the administration."""


class ExportItem(ExportNode):
    """The trail as a file, from the API."""

    api_address = "/api/audit/export"


class AuditNode(Node):
    """The trail of the tenant of this request."""

    title = "Audit trail"
    child: type[EntryNode]
    file: type[ExportNode]

    def __getitem__(self, name: str) -> Node:
        # Before the store is asked, so that nobody who may not view the trail learns anything from its answer.
        if not self.request.may("view", self):
            raise KeyError(name)
        if name == "export":
            return self.file(self.request, self, name)
        try:
            entry = self.request.find_service(AuditTrail).find(UUID(name))
        except (NotFound, ValueError):
            raise KeyError(name) from None
        if name != str(entry.id):
            raise KeyError(name)
        return self.child(self.request, self, name, entry)

    def policy_entity(self) -> PolicyEntity:
        """Return the area that rules about the trail name."""
        return PolicyEntity("Area", "audit", {})


class AuditAPI(AuditNode):
    """The trail as JSON."""

    child = EntryItem
    file = ExportItem

    def __getitem__(self, name: str) -> Node:
        return ChainItem(self.request, self, name) if name == "chain" else super().__getitem__(name)


class AuditPanel(AuditNode):
    """The trail as a screen."""

    child = EntryScreen
    file = ExportScreen
