"""A file in a field of an entry: it has to be there, and it stays as long as the entry needs it."""

from __future__ import annotations

import pytest

FIELDS = [{"name": "photo", "type": "file"}, {"name": "more", "type": "list", "items": "file"}]


@pytest.fixture(scope="module")
def entries(keeper):
    """The address of the entries of a collection with files."""
    body = {"name": "piers", "title": "Piers", "drafts": False, "fields": FIELDS}
    keeper.api("owner").post_json("/api/collections", body, status=201)
    return "/api/collections/piers/entries"


@pytest.mark.parametrize("field", ["photo", "more"])
def test_a_file_that_an_entry_needs_is_not_deleted(keeper, other, entries, field):
    owner, made = keeper.api("owner"), keeper.file(name=f"{field}.png")
    address = f"/api/files/{made['id']}"
    value = made["id"] if field == "photo" else [made["id"]]
    entry = owner.post_json(entries, {field: value}, status=201).json
    refused = owner.delete(address, headers={"If-Match": "*"}, status=409)
    assert "used in 1 place." in refused.json["detail"]
    (use,) = owner.get(f"{address}/uses").json["data"]
    assert use["address"] == f"/admin/collections/piers/{entry['id']}"
    keeper.browser("owner").get(use["address"], status=200)
    owner.patch_json(
        f"{entries}/{entry['id']}", {field: None if field == "photo" else []}, headers={"If-Match": "*"}
    )
    owner.delete(address, headers={"If-Match": "*"}, status=204)
    gone = owner.post_json(entries, {field: value}, status=422)
    assert gone.json["errors"][0]["path"].startswith(field)
    foreign = other.file()["id"]
    owner.post_json(entries, {field: foreign if field == "photo" else [foreign]}, status=422)
