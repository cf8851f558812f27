"""Pure helpers that every other room may use: ids, clock, errors, cursors, settings and the command registry."""


def includeme(config):
    config.add_directive("add_settings", "insula.kit.settings.add_settings")
    config.add_directive("add_command", "insula.kit.commands.add_command")
    config.add_settings("kit", "insula.kit.settings.KitSettings")
