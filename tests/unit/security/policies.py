"""A small world for policies: types, entities and questions."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from insula.security.cedar.context import Context
from insula.security.cedar.documents import INSTALLATION, TENANT, from_grid, merge, parse, parse_floor
from insula.security.cedar.engine import CompiledPolicy, Question
from insula.security.cedar.schema import PolicySchema
from insula.security.documents import floor_text, shared_text
from insula.security.interfaces import PolicyType

ROLES = ("owner", "admin", "editor", "author", "viewer", "visitor")
ALL = ("view", "create", "edit", "publish", "delete", "restore")
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)

SCHEMA = PolicySchema.of(
    [
        PolicyType(
            "Page",
            attributes={"published": "Bool", "author": "Account?", "size": "Long?", "path": "String?"},
            parents=("Page", "Area"),
            actions=ALL,
        ),
        PolicyType("Stream", actions=("view", "create", "edit", "delete", "manage", "ingest", "export")),
        PolicyType("Record", parents=("Stream",), actions=("view", "export")),
        PolicyType(
            "File",
            attributes={"public": "Bool", "author": "Account?"},
            actions=("view", "create", "edit", "publish", "delete"),
        ),
        PolicyType("Collection", actions=(*ALL, "manage", "export")),
        PolicyType("Field", parents=("Collection",), actions=("view", "edit")),
        PolicyType(
            "Entries::airports",
            attributes={"state": "String?", "published": "Bool", "author": "Account?"},
            parents=("Collection",),
            actions=ALL,
        ),
    ]
)


@dataclass(frozen=True)
class Thing:
    """A resource as the tree hands it over."""

    type: str
    id: str
    attributes: dict = field(default_factory=dict)


SITE = Thing("Area", "site")
ADMIN = Thing("Area", "admin")


def page(name="/news", *above, **attributes):
    """A page and what it lies in."""
    return (Thing("Page", name, {"published": True, **attributes}), *(above or (SITE,)))


def ask(action, lineage, *roles, account="ann", **context):
    """A question by somebody in these roles, or by a visitor where there are none."""
    visitor = "visitor" in roles
    return Question(
        principal=("Visitor", "anonymous") if visitor else ("Account", account),
        roles=frozenset(roles),
        action=action,
        lineage=lineage,
        context=Context(
            **{
                "now": NOW,
                "scheme": "none" if visitor else "session",
                "ip": "192.0.2.1",
                "age": 60,
                **context,
            }
        ),
        facts={} if visitor else {"kind": "person"},
    )


def compiled(text, *, floor=None, grid=None):
    """A tenant's text on a floor, the installation's own where none is given."""
    floor_rules = parse_floor(INSTALLATION, floor_text() if floor is None else floor)
    floor_rules = merge(floor_rules, parse(INSTALLATION, shared_text()))
    return CompiledPolicy(merge(floor_rules, parse(TENANT, text), from_grid(grid or {})), SCHEMA)
