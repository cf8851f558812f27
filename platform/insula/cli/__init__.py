"""The `insula` command: it finds the installation's ini file, shows the commands that rooms have added, and serves.

The command knows no room. Everything but `serve` and `reference` comes from the application's registry, where rooms
put it with `config.add_command`.
"""
