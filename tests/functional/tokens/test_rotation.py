"""A token takes the place of another, and for a while both work."""

from datetime import timedelta

import pytest

from insula.accounts.interfaces import LONGEST_OVERLAP, Accounts, Tokens
from insula.kit.clock import now
from insula.kit.errors import Conflict, Invalid, NotFound
from tests.functional.tokens.conftest import age, days_left, find, service, token


def rotate(tenant, kid, **options):
    with tenant.work() as work:
        return work.find_service(Tokens).rotate(kid, **{"overlap": 3600, **options})


def by_kid(tenant, kid):
    with tenant.work(writing=False) as work:
        return work.find_service(Tokens).by_kid(kid)


@pytest.fixture
def made(one):
    account = service(one, "import", "viewer")
    return token(one, account, label="Night import", scopes=["view"], networks=["192.0.2.0/24"], days=30)


def test_both_work_during_the_overlap_and_then_only_the_new_one(one, two, made):
    old, old_text = made
    age(one, old.kid, days=10)
    new, new_text = rotate(one, old.kid)
    assert find(one, old_text).kid == old.kid
    assert find(one, new_text).kid == new.kid
    assert (find(two, old_text), find(two, new_text)) == (None, None)
    assert by_kid(one, old.kid).state(now()) == "retiring"
    age(one, old.kid, hours=1)
    assert find(one, old_text) is None
    assert find(one, new_text).kid == new.kid


def test_the_new_one_is_for_the_same_and_lives_as_long_as_the_old_was_made_for(one, made):
    old, _ = made
    age(one, old.kid, days=10)
    new, _ = rotate(one, old.kid)
    for name in ("label", "scopes", "networks", "elevated", "account"):
        assert getattr(new, name) == getattr(old, name)
    assert days_left(new) == 30
    assert days_left(rotate(one, new.kid, days=7)[0]) == 7


def test_an_old_one_never_goes_on_longer_than_it_would_have(one, made):
    old, _ = made
    age(one, old.kid, days=29, hours=23)
    before = by_kid(one, old.kid).expires_at
    rotate(one, old.kid, overlap=LONGEST_OVERLAP)
    assert by_kid(one, old.kid).expires_at == before


def test_without_an_overlap_the_old_one_ends_at_once(one, made):
    old, old_text = made
    rotate(one, old.kid, overlap=0)
    assert find(one, old_text) is None


def test_a_successor_may_be_rotated_but_not_the_same_one_twice(one, made):
    old, old_text = made
    new, new_text = rotate(one, old.kid)
    with pytest.raises(Conflict, match=new.kid):
        rotate(one, old.kid)
    newest, newest_text = rotate(one, new.kid)
    assert [find(one, text).kid for text in (old_text, new_text, newest_text)] == [
        old.kid,
        new.kid,
        newest.kid,
    ]


def test_what_is_dead_has_no_successor(one, two, made):
    old, _ = made
    with pytest.raises(NotFound):
        rotate(two, old.kid)
    for overlap in (-1, LONGEST_OVERLAP + 1):
        with pytest.raises(Invalid):
            rotate(one, old.kid, overlap=overlap)
    age(one, old.kid, days=31)
    with pytest.raises(Conflict, match="expired"):
        rotate(one, old.kid)
    gone, _ = token(one, old.account, days=1)
    with one.work() as work:
        work.find_service(Tokens).revoke(gone.kid)
    with pytest.raises(Conflict, match="revoked"):
        rotate(one, gone.kid)
    idle, _ = token(one, old.account, days=1)
    with one.work() as work:
        work.find_service(Accounts).set_active(old.account.id, active=False)
    with pytest.raises(Conflict, match="not active"):
        rotate(one, idle.kid)
    with one.work(writing=False) as work:
        assert len(work.find_service(Tokens).list()) == 3


def test_a_rotated_one_may_be_revoked_before_it_ends(one, made):
    old, old_text = made
    _, new_text = rotate(one, old.kid)
    with one.work() as work:
        work.find_service(Tokens).revoke(old.kid)
    assert find(one, old_text) is None
    assert find(one, new_text) is not None


def test_an_administration_token_stays_one_and_stays_short(one):
    account = service(one, "deploy", "owner")
    made, _ = token(one, account, days=30, elevated=True)
    new, text = rotate(one, made.kid)
    assert new.elevated
    assert find(one, text).elevated
    assert new.expires_at - now() <= timedelta(days=30)
    with pytest.raises(Invalid):
        rotate(one, new.kid, days=31)
