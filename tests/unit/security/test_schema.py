"""The schema says what rules may speak of, and refuses types that cannot be."""

import pytest

from insula.security.cedar.schema import PolicySchema
from insula.security.interfaces import PolicyType
from insula.security.permissions import ACTIONS
from tests.unit.security.policies import SCHEMA


def test_the_schema_is_one_that_cedar_reads():
    assert SCHEMA.handle is not None
    assert '"author"?: Account' in SCHEMA.text


def test_every_action_is_declared_even_where_no_type_of_a_feature_takes_it():
    assert all(f'action "{action}"' in PolicySchema.of([]).text for action in ACTIONS)


def test_what_two_rooms_say_of_one_type_adds_up():
    schema = PolicySchema.of(
        [
            PolicyType("Thing", attributes={"a": "Bool"}),
            PolicyType("Thing", attributes={"b": "Long"}, actions=("edit",)),
        ]
    )
    assert dict(schema.types["Thing"].attributes) == {"a": "Bool", "b": "Long"}
    assert schema.types["Thing"].actions == ("view", "edit")


@pytest.mark.parametrize(
    "types",
    [
        [PolicyType("Not a name")],
        [PolicyType("Thing", attributes={"a b": "Bool"})],
        [PolicyType("Thing", attributes={"a": "Nothing"})],
        [PolicyType("Thing", actions=("fly",))],
        [PolicyType("Thing", attributes={"a": "Bool"}), PolicyType("Thing", attributes={"a": "Long"})],
    ],
)
def test_a_type_that_cannot_be_is_refused(types):
    with pytest.raises(ValueError):
        PolicySchema.of(types)


def test_another_schema_has_another_version():
    assert PolicySchema.of([PolicyType("Thing")]).version != PolicySchema.of([]).version
    assert PolicySchema.of([]).version == PolicySchema.of([]).version
