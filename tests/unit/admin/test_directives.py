"""Adding panels and notices: what is refused when the application is configured."""

from __future__ import annotations

import pytest
from pyramid.config import Configurator
from pyramid.exceptions import ConfigurationConflictError, ConfigurationError

from insula.admin.interfaces import notices, panels


class Screen:
    def __init__(self, request, parent, name):
        self.__parent__, self.__name__ = parent, name


@pytest.fixture
def config():
    config = Configurator(settings={})
    config.add_directive("add_admin_panel", "insula.admin.directives.add_admin_panel")
    config.add_directive("add_admin_notice", "insula.admin.directives.add_admin_notice")
    return config


def add(config, name="pages", **options):
    config.add_admin_panel(
        name,
        **({"title": "Pages", "group": "Website", "order": 10, "factory": f"{__name__}:Screen"} | options),
    )


def test_panels_stand_in_the_order_of_their_groups_then_their_own(config):
    add(config, "features", group="Settings", order=1)
    add(config, "files", order=20)
    add(config, "pages", order=10)
    config.commit()
    assert [panel.name for panel in panels(config.registry)] == ["pages", "files", "features"]


def test_a_panel_can_be_listed_by_whoever_inspects_the_application(config):
    add(config)
    config.commit()
    assert config.registry.introspector.get("insula admin panels", "pages")["group"] == "Website"


def test_a_group_that_does_not_exist_is_refused_by_name(config):
    with pytest.raises(ConfigurationError, match="'Webside' is none of them"):
        add(config, group="Webside")


@pytest.mark.parametrize("name", ["Pages", "@@new", "a/b", ""])
def test_a_name_that_is_no_address_is_refused(config, name):
    with pytest.raises(ConfigurationError, match="a name has lower case letters"):
        add(config, name)


def test_two_panels_of_one_name_are_told_of_each_other(config):
    def one(inner):
        add(inner)

    def other(inner):
        add(inner, title="Other")

    config.include(one)
    config.include(other)
    with pytest.raises(ConfigurationConflictError):
        config.commit()


def test_a_notice_is_found_by_its_code(config):
    config.add_admin_notice("saved", "Saved.")
    config.commit()
    assert notices(config.registry) == {"saved": "Saved."}
