"""Tenants and their hosts: which tenant a request is for, and the life of a tenant from creation to suspension."""


def includeme(config):
    config.add_settings("tenancy", "insula.tenancy.settings.TenancySettings")
    config.add_request_method("insula.tenancy.requests.canonical_url", "canonical_url")
    config.register_service_factory(
        "insula.tenancy.services.tenants_factory", "insula.tenancy.interfaces.Tenants"
    )
