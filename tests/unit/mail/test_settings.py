"""Settings of mail that cannot work are refused at the start."""

import pytest
from pydantic import ValidationError

from insula.mail.settings import MailSettings


def test_a_password_never_travels_unprotected_to_another_machine():
    with pytest.raises(ValidationError, match="unprotected"):
        MailSettings(tls="none", host="mail.example.org", user="insula", password="secret")
    assert MailSettings(tls="none", host="127.0.0.1", user="insula", password="secret").tls == "none"


def test_user_and_password_belong_together():
    with pytest.raises(ValidationError, match="both or neither"):
        MailSettings(user="insula")


@pytest.mark.parametrize("address", ["", "insula", "a b@example.org", "x@example.org\nBcc: y@example.org"])
def test_letters_come_from_one_address(address: str):
    with pytest.raises(ValidationError):
        MailSettings(from_address=address)
