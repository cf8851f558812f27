"""Limits that would defeat each other are refused."""

import pytest
from pydantic import ValidationError

from insula.accounts.settings import AccountsSettings


def test_the_defaults_fit_together():
    settings = AccountsSettings()
    assert settings.session_max == 12 * 3600


@pytest.mark.parametrize(
    "values",
    [
        {"session_max": 12 * 3600 + 1},
        {"attempts_delay_max": 3600, "attempts_window": 3600},
        {"session_idle": 60, "seen_resolution": 60},
        {"hash_memory": 1024},
        {"hash_passes": 1},
    ],
)
def test_what_loosens_a_bound_is_refused(values):
    with pytest.raises(ValidationError):
        AccountsSettings(**values)


def test_every_setting_says_what_it_is():
    assert all(field.description for field in AccountsSettings.model_fields.values())
