"""Features in the tree, below the administration and below the API."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from insula.features.interfaces import Features, FeatureState
from insula.kit.errors import NotFound
from insula.tree.interfaces import Node, PolicyEntity

if TYPE_CHECKING:
    from insula.features.interfaces import FeatureDeclaration


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
