"""`/api/files`: taking in, listing, describing and deleting."""

from __future__ import annotations

import hashlib

import pytest

from insula.files.interfaces import Files
from insula.kit.ids import uuid7
from insula.security.interfaces import Policies
from tests.unit.files.pictures import bomb

from .conftest import PNG, Keeper

NO_PDF = """
@id("no-pdf") forbid(principal, action == Action::"create", resource is File)
  when { resource.media_type == "application/pdf" };
"""
HTML = b"<!doctype html><script>alert(1)</script>"


def test_a_file_is_taken_in_and_described(keeper):
    answer = keeper.post(name="..%2F..%2FBild%201.png", alt="The+pier")
    assert answer.status_int == 201
    made = answer.json
    assert answer.headers["Location"].endswith(f"/api/files/{made['id']}")
    assert (made["name"], made["media_type"], made["size"]) == ("Bild 1.png", "image/png", len(PNG))
    assert (made["sha256"], made["alt"]) == (hashlib.sha256(PNG).hexdigest(), "The pier")
    assert (made["width"], made["height"], made["public"], made["version"]) == (800, 400, False, 1)
    assert [each["width"] for each in made["renditions"]] == [320, 640, 960]
    again = keeper.api().get(f"/api/files/{made['id']}")
    assert again.json == made
    assert keeper.api().get(f"/api/files/{made['id']}/content").body == PNG
    tag = again.headers["ETag"]
    keeper.api().get(f"/api/files/{made['id']}", headers={"If-None-Match": tag}, status=304)


@pytest.mark.parametrize(
    ("body", "type_", "query", "status"),
    [
        (HTML, "image/png", {}, 415),
        (HTML, "text/plain", {"name": "a.txt"}, 415),
        (HTML, "text/html", {"name": "a.html"}, 415),
        (PNG, "application/pdf", {}, 415),
        (b"MZ\x00\x90" + b"\0" * 99, "application/octet-stream", {"name": "a.exe"}, 415),
        (b"a=b", "application/x-www-form-urlencoded", {}, 415),
        (bomb(), "image/png", {}, 422),
        (PNG[:40], "image/png", {}, 422),
        (PNG, "image/png", {"name": ".."}, 422),
        (PNG, "image/png", {"name": ""}, 400),
        (PNG, "image/png", {"alt": "x" * 501}, 400),
        (PNG, "image/png", {"publik": "true"}, 400),
    ],
)
def test_what_is_no_file_of_the_type_it_claims_is_refused(keeper, body, type_, query, status):
    before = keeper.api().get("/api/files").json["data"]
    answer = keeper.post(body, type_, **query)
    assert answer.status_int == status, answer
    assert answer.json["type"].startswith("/problems/")
    assert answer.json.get("detail") or answer.json["errors"][0]["detail"]
    assert keeper.api().get("/api/files").json["data"] == before


def test_who_may_do_what(keeper):
    assert keeper.post(role="viewer").status_int == 403
    assert keeper.post(role="author", public="true").status_int == 403
    own = keeper.post(role="author").json
    others = keeper.file()
    for file, status in ((own, 200), (others, 403)):
        address = f"/api/files/{file['id']}"
        said = {"alt": "Said by an author"}
        keeper.api("author").patch_json(address, said, headers={"If-Match": "*"}, status=status)
        keeper.api("author").patch_json(address, {"public": True}, headers={"If-Match": "*"}, status=403)
        assert keeper.api("viewer").get(address).status_int == 200
        keeper.api("viewer").delete(address, headers={"If-Match": "*"}, status=403)
    keeper.api("author").delete(f"/api/files/{others['id']}", headers={"If-Match": "*"}, status=403)
    keeper.api("author").delete(f"/api/files/{own['id']}", headers={"If-Match": "*"}, status=204)


def test_a_rule_on_new_files_judges_what_they_turn_out_to_be(installation):
    strict, free = Keeper(installation.tenant("strict")), Keeper(installation.tenant("free"))
    with strict.handle.work() as work:
        policies = work.find_service(Policies)
        now = policies.current()
        policies.publish(f"{now.text}\n{NO_PDF}", now.grid, None, "because")
    for claimed in ("application/pdf", "application/octet-stream"):
        assert free.post(b"%PDF-1.7\n", claimed, name="x.pdf").status_int == 201
        assert strict.post(b"%PDF-1.7\n", claimed, name="x.pdf").status_int == 403
    assert strict.post().status_int == 201
    assert [each["media_type"] for each in strict.api().get("/api/files").json["data"]] == ["image/png"]


def test_a_change_names_the_version_it_is_based_on(keeper):
    made = keeper.file()
    address = f"/api/files/{made['id']}"
    assert keeper.api().patch_json(address, {"alt": "x"}, status=428)
    changed = keeper.api().patch_json(
        address, {"name": "pier.png", "alt": " The \n pier ", "public": True}, headers={"If-Match": '"1"'}
    )
    assert (changed.json["name"], changed.json["alt"], changed.json["public"]) == (
        "pier.png",
        "The pier",
        True,
    )
    assert changed.headers["ETag"] == '"2"'
    keeper.api().patch_json(address, {"alt": "y"}, headers={"If-Match": '"1"'}, status=412)
    keeper.api().delete(address, headers={"If-Match": '"1"'}, status=412)
    refused = keeper.api().patch_json(address, {"name": "../x"}, headers={"If-Match": '"2"'}, status=422)
    assert refused.json["errors"][0]["path"] == "name"
    keeper.api().patch_json(address, {"alt": None}, headers={"If-Match": '"2"'}, status=422)
    keeper.api().patch_json(address, {"size": 1}, headers={"If-Match": '"2"'}, status=422)
    keeper.api().delete(address, headers={"If-Match": '"2"'}, status=204)
    keeper.api().get(address, status=404)


def test_a_list_is_found_through_and_goes_on(keeper):
    names = [f"listed{number}_%25.txt" for number in range(3)]
    for name in names:
        keeper.file(b"words", "text/plain", name=name)
    first = keeper.api().get("/api/files?find=LISTED&limit=2").json
    assert [each["name"] for each in first["data"]] == ["listed2_%.txt", "listed1_%.txt"]
    second = keeper.api().get("/api/files", {"find": "LISTED", "limit": 2, "after": first["after"]}).json
    assert [each["name"] for each in second["data"]] == ["listed0_%.txt"]
    assert "after" not in second
    assert not keeper.api().get("/api/files?find=listed&kind=image").json["data"]
    assert len(keeper.api().get("/api/files?find=listed&kind=text&public=false").json["data"]) == 3
    assert len(keeper.api().get("/api/files", {"find": "1_%"}).json["data"]) == 1
    assert not keeper.api().get("/api/files", {"find": "l%1"}).json["data"]
    keeper.api().get("/api/files?kind=pictures", status=400)


def test_another_tenants_file_is_missing(keeper, other):
    made = keeper.file(public="true")
    nobodys = str(uuid7())
    for path, method in (
        ("/api/files/{}", "get"),
        ("/api/files/{}/content", "get"),
        ("/api/files/{}/uses", "get"),
        ("/api/files/{}", "delete"),
        ("/files/{}/a.png", "get"),
        ("/files/{}", "get"),
    ):
        told = []
        for name in (made["id"], nobodys):
            answer = getattr(other.api("owner"), method)(
                path.format(name), headers={"If-Match": "*"}, expect_errors=True
            )
            rid = answer.headers["X-Request-ID"]
            told.append((answer.status_int, answer.text.replace(name, "ID").replace(rid, "")))
        assert told[0] == told[1]
        assert told[0][0] == 404
    assert not other.api().get("/api/files").json["data"]
    assert keeper.api().get(f"/api/files/{made['id']}").status_int == 200


def test_the_same_content_is_kept_once_a_tenant_and_never_across(keeper, other):
    content = b"kept once " + str(uuid7()).encode()

    def used(each):
        with each.handle.work(writing=False) as work:
            return work.find_service(Files).used()[0]

    before = used(keeper), used(other)
    first, second = (keeper.file(content, "text/plain", name=f"{number}.txt") for number in (1, 2))
    assert first["sha256"] == second["sha256"]
    assert used(keeper) == before[0] + len(content)
    other.file(content, "text/plain", name="1.txt")
    assert used(other) == before[1] + len(content)
    keeper.api().delete(f"/api/files/{first['id']}", headers={"If-Match": "*"})
    assert used(keeper) == before[0] + len(content)
    assert keeper.api().get(f"/api/files/{second['id']}/content").body == content
    keeper.api().delete(f"/api/files/{second['id']}", headers={"If-Match": "*"})
    assert used(keeper) == before[0]


def test_what_was_done_is_in_the_trail(keeper):
    made = keeper.file(name="trail.png")
    keeper.api().delete(f"/api/files/{made['id']}", headers={"If-Match": "*"})
    keeper.handle.installation.drain()
    found = keeper.api("owner").get("/api/audit?event=file.deleted").json["data"]
    assert found[0]["payload"] == {"file_id": made["id"], "title": "trail.png", "sha256": made["sha256"]}


def test_an_upload_that_is_sent_again_with_its_key_makes_one_file(keeper):
    key, path = {"Idempotency-Key": str(uuid7())}, "/api/files?name=once.png"
    answers = [
        keeper.api().post(path, PNG, content_type="image/png", headers=key, status=201) for _ in range(3)
    ]
    assert {answer.json["id"] for answer in answers} == {answers[0].json["id"]}
    assert answers[2].headers["ETag"] == answers[0].headers["ETag"]
    keeper.api().post(path, PNG + b"x", content_type="image/png", headers=key, status=422)
    assert len(keeper.api().get("/api/files?find=once.png").json["data"]) == 1
