"""The screens of the trail name accounts, groups and roles, and say what changed."""

from __future__ import annotations

from insula.accounts.interfaces import Accounts, Groups


def details(page, what):
    row = next(row for row in page.html.select("tbody tr") if what in row.text)
    return row.find_all("td")[-1].get_text(" ", strip=True)


def test_ids_are_names_and_changes_have_an_arrow_in_the_list_and_the_entry_keeps_what_was_recorded(one, two):
    browser = one.signed_in("owner")
    ada, foreign = one.person("editor"), two.person("editor")
    with two.work() as work:
        work.find_service(Accounts).set_name(foreign.id, "Grace Hopper")
    with one.work() as work:
        work.find_service(Accounts).set_name(ada.id, "Ada Byron")
        work.find_service(Accounts).set_roles(ada.id, ["author", "editor"])
        group = work.find_service(Groups).create("desk", "News desk", ["viewer"])
        work.find_service(Groups).set_members(group.id, [ada.id])
    one.installation.drain()

    page = browser.get("/admin/audit")
    assert "roles Editor → Author, Editor account Ada Byron" in page.html.main.get_text(" ", strip=True)
    members = details(page, "Group members changed")
    assert "added Ada Byron" in members
    assert "group News desk" in members
    assert str(ada.id) not in members
    assert "Grace Hopper" not in page

    entry = page.click("Account roles changed", index=0)
    assert entry.html.h1.text == "Account roles changed"
    assert "Ada Byron" in entry.html.find("dl").text
    assert str(ada.id) in entry.html.find("details", class_="raw").text
    two.signed_in("owner").get(entry.request.path, status=404)


def test_a_published_policy_leads_to_its_version(one):
    browser = one.signed_in("owner")
    one.installation.drain()
    entry = browser.get("/admin/audit?event=policy.published").click("Policy published", index=0)
    link = entry.html.find("a", string=lambda text: text and text.endswith("of the policy"))
    assert browser.get(link["href"]).status_int == 200
