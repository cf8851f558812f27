"""`insula file` in the terminal."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from insula.kit.commands import Shell, commands_of
from insula.kit.errors import NotFound, UnsupportedMedia

from .conftest import PNG


@pytest.fixture
def run(installation, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shell = Shell(registry=installation.registry, ini="test.ini")
    command = commands_of(installation.registry)["file"]
    return lambda *words: CliRunner().invoke(command, words, obj=shell)


def test_files_are_added_listed_got_and_deleted(keeper, other, run, tmp_path):
    (tmp_path / "pier.png").write_bytes(PNG)
    (tmp_path / "lie.pdf").write_bytes(PNG)
    at, elsewhere = ("--tenant", keeper.handle.tenant.name), ("--tenant", other.handle.tenant.name)
    added = run("add", "pier.png", *at, "--public", "--alt", "The pier", "--json")
    made = json.loads(added.output)
    assert (made["name"], made["alt"], made["public"], made["author"]) == ("pier.png", "The pier", True, None)
    assert isinstance(run("add", "lie.pdf", *at).exception, UnsupportedMedia)
    assert "pier.png" in run("list", *at, "--find", "pier").output
    assert [each["id"] for each in json.loads(run("list", *at, "--json").output)] == [made["id"]]
    assert made["id"] not in run("list", *elsewhere).output
    assert run("get", made["id"], *at).exit_code == 1
    assert run("get", made["id"], *at, "--output", "copy.png").exit_code == 0
    assert (tmp_path / "copy.png").read_bytes() == PNG
    assert run("get", made["id"], *at, "--output", "-").stdout_bytes == PNG
    assert run("get", made["id"], *at, "--width", "320", "--output", "small.webp").exit_code == 0
    for words in (("get", made["id"]), ("delete", made["id"])):
        assert isinstance(run(*words, *elsewhere).exception, NotFound)
    page = {"path": "/", "title": "Home", "blocks": [{"kind": "image", "file": made["id"]}]}
    home = keeper.api().post_json("/api/pages", page).json
    used = run("delete", made["id"], *at)
    assert (used.exit_code, "Home (/)" in used.output) == (1, True)
    keeper.api().patch_json(f"/api/pages/{home['id']}", {"blocks": []}, headers={"If-Match": "*"})
    assert run("delete", made["id"], *at).output == "Deleted pier.png.\n"
    assert json.loads(run("list", *at, "--json").output) == []
