"""Tenants and their hosts: which tenant a request is for, and the life of a tenant from creation to suspension."""


def includeme(config):
    config.add_room_settings("tenancy", "insula.tenancy.settings.TenancySettings")
    config.register_service_factory(
        "insula.tenancy.services.tenants_factory", "insula.tenancy.interfaces.Tenants"
    )
