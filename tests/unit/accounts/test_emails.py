"""One spelling per person."""

import pytest

from insula.accounts.emails import checked, normalised
from insula.kit.errors import Invalid


@pytest.mark.parametrize("email", ["Ada@Example.org", " ada@example.ORG ", "ADA@EXAMPLE.ORG\n"])
def test_spellings_of_one_address_are_one(email):
    assert normalised(email) == "ada@example.org"


@pytest.mark.parametrize(
    "email", ["", "ada", "@example.org", "ada@", "a da@example.org", "a@b@c", "a" * 250 + "@b.cd"]
)
def test_what_cannot_be_an_address_is_refused_with_its_path(email):
    with pytest.raises(Invalid) as caught:
        checked(email)
    assert [error.path for error in caught.value.errors] == ["email"]
