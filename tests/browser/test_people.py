"""The screens of people, invitations, roles and groups in their states; inviting without script."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from insula.accounts.interfaces import Accounts, Groups, Invitations, Roles
from tests.browser.test_every_screen import AXE, SIDEWAYS, THEMES, WIDTHS, findings, keep, open_page
from tests.makers import unique


@pytest.fixture
def places(tenant):
    """The addresses of a person, a machine, a role and a group, each with something to show."""
    with tenant.work() as work:
        role = work.find_service(Roles).create(unique("press"), "Press office")
        person = work.find_service(Accounts).create_person(
            f"{unique('ada')}@example.com", "Ada Lovelace", None, [role.name, "editor"]
        )
        machine = work.find_service(Accounts).service_account(unique("sensor"), ["viewer"])
        group = work.find_service(Groups).create(unique("news"), "Newsroom", [role.name, "author"])
        work.find_service(Groups).set_members(group.id, [person.id])
        invitations = work.find_service(Invitations)
        revoked = invitations.invite(f"{unique('bob')}@example.com", [], actor="a test")
        invitations.revoke(revoked.id)
        invitations.invite(f"{unique('eve')}@example.com", ["editor"], [group.id], actor="a test")
    return (
        "/admin/people?find=zzz-nobody",
        "/admin/people?role=editor&limit=1",
        "/admin/people/invitations",
        "/admin/people/@@invite",
        f"/admin/people/{person.id}",
        f"/admin/people/{machine.id}",
        f"/admin/roles/{role.name}",
        "/admin/roles/@@new",
        "/admin/groups/@@new",
        f"/admin/groups/{group.id}",
        f"/admin/groups/{group.id}/@@delete",
    )


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("width", WIDTHS)
def test_every_state_is_reachable_by_everybody(served, chromium, tenant, cookies, axe, width, theme, places):
    page = open_page(chromium, width, theme, cookies)
    wrong = []
    for path in places:
        wrong += findings(page, axe, served.url(tenant, path))
    page.context.close()
    assert wrong == []


def test_nothing_scrolls_sideways_on_the_smallest_screen(served, chromium, tenant, cookies, places):
    page = open_page(chromium, 320, "light", cookies)
    wide = []
    for path in places:
        page.goto(served.url(tenant, path))
        if page.evaluate(SIDEWAYS) > 0:
            wide.append(path)
    page.context.close()
    assert wide == []


def test_people_are_invited_without_script(served, chromium, tenant, cookies):
    email = f"{unique('new')}@example.com"
    page = open_page(chromium, 390, "light", cookies, script=False)
    page.goto(served.url(tenant, "/admin/people"))
    page.click("text=Invite people…")
    page.fill("#f-emails", email)
    page.check("input[name=roles][value=editor]")
    page.click("form#invite button[type=submit]")
    expect(page).to_have_url(re.compile(r"/admin/people/invitations\?notice=people-invited$"))
    expect(page.locator("tbody tr", has_text=email)).to_contain_text("Editor")
    page.locator("tbody tr", has_text=email).locator("text=Revoke").last.click()
    assert "Revoked." in page.inner_text("[role=status]")
    page.context.close()


def test_a_failed_invitation_takes_the_focus_and_names_the_line(served, chromium, tenant, cookies, axe):
    page = open_page(chromium, 390, "dark", cookies)
    page.goto(served.url(tenant, "/admin/people/@@invite"))
    page.fill("#f-emails", "good@example.com\nno address")
    page.click("form#invite button[type=submit]")
    expect(page.locator("#errors")).to_be_focused()
    assert "Line 2" in page.inner_text("#errors")
    page.click("#errors a")
    expect(page.locator("#f-emails")).to_be_focused()
    page.evaluate(axe)
    assert page.evaluate(AXE) == []
    keep(page, page.url + "-wrong")
    page.context.close()
