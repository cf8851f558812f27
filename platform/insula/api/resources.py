"""The root of /api and the base of its branches."""

from typing import Any

from pyramid.request import Request

from insula.security.interfaces import open_to_visitors, require_identity
from insula.tree.interfaces import Node, PolicyEntity

BRANCHES = "insula.api.branches"


class APIRoot(Node):
    """`/api`: refuses strangers before it looks up any name, unless the tenant has opened it to visitors."""

    def __init__(self, request: Request, parent: Any, name: str) -> None:
        super().__init__(request, parent, name)
        # A token that does not hold is refused all the same, by the policy.
        if not open_to_visitors(request):
            require_identity(request)

    def policy_entity(self) -> PolicyEntity:
        """Return the area that the whole API is."""
        return PolicyEntity("Area", "api")

    def __getitem__(self, name: str) -> Any:
        branch = self.request.registry.get(BRANCHES, {}).get(name)
        if branch is None or not self.has(branch):
            raise KeyError(name)
        return branch.factory(self.request, self, name)

    def has(self, branch: Any) -> bool:
        """Tell whether this tenant and this caller have a branch, and the tenant the feature it needs."""
        if self.request.identity is None and not branch.visitors:
            return False
        if branch.console not in {None, self.request.tenant.console}:
            return False
        return branch.feature is None or bool(self.request.has_feature(branch.feature))


class APIBranch(Node):
    """Base of a branch such as `/api/streams`."""
