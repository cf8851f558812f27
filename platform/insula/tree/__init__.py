"""The one traversal tree: a path becomes a resource of this tenant, whichever door asked for it."""


def includeme(config):
    config.add_directive("add_branch", "insula.tree.directives.add_branch")
    config.set_root_factory("insula.tree.resources.root_factory")
