"""Tokens on screens: the list, making one, the secret once, rotating and revoking, without any script."""

from insula.accounts.interfaces import Tokens
from tests.functional.tokens.conftest import age, bearer, find, service, token


def tick(form, *wanted):
    for box in form.fields["scopes"]:
        box.checked = box._value in wanted


def test_a_token_is_made_and_its_secret_shown_once(one, two):
    account = service(one, "import", "viewer")
    browser = one.signed_in("owner")
    page = browser.get("/admin/tokens")
    assert "No tokens yet" in page.text
    form = page.click("New token", index=0).forms["new-token"]
    form["label"], form["owner"], form["days"] = "Night import", str(account.id), "30"
    form["networks"] = "127.0.0.0/8\n192.0.2.0/24"
    tick(form, "view", "ingest")
    made = form.submit(status=200)
    assert "no-store" in made.headers["Cache-Control"]
    text = made.html.select_one("#f-secret").text.strip()
    found = find(one, text)
    assert (found.label, found.scopes, found.account.id) == ("Night import", {"view", "ingest"}, account.id)
    assert found.networks == ("127.0.0.0/8", "192.0.2.0/24")
    assert f"https://{one.host}/api/" in made.text
    assert text not in made.request.url
    secret = text.split("_")[2]
    assert secret not in str(made.headers)
    for path in ("/admin/tokens", f"/admin/tokens/{found.kid}", "/admin"):
        assert secret not in browser.get(path).text
    listed = browser.get("/admin/tokens").html
    row = [cell.get_text(" ", strip=True) for cell in listed.select("#list tbody td")]
    assert row == [
        "import service account",
        "Read, append records from 127.0.0.0/8, 192.0.2.0/24",
        "in 30 days",
        "never",
        "works",
    ]
    bearer(one, text).get("/api/streams", status=200)
    assert "Night import" not in two.signed_in("owner").get("/admin/tokens").text
    two.signed_in("owner").get(f"/admin/tokens/{found.kid}", status=404)


def test_a_form_with_mistakes_comes_back_with_all_of_them(one):
    browser = one.signed_in("owner")
    form = browser.get("/admin/tokens/@@new").forms["new-token"]
    tick(form)
    form["networks"] = "nowhere"
    again = form.submit(status=422)
    assert "Tick at least one thing that the token may do." in again.text
    assert again.forms["new-token"]["networks"].value == "nowhere"
    form = again.forms["new-token"]
    tick(form, "view")
    form["elevated"] = True
    again = form.submit(status=422)
    assert "Not made: 2 fields need another look" in again.text
    assert again.html.select_one("#errors a[href='#f-networks']")
    assert again.html.select_one("#errors a[href='#f-days']")
    assert again.forms["new-token"]["networks"].value == "nowhere"
    with one.work(writing=False) as work:
        assert not work.find_service(Tokens).list()


def test_an_administration_token_is_a_choice_of_its_own_for_owners_only(one):
    owner, admin = one.signed_in("owner"), one.signed_in("admin")
    form = owner.get("/admin/tokens/@@new").forms["new-token"]
    form["reach"], form["elevated"] = "everything", True
    refused = form.submit(status=422)
    assert "Use 1 to 30 days for an administration token. You gave 90." in refused.text
    form = refused.forms["new-token"]
    form["days"] = "30"
    found = find(one, form.submit(status=200).html.select_one("#f-secret").text.strip())
    assert (found.elevated, found.scopes) == (True, frozenset())
    tags = [tag.text for tag in owner.get("/admin/tokens").html.select("#list .tag.warn")]
    assert tags == ["administers"]
    form = admin.get("/admin/tokens/@@new").forms["new-token"]
    assert "elevated" not in form.fields
    fields = dict(form.submit_fields()) | {"elevated": "on", "days": "7"}
    assert "Only an owner" in admin.post("/admin/tokens/@@new", fields, status=403).text


def test_a_token_is_rotated_and_revoked_after_asking(one):
    browser = one.signed_in("owner")
    made, old_text = token(one, service(one, "import", "viewer"), label="Import")
    form = browser.get(f"/admin/tokens/{made.kid}").click("Rotate…").forms["rotate"]
    form["overlap"] = "3600"
    shown = form.submit(status=200)
    assert "no-store" in shown.headers["Cache-Control"]
    new_text = shown.html.select_one("#f-secret").text.strip()
    assert find(one, old_text) is not None
    assert find(one, new_text) is not None
    old = browser.get(f"/admin/tokens/{made.kid}")
    assert "It is being replaced by" in old.text
    assert "Rotate…" not in old.text
    again = form.submit(status=409)
    assert "was rotated already" in again.text
    ask = old.click("Revoke…")
    assert "refused from its next request on" in ask.text
    done = ask.forms["revoke"].submit(status=303).follow()
    assert "The token is revoked." in done.text
    assert find(one, old_text) is None
    assert find(one, new_text) is not None


def test_editors_see_their_own_and_make_none(one):
    browser = one.signed_in("editor")
    mine, _ = token(one, browser.person, label="mine")
    other, _ = token(one, service(one, "import", "viewer"), label="theirs")
    page = browser.get("/admin/tokens")
    assert [link.text for link in page.html.select("#list th a")] == ["mine"]
    assert "New token" not in page.text
    browser.get("/admin/tokens/@@new", status=403)
    browser.get(f"/admin/tokens/{other.kid}", status=404)
    browser.get(f"/admin/tokens/{other.kid}/@@revoke", status=404)
    browser.get(f"/admin/tokens/{mine.kid}/@@rotate", status=403)
    browser.get(f"/admin/tokens/{mine.kid}/@@revoke").forms["revoke"].submit(status=303)


def test_the_home_page_says_which_tokens_end_soon(one, two):
    account = service(one, "import", "viewer")
    soon, _ = token(one, account, days=30)
    token(one, account, days=365)
    age(one, soon.kid, days=25)
    home = one.signed_in("owner").get("/admin")
    assert "An API token ends within a week" in home.text
    page = home.click("Look at it", href="tokens")
    assert len(page.html.select("#list tbody tr")) == 1
    assert "ends within a week" not in two.signed_in("owner").get("/admin").text
    assert "An API token ends" not in one.signed_in("editor").get("/admin").text


def test_a_list_is_filtered_by_its_address(one):
    browser = one.signed_in("owner")
    account = service(one, "import", "viewer")
    token(one, account, label="alpha")
    token(one, browser.person, label="beta")
    form = browser.get("/admin/tokens").forms["filter"]
    form["owner"] = "me"
    assert [link.text for link in form.submit().html.select("#list th a")] == ["beta"]
    form["owner"], form["find"] = "", "alpha"
    assert [link.text for link in form.submit().html.select("#list th a")] == ["alpha"]
    form["find"] = "gamma"
    assert "Nothing matches" in form.submit().text
    browser.get("/admin/tokens?state=ghost", status=400)
