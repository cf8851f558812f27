"""The frame calls roles by their titles, leads to a site where there is one, and tells what happened elsewhere."""

from __future__ import annotations

from insula.accounts.interfaces import Roles


def test_the_foot_has_the_titles_of_roles_and_a_site_to_view_but_on_the_console(installation, one, two):
    with one.work() as work:
        work.find_service(Roles).rename("editor", "News editor")
    console = installation.tenant("ops", console=True)
    here, there, operators = (each.signed_in("editor") for each in (one, two, console))
    assert "News editor" in here.get("/admin").html.find("div", class_="me").text
    assert "News editor" not in there.get("/admin").html.find("div", class_="me").text
    assert "View site" in here.get("/admin")
    assert "View site" not in operators.get("/admin")


def test_whoever_confirmed_an_address_while_signed_in_is_told_at_home(one):
    browser = one.signed_in("viewer")
    assert "Your new e-mail address is confirmed." in browser.get("/account/@@sign-in?confirmed").follow()
    assert "confirmed" not in browser.get("/account/@@sign-in").follow()
    assert "confirmed" not in one.visitor().get("/account/@@sign-in").html.main.text


def test_a_role_that_somebody_holds_offers_no_deletion_but_leads_to_them(one):
    with one.work() as work:
        for name in ("press", "idle"):
            work.find_service(Roles).create(name, name.title())
    owner = one.signed_in("owner")
    one.person("press")
    held, free = owner.get("/admin/roles/press"), owner.get("/admin/roles/idle")
    assert "1 account holds it" in held
    assert "Delete the role" not in held
    assert "Delete the role" in free
