"""Every view stands behind the policy, also one whose author forgot it."""

import pytest
from webtest import TestApp

from insula.app import configure
from tests.makers import PASSWORD


def forgotten(context, request):
    """A view that states no permission."""
    request.response.text = "secret"
    return request.response


@pytest.fixture
def client(one, installation):
    config = configure(dict(installation.settings))
    for context in ("insula.tree.interfaces.Root", "insula.admin.resources.AdminRoot"):
        config.add_view(forgotten, name="forgotten", context=context)
        config.add_view(forgotten, name="flown", context=context, permission="fly")
        config.add_view(forgotten, name="viewed", context=context, permission="view")
    app = TestApp(config.make_wsgi_app(), extra_environ=one.visitor().extra_environ)
    yield app
    from insula.db.engines import engines_of

    engines_of(config.registry).dispose()


@pytest.fixture
def owner(one, client):
    person = one.person("owner")
    form = client.get("/account/@@sign-in").forms["sign-in"]
    form["email"], form["password"] = person.email, PASSWORD
    form.submit(status=303)
    return client


@pytest.mark.parametrize("name", ["forgotten", "flown"])
def test_a_view_without_a_permission_of_ours_answers_nobody(owner, name):
    assert owner.get(f"/@@{name}", status=404).body.count(b"secret") == 0
    assert owner.get(f"/admin/@@{name}", status=403).body.count(b"secret") == 0


def test_its_twin_with_a_permission_answers_whom_the_policy_lets_in(owner):
    assert owner.get("/admin/@@viewed", status=200).text == "secret"


def test_a_resource_without_a_place_in_the_policy_is_nobodys(owner):
    owner.get("/@@viewed", status=404)


def test_a_visitor_gets_none_of_them(client):
    for name in ("forgotten", "flown", "viewed"):
        client.get(f"/@@{name}", status=404)
        client.get(f"/admin/@@{name}", status=401)
