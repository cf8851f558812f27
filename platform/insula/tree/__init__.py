"""The one traversal tree: a path becomes a resource of this tenant, whichever door asked for it."""

from typing import Any


def includeme(config: Any) -> None:
    """Add the directive for branches, and the root."""
    config.add_directive("add_branch", "insula.tree.directives.add_branch")
    config.set_root_factory("insula.tree.resources.root_factory")
