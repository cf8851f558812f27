"""Scopes, moments and states in words."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from insula.accounts.interfaces import AccountInfo, TokenInfo
from insula.security.permissions import ACTIONS
from insula.tokens.words import SCOPES, STATES, day, ends, scopes_said, span, used

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def token(**values):
    account = AccountInfo(
        UUID(int=1), "service", "import", None, frozenset(), values.pop("active", True), NOW
    )
    return TokenInfo(
        **{
            "id": UUID(int=2),
            "kid": "k",
            "label": "",
            "account": account,
            "scopes": frozenset(),
            "networks": (),
            "created_at": NOW,
            "expires_at": NOW + timedelta(days=12),
            **values,
        }
    )


def test_every_action_has_words():
    assert list(SCOPES) == list(ACTIONS)


@pytest.mark.parametrize(
    ("scopes", "said"),
    [((), "Everything its owner may do"), (("ingest", "view"), "Read, append records"), (("old",), "Old")],
)
def test_scopes_are_said_in_words(scopes, said):
    assert scopes_said(scopes) == said


@pytest.mark.parametrize(
    ("length", "said"),
    [
        (timedelta(days=89, hours=23, minutes=59), "90 days"),
        (timedelta(days=1), "1 day"),
        (timedelta(hours=23), "23 hours"),
        (timedelta(minutes=61), "1 hour"),
        (timedelta(seconds=61), "1 minute"),
        (timedelta(seconds=3), "less than a minute"),
    ],
)
def test_a_span_is_said_in_its_largest_unit(length, said):
    assert span(length) == said


def test_an_end_is_said_as_it_is_or_was():
    assert ends(token(), NOW) == "in 12 days"
    assert ends(token(expires_at=NOW), NOW) == "ended on 1 Mar 2026"
    assert ends(token(revoked_at=NOW), NOW) == "revoked on 1 Mar 2026"
    assert day(NOW) == "1 Mar 2026"


def test_the_last_use_is_said():
    assert used(token(), NOW) == "never"
    assert used(token(last_used_at=NOW - timedelta(minutes=5)), NOW) == "5 minutes ago"


@pytest.mark.parametrize(
    ("values", "state"),
    [
        ({}, "live"),
        ({"successor": "n"}, "retiring"),
        ({"active": False}, "inactive"),
        ({"expires_at": NOW}, "expired"),
        ({"expires_at": NOW, "successor": "n", "active": False}, "expired"),
        ({"revoked_at": NOW, "expires_at": NOW, "active": False}, "revoked"),
    ],
)
def test_a_token_stands_one_way_at_a_time(values, state):
    assert token(**values).state(NOW) == state
    assert state in STATES
