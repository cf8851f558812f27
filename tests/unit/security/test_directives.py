"""Rooms add types and schemes, and a mistake in one stops the start."""

import pytest
from pyramid.config import Configurator
from pyramid.exceptions import ConfigurationConflictError, ConfigurationExecutionError

from insula.security.directives import add_policy_types, add_scheme, policy_types_of, schemes_of
from insula.security.interfaces import PolicyType


class Whistle:
    """A scheme for a test."""

    name = "whistle"
    challenge = None
    silent = True

    def __init__(self, registry):
        self.registry = registry

    def handles(self, request):
        return False

    def identify(self, request):
        return None

    def remember(self, request, **credentials):
        return []

    def forget(self, request):
        return []


class Drum(Whistle):
    name = "drum"


@pytest.fixture
def config():
    made = Configurator()
    made.add_directive("add_policy_types", add_policy_types)
    made.add_directive("add_scheme", add_scheme)
    made.commit()
    return made


def test_schemes_are_asked_in_their_order(config):
    config.add_scheme("whistle", Whistle, order=20)
    config.add_scheme("drum", Drum, order=10)
    config.commit()
    assert [scheme.name for scheme in schemes_of(config.registry)] == ["drum", "whistle"]


def test_two_schemes_of_one_name_are_a_conflict(config):
    config.add_scheme("whistle", Whistle, order=1)
    config.include(lambda other: other.add_scheme("whistle", Drum, order=2), route_prefix="x")
    config.add_scheme("whistle", Whistle, order=3)
    with pytest.raises(ConfigurationConflictError):
        config.commit()


@pytest.mark.parametrize("factory", [lambda registry: object(), Drum])
def test_what_is_no_scheme_of_that_name_is_refused(config, factory):
    config.add_scheme("whistle", factory, order=1)
    with pytest.raises(ConfigurationExecutionError, match="does not make a scheme named 'whistle'"):
        config.commit()


def test_types_are_registered_and_listed(config):
    config.add_policy_types(PolicyType("Thing"), PolicyType("Other"))
    config.commit()
    assert {kind.name for kind in policy_types_of(config.registry)} == {"Thing", "Other"}
    listed = config.introspector.get_category("insula policy types")
    assert {entry["introspectable"]["type"].name for entry in listed} == {"Thing", "Other"}
