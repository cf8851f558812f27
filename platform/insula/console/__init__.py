"""The door of tenancy for operators: commands that create, list, suspend and resume tenants."""


def includeme(config):
    config.add_command("tenant", "insula.console.commands.tenant")
