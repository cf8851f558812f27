"""Tenants and plans in the tree of the operators' tenant, below the administration and below the API."""

from __future__ import annotations

from functools import cached_property

from insula.kit.errors import NotFound
from insula.tenancy.interfaces import Plan, Plans, Tenant, find_tenant
from insula.tree.interfaces import Node, PolicyEntity

TENANTS, PLANS = "tenants", "plans"


class TenantNode(Node):
    """One tenant of the installation."""

    @cached_property
    def tenant(self) -> Tenant:
        """The tenant, as the directory has it now."""
        return find_tenant(self.request.registry, self.__name__)

    @property
    def title(self) -> str:
        """What breadcrumbs call it."""
        return self.tenant.title

    def policy_entity(self) -> PolicyEntity:
        """Return the setting that rules about this tenant name."""
        return PolicyEntity("Setting", f"{TENANTS}.{self.__name__}", {})


class TenantScreen(TenantNode):
    """One tenant as a screen."""


class TenantItem(TenantNode):
    """One tenant as JSON."""

    api_address = "/api/tenants/{name}"
    api_type = "Setting"


class TenantsNode(Node):
    """All tenants of the installation."""

    title = "Tenants"
    child: type[TenantNode]

    def __getitem__(self, name: str) -> TenantNode:
        # Before the directory is asked, so that nobody who may not view tenants learns anything from its answer.
        if not self.request.may("view", self):
            raise KeyError(name)
        try:
            find_tenant(self.request.registry, name)
        except NotFound:
            raise KeyError(name) from None
        return self.child(self.request, self, name)

    def policy_entity(self) -> PolicyEntity:
        """Return the setting that rules about the list of tenants name."""
        return PolicyEntity("Setting", TENANTS, {})


class TenantsPanel(TenantsNode):
    """The tenants as a screen."""

    child = TenantScreen


class TenantsAPI(TenantsNode):
    """The tenants as JSON."""

    child = TenantItem


class PlanNode(Node):
    """One plan, or the installation's own document."""

    @cached_property
    def plan(self) -> Plan:
        """The plan as it stands."""
        found: Plan = self.request.find_service(Plans).find(self.__name__)
        return found

    @property
    def title(self) -> str:
        """What breadcrumbs call it."""
        return self.plan.title

    def policy_entity(self) -> PolicyEntity:
        """Return the setting that rules about this plan name."""
        return PolicyEntity("Setting", f"{PLANS}.{self.__name__}", {})


class PlanScreen(PlanNode):
    """One plan as a screen."""


class PlanItem(PlanNode):
    """One plan as JSON."""

    api_address = "/api/plans/{name}"
    api_type = "Setting"


class PlansNode(Node):
    """All plans of the installation."""

    title = "Plans"
    child: type[PlanNode]

    def __getitem__(self, name: str) -> PlanNode:
        if not self.request.may("view", self):
            raise KeyError(name)
        try:
            self.request.find_service(Plans).find(name)
        except NotFound:
            raise KeyError(name) from None
        return self.child(self.request, self, name)

    def policy_entity(self) -> PolicyEntity:
        """Return the setting that rules about the list of plans name."""
        return PolicyEntity("Setting", PLANS, {})


class PlansPanel(PlansNode):
    """The plans as a screen."""

    child = PlanScreen


class PlansAPI(PlansNode):
    """The plans as JSON."""

    child = PlanItem
