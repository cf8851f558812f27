"""The root of a tenant's tree and the base of its nodes."""

from typing import Any

from pyramid.request import Request


class Node:
    """A tree node that knows its request, its name and its parent."""

    def __init__(self, request: Request, parent: Any, name: str) -> None:
        self.request = request
        self.__parent__ = parent
        self.__name__ = name

    def policy_entity(self) -> Any:
        """Only the ancestors of a plain node count."""
        return None


class Root:
    """The tenant's root: branches by name, and the site's pages beneath everything else."""

    __name__ = None
    __parent__ = None

    def __init__(self, request: Request) -> None:
        self.request = request
        self._branches = request.registry.get("insula.branches", {})
        self._site: Any = None

    @property
    def site(self) -> Any:
        """The branch that holds the pages, or None for a tenant without a website."""
        if self._site is None and "" in self._branches:
            self._site = self._open("")
        return self._site

    def __getitem__(self, name: str) -> Any:
        if name and name in self._branches:
            branch = self._open(name)
            if branch is None:
                raise KeyError(name)
            return branch
        if self.site is None:
            raise KeyError(name)
        return self.site[name]

    def policy_entity(self) -> Any:
        """Return no place in the policy: what lies below /admin does not lie in the site."""
        return None

    def _open(self, name: str) -> Any:
        branch = self._branches[name]
        if branch.feature and not self.request.has_feature(branch.feature):
            return None
        return branch.factory(self.request, self, name)


def root_factory(request: Request) -> Root:
    """Return the root of this request's tenant."""
    return Root(request)
