"""The directives: found again by introspection, and refused where they make no sense."""

import pytest
from pyramid.config import Configurator
from pyramid.exceptions import ConfigurationConflictError

from insula.events.directives import listeners_of
from insula.kit.errors import ConfigurationError
from tests.faults.rig import ThingMade


def first(event, work):
    """Listen."""


def second(event, work):
    """Listen as well."""


@pytest.fixture
def config():
    made = Configurator()
    made.add_directive("add_event_subscriber", "insula.events.directives.add_event_subscriber")
    made.add_directive("add_consumer", "insula.events.directives.add_consumer")
    return made


@pytest.mark.parametrize("event", ["thing.made", ThingMade, "tests.faults.rig.ThingMade", "*"])
def test_an_event_is_meant_by_its_name_its_class_or_every(config, event):
    config.add_event_subscriber(event, first)
    config.add_consumer("audit", second, events=(event,))
    config.commit()
    listeners = listeners_of(config.registry)
    assert listeners.subscribers_of("thing.made") == [first]
    assert listeners.consumers_of("thing.made") == ["audit"]
    assert (listeners.consumers_of("thing.lost") == ["audit"]) is (event == "*")


def test_two_consumers_of_one_name_conflict(config):
    def other(inner):
        inner.add_consumer("audit", second)

    config.include(other)
    config.include(lambda inner: inner.add_consumer("audit", first))
    with pytest.raises(ConfigurationConflictError):
        config.commit()


def test_what_is_no_event_is_refused_at_configuration(config):
    with pytest.raises(ConfigurationError, match="neither an event class"):
        config.add_event_subscriber("pyramid.config.Configurator", first)


def test_listeners_can_be_listed(config):
    config.add_event_subscriber(ThingMade, first)
    config.add_consumer("audit", second, events=(ThingMade,))
    config.commit()
    listed = config.introspector.get_category("insula event consumers")
    assert [item["introspectable"]["events"] for item in listed] == [("thing.made",)]
    assert len(config.introspector.get_category("insula event subscribers")) == 1
