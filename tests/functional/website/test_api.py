"""Pages as JSON: list, make, read, change, publish; each allowed case beside its refused twin."""

from __future__ import annotations

import re
import uuid

import pytest

from insula.kit import json
from insula.security.interfaces import Policies

from .conftest import bare, text

PATCH = "application/merge-patch+json"


def create(client, path="/about", title="About", status=201, **more):
    return client.post_json("/api/pages", {"path": path, "title": title, **more}, status=status)


def patch(client, page_id, body, *, etag=None, status=200):
    headers = {"If-Match": etag} if etag else {}
    return client.patch(
        f"/api/pages/{page_id}", json.dumps(body), headers=headers, content_type=PATCH, status=status
    )


def problems(answer):
    return {error["path"] for error in answer.json["errors"]}


def test_a_page_is_made_read_changed_and_published(one, two):
    editor = one.api("editor")
    made = create(editor, blocks=[text("Hello.")], summary="Us")
    page = made.json
    assert (page["published"], page["version"], page["path"]) == (False, 1, "/about")
    assert made.headers["Location"].endswith(f"/api/pages/{page['id']}")
    read = editor.get(f"/api/pages/{page['id']}")
    assert read.json == page
    assert read.headers["ETag"] == made.headers["ETag"]
    changed = patch(editor, page["id"], {"title": "About us"}, etag=read.headers["ETag"])
    assert (changed.json["title"], changed.json["version"], changed.json["summary"]) == ("About us", 2, "Us")
    one.visitor().get("/about", status=404)
    assert editor.post(f"/api/pages/{page['id']}/publish").json["published"] is True
    assert "About us" in one.visitor().get("/about").text
    assert editor.post(f"/api/pages/{page['id']}/unpublish").json["published"] is False
    one.visitor().get("/about", status=404)
    two.visitor().get("/about", status=404)


def test_another_tenant_finds_nothing_by_the_same_id(one, two):
    page = create(one.api("editor")).json
    other = two.api("editor")
    nothing = f"/api/pages/{uuid.uuid4()}"
    assert bare(other.get(f"/api/pages/{page['id']}", status=404)) == bare(other.get(nothing, status=404))
    patch(other, page["id"], {"title": "x"}, etag='"1"', status=404)
    for verb in ("publish", "unpublish"):
        other.post(f"/api/pages/{page['id']}/{verb}", status=404)
    assert other.get("/api/pages").json == {"data": []}
    assert one.api("editor").get(f"/api/pages/{page['id']}").json["title"] == "About"


def test_pages_come_by_path_and_code_point_from_cursor_to_cursor(one, two, make_page):
    paths = ["/a", "/a/b", "/a/z", "/a-b", "/a-b/c", "/ab", "/b"]
    for path in paths:
        make_page(one, path)
    make_page(two, "/a")
    client, seen, address = one.api("editor"), [], "/api/pages?limit=1"
    while address:
        answer = client.get(address).json
        seen += [page["path"] for page in answer["data"]]
        address = f"/api/pages?limit=1&after={answer['after']}" if "after" in answer else None
    assert seen == sorted(paths)


def test_a_visitor_is_told_to_sign_in_before_a_name_is_looked_up(one, make_page):
    page = make_page(one, "/about")
    visitor = one.visitor()
    answers = [
        bare(visitor.get(path, status=401))
        for path in ("/api/pages", f"/api/pages/{page.id}", "/api/pages/none")
    ]
    assert answers[0] == answers[1] == answers[2]


def test_what_was_read_already_is_not_sent_again(one, make_page):
    page = make_page(one, "/about")
    client = one.api("editor")
    etag = client.get(f"/api/pages/{page.id}").headers["ETag"]
    assert client.get(f"/api/pages/{page.id}", headers={"If-None-Match": etag}).status_int == 304
    assert client.get(f"/api/pages/{page.id}", headers={"If-None-Match": '"0"'}).status_int == 200


def test_a_change_needs_the_version_and_a_stale_one_is_refused(one):
    editor = one.api("editor")
    made = create(editor)
    page_id, etag = made.json["id"], made.headers["ETag"]
    assert (
        patch(editor, page_id, {"title": "x"}, status=428).json["type"] == "/problems/precondition-required"
    )
    patch(editor, page_id, {"title": "First"}, etag=etag)
    refused = patch(editor, page_id, {"title": "Second"}, etag=etag, status=412)
    assert refused.json["type"] == "/problems/stale"
    assert editor.get(f"/api/pages/{page_id}").json["title"] == "First"
    editor.post(f"/api/pages/{page_id}/publish", headers={"If-Match": etag}, status=412)


def test_what_is_the_same_makes_no_new_version(one):
    editor = one.api("editor")
    made = create(editor)
    again = patch(editor, made.json["id"], made.json, etag=made.headers["ETag"])
    assert again.json["version"] == 1


@pytest.mark.parametrize(
    ("body", "paths"),
    [
        ({"title": "x"}, {"path"}),
        ({"path": "/a"}, {"title"}),
        ({"path": "/a", "title": "x", "published": True}, {"published"}),
        ({"path": "/api", "title": "x"}, {"path"}),
        ({"path": "/A b", "title": "x"}, {"path"}),
        ({"path": "/a/b", "title": "x"}, {"path"}),
        ({"path": "/a", "title": "x", "blocks": "text"}, {"blocks"}),
        (
            {"path": "/a", "title": "", "blocks": [{"kind": "heading", "level": 9}]},
            {"title", "blocks[0].text", "blocks[0].level"},
        ),
        ({"path": "/a", "title": "x", "blocks": [{"kind": "nobody"}]}, {"blocks[0].kind"}),
        ({"path": "/a", "title": "x", "position": "first"}, {"position"}),
    ],
)
def test_a_bad_page_is_refused_with_the_path_of_every_fault(one, body, paths):
    editor = one.api("editor")
    assert problems(editor.post_json("/api/pages", body, status=422)) == paths
    assert editor.get("/api/pages").json == {"data": []}


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"title": "a", "title": "b"}', b"\xff"])
def test_a_body_that_cannot_be_read_is_told_so(one, body):
    one.api("editor").post("/api/pages", body, content_type="application/json", status=400)


def test_two_pages_cannot_have_one_path_but_two_tenants_can(one, two):
    create(one.api("editor"))
    assert create(one.api("editor"), status=409).json["type"] == "/problems/conflict"
    create(two.api("editor"))


def test_a_patch_names_each_bad_field(one):
    editor = one.api("editor")
    made = create(editor)
    body = {"title": "", "path": "/other", "blocks": [{"kind": "heading"}]}
    answer = patch(
        editor, made.json["id"], {"title": "", "blocks": [{"kind": "heading"}]}, etag="*", status=422
    )
    assert problems(answer) == {"title", "blocks[0].text"}
    assert "path" in problems(patch(editor, made.json["id"], body, etag="*", status=422))


@pytest.mark.parametrize(
    ("role", "status"), [("author", 403), ("editor", 200), ("admin", 200), ("viewer", 403)]
)
def test_who_may_publish(one, make_page, role, status):
    page = make_page(one, "/about", published=False)
    answer = one.api(role).post(f"/api/pages/{page.id}/publish", status=status)
    if role == "author":
        assert answer.json["detail"] == "Editors publish pages. Ask one of them to look at this page."
    assert one.visitor().get("/about", status="*").status_int == (200 if status == 200 else 404)


def test_authors_make_pages_and_edit_their_own_only(one, make_page):
    author = one.api("author")
    others = make_page(one, "/theirs")
    own = create(author, "/mine")
    patch(author, own.json["id"], {"title": "Still mine"}, etag=own.headers["ETag"])
    refused = patch(author, others.id, {"title": "Now mine"}, etag="*", status=403)
    assert refused.json["detail"] == "Authors edit their own pages only."
    create(author, "/theirs/below")
    create(one.api("viewer"), "/not", status=403)


def test_a_list_goes_on_by_sealed_cursor_and_shows_each_page_once(one, two, make_page):
    for number in range(7):
        make_page(one, f"/page-{number}")
    make_page(two, "/other")
    client = one.api("editor")
    seen, address = [], "/api/pages?limit=3"
    while address:
        answer = client.get(address)
        seen += [page["path"] for page in answer.json["data"]]
        after = answer.json.get("after")
        address = f"/api/pages?limit=3&after={after}" if after else None
    assert seen == [f"/page-{number}" for number in range(7)]
    after = client.get("/api/pages?limit=3").json["after"]
    client.get(f"/api/pages?limit=3&after={after[:-2]}", status=400)
    two.api("editor").get(f"/api/pages?limit=3&after={after}", status=400)
    one.api("admin").get(f"/api/pages?limit=3&after={after}", status=400)
    client.get("/api/pages?limit=0", status=400)
    client.get("/api/pages?offset=3", status=400)


def test_the_list_leaves_out_what_one_may_not_view(one, make_page):
    make_page(one, "/open")
    make_page(one, "/closed", published=False)
    assert [page["path"] for page in one.api(None).get("/api/pages").json["data"]] == ["/open"]
    assert len(one.api("viewer").get("/api/pages").json["data"]) == 2


def test_everything_that_is_wrong_with_a_new_page_is_told_at_once(one):
    editor = one.api("editor")
    bad = [{"kind": "heading", "text": "", "level": 9}, {"kind": "nothing"}]
    answer = create(editor, path="/No such", title="", blocks=bad, position=-1, status=422)
    assert {"path", "title", "position", "blocks[0].text", "blocks[0].level", "blocks[1].kind"} <= problems(
        answer
    )
    answer = create(editor, path="/missing/below", blocks=bad[1:], status=422)
    assert problems(answer) == {"path", "blocks[0].kind"}
    answer = create(editor, path=7, ghost=1, blocks=bad[1:], status=422)
    assert problems(answer) == {"path", "ghost", "blocks[0].kind"}
    assert editor.get("/api/pages").json["data"] == []


def test_who_may_not_make_a_page_is_not_told_what_is_wrong_with_it(one):
    answer = create(one.api("viewer"), path="/No such", title="", status=403)
    assert "errors" not in answer.json


def test_moments_have_milliseconds_as_everywhere(one):
    editor = one.api("editor")
    page = create(editor).json
    page = editor.post(f"/api/pages/{page['id']}/publish").json
    for name in ("created", "updated", "published_at"):
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", page[name]), page[name]


def test_a_list_shows_exactly_what_single_reads_show(one, two):
    owner = one.api("owner")
    made = {}
    for path in ("/a", "/a/b", "/ab", "/a-b", "/c", "/c/d"):
        page = owner.post_json("/api/pages", {"path": path, "title": path}).json
        made[path] = page["id"]
    for path in ("/a/b", "/ab", "/c"):
        owner.post_json(f"/api/pages/{made[path]}/publish", {}, headers={"If-Match": "*"})
    rules = (
        '@id("api") permit(principal is Account, action == Action::"view", resource == Area::"api");'
        '@id("site") permit(principal, action == Action::"view", resource == Area::"site");'
        '@id("owners") permit(principal in Role::"owner", action, resource);'
        '@id("readers") permit(principal in Role::"viewer", action == Action::"view", resource is Page) '
        'when { resource.published || resource in Page::"/a" };'
        '@id("not-c") forbid(principal in Role::"viewer", action == Action::"view", resource is Page) '
        'when { resource.path like "/c*" };'
        '@id("not-mine") forbid(principal in Role::"viewer", action == Action::"view", resource is Page) '
        "when { resource has author && resource.author == principal };"
    )
    with one.work() as work:
        work.find_service(Policies).publish(rules, {}, None, "because")
    reader = one.api("viewer")
    seen = {
        path for path, id_ in made.items() if reader.get(f"/api/pages/{id_}", status="*").status_int == 200
    }
    assert seen == {"/a", "/a/b", "/ab"}
    assert {page["path"] for page in reader.get("/api/pages").json["data"]} == seen
    # Pages of one, so that what may not be viewed would show as a page with nothing on it.
    listed, address = [], "/api/pages?limit=1"
    while address:
        answer = reader.get(address).json
        assert len(answer["data"]) == 1
        listed += [page["path"] for page in answer["data"]]
        address = f"/api/pages?limit=1&after={answer['after']}" if "after" in answer else None
    assert listed == sorted(seen)
    assert two.api("owner").get("/api/pages").json["data"] == []
