"""The branch `/operator` on both sides, and leave in the administration and the API."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any
from uuid import UUID

from insula.handoff.interfaces import Grants
from insula.kit.errors import NotFound
from insula.security.interfaces import require_identity
from insula.tenancy.interfaces import Tenant, find_tenant
from insula.tree.interfaces import Node, PolicyEntity

if TYPE_CHECKING:
    from insula.handoff.interfaces import GrantInfo


def operator_branch(request: Any, parent: Any, name: str) -> Node:
    """Return the desk that issues codes on the console's host, and the door that takes them on any other."""
    side = OperatorDesk if request.tenant.console else OperatorDoor
    return side(request, parent, name)


class OperatorDoor(Node):
    """Where an operator begins, comes back to, and leaves; open to everybody, like the sign-in page."""

    def __getitem__(self, name: str) -> Any:
        raise KeyError(name)

    def policy_entity(self) -> PolicyEntity:
        """Return the area of signing in."""
        return PolicyEntity("Area", "account")


class OperatorDesk(Node):
    """The console's desk: its children are the tenants that operators may enter."""

    asks_to_sign_in = True

    def __init__(self, request: Any, parent: Any, name: str) -> None:
        super().__init__(request, parent, name)
        # Before any name is looked up, so that a stranger does not learn which tenants there are.
        require_identity(request)

    def __getitem__(self, name: str) -> TenantDesk:
        # Before the directory is asked, so that its answer tells nothing to who may not know.
        if not self.request.may("view", self):
            raise KeyError(name)
        try:
            tenant = find_tenant(self.request.registry, name)
        except NotFound:
            raise KeyError(name) from None
        if tenant.console:
            raise KeyError(name)
        return TenantDesk(self.request, self, name, tenant)

    def policy_entity(self) -> PolicyEntity:
        """Return what rules about entering any tenant name."""
        return PolicyEntity("Setting", "operators")


class TenantDesk(Node):
    """Entering one tenant; the console's policy says who may `manage` it."""

    def __init__(self, request: Any, parent: Any, name: str, tenant: Tenant) -> None:
        super().__init__(request, parent, name)
        self.tenant = tenant

    def __getitem__(self, name: str) -> Any:
        raise KeyError(name)

    def policy_entity(self) -> PolicyEntity:
        """Return what rules about entering this tenant name."""
        return PolicyEntity("Setting", f"operators.{self.__name__}")


class GrantNode(Node):
    """Leave for one operator, or for any."""

    @property
    def grant(self) -> GrantInfo:
        """How it stands."""
        return self.__parent__.grants.find(UUID(self.__name__))

    def policy_entity(self) -> PolicyEntity:
        """Return the section that decides about operators."""
        return PolicyEntity("Setting", "security.operators")


class GrantScreen(GrantNode):
    """Leave as a screen knows it."""


class GrantItem(GrantNode):
    """Leave as JSON."""

    api_address = "/api/operator-grants/{id}"


class GrantsNode(Node):
    """All leave that the tenant of this request gives."""

    title = "Operators"
    child: type[GrantNode]

    @cached_property
    def grants(self) -> Grants:
        """The service."""
        found: Grants = self.request.find_service(Grants)
        return found

    def __getitem__(self, name: str) -> GrantNode:
        try:
            grant = self.grants.find(UUID(name))
        except (ValueError, NotFound):
            raise KeyError(name) from None
        return self.child(self.request, self, str(grant.id))

    def policy_entity(self) -> PolicyEntity:
        """Return the section that decides about operators."""
        return PolicyEntity("Setting", "security.operators")


class GrantsPanel(GrantsNode):
    """Leave as a screen."""

    child = GrantScreen


class GrantsAPI(GrantsNode):
    """Leave as JSON."""

    child = GrantItem
