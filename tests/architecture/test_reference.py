"""What can be set or called is documented."""

import re

import pytest

from insula.kit.commands import commands_of
from tests.architecture.sources import ROOT

REFERENCE = ROOT / "docs" / "reference"


def declared(registry):
    for entry in registry.introspector.get_category("insula settings"):
        room, model = entry["introspectable"]["room"], entry["introspectable"]["model"]
        yield from ((f"insula.{room}.{name}", field) for name, field in model.model_fields.items())


def test_every_ini_setting_has_a_reference_entry(registry):
    page = (REFERENCE / "settings.md").read_text()
    missing = [key for key, _ in declared(registry) if f"`{key}`" not in page]
    assert not missing, f"run `make reference`: {missing}"


def test_the_settings_reference_lists_nothing_that_is_gone(registry):
    page = (REFERENCE / "settings.md").read_text()
    known = {key for key, _ in declared(registry)}
    assert set(re.findall(r"^\| `(insula\.[\w.]+)`", page, re.MULTILINE)) <= known


def test_every_ini_setting_says_what_it_means(registry):
    assert not [key for key, field in declared(registry) if not field.description]


def test_every_command_has_a_reference_entry(registry):
    page = (REFERENCE / "commands.md").read_text()
    paths = []
    for noun, command in commands_of(registry).items():
        paths += [f"insula {noun}", *(f"insula {noun} {verb}" for verb in getattr(command, "commands", {}))]
    missing = [path for path in paths if f"`{path}`" not in page]
    assert not missing, f"run `make reference`: {missing}"


@pytest.mark.parametrize("name", ["development.ini", "production.ini"])
def test_the_ini_files_set_only_what_exists(registry, name):
    text = (ROOT / name).read_text()
    known = {key for key, _ in declared(registry)}
    assert set(re.findall(r"^(insula\.[\w.]+)\s*=", text, re.MULTILINE)) <= known
