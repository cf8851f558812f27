"""Declaring features: what is refused when the application is configured."""

from __future__ import annotations

import pytest
from pydantic import BaseModel
from pyramid.config import Configurator
from pyramid.exceptions import ConfigurationConflictError, ConfigurationError

from insula.features.interfaces import declarations


class Sample(BaseModel):
    rows: int = 10


class Demanding(BaseModel):
    rows: int


@pytest.fixture
def config():
    config = Configurator(settings={})
    config.add_directive("add_feature", "insula.features.directives.add_feature")
    config.add_view_predicate("feature", "insula.features.directives.FeaturePredicate")
    config.include("insula.features.directives")
    return config


def test_a_declared_feature_can_be_listed_with_its_model_and_schema(config):
    config.add_feature("site", title="Site", settings=f"{__name__}:Sample")
    config.commit()
    declaration = declarations(config.registry)["site"]
    assert declaration.model.__name__ == "Sample"
    assert declaration.schema()["properties"]["rows"]["default"] == 10
    found = config.registry.introspector.get("insula features", "site")
    assert found["declaration"] is declaration


def test_two_rooms_that_declare_one_name_are_told_of_each_other(config):
    def one(inner):
        inner.add_feature("site", title="Site")

    config.include(one)

    def other(inner):
        inner.add_feature("site", title="Other")

    config.include(other)
    with pytest.raises(ConfigurationConflictError):
        config.commit()


@pytest.mark.parametrize("name", ["Site", "1st", "a-b", "", "x" * 64])
def test_a_name_that_policies_and_addresses_cannot_hold_is_refused(config, name):
    with pytest.raises(ConfigurationError, match="a name has lower case letters"):
        config.add_feature(name, title="Site")


def test_a_setting_without_a_default_is_refused_by_name(config):
    config.add_feature("site", title="Site", settings=Demanding)
    with pytest.raises(Exception, match="every setting of Demanding needs a default"):
        config.commit()


def test_a_requirement_nobody_declares_is_refused_by_name(config):
    config.add_feature("blog", title="Blog", requires=("site",))
    with pytest.raises(Exception, match="feature 'blog' needs 'site', which no room declares"):
        config.commit()


def test_features_that_need_each_other_in_a_ring_are_refused(config):
    config.add_feature("blog", title="Blog", requires=("site",))
    config.add_feature("site", title="Site", requires=("blog",))
    with pytest.raises(Exception, match="blog -> site -> blog"):
        config.commit()


def test_a_view_that_needs_a_feature_nobody_declares_is_refused(config):
    config.add_view(lambda request: None, name="x", feature="ghost")
    with pytest.raises(Exception, match="needs the feature 'ghost'"):
        config.commit()
