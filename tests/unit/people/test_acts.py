"""Lists of addresses, and inviting all of them or nobody."""

import pytest

from insula.kit.errors import Conflict, FieldError, Invalid, TooMany
from insula.people.acts import MOST_INVITED, addresses, invite_all


class Invites:
    """Invites whoever is not refused by name."""

    def __init__(self, **refused):
        self.refused = refused
        self.asked = []

    def invite(self, email, roles, groups, *, actor):
        self.asked.append(email)
        error = self.refused.get(email.partition("@")[0])
        if error is not None:
            raise error
        return email


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", []),
        (" \n,\n", []),
        ("a@x, b@x;c@x\r\n\r\nd@x", ["a@x", "b@x", "c@x", "d@x"]),
    ],
)
def test_addresses_stand_one_a_line_or_between_commas(text, found):
    assert addresses(text) == found


def test_each_line_that_is_refused_is_named_and_what_is_wrong_for_all_is_told_once():
    role = Invalid(errors=[FieldError("roles", "There is no role 'x'.")])
    invites = Invites(
        a=Conflict("Is here already.", errors=[FieldError("email", "Is here already.")]), b=role, c=role
    )
    with pytest.raises(Invalid) as refused:
        invite_all(invites, ["a@x", "b@x", "c@x", "A@x"], set(), set(), "somebody")
    assert [(each.path, each.line, each.detail) for each in refused.value.errors] == [
        ("emails", 1, "a@x: Is here already."),
        ("roles", None, "There is no role 'x'."),
        ("emails", 4, "A@x stands here twice."),
    ]


def test_too_many_letters_is_no_fault_of_a_line():
    with pytest.raises(TooMany):
        invite_all(Invites(a=TooMany("Later.", retry_after=60)), ["a@x"], set(), set(), "somebody")


@pytest.mark.parametrize("count", [0, MOST_INVITED + 1])
def test_a_list_has_one_to_fifty_addresses(count):
    invites = Invites()
    with pytest.raises(Invalid, match="need another look"):
        invite_all(invites, [f"p{number}@x" for number in range(count)], set(), set(), "somebody")
    assert invites.asked == []
