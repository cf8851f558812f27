"""What browsers and crawlers ask every host for."""

from urllib.robotparser import RobotFileParser

import pytest

ADDRESSES = ("/robots.txt", "/favicon.ico")


def test_crawlers_may_read_the_site_and_none_of_the_doors_beside_it(one):
    answer = one.visitor().get("/robots.txt")
    assert answer.content_type == "text/plain"
    lines = answer.text.splitlines()
    assert lines[:2] == ["User-agent: *", "Allow: /"]
    for door in ("admin", "account", "api"):
        assert f"Disallow: /{door}/" in lines
        assert f"Disallow: /{door}$" in lines
    # The parser of the library takes the first rule that fits rather than the longest, and knows no $.
    rules = RobotFileParser()
    rules.parse([line for line in lines if line != "Allow: /" and not line.endswith("$")])
    assert rules.can_fetch("crawler", f"https://{one.host}/apiary")
    assert not rules.can_fetch("crawler", f"https://{one.host}/admin/pages")


def test_the_mark_is_an_image_that_browsers_keep(one):
    answer = one.visitor().get("/favicon.ico")
    assert answer.content_type == "image/svg+xml"
    assert answer.body.startswith(b"<svg")
    assert answer.headers["Cache-Control"] == "public, max-age=2592000"


@pytest.mark.parametrize("url", ADDRESSES)
def test_every_tenant_gets_the_same_whether_it_has_a_site_or_not(one, two, url):
    one.api("owner").patch_json("/api/features/website", {"on": False}, headers={"If-Match": "*"})
    assert one.visitor().get(url).body == two.visitor().get(url).body


@pytest.mark.parametrize("url", ADDRESSES)
def test_a_host_of_nobody_has_none(installation, url):
    installation.client("nobody.localhost").get(url, status=404)


def test_the_screens_still_show_the_mark(one):
    icon = one.visitor().get("/account/@@sign-in").html.find("link", rel="icon")["href"]
    assert one.visitor().get(icon).body == one.visitor().get("/favicon.ico").body
