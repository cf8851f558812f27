"""Pyramid's own tools work on development.ini."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
TENANT = ("tenant", "create", "tools", "--host", "tools.localhost")


@pytest.fixture(scope="module")
def ini(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of development.ini, whose databases lie beside it, with one tenant."""
    copy = Path(shutil.copy(ROOT / "development.ini", tmp_path_factory.mktemp("tools")))
    for words in (("db", "upgrade"), ("records", "migrate"), TENANT):
        run("insula", "-c", str(copy), *words)
    return copy


def run(tool: str, *words: str, given: str = "") -> str:
    command = [str(Path(sys.executable).with_name(tool)), *words]
    environment = {**os.environ, "PYTHONWARNINGS": "ignore"}
    ended = subprocess.run(
        command, input=given, capture_output=True, text=True, check=False, env=environment, timeout=300
    )
    assert ended.returncode == 0, ended.stderr[-2000:]
    return ended.stdout


def test_ptweens_lists_the_tweens_in_their_order(ini: Path) -> None:
    told = run("ptweens", str(ini))
    places = [told.index(name) for name in ("request_log", "tenancy.requests.resolve", "tm_tween", "excview")]
    assert places == sorted(places)


def test_proutes_lists_static_files_only(ini: Path) -> None:
    told = run("proutes", str(ini))
    assert "/static/admin/" in told


def test_pviews_finds_the_view_of_an_address(ini: Path) -> None:
    assert "insula.website.views.home" in run("pviews", str(ini), "/")


def test_pshell_has_a_request_of_the_tenant(ini: Path) -> None:
    told = run("pshell", "-p", "python", str(ini), given="print('tenant is', request.tenant.name)\n")
    assert "tenant is tools" in told
