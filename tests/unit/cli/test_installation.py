"""How the command finds the installation."""

import click
import pytest
from click.testing import CliRunner

from insula.cli.installation import find_ini, read_variables, server_settings
from insula.cli.main import main


def test_the_given_ini_comes_before_the_environments_and_the_folders(tmp_path, monkeypatch):
    for name in ("given.ini", "environment.ini", "development.ini"):
        (tmp_path / name).touch()
    monkeypatch.chdir(tmp_path)
    assert find_ini(None).endswith("/development.ini")
    monkeypatch.setenv("INSULA_CONFIG", "environment.ini")
    assert find_ini(None).endswith("/environment.ini")
    assert find_ini("given.ini").endswith("/given.ini")


def test_a_missing_ini_is_said_with_its_remedy(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("INSULA_CONFIG", raising=False)
    ended = CliRunner().invoke(main, ["tenant", "list"])
    assert ended.exit_code == 1
    assert "There is no ini file development.ini" in ended.output
    assert "INSULA_CONFIG" in ended.output


def test_help_is_printed_even_where_no_installation_is(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("INSULA_CONFIG", raising=False)
    ended = CliRunner().invoke(main, ["--help"])
    assert ended.exit_code == 0
    assert "serve" in ended.output


def test_variables_reach_the_server_section(tmp_path):
    ini = tmp_path / "x.ini"
    ini.write_text(
        "[DEFAULT]\nhttp_port = 1\n[server:main]\nuse = egg:waitress#main\nlisten = 127.0.0.1:%(http_port)s\n"
    )
    assert server_settings(str(ini), {})["listen"] == "127.0.0.1:1"
    assert server_settings(str(ini), {"http_port": "7543"})["listen"] == "127.0.0.1:7543"


@pytest.mark.parametrize("text", ["", "name", "=value"])
def test_a_variable_needs_a_name_and_a_value(text):
    with pytest.raises(click.ClickException, match="NAME=VALUE"):
        read_variables([text])
