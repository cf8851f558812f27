"""One's own account: sessions and password."""

from tests.makers import PASSWORD

NEW = "another harbour at night"


def second_session(handle, person):
    client = handle.visitor()
    form = client.get("/account/@@sign-in").forms["sign-in"]
    form["email"], form["password"] = person.email, PASSWORD
    assert form.submit().status_int == 303
    return client


def change(client, current=PASSWORD, new=NEW, again=NEW):
    form = client.get("/account/@@password").forms["change-password"]
    form["current"], form["password"], form["again"] = current, new, again
    return form.submit(expect_errors=True)


def test_the_page_says_who_one_is(one):
    client = one.signed_in("editor")
    page = client.get("/account")
    assert client.person.email in page.text
    assert "Editor" in page.text
    assert "This one" in page.text


def test_only_who_may_administer_sees_the_way_there(one):
    assert 'href="/admin"' in one.signed_in("owner").get("/account").text
    assert 'href="/admin"' not in one.signed_in("viewer").get("/account").text


def test_one_session_is_ended_by_another(one):
    client = one.signed_in("viewer")
    other = second_session(one, client.person)
    page = client.get("/account")
    forms = [form for form in page.forms.values() if form.action.endswith("@@end-session")]
    assert len(forms) == 2
    here = page.html.select_one(".sessions li:has(.tag) input[name=id]")["value"]
    (form,) = {id(form): form for form in forms if form["id"].value != here}.values()
    assert "The session has ended" in form.submit().follow().text
    assert other.get("/account", expect_errors=True).status_int == 401
    assert client.get("/account").status_int == 200


def test_all_other_sessions_are_ended_at_once(one):
    client = one.signed_in("viewer")
    others = [second_session(one, client.person) for _ in range(2)]
    assert client.get("/account").forms["end-other-sessions"].submit().status_int == 303
    assert {other.get("/account", expect_errors=True).status_int for other in others} == {401}
    assert client.get("/account").status_int == 200


def test_a_session_of_somebody_else_is_as_good_as_missing(one, two):
    client = one.signed_in("owner")
    page = client.get("/account")
    token = page.forms["sign-out"]["csrf_token"].value
    answers = []
    for stranger in (one.signed_in("viewer"), two.signed_in("viewer")):
        session = stranger.get("/account").html.select_one(".sessions input[name=id]")["value"]
        sent = {"id": session, "csrf_token": token}
        answers.append(client.post("/account/@@end-session", sent, expect_errors=True).status_int)
        assert stranger.get("/account").status_int == 200
    missing = {"id": "not-an-id", "csrf_token": token}
    answers.append(client.post("/account/@@end-session", missing, expect_errors=True).status_int)
    assert answers == [404, 404, 404]


def test_a_changed_password_ends_the_other_sessions_and_keeps_this_one(one):
    client = one.signed_in("viewer")
    other = second_session(one, client.person)
    response = change(client)
    assert response.status_int == 303
    assert "Your password is changed" in response.follow().text
    assert other.get("/account", expect_errors=True).status_int == 401
    form = one.visitor().get("/account/@@sign-in").forms["sign-in"]
    form["email"], form["password"] = client.person.email, PASSWORD
    assert form.submit(expect_errors=True).status_int == 401
    form["password"] = NEW
    assert form.submit().status_int == 303


def test_a_changed_password_leaves_the_same_email_in_another_tenant_alone(one, two):
    email = "ada@example.org"
    client, neighbour = one.signed_in("viewer", email), two.signed_in("viewer", email)
    assert change(client).status_int == 303
    assert neighbour.get("/account").status_int == 200
    second_session(two, neighbour.person)


def test_the_wrong_current_password_changes_nothing(one):
    client = one.signed_in("viewer")
    response = change(client, current="not the password")
    assert response.status_int == 422
    assert "not your current password" in response.html.find(id="current-e").text
    second_session(one, client.person)


def test_a_poor_or_mistyped_new_password_is_told_at_its_field(one):
    client = one.signed_in("viewer")
    short = change(client, new="short", again="short")
    assert short.status_int == 422
    assert "at least 12 characters" in short.html.find(id="password-e").text
    assert "short" not in {field.get("value") for field in short.html.select("input")}
    differing = change(client, again=NEW + "!")
    assert "differ" in differing.html.find(id="again-e").text


def test_a_token_changes_no_password_and_ends_no_session(one):
    program = one.api("owner")
    assert program.get("/account/@@password", expect_errors=True).status_int == 403
    assert program.post("/account/@@end-other-sessions", expect_errors=True).status_int in (400, 403)


def test_an_account_without_a_role_has_its_own_page_and_no_more(one):
    client = one.signed_in(None)
    assert "None yet" in client.get("/account").text
    assert client.get("/admin", expect_errors=True).status_int == 404
