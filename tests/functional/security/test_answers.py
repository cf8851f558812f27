"""The table of answers: what one may not know of is, in body and headers, what is not there."""

import re

import pytest
from pyramid.httpexceptions import HTTPForbidden
from pyramid.security import NO_PERMISSION_REQUIRED

from insula.admin.resources import AdminRoot
from insula.api.resources import APIRoot
from insula.app import configure
from insula.features.interfaces import Sections
from insula.security.interfaces.cookies import host_cookie
from insula.website.interfaces import PageDraft, Pages
from insula.website.resources import PageResource
from tests.installations import Installation
from tests.makers import TenantHandle

VARIES = re.compile(
    rb"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{64}|[\w-]{32}\.[0-9a-f]{64}"
)


def add_page(tenant, path, *, author=None, publish=False, ask=False):
    with tenant.work() as work:
        pages = work.find_service(Pages)
        page = pages.create(
            PageDraft(path=path, title=path.strip("/").title() or "Home", ask_to_sign_in=ask), author=author
        )
        return pages.publish(page.id) if publish else page


def answer(response):
    """Everything a client can see, but for request ids and form tokens."""
    headers = sorted((name, VARIES.sub(b"", value.encode())) for name, value in response.headers.items())
    return response.status_int, headers, VARIES.sub(b"", response.body)


@pytest.mark.parametrize(
    "path",
    [
        "/admin",
        "/admin/",
        "/admin/pages",
        "/admin/nothing",
        "/api",
        "/api/pages",
        "/api/nothing",
        "/account/nothing",
    ],
)
def test_a_visitor_is_told_to_sign_in_before_any_name_is_looked_up(one, path):
    response = one.visitor().get(path, status=401)
    if path.startswith("/api"):
        assert response.content_type == "application/problem+json"
        assert response.headers["WWW-Authenticate"] == "Bearer"
    else:
        assert response.content_type == "text/html"


@pytest.mark.parametrize(
    ("here", "missing"), [("/admin/pages", "/admin/nothing"), ("/api/pages", "/api/nothing")]
)
def test_a_visitor_cannot_tell_a_name_from_another_in_a_closed_branch(one, here, missing):
    there, not_there = (one.visitor().get(path, status=401) for path in (here, missing))
    # The page links back to the address that was asked for.
    name, other = here.rpartition("/")[2].encode(), missing.rpartition("/")[2].encode()
    assert there.body.count(name) == not_there.body.count(other)
    for response, found in ((there, name), (not_there, other)):
        response.body = response.body.replace(found, b"NAME")
    assert answer(there) == answer(not_there)


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_page_a_visitor_may_not_view_is_as_if_missing(one, method):
    add_page(one, "/", publish=True)
    add_page(one, "/draft")
    hidden, missing = (getattr(one.visitor(), method)(path, status=404) for path in ("/draft", "/drift"))
    assert answer(hidden) == answer(missing)


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_page_somebody_may_not_view_is_as_if_missing(one, method):
    add_page(one, "/", publish=True)
    add_page(one, "/draft")
    client = one.signed_in(None)
    hidden, missing = (getattr(client, method)(path, status=404) for path in ("/draft", "/drift"))
    assert answer(hidden) == answer(missing)


def test_whoever_may_view_it_sees_it(one):
    add_page(one, "/", publish=True)
    add_page(one, "/draft")
    one.signed_in("viewer").get("/draft", status=200)


def test_a_page_of_another_tenant_is_as_if_missing(one, two):
    page = add_page(one, "/private", publish=True)
    client = two.api("owner")
    there, missing = (client.get(f"/api/pages/{name}", status=404) for name in (page.id, "nothing"))
    assert answer(there) == answer(missing)
    one.api("owner").get(f"/api/pages/{page.id}", status=200)


def test_what_somebody_may_view_but_not_do_is_refused_with_the_reason_alone(one):
    page = add_page(one, "/news")
    client = one.api("author")
    client.get(f"/api/pages/{page.id}", status=200)
    problem = client.post(f"/api/pages/{page.id}/publish", status=403).json
    assert problem["detail"] == "Editors publish pages. Ask one of them to look at this page."
    assert "tenant:" not in str(problem)


def test_what_somebody_may_neither_view_nor_do_is_as_if_missing(one):
    page = add_page(one, "/news")
    client = one.api(None)
    hidden = client.post(f"/api/pages/{page.id}/publish", status=404)
    missing = client.post("/api/pages/nothing/publish", status=404)
    assert answer(hidden) == answer(missing)


def test_a_visitor_is_asked_to_sign_in_where_the_page_says_so(one):
    add_page(one, "/", publish=True)
    add_page(one, "/members", ask=True)
    asked = one.visitor().get("/members", status=401)
    below = one.visitor().get("/members/nothing", status=401)
    assert b"sign-in" in asked.body
    assert below.status_int == asked.status_int


@pytest.mark.parametrize("where", ["/", "/api/pages", "/admin"])
def test_a_token_that_does_not_hold_here_is_refused_and_not_taken_for_a_visitor(one, two, where):
    add_page(one, "/", publish=True)
    add_page(two, "/", publish=True)
    with two.work() as work:
        everywhere = {"site": ["session", "token"], "admin": ["session", "token"]}
        work.find_service(Sections).change("schemes", settings=everywhere, actor=None)
    token = one.token("owner")
    for text in (token[:-1], "insula_nothing", token):
        client = two.visitor()
        client.authorization = ("Bearer", text)
        client.get(where, status=401)
    two.api("owner").get(where, status=200)


@pytest.mark.parametrize("left", ["operator", "session"])
def test_a_cookie_that_holds_no_more_keeps_nothing_else_out(one, two, left):
    name = host_cookie(one.installation.registry, f"insula-{left}")
    stale = one.visitor()
    stale.set_cookie(name, "left-over")
    stale.get("/admin", status=401)
    token = one.token("owner")
    if left == "operator":
        person = one.signed_in("owner")
        person.set_cookie(name, "left-over")
        person.get("/admin", status=200)
    for tenant, status in ((one, 200), (two, 401)):
        program = tenant.visitor()
        program.set_cookie(name, "left-over")
        program.authorization = ("Bearer", token)
        program.get("/api/pages", status=status)


def test_a_token_that_does_not_hold_is_refused_beside_a_cookie_that_does(one):
    person = one.signed_in("owner")
    person.get("/api/pages", status=200)
    person.authorization = ("Bearer", one.token("owner")[:-1])
    person.get("/api/pages", status=401)


def test_a_cookie_of_another_tenant_is_nobodys(one, two):
    client = one.signed_in("owner")
    client.get("/admin", status=200)
    stolen = two.visitor()
    for cookie in client.cookiejar:
        stolen.set_cookie(cookie.name, cookie.value)
    stolen.get("/admin", status=401)


def test_what_depends_on_who_asks_says_so_to_caches(one):
    add_page(one, "/", publish=True)
    for response in (
        one.visitor().get("/"),
        one.visitor().get("/nothing", status=404),
        one.visitor().get("/admin", status=401),
        one.api("owner").get("/api/pages"),
        one.signed_in("owner").get("/admin"),
    ):
        assert {"Cookie", "Authorization"} <= set(response.vary), response.request.path


@pytest.fixture
def refusing(installation):
    """The installation with a view in each door that refuses by itself, whatever the policy says."""

    def refuse(context, request):
        raise HTTPForbidden

    config = configure(dict(installation.settings))
    for context in (PageResource, AdminRoot, APIRoot):
        config.add_view(refuse, name="refuse", context=context, permission=NO_PERMISSION_REQUIRED)
    made = Installation(installation.kind, installation.settings, config.make_wsgi_app(), config.registry)
    yield made
    made.close()


@pytest.mark.parametrize(("door", "visitors"), [("/open", 404), ("/admin", 401), ("/api", 401)])
def test_a_view_that_refuses_by_itself_is_told_as_a_refusal_of_the_policy(refusing, one, door, visitors):
    add_page(one, "/open", publish=True)
    here = TenantHandle(refusing, one.tenant)
    visitor = here.visitor()
    there, missing = (visitor.get(f"{door}/@@{name}", status=visitors) for name in ("refuse", "nothere"))
    # The question to sign in links back to the address that was asked for.
    missing.body = missing.body.replace(b"nothere", b"refuse")
    assert answer(there)[2] == answer(missing)[2]
    client = here.api("owner") if door == "/api" else here.signed_in("owner")
    refused = client.get(f"{door}/@@refuse", status=403)
    assert "You may look at this, but not do that with it." in refused.text
