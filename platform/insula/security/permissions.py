"""The verbs of the policy: a Pyramid permission is one of these, and so is a Cedar action."""

from enum import StrEnum
from typing import Final

NOBODY: Final = "insula.nobody"
"""The default permission: no rule can grant it, so a view that forgot its permission answers nobody."""


class Action(StrEnum):
    """What may be done; what it is done to is the type of the resource."""

    VIEW = "view"
    """See that something exists and read it."""

    CREATE = "create"
    """Make something new below the resource."""

    EDIT = "edit"
    """Change what is there."""

    PUBLISH = "publish"
    """Make something public, or take it back; for the policy itself: put a version in force."""

    DELETE = "delete"
    """Remove something, or revoke it."""

    RESTORE = "restore"
    """Bring back an earlier version, or something deleted."""

    MANAGE = "manage"
    """Change how something works: its settings, its members, its switches."""

    INGEST = "ingest"
    """Append records to a stream."""

    EXPORT = "export"
    """Take out many things at once as a file."""


ACTIONS: Final = tuple(action.value for action in Action)
"""All verbs, in the order in which screens show them."""
