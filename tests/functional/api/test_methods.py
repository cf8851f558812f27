"""An address that does not take a method says which it takes, to those who may see it."""

import pytest


@pytest.mark.parametrize(
    ("method", "url", "offered"),
    [
        ("put", "/api/pages", "GET, HEAD, POST"),
        ("delete", "/api/features/website", "GET, HEAD, PATCH"),
        ("post", "/api/features/website/schema", "GET, HEAD"),
        ("options", "/api/", "GET, HEAD"),
    ],
)
def test_a_method_that_is_not_offered_is_answered_with_those_that_are(one, method, url, offered):
    answer = getattr(one.api("owner"), method)(url, status=405)
    assert answer.headers["Allow"] == offered
    assert answer.json["type"] == "/problems/method-not-allowed"


def test_who_may_not_see_the_address_learns_nothing_of_its_methods(one, two):
    for client in (one.api("viewer"), two.api("viewer")):
        answer = client.delete("/api/features/website", status=404)
        assert "Allow" not in answer.headers
    assert "Allow" not in one.visitor().put("/api/pages", status=401).headers


def test_a_name_that_no_view_has_is_missing_whatever_the_method(one):
    answer = one.api("owner").delete("/api/features/website/ghost", status=404)
    assert "Allow" not in answer.headers


def test_pages_say_it_as_the_api_does(one):
    client = one.api("owner")
    page = client.post_json("/api/pages", {"path": "/news", "title": "News"}).json
    visitor = one.visitor()
    assert "Allow" not in visitor.put("/news", status=404).headers
    client.post_json(f"/api/pages/{page['id']}/publish", {}, headers={"If-Match": "*"})
    answer = visitor.put("/news", status=405)
    assert answer.headers["Allow"] == "GET, HEAD"
    assert "does not take this method" in answer.html.h1.text
