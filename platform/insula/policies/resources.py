"""The policy and its decisions in the tree, below the administration and below the API."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from insula.accounts.interfaces import Accounts, actor_names
from insula.kit.errors import NotFound
from insula.policies.places import Shown
from insula.security.interfaces import (
    Decisions,
    Policies,
    PolicyTest,
    PolicyTests,
    PolicyVersion,
    RecordedDecision,
)
from insula.tree.interfaces import Node, PolicyEntity


class VersionNode(Node):
    """One version of the policy; what the policy says of the whole holds for it."""

    @property
    def version(self) -> PolicyVersion:
        """The version."""
        found: PolicyVersion = self.request.find_service(Policies).version(int(self.__name__))
        return found

    @property
    def title(self) -> str:
        """What breadcrumbs call it."""
        return f"Version {self.__name__}"


class VersionScreen(VersionNode):
    """One version as a screen."""


class VersionItem(VersionNode):
    """One version as JSON."""

    api_address = "/api/policy/versions/{number}"


class VersionsNode(Node):
    """All versions of the policy, by their numbers."""

    title = "Versions"
    child: type[VersionNode]

    def __getitem__(self, name: str) -> VersionNode:
        if not (name.isascii() and name.isdigit() and name == str(int(name[:9]))):
            raise KeyError(name)
        try:
            self.request.find_service(Policies).version(int(name))
        except NotFound:
            raise KeyError(name) from None
        return self.child(self.request, self, name)


class VersionsPanel(VersionsNode):
    """The versions as a screen."""

    child = VersionScreen


class VersionsAPI(VersionsNode):
    """The versions as JSON."""

    api_address = "/api/policy/versions"

    child = VersionItem


class DecisionNode(Node):
    """One recorded decision."""

    title = "Decision"

    def __init__(self, request: object, parent: object, name: str, decision: RecordedDecision) -> None:
        super().__init__(request, parent, name)
        self.decision = decision


class DecisionScreen(DecisionNode):
    """One decision as a screen."""


class DecisionItem(DecisionNode):
    """One decision as JSON."""

    api_address = "/api/decisions/{id}"


class DecisionsNode(Node):
    """The recorded decisions of this tenant."""

    title = "Decisions"
    child: type[DecisionNode]

    def __getitem__(self, name: str) -> DecisionNode:
        # Before the store is asked, so that nobody who may not view decisions learns anything from its answer.
        if not self.request.may("view", self):
            raise KeyError(name)
        try:
            found = self.request.find_service(Decisions).find(name)
        except NotFound:
            raise KeyError(name) from None
        return self.child(self.request, self, name, found)

    def policy_entity(self) -> PolicyEntity:
        """Return the area that rules about decisions name."""
        return PolicyEntity("Area", "decisions", {})


class DecisionsPanel(DecisionsNode):
    """The decisions as a screen."""

    child = DecisionScreen


class DecisionsAPI(DecisionsNode):
    """The decisions as JSON."""

    child = DecisionItem


class TestNode(Node):
    """One test case of the policy; what the policy says of the whole holds for it."""

    def __init__(self, request: object, parent: object, name: str, test: PolicyTest) -> None:
        super().__init__(request, parent, name)
        self.test = test

    @property
    def title(self) -> str:
        """What breadcrumbs call it."""
        return self.test.case.name


class TestScreen(TestNode):
    """One test case as a screen."""


class TestItem(TestNode):
    """One test case as JSON."""

    api_address = "/api/policy/tests/{id}"


class TestsNode(Node):
    """The test cases of the policy, by their ids."""

    title = "Test cases"
    child: type[TestNode]

    def __getitem__(self, name: str) -> TestNode:
        # Before it is looked up, so that nobody who may not view the policy learns which ids there are.
        if not self.request.may("view", self):
            raise KeyError(name)
        try:
            found = self.request.find_service(PolicyTests).find(UUID(name))
        except (ValueError, NotFound):
            raise KeyError(name) from None
        return self.child(self.request, self, name, found)


class TestsPanel(TestsNode):
    """The test cases as a screen."""

    child = TestScreen


class TestsAPI(TestsNode):
    """The test cases as JSON."""

    api_address = "/api/policy/tests"

    child = TestItem


class DraftAPI(Node):
    """The draft of the policy as JSON; what the policy says of the whole holds for it."""

    api_address = "/api/policy/draft"

    title = "Draft"


class PolicyNode(Node):
    """The policy of the tenant of this request."""

    title = "Policy"

    def policy_entity(self) -> PolicyEntity:
        """Return the setting that rules about the policy name."""
        return PolicyEntity("Setting", "policy", {})


class PolicyPanel(PolicyNode):
    """The policy as a screen."""

    def __getitem__(self, name: str) -> Node:
        if name == "versions":
            return VersionsPanel(self.request, self, name)
        if name == "tests":
            return TestsPanel(self.request, self, name)
        return self.decisions if name == "decisions" else _missing(name)

    @property
    def decisions(self) -> DecisionsPanel:
        """Where the decisions are shown, which is another thing to be allowed."""
        return DecisionsPanel(self.request, self, "decisions")


class PolicyAPI(PolicyNode):
    """The policy as JSON."""

    def __getitem__(self, name: str) -> Node:
        found = {"versions": VersionsAPI, "tests": TestsAPI, "draft": DraftAPI}.get(name)
        return found(self.request, self, name) if found else _missing(name)

    @property
    def decisions(self) -> DecisionsAPI:
        """The branch of the decisions, which is another thing to be allowed."""
        return DecisionsAPI(self.request, self.__parent__, "decisions")


def _missing(name: str) -> Node:
    raise KeyError(name)


def named(request: Any, *authors: str | None) -> dict[str | None, str]:
    """Return what to call those who wrote something: a person's present name, or what acted instead."""
    names = actor_names(request.find_service(Accounts), authors)
    return {author: names.get(author or "", author or "the installation") for author in authors}


def decision_address(request: Any, number: str) -> str | None:
    """Return where a decision is explained, to those who may view decisions."""
    decisions = Shown(
        (PolicyEntity("Area", "decisions"), PolicyEntity("Setting", "policy"), PolicyEntity("Area", "admin"))
    )
    return f"/admin/policy/decisions/{number}" if request.may("view", decisions) else None
