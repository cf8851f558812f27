"""`insula serve`: several Waitress processes on one socket, supervised."""

import click

from insula.cli.installation import find_ini, read_variables, server_settings, start_logging


@click.command()
@click.option(
    "--processes", type=click.IntRange(1, 64), default=1, show_default=True, help="Serving processes."
)
@click.option(
    "--listen",
    "addresses",
    metavar="HOST:PORT",
    multiple=True,
    help="Where to listen, several times if need be; else as [server:main] says.",
)
@click.option(
    "--grace",
    type=click.FloatRange(min=0),
    default=30,
    show_default=True,
    help="Seconds that requests under way are given when a process stops.",
)
@click.pass_context
def serve(ctx: click.Context, processes: int, addresses: tuple[str, ...], grace: float) -> None:
    """Serve the installation with Waitress.

    TERM and INT stop it once the requests under way are answered, HUP starts new processes (with new code and
    settings) and then stops the old ones, and a process that dies is replaced.
    """
    from insula.cli.sockets import close, listen
    from insula.cli.supervisor import Orders, Supervisor

    outer = ctx.parent.params if ctx.parent else {}
    ini = find_ini(outer.get("config"))
    assignments = tuple(outer.get("assignments") or ())
    variables = read_variables(assignments)
    settings = server_settings(ini, variables)
    start_logging(ini, variables)
    where = addresses or tuple(settings.get("listen", "127.0.0.1:6543").split())
    sockets = listen(where, int(settings.get("backlog", 1024)))
    try:
        status = Supervisor(sockets, Orders(ini, assignments, processes, grace)).run()
    finally:
        close(sockets)
    ctx.exit(status)
