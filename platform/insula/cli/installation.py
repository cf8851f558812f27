"""Finds and loads the installation that an ini file describes."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click
from paste.deploy import loadwsgi

DEFAULT_INI = "development.ini"

LIMITS: Mapping[str, str] = {
    "connection_limit": "1000",
    "channel_timeout": "30",
    "channel_request_lookahead": "1",
    "max_request_header_size": "32768",
    "max_request_body_size": "33554432",
    "clear_untrusted_proxy_headers": "true",
    "expose_tracebacks": "false",
    "ident": "",
}
"""What a served process takes from a connection at the most, where [server:main] says nothing else."""


def find_ini(given: str | None) -> str:
    """Return the absolute path of the ini file: the given one, else $INSULA_CONFIG, else ./development.ini."""
    named = given or os.environ.get("INSULA_CONFIG") or DEFAULT_INI
    path = Path(named).expanduser().resolve()
    if not path.is_file():
        raise click.ClickException(
            f"There is no ini file {named}.\n"
            "Name one with `insula -c INI …` or in $INSULA_CONFIG, or go to the folder of your development.ini."
        )
    return str(path)


def read_variables(assignments: Sequence[str]) -> dict[str, str]:
    """Return the `NAME=VALUE` pairs that override the ini file's [DEFAULT] section."""
    variables = {}
    for assignment in assignments:
        name, equals, value = assignment.partition("=")
        if not equals or not name:
            raise click.ClickException(f"--set takes NAME=VALUE, and {assignment!r} is not of that form.")
        variables[name] = value
    return variables


def load_app(ini: str, variables: Mapping[str, str]) -> Any:
    """Return the WSGI application that the ini file describes."""
    return _context(loadwsgi.APP, ini, variables).create()


def start_logging(ini: str, variables: Mapping[str, str]) -> None:
    """Set up logging as the ini file says."""
    from pyramid.paster import setup_logging

    setup_logging(ini, dict(variables))


def server_settings(ini: str, variables: Mapping[str, str]) -> dict[str, str]:
    """Return the Waitress settings of the ini file's [server:main], interpolated, over what holds without them."""
    return {**LIMITS, **_context(loadwsgi.SERVER, ini, variables).local_conf}


def _context(kind: Any, ini: str, variables: Mapping[str, str]) -> Any:
    """Return a section of the ini file. PasteDeploy lets the file's own [DEFAULT] win over variables; here they win."""
    loader = loadwsgi.ConfigLoader(ini)
    loader.update_defaults(dict(variables), overwrite=True)
    return loader.get_context(kind, "main", dict(variables))
