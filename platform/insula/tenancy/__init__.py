"""Tenants and their hosts: which tenant a request is for, and the life of a tenant from creation to suspension."""

from typing import Any


def includeme(config: Any) -> None:
    """Add settings and the directory of tenants."""
    config.add_room_settings("tenancy", "insula.tenancy.settings.TenancySettings")
    config.registry["insula.tenancy.by_name"] = config.maybe_dotted("insula.tenancy.directory.by_name")
    config.registry["insula.tenancy.console"] = config.maybe_dotted("insula.tenancy.directory.console")
    config.registry["insula.tenancy.floors"] = config.maybe_dotted("insula.tenancy.floors.floors_of_tenant")
    config.register_service_factory("insula.tenancy.plans.plans_factory", "insula.tenancy.interfaces.Plans")
    config.register_service_factory(
        "insula.tenancy.services.tenants_factory", "insula.tenancy.interfaces.Tenants"
    )
    # Those who are to be swept are known from here on.
    config.add_upkeep("records", "insula.records.interfaces.expire_records", every=600)
    config.add_request_method("insula.tenancy.tools.tenant", "tenant", reify=True)
    config.add_request_method("insula.tenancy.tools.tenant_id", "tenant_id", reify=True)
