"""An application of a few lines whose registry offers one command."""

import os

import click
from pyramid.config import Configurator
from pyramid.response import Response

from insula.kit.commands import add_command


@click.command()
@click.argument("words")
def greet(words):
    """Say something."""
    click.echo(words)


def hello(request):
    return Response(f"served by the same process {os.getpid()}")


def factory(_global_config, **settings):
    config = Configurator(settings=settings)
    config.add_directive("add_command", add_command)
    config.add_command("greet", "roomy_app.greet")
    config.add_route("home", "/")
    config.add_view(hello, route_name="home")
    return config.make_wsgi_app()
