"""Features and sections in the tree, below the administration and below the API."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from insula.features.interfaces import Features, FeatureState, Sections, SectionState
from insula.kit.errors import NotFound
from insula.tree.interfaces import Node, PolicyEntity

if TYPE_CHECKING:
    from insula.features.interfaces import FeatureDeclaration, SectionDeclaration

LIMITS = "limits"


class FeatureNode(Node):
    """One feature of the tenant of this request."""

    @cached_property
    def features(self) -> Features:
        """The service."""
        found: Features = self.request.find_service(Features)
        return found

    @property
    def state(self) -> FeatureState:
        """How the feature stands."""
        return self.features.state(self.__name__)

    @property
    def declaration(self) -> FeatureDeclaration:
        """What was declared of the feature."""
        return self.features.declaration(self.__name__)

    @property
    def title(self) -> str:
        """The title that breadcrumbs show."""
        return self.declaration.title

    def policy_entity(self) -> PolicyEntity:
        """Return the setting that rules about this feature name."""
        return PolicyEntity("Setting", f"features.{self.__name__}", {})


class FeatureScreen(FeatureNode):
    """One feature as a screen."""


class FeatureItem(FeatureNode):
    """One feature as JSON."""

    api_address = "/api/features/{name}"
    api_type = "Setting"


class FeaturesNode(Node):
    """All features of the tenant of this request."""

    title = "Features"
    child: type[FeatureNode]

    def __getitem__(self, name: str) -> FeatureNode:
        try:
            self.request.find_service(Features).declaration(name)
        except NotFound:
            raise KeyError(name) from None
        return self.child(self.request, self, name)

    def policy_entity(self) -> PolicyEntity:
        """Return the setting that rules about the list of features name."""
        return PolicyEntity("Setting", "features", {})


class FeaturesPanel(FeaturesNode):
    """The list of features as a screen."""

    child = FeatureScreen


class FeaturesAPI(FeaturesNode):
    """The list of features as JSON."""

    child = FeatureItem


class SectionNode(Node):
    """One section of the settings of the tenant of this request."""

    @cached_property
    def sections(self) -> Sections:
        """The service."""
        found: Sections = self.request.find_service(Sections)
        return found

    @property
    def state(self) -> SectionState:
        """How the section stands."""
        return self.sections.state(self.__name__)

    @property
    def declaration(self) -> SectionDeclaration:
        """What was declared of the section."""
        return self.sections.declaration(self.__name__)

    @property
    def title(self) -> str:
        """The title that breadcrumbs show."""
        return self.declaration.title

    def policy_entity(self) -> PolicyEntity:
        """Return the setting that rules about this section name."""
        return PolicyEntity("Setting", f"security.{self.__name__}", {})


class SectionScreen(SectionNode):
    """One section as a screen."""


class SectionItem(SectionNode):
    """One section as JSON."""

    api_address = "/api/settings/{name}"
    api_type = "Setting"


class LimitsNode(Node):
    """What plan and installation fix for the tenant of this request; what holds for all sections holds for it."""

    title = "Limits"


class LimitsScreen(LimitsNode):
    """What is fixed, as a screen."""


class LimitsItem(LimitsNode):
    """What is fixed, as JSON."""

    api_address = "/api/settings/limits"


class SectionsNode(Node):
    """All sections of the settings of the tenant of this request."""

    title = "Security"
    child: type[SectionNode]
    limits: type[LimitsNode]

    def __getitem__(self, name: str) -> Node:
        if name == LIMITS:
            return self.limits(self.request, self, name)
        try:
            self.request.find_service(Sections).declaration(name)
        except NotFound:
            raise KeyError(name) from None
        return self.child(self.request, self, name)

    def policy_entity(self) -> PolicyEntity:
        """Return the setting that rules about the list of sections name."""
        return PolicyEntity("Setting", "security", {})


class SecurityPanel(SectionsNode):
    """The sections as a screen."""

    child = SectionScreen
    limits = LimitsScreen


class SettingsAPI(SectionsNode):
    """The sections as JSON."""

    child = SectionItem
    limits = LimitsItem
