"""How large files may be, of which types, how many of them, and what is left of broken uploads."""

from __future__ import annotations

import os
import time
from io import BytesIO

import pytest

from insula.features.interfaces import Sections
from insula.files.folders import Folder
from insula.files.interfaces import Files
from insula.files.settings import FilesSettings
from insula.files.upkeep import sweep
from insula.kit.errors import Invalid
from insula.kit.settings import settings_of
from tests.makers import TenantHandle

from .conftest import Keeper


@pytest.fixture
def strict(installation):
    """A tenant with little room."""
    made = Keeper(TenantHandle(installation, installation.tenant("strict").tenant))
    configure(made, largest_megabytes=1, quota_megabytes=2, types=["text/*", "application/pdf"])
    return made


def configure(keeper, **settings):
    with keeper.handle.work() as work:
        work.find_service(Sections).change("files", settings=settings, actor="a test")


def places(keeper):
    registry = keeper.handle.installation.registry
    folder = Folder(settings_of(registry, FilesSettings).folder, keeper.handle.tenant.id)
    return [each for each in folder._root.rglob("*") if each.is_file() and each.name != "lock"]


def test_a_file_is_as_large_as_its_tenant_allows(strict, keeper):
    body = b"x" * 1_000_001
    answer = strict.post(body, "text/plain", name="a.txt")
    assert (answer.status_int, answer.json["detail"]) == (413, "A file may have 1,000,000 bytes.")
    assert not places(strict)
    assert strict.post(body[1:], "text/plain", name="a.txt").status_int == 201
    assert keeper.post(body, "text/plain", name="a.txt").status_int == 201


def test_no_tenant_allows_more_than_the_installation(strict):
    with pytest.raises(Invalid, match="another look"):
        configure(strict, largest_megabytes=31)


def test_a_tenant_has_room_for_so_much(strict):
    made = [strict.post(bytes([each]) * 900_000, "text/plain", name="a.txt") for each in b"ab"]
    full = strict.post(b"c" * 900_000, "text/plain", name="c.txt")
    assert (full.status_int, full.json["type"]) == (409, "/problems/conflict")
    assert "2 MB" in full.json["detail"]
    # The same content takes no more room.
    assert strict.post(b"b" * 900_000, "text/plain", name="b.txt").status_int == 201
    strict.api().delete(f"/api/files/{made[0].json['id']}", headers={"If-Match": "*"})
    assert strict.post(b"c" * 900_000, "text/plain", name="c.txt").status_int == 201


def test_a_tenant_takes_the_types_it_allows(strict, keeper):
    png = strict.post()
    assert (png.status_int, png.json["type"]) == (415, "/problems/unsupported-media")
    assert "image/png are not taken here" in png.json["detail"]
    assert strict.post(b"%PDF-1.7", "application/pdf", name="a.pdf").status_int == 201
    assert keeper.post().status_int == 201


def test_bytes_of_a_transaction_that_failed_are_swept_away(strict, keeper):
    def take_and_fail():
        with strict.handle.work() as work:
            work.find_service(Files).take(BytesIO(b"orphan"), "a.txt", media_type="text/plain")
            raise ConnectionError

    with pytest.raises(ConnectionError):
        take_and_fail()
    kept = keeper.file(b"kept", "text/plain", name="kept.txt")
    (orphan,) = places(strict)
    registry = strict.handle.installation.registry
    swept(registry)
    assert orphan.exists()
    old = time.time() - 2 * settings_of(registry, FilesSettings).orphans_kept
    for place in (*places(strict), *places(keeper)):
        os.utime(place, (old, old))
    swept(registry)
    assert not places(strict)
    assert keeper.api().get(f"/api/files/{kept['id']}/content").body == b"kept"


def swept(registry):
    """Go once through the folders of all tenants, some at a time."""
    sweep(registry)
    while registry["insula.files.swept"] is not None:
        sweep(registry)
