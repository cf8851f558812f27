"""How the policy sees streams, and which verbs they take."""

from __future__ import annotations

from insula.security.interfaces import PolicyType

STREAM = PolicyType(
    "Stream",
    attributes={"name": "String", "system": "Bool"},
    parents=("Area",),
    actions=("view", "create", "edit", "delete", "manage", "ingest", "export"),
    title="Streams",
)
RECORD = PolicyType("Record", attributes={}, parents=("Stream",), actions=("view", "delete"), title="Records")
