"""Links of letters: single use, for one purpose, in one tenant, until they expire."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select

from insula.accounts.interfaces import Links
from insula.accounts.models import Link
from insula.kit import clock
from insula.kit.errors import NotFound

EMAIL = "ada@example.org"


def issue(handle, purpose="reset", **options):
    with handle.work() as work:
        return work.find_service(Links).issue(purpose, email=EMAIL, lifetime=600, **options)


def redeem(handle, secret, purpose="reset"):
    with handle.work() as work:
        return work.find_service(Links).redeem(purpose, secret)


def opens(handle, secret, purpose="reset"):
    with handle.work(writing=False) as work:
        return work.find_service(Links).open(purpose, secret)


def test_a_link_is_opened_as_often_as_one_likes_and_used_once(one):
    link, secret = issue(one, payload={"x": 1})
    assert opens(one, secret) == opens(one, secret) == link
    assert redeem(one, secret).payload == {"x": 1}
    assert opens(one, secret) is None
    with pytest.raises(NotFound):
        redeem(one, secret)


def test_a_link_of_another_tenant_purpose_or_spelling_is_not_there(one, two):
    _, secret = issue(one)
    for handle, text, purpose in (
        (two, secret, "reset"),
        (one, secret, "invitation"),
        (one, secret[:-1], "reset"),
        (one, secret.swapcase(), "reset"),
        (one, "", "reset"),
        (one, "é" * 50, "reset"),
    ):
        assert opens(handle, text, purpose) is None
        with pytest.raises(NotFound):
            redeem(handle, text, purpose)
    assert redeem(one, secret).email == EMAIL


def test_an_expired_revoked_or_renewed_link_is_not_there(one, two, monkeypatch):
    link, secret = issue(one)
    with two.work() as work:
        assert not work.find_service(Links).revoke(link.id)
        with pytest.raises(NotFound):
            work.find_service(Links).renew(link.id, lifetime=600)
    with one.work() as work:
        _, newer = work.find_service(Links).renew(link.id, lifetime=600)
    assert (opens(one, secret), opens(one, newer).id) == (None, link.id)
    with one.work() as work:
        assert work.find_service(Links).revoke(link.id)
        assert not work.find_service(Links).revoke(link.id)
    assert opens(one, newer) is None
    _, late = issue(one)
    monkeypatch.setattr("insula.accounts.links.now", lambda: clock.now() + timedelta(seconds=601))
    assert opens(one, late) is None
    with pytest.raises(NotFound):
        redeem(one, late)


def test_the_secret_is_in_no_row(one):
    _, secret = issue(one)
    with one.work(writing=False) as work:
        shown = " ".join(repr(vars(row)) for row in work.db.scalars(select(Link)))
    assert secret not in shown
    assert len(secret) >= 43


def test_of_many_who_use_a_link_at_once_one_wins(one):
    _, secret = issue(one)

    def act(_):
        try:
            return redeem(one, secret) is not None
        except NotFound:
            return False

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(act, range(8))) == [False] * 7 + [True]


def test_what_is_of_no_use_any_more_is_forgotten_with_the_next_link(one, two, monkeypatch):
    issue(one), issue(one, "invitation"), issue(two)
    monkeypatch.setattr("insula.accounts.links.now", lambda: clock.now() + timedelta(days=2))
    kept, _ = issue(one)
    with one.work(writing=False) as work:
        rows = work.db.scalars(select(Link)).all()
        assert {(row.purpose, row.id == kept.id) for row in rows} == {("invitation", False), ("reset", True)}
    with two.work(writing=False) as work:
        assert len(work.db.scalars(select(Link)).all()) == 1
