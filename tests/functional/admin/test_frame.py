"""The frame of the administration: what each role finds in it, and what it refuses."""

from __future__ import annotations

import pytest


def links(page):
    return [link["href"] for link in page.html.find("nav", id="nav").select(".menu a")]


def test_an_owner_finds_the_panels_in_the_order_of_their_groups(one):
    found = links(one.signed_in("owner").get("/admin"))
    assert found[0] == "/admin"
    assert "/admin/features" in found
    assert len(found) == len(set(found))


@pytest.mark.parametrize("role", ["owner", "admin", "editor", "author"])
def test_every_link_of_the_navigation_opens(one, role):
    browser = one.signed_in(role)
    for url in links(browser.get("/admin")):
        page = browser.get(url)
        assert page.html.find("nav", id="nav").find("a", {"aria-current": "page"})["href"] == url
        assert len(page.html.find_all("h1")) == 1


def test_what_the_policy_forbids_is_absent_from_the_navigation(one):
    assert "/admin/features" not in links(one.signed_in("editor").get("/admin"))


@pytest.mark.parametrize("role", ["viewer", None])
def test_who_may_not_view_the_administration_is_told_that_it_is_not_there(one, role):
    browser = one.signed_in(role)
    assert browser.get("/admin", status="*").status_int == 404
    assert browser.get("/admin/features", status="*").status_int == 404


def test_a_visitor_is_asked_to_sign_in_and_an_unknown_name_answers_alike(one):
    known, unknown = (one.visitor().get(url, status=401) for url in ("/admin/features", "/admin/ghost"))
    assert known.html.h1.text == unknown.html.h1.text


def test_a_panel_of_a_feature_that_is_off_is_gone(one, two):
    from insula.admin.interfaces import panels

    registry = one.installation.registry
    panel = next(panel for panel in panels(registry) if panel.feature)
    browser, other = one.signed_in("owner"), two.signed_in("owner")
    assert f"/admin/{panel.name}" in links(browser.get("/admin"))
    from insula.features.interfaces import Features

    with one.work() as work:
        features = work.find_service(Features)
        for state in features.all():
            if panel.feature in state.requires:
                features.change(state.name, on=False, actor="test")
        features.change(panel.feature, on=False, actor="test")
    assert f"/admin/{panel.name}" not in links(browser.get("/admin"))
    browser.get(f"/admin/{panel.name}", status=404)
    other.get(f"/admin/{panel.name}", status=200)


def test_a_missing_screen_is_told_in_the_shell_to_who_is_inside(one):
    page = one.signed_in("owner").get("/admin/ghost", status=404)
    assert page.html.find("nav", id="nav") is not None
    assert page.html.h1.text == "There is nothing here"


def test_signing_out_from_the_shell_ends_the_session(one):
    browser = one.signed_in("owner")
    page = browser.get("/admin")
    page.forms["sign-out"].submit()
    assert browser.get("/admin", status="*").status_int == 401


def test_screens_are_kept_by_nobody(one):
    assert "no-store" in one.signed_in("owner").get("/admin").headers["Cache-Control"]


def test_names_of_the_tenant_are_shown_as_text(one):
    page = one.signed_in("owner").get("/admin")
    assert one.tenant.title in page.html.title.text
