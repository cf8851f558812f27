"""Unsafe requests that a browser could be made to send are refused."""

import pytest

from insula.website.interfaces import PageDraft, Pages

SIGN_IN = "/account/@@sign-in"


def test_a_sign_in_without_the_token_is_refused(one):
    client = one.visitor()
    client.get(SIGN_IN)
    client.post(SIGN_IN, {"email": "a@example.com", "password": "x"}, status=400)


def test_a_visitors_token_is_good_for_the_host_that_gave_it_alone(one, two):
    given = one.visitor()
    token = given.get(SIGN_IN).forms["sign-in"]["csrf_token"].value
    other = two.visitor()
    for cookie in given.cookiejar:
        other.set_cookie(cookie.name, cookie.value)
    fields = {"csrf_token": token, "email": "a@example.com", "password": "long enough to be one"}
    assert other.post(SIGN_IN, fields, status="*").status_int == 400
    assert given.post(SIGN_IN, fields, status="*").status_int != 400


def test_a_token_without_its_cookie_is_refused(one):
    token = one.visitor().get(SIGN_IN).forms["sign-in"]["csrf_token"].value
    one.visitor().post(SIGN_IN, {"csrf_token": token, "email": "a@example.com", "password": "x"}, status=400)


@pytest.mark.parametrize(
    ("headers", "good"),
    [
        ({}, True),
        ({"Origin": "https://HOST"}, True),
        ({"Origin": "https://HOST:443"}, True),
        ({"Referer": "https://HOST/account/@@sign-in?x=1"}, True),
        ({"Origin": "https://HOST", "Sec-Fetch-Site": "same-origin"}, True),
        ({"Origin": "null"}, False),
        ({"Origin": "http://HOST"}, False),
        ({"Origin": "https://HOST:8443"}, False),
        ({"Origin": "https://HOST.evil.example"}, False),
        ({"Origin": "https://evil.example"}, False),
        ({"Origin": "https://[broken"}, False),
        ({"Referer": "https://evil.example/https://HOST/"}, False),
        ({"Origin": "null", "Sec-Fetch-Site": "same-origin"}, True),
        ({"Origin": "null", "Sec-Fetch-Site": "none"}, False),
        ({"Origin": "null", "Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "same-site"}, False),
    ],
)
@pytest.mark.parametrize("scheme", ["https", "http"])
def test_the_origin_is_checked_on_either_scheme(one, headers, good, scheme):
    client = one.visitor(**{"wsgi.url_scheme": scheme, "SERVER_PORT": "443" if scheme == "https" else "80"})
    token = client.get(SIGN_IN).forms["sign-in"]["csrf_token"].value
    swapped = {"https": "https", "http": "http"}[scheme]
    mine = {
        name: value.replace("HOST", one.host)
        .replace("http://", "ftp://")
        .replace("https://", f"{swapped}://")
        for name, value in headers.items()
    }
    if scheme == "http":
        mine = {name: value.replace(":443", ":80") for name, value in mine.items()}
    for name, value in client.cookies.items():
        mine["Cookie"] = f"{name}={value}"
    fields = {"csrf_token": token, "email": "a@example.com", "password": "long enough to be one"}
    response = client.post(SIGN_IN, fields, headers=mine, status="*")
    assert (response.status_int != 400) is good, response


def test_a_token_of_another_session_is_refused(one):
    with one.work() as work:
        work.find_service(Pages).create(PageDraft(path="/news", title="News"))
    mine, theirs = one.signed_in("editor"), one.signed_in("editor")
    stolen = theirs.get("/admin/pages/news").html.find("input", {"name": "csrf_token"})["value"]
    mine.post("/admin/pages/news/publish", {"csrf_token": stolen, "version": "1"}, status=400)
    theirs.post("/admin/pages/news/publish", {"csrf_token": stolen, "version": "1"}, status=303)


def test_a_bearer_token_needs_no_form_token_unless_a_session_cookie_comes_along(one):
    with one.work() as work:
        page = work.find_service(Pages).create(PageDraft(path="/news", title="News"))
    client = one.api("editor")
    client.post(f"/api/pages/{page.id}/publish", status=200)
    browser = one.signed_in("editor")
    browser.authorization = client.authorization
    assert browser.post(f"/api/pages/{page.id}/unpublish", status="*").status_int in {400, 403}


def test_a_form_without_token_about_something_hidden_is_as_if_missing(one):
    with one.work() as work:
        work.find_service(Pages).create(PageDraft(path="/news", title="News"))
    client = one.signed_in(None)
    client.post("/admin/pages/news/publish", {"version": "1"}, status=404)
    one.signed_in("author").post("/admin/pages/news/publish", {"version": "1"}, status=400)
