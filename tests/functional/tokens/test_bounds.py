"""How long tokens live: asked, allowed by the tenant, by the installation, and as administration tokens."""

import pytest

from insula.features.interfaces import Sections
from insula.kit.errors import Invalid
from tests.functional.tokens.conftest import Person, days_left, service, token


def change(tenant, **settings):
    with tenant.work() as work:
        work.find_service(Sections).change("tokens", settings=settings, expected=None, actor=None)


def test_a_tenant_says_how_long_its_tokens_live(one, two):
    mine, theirs = service(one), service(two)
    assert days_left(token(one, mine)[0]) == 90
    change(one, days=5, days_max=10)
    assert days_left(token(one, mine)[0]) == 5
    assert days_left(token(one, mine, days=10)[0]) == 10
    with pytest.raises(Invalid) as refused:
        token(one, mine, days=11)
    assert refused.value.errors[0].path == "days"
    assert "1 to 10 days" in refused.value.errors[0].detail
    assert days_left(token(two, theirs, days=365)[0]) == 365


def test_no_tenant_goes_beyond_the_installation(one):
    with pytest.raises(Invalid):
        change(one, days_max=366)
    with pytest.raises(Invalid):
        change(one, days=100, days_max=90)


@pytest.mark.parametrize("days", [0, -1, 366, 10**9])
def test_a_token_without_an_end_is_none(one, days):
    account = service(one)
    with pytest.raises(Invalid):
        token(one, account, days=days)


def test_an_administration_token_lives_thirty_days_at_most(one):
    account = service(one)
    assert days_left(token(one, account, elevated=True)[0]) == 30
    assert days_left(token(one, account, elevated=True, days=7)[0]) == 7
    with pytest.raises(Invalid) as refused:
        token(one, account, elevated=True, days=31)
    assert "1 to 30 days for an administration token" in refused.value.errors[0].detail
    change(one, days=5, days_max=10)
    with pytest.raises(Invalid):
        token(one, account, elevated=True, days=11)


@pytest.mark.parametrize(
    ("options", "path", "said"),
    [
        ({"scopes": ["veiw"]}, "scopes", "Did you mean view?"),
        ({"scopes": ["view", "own-words"]}, "scopes", "There is no action 'own-words'."),
        ({"networks": [f"10.0.{number}.0/24" for number in range(51)]}, "networks", "at most 50 networks"),
    ],
)
def test_whoever_asks_the_service_knows_scopes_and_networks(one, options, path, said):
    account = service(one)
    with pytest.raises(Invalid) as refused:
        token(one, account, **options)
    (error,) = refused.value.errors
    assert error.path == path
    assert said in error.detail
    made, _ = token(one, account, scopes=["view"], networks=options.get("networks", [])[:50])
    assert made.scopes == {"view"}


@pytest.mark.parametrize(
    ("options", "path", "said"),
    [
        ({"label": "Night \u202etropmi"}, "label", "U+202E"),
        ({"networks": ["fe80::1%eth0/64"]}, "networks", "such as 192.0.2.0/24"),
    ],
)
def test_what_misleads_in_a_label_or_a_network_is_refused(one, options, path, said):
    account = service(one)
    with pytest.raises(Invalid) as refused:
        token(one, account, **options)
    (error,) = refused.value.errors
    assert error.path == path
    assert said in error.detail
    made, _ = token(one, account, label="Zoë: night import", networks=["fe80::/64"])
    assert (made.label, made.networks) == ("Zoë: night import", ("fe80::/64",))


def test_the_api_and_the_form_know_the_bound(one, owner):
    change(one, days=5, days_max=10)
    problem = owner.post("/api/tokens", {"days": 11}, status=422).json
    assert problem["errors"][0]["path"] == "days"
    form = owner.get("/admin/tokens/@@new").forms["new-token"]
    assert form["days"].value == "5"
    assert [option[0] for option in form["days"].options] == ["1", "5", "7", "10"]


def test_an_editor_does_not_change_the_bound(one):
    editor = Person(one, "editor")
    editor.get("/api/settings/tokens", status=404)
