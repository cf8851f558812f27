"""`insula start`: prepare and serve in one process, as development does."""

import os
import shlex
import signal

import click

from insula.cli.installation import find_ini, read_variables, server_settings
from insula.cli.rooms import loaded_app, only_warnings, room_commands


@click.command()
@click.option(
    "--first",
    "preparations",
    metavar="'NOUN VERB …'",
    multiple=True,
    help="A command to run before, several times if need be: --first 'db upgrade'.",
)
@click.pass_context
def start(ctx: click.Context, preparations: tuple[str, ...]) -> None:
    """Serve in this one process, after running the given commands in it.

    The application is loaded once for all of it, which makes for a quick start; `insula serve` is for production.
    """
    from insula.cli.server import Server
    from insula.cli.sockets import close, listen, url_of

    outer = ctx.find_root().params
    settings = server_settings(find_ini(outer.get("config")), read_variables(outer.get("assignments") or ()))
    # A port that is taken is found before minutes are spent on preparations.
    sockets = listen(settings.get("listen", "127.0.0.1:6543").split(), int(settings.get("backlog", 1024)))
    try:
        app = loaded_app(ctx)
        for words in preparations:
            run(ctx, shlex.split(words))
        server = Server(app, sockets, settings)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, server.stop)
        click.echo("\n".join(f"Serving on {url_of(each)}; Ctrl-C stops it" for each in sockets))
        server.run(os.getppid(), grace=10)
    finally:
        close(sockets)


def run(ctx: click.Context, words: list[str]) -> None:
    """Run another command of the program."""
    command = room_commands(ctx).get(words[0]) if words else None
    if command is None:
        raise click.ClickException(f"--first takes a command of insula, and {shlex.join(words)!r} is none.")
    with (
        only_warnings(),
        command.make_context(words[0], words[1:], parent=ctx, obj=ctx.find_root().obj) as inner,
    ):
        command.invoke(inner)
