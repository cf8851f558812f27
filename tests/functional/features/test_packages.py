"""Packages outside of the house add features by an entry point of the group `insula.features`."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from insula.kit.errors import ConfigurationError
from tests.installations import Installation, install

PACKAGE = """
def includeme(config):
    config.add_feature("guestbook", title="Guestbook", description="Visitors leave a line.", default=False)
"""


def installed(folder: Path, value: str) -> None:
    """Lay a package out as pip does: its module, and what it says of itself beside it."""
    (folder / "outside_guestbook.py").write_text(PACKAGE)
    about = folder / "outside_guestbook-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: outside-guestbook\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(f"[insula.features]\nguestbook = {value}\n")


@pytest.fixture(params=["outside_guestbook", "outside_guestbook:includeme"])
def extended(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Installation]:
    """An installation on a machine where the package is installed."""
    installed(tmp_path, request.param)
    monkeypatch.syspath_prepend(tmp_path)
    made = install("sqlite", tmp_path)
    yield made
    made.close()
    sys.modules.pop("outside_guestbook", None)


def test_a_feature_of_an_installed_package_is_offered_to_each_tenant(extended: Installation) -> None:
    for tenant in (extended.tenant("one"), extended.tenant("two")):
        found = {item["id"]: item for item in tenant.api("admin").get("/api/features").json["data"]}
        assert found["guestbook"]["title"] == "Guestbook"
        assert found["guestbook"]["on"] is False


def test_without_the_package_there_is_no_such_feature(tmp_path: Path) -> None:
    made = install("sqlite", tmp_path)
    found = made.tenant("one").api("admin").get("/api/features").json["data"]
    made.close()
    assert "guestbook" not in {item["id"] for item in found}


def test_a_package_that_cannot_be_loaded_stops_the_start_and_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed(tmp_path, "outside_guestbook:missing")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ConfigurationError, match=r"guestbook.*outside_guestbook:missing"):
        install("sqlite", tmp_path)
    sys.modules.pop("outside_guestbook", None)
