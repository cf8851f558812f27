"""Features as JSON: list, read with an ETag, change by merge patch."""

from __future__ import annotations

import pytest

from insula.kit import json

URL = "/api/features/streams"


def patch(client, body, *, url=URL, if_match="*", content_type="application/merge-patch+json", status=200):
    headers = {"If-Match": if_match} if if_match else {}
    sent = body if isinstance(body, bytes) else json.dumps(body)
    return client.patch(url, sent, headers=headers, content_type=content_type, status=status)


def test_every_feature_is_listed_with_an_id_and_its_state(one):
    data = one.api("admin").get("/api/features").json["data"]
    assert {"website", "streams"} <= {item["id"] for item in data}
    assert all(item["on"] is True for item in data if item["id"] in {"website", "streams"})


def test_one_feature_has_settings_defaults_and_a_schema(one):
    client = one.api("admin")
    item = client.get("/api/features/website").json
    assert item["settings"] == item["defaults"]
    assert set(client.get("/api/features/website/schema").json["properties"]) == set(item["settings"])


def test_what_was_read_already_is_not_sent_again(one):
    client = one.api("admin")
    etag = client.get(URL).headers["ETag"]
    assert client.get(URL, headers={"If-None-Match": etag}).status_int == 304


def test_a_patch_with_the_etag_changes_it_once(one, two):
    client = one.api("admin")
    etag = client.get(URL).headers["ETag"]
    answer = patch(client, {"on": False}, if_match=etag)
    assert (answer.json["on"], answer.json["version"]) == (False, 1)
    assert answer.headers["ETag"] != etag
    assert client.get("/api/streams", status="*").status_int == 404
    problem = patch(client, {"on": True}, if_match=etag, status=412)
    assert problem.json["type"] == "/problems/stale"
    assert two.api("admin").get(URL).json["on"] is True


def test_a_patch_without_a_version_is_refused(one):
    assert patch(one.api("admin"), {"on": False}, if_match="", status=428)
    assert one.api("admin").get(URL).json["on"] is True


@pytest.mark.parametrize(
    ("body", "paths"),
    [
        ({"on": "no"}, ["on"]),
        ({"settings": []}, ["settings"]),
        ({"name": "x"}, ["name"]),
        ({"settings": {"ghost": 1}}, ["settings.ghost"]),
    ],
)
def test_a_bad_patch_is_told_by_path(one, body, paths):
    problem = patch(one.api("admin"), body, status=422).json
    assert [error["path"] for error in problem["errors"]] == paths
    assert problem["request_id"]


def test_a_body_that_is_not_json_is_malformed(one):
    patch(one.api("admin"), b'{"on": ', status=400)
    patch(one.api("admin"), b"on=off", content_type="application/x-www-form-urlencoded", status=415)


@pytest.mark.parametrize("role", ["editor", "author", "viewer"])
def test_who_does_not_manage_the_site_changes_nothing(one, role):
    answer = patch(one.api(role), {"on": False}, status="*")
    assert answer.status_int in {403, 404}
    assert one.api("admin").get(URL).json["on"] is True


def test_a_visitor_is_refused_before_any_name_is_looked_up(one):
    for url in ("/api/features", URL, "/api/features/ghost"):
        assert one.visitor().get(url, status="*").status_int == 401


def test_a_token_of_another_tenant_opens_nothing(one, two):
    client = two.visitor()
    client.authorization = ("Bearer", one.token("owner"))
    assert client.get(URL, status="*").status_int == 401
    assert patch(client, {"on": False}, status="*").status_int == 401


def test_an_unknown_feature_is_missing(one):
    one.api("admin").get("/api/features/ghost", status=404)


def test_a_value_that_is_not_offered_is_refused_with_the_nearest_that_is(one):
    client, url = one.api("admin"), "/api/features/website"
    for theme, told in (("harbor", "Did you mean harbour?"), ("xyzzy", "Choose one of harbour, bay.")):
        answer = patch(client, {"settings": {"theme": theme}}, url=url, status=422)
        (error,) = answer.json["errors"]
        assert error["path"] == "settings.theme"
        assert told in error["detail"]
    assert client.get(url).json["settings"]["theme"] == "harbour"
    patch(client, {"settings": {"theme": "bay"}}, url=url)


def test_the_schema_lists_what_is_offered(one):
    theme = one.api("admin").get("/api/features/website/schema").json["properties"]["theme"]
    assert theme["enum"] == ["harbour", "bay"]
    assert "choices" not in theme
