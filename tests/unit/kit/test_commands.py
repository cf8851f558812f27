"""What a command says to run next can be run as it stands."""

from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from insula.kit.commands import again


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The program in a virtual environment that is not active, below the folder one stands in."""
    made = tmp_path / ".venv" / "bin" / "insula"
    made.parent.mkdir(parents=True)
    made.write_text("#!/bin/sh\n")
    made.chmod(0o755)
    monkeypatch.setattr("sys.argv", [str(made)])
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.chdir(tmp_path)
    return made


def test_a_program_that_is_not_on_the_path_is_named_by_its_relative_path(program: Path) -> None:
    assert again("tenant list") == ".venv/bin/insula tenant list"


def test_a_program_that_is_on_the_path_is_named_by_its_name(
    program: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(program.parent))
    assert again("tenant list") == "insula tenant list"


def test_a_program_elsewhere_is_named_by_its_whole_path(
    program: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    assert again("tenant list") == f"{program} tenant list"


def test_a_program_in_the_folder_one_stands_in_is_not_looked_up(
    program: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(program.parent)
    assert again("tenant list") == "./insula tenant list"


def test_the_ini_file_that_was_named_is_named_again(program: Path) -> None:
    @click.command()
    @click.option("-c", "--config")
    def main(config: str) -> None:
        click.echo(again("tenant list"))

    told = CliRunner().invoke(main, ["-c", "my own.ini"]).output
    assert told == ".venv/bin/insula -c 'my own.ini' tenant list\n"


def test_what_was_overridden_is_overridden_again(program: Path) -> None:
    @click.command()
    @click.option("--set", "assignments", multiple=True)
    def main(assignments: tuple[str, ...]) -> None:
        click.echo(again("tenant list"))

    told = CliRunner().invoke(main, ["--set", "http_port=7543"]).output
    assert told == ".venv/bin/insula --set http_port=7543 tenant list\n"
