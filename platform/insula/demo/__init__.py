"""The demonstration tenants with their real data: made once, through services only, and left alone afterwards."""


def includeme(config):
    config.add_room_settings("demo", "insula.demo.settings.DemoSettings")
    config.add_command("demo", "insula.demo.commands.demo")
